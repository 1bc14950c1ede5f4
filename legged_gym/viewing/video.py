"""Videos of the robots, for machines without a display."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from legged_gym.viewing.belief_view import BeliefView
from legged_gym.viewing.depth_view import with_depth
from legged_gym.viewing.mp4 import Mp4
from legged_gym.viewing.rendering import Arrow, Camera, Marker, Renderer, velocity_arrow
from legged_gym.viewing.soft_view import soft_obstacle

COMMAND_COLOUR = (0.1, 0.8, 0.2, 1.0)
VELOCITY_COLOUR = (0.2, 0.4, 1.0, 1.0)


class VideoRecorder:
    """Films one robot, others around it; arrows show its commanded (green) and its own velocity (blue).

    What it has of its depth camera, if it has one, is in the corner. A soft obstacle before it is seen through.
    """

    robots: list[int]
    """Indices of those that are drawn."""
    camera: Camera
    """Where the followed robot is seen from; may be changed at any time."""

    def __init__(
        self,
        env: Any,
        path: Path,
        view: BeliefView | None = None,
        robots: Sequence[int] | None = None,
        width: int = 640,
        height: int = 480,
        fast: bool = False,
    ) -> None:
        """Open the file.

        Args:
            env: a `LeggedRobot`.
            path: mp4 file to write.
            view: the followed robot's map and belief, to be drawn too.
            robots: indices of the robots to draw, the one to follow first; None: all.
            width: pixels, even.
            height: pixels, even.
            fast: draw without shadows and smoothed edges.

        Raises:
            UserError: no OpenGL, or the file cannot be written.
        """
        self._env = env
        self._view = view
        self.robots = list(range(env.num_envs) if robots is None else robots)
        self.camera = Camera()
        self._shown = _Robots(env, self.robots)
        self.follow(0)
        self._file = Mp4(path, env.dt)
        self._renderer = Renderer(self._shown, env.cfg.asset, env.terrain, width, height, fast)

    def follow(self, index: int) -> None:
        """Follow another one of the robots that are drawn, by its place among them."""
        self._followed = index
        if self._view is not None:
            self._view.robot = self.robots[index]

    def before_step(self) -> None:
        """Leave the commands to the environment."""

    def show(self) -> bool:
        """Film the present state, if it is a frame's turn."""
        if self._file.wants_frame():
            self._shown.refresh()
            markers: list[Marker] = [*self._arrows(), *soft_obstacle(self._env, self.robots[self._followed])]
            markers += [] if self._view is None else self._view.markers()
            text = None if self._view is None else self._view.lines()
            others = [index for index in range(len(self.robots)) if index != self._followed]
            frame = self._renderer.render(self._followed, self.camera, markers, others, text)
            depths = self._env.depth_camera
            self._file.add(frame if depths is None else with_depth(frame, depths, self.robots[self._followed]))
        return True

    def close(self) -> None:
        """Finish the file."""
        try:
            self._file.close()
        finally:
            self._renderer.close()

    def _arrows(self) -> list[Arrow]:
        env, robot = self._env, self.robots[self._followed]
        root = self._shown.root_states[self._followed]
        command, heading = env.commands[robot, :2].tolist(), env.heading[robot].tolist()
        return [
            velocity_arrow(root[:3], command, heading, COMMAND_COLOUR),
            velocity_arrow(root[:3], root[7:9], colour=VELOCITY_COLOUR),
        ]


class _Robots:
    """Some robots as the renderer reads them: only their states leave the device."""

    def __init__(self, env: Any, robots: list[int]) -> None:
        self._env = env
        self._indices = torch.tensor(robots, device=env.root_states.device)
        self.dof_names = env.dof_names
        self.refresh()

    def refresh(self) -> None:
        """Take over the present states."""
        self.root_states = self._env.root_states[self._indices].cpu().numpy()
        self.dof_pos = self._env.dof_pos[self._indices].cpu().numpy()
