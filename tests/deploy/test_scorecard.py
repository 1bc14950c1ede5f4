import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes

from legged_gym.deploy import tiles as tiling
from legged_gym.deploy import trial
from legged_gym.deploy.scorecard import summarize
from legged_gym.deploy.tiles import Tile
from legged_gym.deploy.trial import Outcome
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.evaluation import trials as evaluation
from legged_gym.evaluation.plot import plot_summary
from legged_gym.evaluation.report import table
from legged_gym.evaluation.summary import summarize as summarize_trials
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.terrain.terrain import Terrain


class SmallCfg(TerrainCfg):
    num_rows, num_cols, border_size = 2, 4, 1.0
    terrain_proportions = {"stairs_up": 0.5, "discrete": 0.5}


class PlaneCfg(SmallCfg):
    mesh_type = "plane"


@pytest.mark.parametrize("command", [None, (0.5, 0.0, 0.8)])
@pytest.mark.parametrize("cfg", [SmallCfg, PlaneCfg])
def test_numbers_are_those_of_the_environments_evaluation(cfg: type[TerrainCfg], command: Any) -> None:
    terrain, rng = Terrain(cfg(), seed=1), np.random.default_rng(0)
    cells = [(level, column) for level in (0, 1) for column in range(4) if level == 1 or column < 2]
    tiles = [Tile(*cell, repeat) for cell in cells for repeat in range(3)]
    ends = rng.choice(["fell", "stuck", "left", "stayed"], len(tiles))
    outcomes = [
        Outcome(tile, int(rng.integers(1, 999)), *(end == way for way in ("fell", "stuck", "left")), rng.random(9))
        for tile, end in zip(tiles, ends, strict=True)
    ]
    means = torch.tensor(np.array([outcome.means for outcome in outcomes]))
    trials = evaluation.Trials(
        levels=torch.tensor([tile.level for tile in tiles]),
        types=torch.tensor([tile.column for tile in tiles]),
        steps=torch.tensor([outcome.steps for outcome in outcomes]).double(),
        fell=torch.tensor([outcome.fell for outcome in outcomes]),
        left_tile=torch.tensor([outcome.succeeded for outcome in outcomes]),
        stuck=torch.tensor([outcome.stuck for outcome in outcomes]),
        velocity_error=means[:, :3],
        planar_error=means[:, 3],
        torque_square=means[:, 4],
        power=means[:, 5],
        velocity=means[:, 6:],
    )
    env: Any = SimpleNamespace(num_envs=len(tiles), terrain=terrain, cfg=LeggedRobotCfg())
    expected = summarize_trials(env, trials, command)
    summary = summarize(outcomes, terrain, command)
    expected = {key: value for key, value in expected.items() if key in summary}
    assert list(summary) == list(expected)
    for name in ("command", "achieved"):
        assert summary.pop(name, []) == pytest.approx(expected.pop(name, []))
    success, expected_success = summary.pop("success", {}), expected.pop("success", {})
    assert summary.pop("size", {}) == expected.pop("size", {})
    assert summary == pytest.approx(expected)
    assert success.keys() == expected_success.keys()
    for name, rates in success.items():
        assert rates == pytest.approx(expected_success[name])
    assert not success or success["discrete"][0] is None


def test_levels_without_trials_are_left_blank() -> None:
    outcomes = [Outcome(Tile(1, 0, repeat), 10, False, False, repeat == 0, np.ones(9)) for repeat in range(4)]
    summary = summarize(outcomes, Terrain(SmallCfg(), seed=1))
    assert summary["success"] == {"stairs_up": [None, 0.25]}
    assert summary["size"] == {"stairs_up": pytest.approx([0.05, 0.14])}  # m, as SmallCfg's difficulties 0 and 0.5 have
    text = table(summary)
    assert [line.split() for line in text.splitlines()[-2:]] == [["stairs_up", "-", "25"], ["size", "0.05", "0.14"]]
    assert "torque_rms        1.000 N m" in text


def test_a_picture_leaves_out_levels_without_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, drawn = Axes.text, []

    def record(axes: Axes, x: float, y: float, words: str, **style: Any) -> Any:
        drawn.append((x, y, words))
        return text(axes, x, y, words, **style)

    monkeypatch.setattr(Axes, "text", record)
    summary = {"task": "t", "sim": "mujoco", "episodes": 3, "fall_rate": 0.0}
    summary["success"] = {"stairs_up": [0.5, None, 1.0], "pit": [None, None, 0.25]}
    plot_summary(summary, tmp_path / "plot.png")
    assert drawn == [(0, 0, "50"), (2, 0, "100"), (2, 1, "25")]  # level, row of the type, success


def test_constants_are_those_of_the_evaluation() -> None:
    """What the metadata does not tell of a trial."""
    cfg = LeggedRobotCfg()
    assert cfg.env.episode_length_s == trial.EPISODE_LENGTH
    assert inspect.signature(HeightSampler).parameters["footprint"].default == trial.FOOTPRINT
    from legged_gym.deploy import commands

    assert list(commands.FORWARD_SPEED) == evaluation.FORWARD_COMMAND
    assert commands.RESAMPLING_TIME == evaluation.RESAMPLING_TIME
    assert tiling.ALL not in Terrain(SmallCfg(), seed=1).type_names
