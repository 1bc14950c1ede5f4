"""What the soak takes for growth."""

from benchmarks.soak import Usage, grown, soak


def history(growth: float = 0.0, files: int = 6) -> list[Usage]:
    """A hundred measurements: memory that is taken once, and more with each; the last ones with so many open files."""
    return [Usage(300.0 + min(step, 10) + growth * step, 0.0, files if step > 70 else 6, 8) for step in range(100)]


def test_memory_that_is_taken_once_is_no_growth() -> None:
    assert grown(history()) == {}
    assert grown(history(growth=0.1)) == {}  # 6 MiB between the two fifths


def test_growth_is_told() -> None:
    # Medians of steps 20 to 39 and 80 to 99.
    assert grown(history(growth=0.5)) == {"memory": [310.0 + 0.5 * 29.5, 310.0 + 0.5 * 89.5]}
    assert grown(history(files=7)) == {"files": [6.0, 7.0]}


def test_a_short_training_is_measured() -> None:
    measured = soak("go2_flat", 2, 5, ["train.runner.num_steps_per_env=4", "train.algorithm.num_mini_batches=1"])
    assert len(measured) == 5 and measured[0].memory > 50.0 and measured[0].threads >= 1
