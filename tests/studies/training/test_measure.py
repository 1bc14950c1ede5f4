"""One training, judged on the way; and one that is told to stop."""

import signal
from types import SimpleNamespace

import pytest

from studies.training import measure
from studies.training.point import Point

SMALL = {"env.num_envs": 8, "train.algorithm.num_learning_epochs": 1, "env.episode_length_s": 1.0}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A look at each iteration, and eight trials of a second."""
    settings = measure.evaluation_settings
    monkeypatch.setattr(measure, "evaluation_settings", lambda cfg: settings(cfg) | {"env.episode_length_s": 1.0})
    monkeypatch.setattr(measure, "LOOK", 1)


def test_a_policy_is_judged_once_for_marks_that_are_reached_together():
    result = measure.measure(
        Point("small", "go2_flat", 1, SMALL, samples=(192.0, 300.0, 384.0), seconds=(1.0e-9,), trials=8)
    )
    assert [judged["marks"] for judged in result["judged"]] == [
        ["192 samples", "1e-09 seconds"],
        ["300 samples", "384 samples"],
    ]
    assert [judged["iteration"] for judged in result["judged"]] == [1, 2]
    assert [step["samples"] for step in result["trace"]] == [192, 384]
    assert all(0.0 < step["error"] < 3.0 and 0.0 <= step["age"] <= 1.0 for step in result["trace"])
    assert all(judged["episodes"] == 8 and judged["lin_vel_error"] > 0.0 for judged in result["judged"])
    assert result["judged"][0]["lin_vel_error"] != result["judged"][1]["lin_vel_error"]
    assert result["num_envs"] == 8 and result["settings"] == SMALL


def test_a_training_that_is_told_to_stop_ends(monkeypatch):
    runner = SimpleNamespace(iteration=0, stopped_by=None)
    runner.learn = lambda *_, **__: setattr(runner, "stopped_by", signal.SIGTERM)
    monkeypatch.setattr(measure, "make_env", lambda *_: None)
    monkeypatch.setattr(measure, "make_runner", lambda *_: runner)
    with pytest.raises(SystemExit) as ended:
        measure.measure(Point("small", "go2_flat", 1, SMALL, samples=(1.0,)))
    assert ended.value.code == 128 + signal.SIGTERM
