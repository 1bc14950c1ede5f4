"""Frames of an environment's robots, read from their device in one go."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from legged_gym.sim.robot_model import asset_path
from legged_gym.viewing.depth_view import as_picture
from legged_gym.viewing.web.messages import NOWHERE, Frame, Ground, Scene
from rsl_rl.modules import PolicyInference

_REFRESH = 25
"""Frames between two looks at which robots are near."""


class EnvFrames:
    """Reads one robot of an environment, and the nearest others."""

    def __init__(self, env: Any, max_robots: int) -> None:
        """Begin with the first robot.

        Args:
            env: a `LeggedRobot`.
            max_robots: as many are drawn at most.
        """
        self._env = env
        self._count = min(max_robots, env.num_envs)
        self._inference: PolicyInference | None = None
        self._frames = 0
        self.look_at(0)

    def scene(self, title: str, **more: Any) -> Scene:
        """What stays the same; `more` fields of it are given."""
        env = self._env
        terrain = env.terrain
        places = [] if terrain.is_plane else list(dict.fromkeys(terrain.type_names))
        return Scene(
            title=title,
            robot=asset_path(env.cfg.asset),
            joint_names=list(env.dof_names),
            ground=Ground.of(terrain),
            num_robots=env.num_envs,
            rewards=list(env.rewards.names),
            feet=[env.body_names[index].removesuffix("_foot") for index in env.feet_indices.tolist()],
            places=places,
            levels=0 if terrain.is_plane else terrain.num_levels,
            **more,
        )

    def see(self, inference: PolicyInference) -> PolicyInference:
        """Take, and return, what the policy makes of the robots' present observations."""
        self._inference = inference
        return inference

    def look_at(self, robot: int) -> None:
        """Choose the robot."""
        self.robot = robot
        self._nearest = self._find_nearest()

    def read(self) -> torch.Tensor:
        """The present numbers of a frame, in one tensor on the environment's device."""
        self._frames += 1
        if self._frames % _REFRESH == 0:
            self._nearest = self._find_nearest()
        signals = self._signals()
        self._shapes = {name: signal.shape for name, signal in signals.items()}
        return torch.cat([signal.reshape(-1).float() for signal in signals.values()])

    def frame(self, numbers: np.ndarray, time: float, facts: Sequence[tuple[str, str]] = ()) -> Frame:
        """The frame of what was last read, which is here by now.

        Args:
            numbers: what `read` gave.
            time: s.
            facts: more lines to read.
        """
        parts = np.split(numbers, np.cumsum([math.prod(shape) for shape in self._shapes.values()])[:-1])
        got = {name: part.reshape(shape) for part, (name, shape) in zip(parts, self._shapes.items(), strict=True)}
        depth = got.get("depth")
        return Frame(
            time=time,
            robots=got["robots"].astype(int),
            roots=got["roots"],
            joints=got["joints"],
            command=got["command"],
            velocity=got["velocity"],
            feet=got["feet"],
            forces=got["forces"],
            samples=_above(got, "samples"),
            beliefs=_above(got, "beliefs"),
            gates=got.get("gates", np.zeros(0)),
            depth=None if depth is None else as_picture(depth, self._env.depth_camera.image),
            rewards=got["rewards"],
            facts=[*facts, *self._facts(got["state"])],
        )

    def _find_nearest(self) -> torch.Tensor:
        """The robot that is looked at, and those around it [K]."""
        positions = self._env.root_states[:, :2]
        distances = (positions - positions[self.robot]).square().sum(dim=1)
        distances[self.robot] = -1.0  # the first, also of robots in one place
        return distances.topk(self._count, largest=False).indices

    def _signals(self) -> dict[str, torch.Tensor]:
        env, robot = self._env, self.robot
        feet, curriculum = env.feet_indices, env.terrain_curriculum
        signals = {
            "robots": self._nearest,
            "roots": env.root_states[self._nearest, :7],
            "joints": env.dof_pos[self._nearest],
            "command": env.commands[robot, :3],
            "velocity": torch.cat((env.base_lin_vel[robot, :2], env.base_ang_vel[robot, 2:])),
            "feet": env.body_states[robot, feet, :3],
            "forces": env.contact_forces[robot, feet],
            "rewards": env.rewards.values[:, robot] / env.dt,
            "state": torch.stack((env.episode_length_buf[robot], curriculum.types[robot], curriculum.levels[robot])),
        }
        if hasattr(env, "map_heights"):
            signals |= {"samples_xy": env.map_points[robot], "samples_z": env.map_heights[robot]}
            signals["samples_base"] = env.feet_positions[robot, :, None, 2]
            signals |= self._belief()
        elif hasattr(env, "measured_heights"):
            here = slice(robot, robot + 1)
            signals["samples_xy"] = env.height_scan.sample_points(env.root_states[here], env.heading[here])[0]
            signals["samples_z"] = env.measured_heights[robot]
        if env.depth_camera is not None:
            signals["depth"] = env.depth_camera.images[robot]
        return signals

    def _belief(self) -> dict[str, torch.Tensor]:
        env, robot, inference = self._env, self.robot, self._inference
        if inference is None or inference.decoded_heights is None:
            return {}
        told = {
            "beliefs_xy": env.foot_points[robot],
            "beliefs_z": inference.decoded_heights[robot].view_as(env.foot_heights[robot]),
            "beliefs_base": env.feet_positions[robot, :, None, 2],
        }
        if inference.gate is not None:
            told["gates"] = inference.gate[robot].view(len(env.feet_indices), -1).mean(dim=1)
        return told

    def _facts(self, state: np.ndarray) -> list[tuple[str, str]]:
        length, column, level = (int(value) for value in state)
        facts = [("robot", f"{self.robot} of {self._env.num_envs}"), ("episode", f"{length * self._env.dt:.1f} s")]
        terrain = self._env.terrain
        return facts if terrain.is_plane else [*facts, ("terrain", f"{terrain.type_names[column]}, level {level}")]


def _above(got: dict[str, np.ndarray], name: str) -> np.ndarray:
    """World positions [Q, 3] of points whose heights may be relative to something."""
    if f"{name}_xy" not in got:
        return NOWHERE
    heights = got[f"{name}_z"] + got.get(f"{name}_base", 0.0)
    return np.concatenate((got[f"{name}_xy"], heights[..., None]), axis=-1).reshape(-1, 3)
