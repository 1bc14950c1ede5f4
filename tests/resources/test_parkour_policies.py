"""The shipped skills of parkour, trained on the GPU engine, on MuJoCo C."""

from typing import Any

import pytest

from legged_gym.evaluation.trials import run_trials
from tests.resources.shipped import load


@pytest.mark.parametrize(("skill", "size"), [("climb", 0.4), ("leap", 0.6), ("crawl", 0.28), ("tilt", 0.32)])
def test_an_oracle_gets_past_what_a_walking_robot_does_not(skill: str, size: float) -> None:
    """A plateau as high as its legs are long, a gap of 1.2 bodies, a roof lower than it stands, walls in its way."""

    def change(cfg: Any) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols = 1, 2
        cfg.terrain.sizes = {f"{skill}_track": (size, size)}

    env, policy = load(f"a1_{skill}", 8, change)
    trials = run_trials(env, policy)
    assert trials.left_tile.sum() >= 6 and env.cfg.parkour.dynamics == "hard"
    env.close()


def test_a_student_gets_past_what_it_sees() -> None:
    """Most of two of each kind, all of middle size, by proprioception and images alone."""
    sizes = {"climb_track": 0.35, "leap_track": 0.56, "crawl_track": 0.3, "tilt_track": 0.34}

    def change(cfg: Any) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.border_size = 1, 4, 1.0
        cfg.terrain.sizes = {name: (size, size) for name, size in sizes.items()}
        cfg.terrain.terrain_proportions = dict.fromkeys(sizes, 0.25)

    env, policy = load("a1_distill", 8, change)
    trials = run_trials(env, policy)
    assert trials.left_tile.sum() >= 6
    env.close()
