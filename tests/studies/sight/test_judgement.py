"""The ground, the tables and the verdicts of the suite, by hand."""

from typing import Any

import pytest
from matplotlib.figure import Figure

from legged_gym.config.layers import set_fields
from legged_gym.evaluation.statistics import rate
from legged_gym.tasks import get_cfgs
from legged_gym.terrain.terrain import Terrain
from studies.sight import figures, judgement, looking
from studies.sight.controls import CONTROLS, GOOD, SWAPPED
from studies.sight.grounds import COLUMNS, LOOKED_AT, SIZES, Ground, crossings, looked_at, rough


def map_of(ground: Ground) -> tuple[Any, Terrain]:
    cfg, _ = get_cfgs("go2_sight")
    set_fields(ground.settings, cfg)
    return cfg, Terrain(cfg.terrain, 1)


def test_each_type_has_its_two_sizes_exactly() -> None:
    cfg, terrain = map_of(crossings())
    assert terrain.type_names == [name for name in SIZES for _ in range(COLUMNS)]
    assert terrain.sizes() == {name: pytest.approx(sizes) for name, sizes in SIZES.items()}
    assert cfg.terrain.slope_threshold == 0.95 and len(cfg.terrain.measured_points_x) == 25


def test_the_map_is_made_wrong_at_the_first_sizes() -> None:
    _, terrain = map_of(looked_at())
    assert terrain.sizes() == {name: pytest.approx([SIZES[name][0]]) for name in LOOKED_AT}
    assert looked_at().controls == tuple(CONTROLS) and list(CONTROLS)[:2] == [GOOD, SWAPPED]


def test_rough_ground_is_that_of_its_own_task() -> None:
    cfg, terrain = map_of(rough())
    own = Terrain(get_cfgs("go2_rough")[0].terrain, 1)
    assert (terrain.heights == own.heights).all() and cfg.terrain.slope_threshold == 0.0
    assert len(cfg.terrain.measured_points_x) == 25  # the scan is the policy's


def record(task: str, seed: int, terrain: str, level: int, successes: int, **more: Any) -> dict[str, Any]:
    size = SIZES[terrain][level] if terrain in SIZES and level < 2 else None
    outcome = {"trials": 20, "successes": successes, "falls": 1, "stuck": 19 - successes}
    named = {"policy": f"{task}_{seed}", "task": task, "seed": seed, "terrain": terrain, "level": level, "size": size}
    return {**named, **outcome, "ground": "crossings", "control": GOOD, **more}


CROSSED = [
    record("seeing", 1, "gap", 0, 20), record("seeing", 2, "gap", 0, 18), record("blind", 1, "gap", 0, 2),
    record("seeing", 1, "gap", 1, 15), record("seeing", 2, "gap", 1, 19), record("blind", 1, "gap", 1, 0),
]  # fmt: skip


def test_the_worst_training_is_judged() -> None:
    rows = judgement.summarize_crossings(CROSSED)
    assert [(row["task"], row["level"], row["seed"], row["passed"]) for row in rows] == [
        ("seeing", 0, 2, True), ("blind", 0, 1, False), ("seeing", 1, 1, False), ("blind", 1, 1, False),
    ]  # fmt: skip
    first = rows[0]
    assert first["worst"] == rate(18, 20)._asdict() and first["mean"] == pytest.approx(0.95)
    assert first["limit"] == 0.9 and first["falls"] == 1 and first["stuck"] == 1 and first["trainings"] == 2
    lines = judgement.report_crossings(rows).splitlines()
    assert lines[0] == "ground to cross: success, %, of 20 trials each"
    seeing, blind = "90 (70-97) 2 1 1 95 pass", "10 (3-30) 1 1 17 10 FAIL"
    assert lines[2].split() == ["gap", "0.40", "90", *seeing.split(), *blind.split()]
    assert lines[5] == "seeing, 2 trainings: 1 of 2 limits reached; not gap 0.60 m (75 %)"
    assert lines[6] == "blind, 1 training: 0 of 2 limits reached; not gap 0.40 m (10 %), gap 0.60 m (0 %)"


def test_rough_ground_is_judged_up_to_level_6() -> None:
    records = [record("seeing", 1, "slope_up", level, 20 if level < 6 else 18) for level in range(10)]
    rows = judgement.summarize_rough(records)
    assert [row.get("passed") for row in rows] == [True] * 6 + [False] + [None] * 3
    lines = judgement.report_rough(rows).splitlines()
    assert lines[2].split() == ["slope", "up", *["100"] * 6, *["90"] * 4]
    assert lines[-1] == "seeing, 1 training: 6 of 7 limits reached; not slope up level 6 (90 %)"


@pytest.mark.parametrize(
    "good, swapped, expected",
    [((95, 100), (40, 100), "looks"), ((95, 100), (90, 100), "does not look"), ((20, 100), (15, 100), "fails"),
     ((2, 2), (0, 2), "untold"), ((60, 100), (52, 100), "does not look"), ((20, 100), (0, 100), "looks")],
)  # fmt: skip
def test_who_loses_nothing_with_another_robots_map_does_not_look(
    good: tuple[int, int], swapped: tuple[int, int], expected: str
) -> None:
    assert looking.verdict(rate(*good), rate(*swapped)) == expected


def test_verdicts_are_told() -> None:
    records = [
        record("seeing", 1, terrain, 0, successes, control=control)
        for control, counts in {GOOD: (20, 20), SWAPPED: (0, 19), "blank": (3, 20)}.items()
        for terrain, successes in zip(("gap", "pit"), counts, strict=True)
    ]
    (summary,) = looking.summarize(records)
    assert summary["verdict"] == {"gap": "looks", "pit": "does not look"} and summary["size"] == {
        "gap": 0.4,
        "pit": 0.35,
    }
    lines = looking.report([summary]).splitlines()
    assert lines[0] == "is the map used? seeing, seed 1: success, %, of 20 trials each"
    assert lines[4].split() == ["blank", "15", "100"]
    assert lines[5] == "  gap: the policy looks (100 % with its own map, 0 % with another robot's)"
    assert lines[6] == "  pit: the policy DOES NOT LOOK (100 % with its own map, 95 % with another robot's)"


def test_a_picture_of_success_by_size(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, savefig = [], Figure.savefig

    def save(figure: Figure, *args: Any, **named: Any) -> None:
        shown.extend(axes.get_title() for axes in figure.axes if axes.axison)
        savefig(figure, *args, **named)

    monkeypatch.setattr(Figure, "savefig", save)
    path = figures.draw(judgement.summarize_crossings(CROSSED), tmp_path / "new")
    assert shown == [name.replace("_", " ") for name in SIZES]
    assert path.name == "success_by_size.png" and path.stat().st_size > 10_000
