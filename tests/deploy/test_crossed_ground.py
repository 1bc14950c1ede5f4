"""A trial on ground that is crossed, beside an environment that evaluate.py would judge: same states, commands, end."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import set_fields
from legged_gym.deploy.tiles import Tile
from legged_gym.deploy.trial import Setup, Simulation
from legged_gym.evaluation.trials import evaluation_settings
from legged_gym.export.metadata import SIMULATION_SECTIONS
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.math import quat_from_rpy
from legged_gym.utils.seeding import set_seed
from tests.deploy.policies import go2_metadata, write_controller

EVERYONE = torch.ones(1, dtype=torch.bool)


@dataclass
class Pair:
    """An environment of one robot, and trials of its task."""

    env: Any
    simulation: Simulation

    def told(self, tile: Tile, states: np.ndarray, monkeypatch: Any) -> tuple[list[list[float]], list[list[float]]]:
        """Let both robots be at the same places, step by step, until one side's episode ends.

        Args:
            tile: where.
            states: place of the base from the tile's origin, m, roll, pitch and yaw, rad [K, 6].
            monkeypatch: puts the robots there.

        Returns:
            By environment and trial, the command of each step [3], and at last whether it fell and was stuck.
        """
        return self._by_environment(tile, states, monkeypatch), self._by_trial(tile, states, monkeypatch)

    def _by_environment(self, tile: Tile, states: np.ndarray, monkeypatch: Any) -> list[list[float]]:
        env, pose = self.env, self.env.default_dof_pos.expand(1, -1).clone()

        def root(step: int) -> torch.Tensor:
            state = torch.tensor(states[step], dtype=torch.float32)
            place, quat = env.env_origins[0] + state[:3], quat_from_rpy(*state[3:, None])
            return torch.cat((place, quat[0], torch.zeros(6)))[None]

        def put(step: int) -> None:
            env.sim.reset(EVERYONE, root(step), pose, torch.zeros_like(pose))

        env.assign_terrain(torch.tensor([tile.level]), torch.tensor([tile.column]))
        monkeypatch.setattr(env.spawn, "draw", lambda origins: env.spawn.root_states.copy_(root(0)))
        env.reset()
        told = []
        for step in range(1, len(states)):
            told.append(env.commands[0, :3].tolist())
            monkeypatch.setattr(env.sim, "step", lambda targets, delay, at=step: put(at))
            done = env.step(torch.zeros(1, 12))[2]
            if done:
                return [*told, [float(not env.time_out_buf and not env.stuck), float(env.stuck)]]
        raise AssertionError("no episode ended")

    def _by_trial(self, tile: Tile, states: np.ndarray, monkeypatch: Any) -> list[list[float]]:
        simulation, told, left = self.simulation, [], iter(states)
        reset, advance = type(simulation.robot).reset, simulation._commands.advance
        rest, origin = simulation.metadata.default_dof_pos, simulation.terrain.env_origins[tile.level, tile.column]

        def put(*_: Any) -> None:
            place, rpy = np.split(next(left), 2)
            reset(simulation.robot, origin + place, rpy, np.zeros(6), rest)

        for name in ("reset", "step"):
            monkeypatch.setattr(simulation.robot, name, put)
        monkeypatch.setattr(simulation._commands, "advance", lambda *state: told.append(advance(*state)) or told[-1])
        outcome = simulation.run(tile)
        assert outcome is not None and outcome.steps == len(told) - 1 and not outcome.succeeded
        return [*map(list, told), [float(outcome.fell), float(outcome.stuck)]]


def pair(task: str, folder: Path, change: Any) -> Iterator[Pair]:
    cfg, _ = get_cfgs(task)
    cfg.env.num_envs, cfg.sim.engine, cfg.terrain.num_rows, cfg.terrain.border_size = 1, "mujoco", 2, 0.0
    change(cfg)
    trained_in = class_to_dict(cfg)
    set_fields(evaluation_settings(cfg), cfg)
    set_seed(1)
    env: Any = make_env(task, cfg, "cpu", 1)
    metadata, robot = go2_metadata(task), env.sim.robot
    metadata["simulation"] = {name: trained_in[name] for name in SIMULATION_SECTIONS if name in trained_in}
    metadata["actuator"] |= {"stiffness": robot.stiffness.tolist(), "damping": robot.damping.tolist()}
    metadata["torque_limits"] = robot.torque_limits.tolist()
    yield Pair(env, Simulation(Setup(write_controller(folder, metadata))))
    env.close()


@pytest.fixture(scope="module")
def beams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """`go2_sight` on beams and rails."""

    def change(cfg: Any) -> None:
        cfg.terrain.num_cols, cfg.terrain.terrain_proportions = 2, {"beams": 1.0}
        cfg.crossing.speed, cfg.crossing.patience = [1.1, 1.1], 0.21

    yield from pair("go2_sight", tmp_path_factory.mktemp("beams"), change)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """`go2_distill` on a track of each skill."""

    def change(cfg: Any) -> None:
        cfg.terrain.num_cols, cfg.depth_camera.shape = 4, [6, 8]
        cfg.terrain.terrain_proportions = dict.fromkeys(cfg.terrain.terrain_proportions, 0.25)
        cfg.crossing.speeds = {"climb": [1.2, 1.2], "leap": [1.3, 1.3], "crawl": [0.5, 0.5]}
        cfg.crossing.speed, cfg.crossing.patience = [0.4, 0.4], 0.21

    yield from pair("go2_distill", tmp_path_factory.mktemp("tracks"), change)


def stroll(steps: int, yaw: float) -> np.ndarray:
    """States of a robot that goes 4 cm a step where it faces at first, winding [K, 6]."""
    time = np.arange(steps)
    along, aside = 0.04 * time, 0.3 * np.sin(0.3 * time)
    x, y = np.cos(yaw) * along - np.sin(yaw) * aside, np.sin(yaw) * along + np.cos(yaw) * aside
    level = np.zeros(steps)
    return np.stack((x, y, level + 0.4, level, level, yaw + 0.5 * np.cos(0.2 * time) - 0.5), axis=1)


@pytest.mark.parametrize("yaw", [0.3, 1.2, -2.0, 2.9])
def test_a_robot_is_sent_along_its_way_until_it_stands(beams: Pair, monkeypatch: Any, yaw: float) -> None:
    states = stroll(30, yaw)
    states = np.concatenate((states, np.repeat(states[-1:], 30, axis=0)))
    by_environment, by_trial = beams.told(Tile(1, 0, 0), states, monkeypatch)
    assert by_environment[-1] == by_trial[-1] == [0.0, 1.0] and len(by_trial) == len(by_environment)
    np.testing.assert_allclose(by_trial[:-1], by_environment[:-1], atol=1e-4)
    assert {command[0] for command in by_trial[:-1]} == {1.1}
    assert 35 < len(by_trial) - 1 <= 30 + 11  # it stands from the 30th step on, and has made 0.1 m in the last 5


ENDS = [(0.0, 1.6, 0.0, 0.0), (0.0, 0.0, 1.7, 0.0), (0.0, 0.0, 0.0, -0.3), (0.85, 0.0, 0.0, 0.0)]
"""Falls: how far aside, m, roll and pitch, rad, and how far up, m."""


@pytest.mark.parametrize(("column", "end"), [*((0, end) for end in ENDS), *((column, None) for column in range(4))])
def test_parkour_ends_alike(tracks: Pair, monkeypatch: Any, column: int, end: tuple[float, ...] | None) -> None:
    """By roll, pitch, height, place or patience, on a walk of 3.2 m past the obstacle."""
    states = stroll(80, 0.0)
    states[:, 3] = 1.4 * np.sin(0.1 * np.arange(80))  # of 1.5
    last = np.repeat(states[-1:], 30, axis=0)
    if end is not None:
        aside, roll, pitch, up = end
        last[:] = [3.3, aside, 0.4 + up, roll, pitch, 0.0]
    by_environment, by_trial = tracks.told(Tile(0, column, 0), np.concatenate((states, last)), monkeypatch)
    assert by_trial[-1] == by_environment[-1] == [float(end is not None), float(end is None)]
    assert len(by_trial) == len(by_environment)
    np.testing.assert_allclose(by_trial[:-1], by_environment[:-1], atol=1e-4)
    skill = tracks.simulation.terrain.type_names[column].removesuffix("_track")
    assert by_trial[0][0] == {"climb": 1.2, "leap": 1.3, "crawl": 0.5, "tilt": 0.4}[skill]
