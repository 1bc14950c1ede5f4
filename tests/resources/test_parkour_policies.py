"""The shipped skills of parkour, trained on the GPU engine, on MuJoCo C."""

from typing import Any

import pytest

from legged_gym.evaluation.trials import run_trials
from tests.resources.shipped import load


@pytest.mark.parametrize(("skill", "size"), [("climb", 0.4), ("leap", 0.6), ("crawl", 0.28)])
def test_an_oracle_gets_past_what_a_walking_robot_does_not(skill: str, size: float) -> None:
    """A plateau as high as its legs are long, a gap of 1.2 bodies, a roof lower than it stands: most of eight."""

    def change(cfg: Any) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols = 1, 2
        cfg.terrain.sizes = {f"{skill}_track": (size, size)}

    env, policy = load(f"a1_{skill}", 8, change)
    trials = run_trials(env, policy)
    assert trials.left_tile.sum() >= 6 and env.cfg.parkour.dynamics == "hard"
    env.close()
