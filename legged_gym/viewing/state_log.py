"""What one robot did, step by step, and a picture of it."""

import math
from collections import deque
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch

from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_picture

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402  (after the backend is chosen)
from matplotlib.figure import Figure  # noqa: E402

_COMMANDS = ("forward velocity, m/s", "sideways velocity, m/s", "yaw rate, rad/s")


class StateLogger:
    """Named time series of one robot of an environment."""

    def __init__(self, env: Any, robot: int = 0, most: int | None = None) -> None:
        """Choose the robot.

        Args:
            env: a `LeggedRobot`.
            robot: index of the environment to follow.
            most: how many steps are kept, the last ones; None: all.
        """
        self.dt = float(env.dt)
        self.joint_names = list(env.dof_names)
        self.foot_names = [env.body_names[index] for index in env.feet_indices.tolist()]
        self.reward_names = list(env.rewards.names)
        self._env = env
        self._robot = robot
        self._rows: deque[dict[str, np.ndarray]] = deque(maxlen=most)
        self._steps = 0

    def record(self) -> None:
        """Keep the present state: one read of the device."""
        signals = self._signals()
        flat = torch.cat([signal.float() for signal in signals.values()]).cpu().numpy()
        ends = np.cumsum([len(signal) for signal in signals.values()])[:-1]
        self._steps += 1
        self._rows.append(dict(zip(signals, np.split(flat, ends), strict=True)))

    def _signals(self) -> dict[str, torch.Tensor]:
        env, robot = self._env, self._robot
        return {
            "command": env.commands[robot, :3],
            "velocity": torch.cat((env.base_lin_vel[robot, :2], env.base_ang_vel[robot, 2:])),
            "dof_pos": env.dof_pos[robot],
            "dof_target": env.joint_targets[robot],
            "torque": env.torques[robot],
            "foot_force": env.contact_forces[robot, env.feet_indices, 2],
            "reward": env.rewards.values[:, robot] / env.dt,
            "ended": env.reset_buf[robot : robot + 1],
        }

    def series(self, name: str) -> np.ndarray:
        """One signal over time [T, K]."""
        return np.stack([row[name] for row in self._rows])

    def plot(self, path: Path) -> None:
        """Draw all signals over time to a picture file; dotted lines mark the ends of episodes.

        Raises:
            UserError: nothing was recorded, or the file cannot be written.
        """
        if not self._rows:
            raise UserError("nothing was recorded to plot")
        figure = self._draw()
        try:
            write_picture(path, figure, dpi=80)
        finally:
            plt.close(figure)

    def _draw(self) -> Figure:
        time = self.dt * np.arange(self._steps - len(self._rows) + 1, self._steps + 1)
        rows = 2 + math.ceil(len(self.joint_names) / 3)
        figure, axes = plt.subplots(rows, 3, figsize=(16, 2.6 * rows), sharex=True, squeeze=False)
        command, velocity = self.series("command"), self.series("velocity")
        for column, title in enumerate(_COMMANDS):
            self._lines(axes[0, column], time, title, {"command": command[:, column], "measured": velocity[:, column]})
        position, target = self.series("dof_pos"), self.series("dof_target")
        for joint, panel in enumerate(axes[1:-1].flat):
            if joint < len(self.joint_names):
                title = f"{self.joint_names[joint]}, rad"
                self._lines(panel, time, title, {"target": target[:, joint], "measured": position[:, joint]})
            else:
                panel.set_axis_off()
        bundles = (
            ("torques, N m", self.joint_names, "torque"),
            ("vertical foot forces, N", self.foot_names, "foot_force"),
            ("reward terms, 1/s", self.reward_names, "reward"),
        )
        for panel, (title, names, signal) in zip(axes[-1], bundles, strict=True):
            self._lines(panel, time, title, dict(zip(names, self.series(signal).T, strict=True)))
            panel.set_xlabel("time, s")
        ends = time[self.series("ended")[:, 0] > 0.0]
        for panel in axes.flat:
            for end in ends:
                panel.axvline(end, color="black", linestyle=":", linewidth=0.8)
        figure.tight_layout()
        return figure

    @staticmethod
    def _lines(panel: Any, time: np.ndarray, title: str, lines: dict[str, np.ndarray]) -> None:
        if len(lines) > 10:
            panel.set_prop_cycle(color=matplotlib.colormaps["tab20"](np.arange(20)))
        for name, values in lines.items():
            panel.plot(time, values, label=name, linewidth=1.0)
        panel.set_title(title, fontsize="medium")
        panel.grid(alpha=0.3)
        if lines:
            panel.legend(fontsize="xx-small", ncols=1 + len(lines) // 5, loc="upper right")
