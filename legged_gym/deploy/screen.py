"""Looking at trials: a window in real time, or a video."""

from pathlib import Path
from typing import Protocol

import numpy as np

from legged_gym.deploy.trial import Simulation
from legged_gym.viewing.mp4 import Mp4
from legged_gym.viewing.rendering import Arrow, Renderer, Spheres, velocity_arrow

SAMPLE_COLOUR = (1.0, 0.45, 0.1, 1.0)
SAMPLE_RADIUS = 0.012
NO_SAMPLES = np.zeros((0, 3))


class Screen(Protocol):
    """Something that shows the robot, and the ground that its map tells it of."""

    def show(self, command: np.ndarray) -> bool:
        """Show the present state under a command [3]; False when the user has closed the window."""
        ...

    def close(self) -> None:
        """Close window or file."""


class Film:
    """A video of every trial; an arrow shows the command."""

    def __init__(self, simulation: Simulation, path: Path, width: int = 640, height: int = 480) -> None:
        """Open the file.

        Args:
            simulation: whose robot is filmed.
            path: mp4 file to write.
            width: pixels, even.
            height: pixels, even.

        Raises:
            UserError: no OpenGL, or the file cannot be written.
        """
        self._robot = _Robot(simulation)
        self._file = Mp4(path, simulation.metadata.control_dt)
        self._renderer = Renderer(self._robot, simulation.metadata.asset, simulation.terrain, width, height)

    def show(self, command: np.ndarray) -> bool:
        """Film the present state, if it is a frame's turn."""
        if self._file.wants_frame():
            self._robot.refresh()
            markers = [self._robot.arrow(command), self._robot.samples()]
            self._file.add(self._renderer.render(0, markers=markers))
        return True

    def close(self) -> None:
        """Finish the file."""
        try:
            self._file.close()
        finally:
            self._renderer.close()


class Window:
    """MuJoCo's own viewer, in real time."""

    def __init__(self, simulation: Simulation) -> None:
        """Open the window.

        Args:
            simulation: whose robot is shown.

        Raises:
            UserError: no window can be opened.
        """
        # Imported where it is used: a machine without display may lack OpenGL.
        from legged_gym.viewing.robot_window import RobotWindow

        self._robot = _Robot(simulation)
        metadata = simulation.metadata
        self._window = RobotWindow(self._robot, metadata.asset, simulation.terrain, metadata.control_dt)

    def show(self, command: np.ndarray) -> bool:
        """Show the present state when its time has come; False when the window was closed."""
        self._robot.refresh()
        text = "vx {:+.2f} m/s\nvy {:+.2f} m/s\nyaw rate {:+.2f} rad/s".format(*command)
        return self._window.show((text, ""), [self._robot.samples()])

    def close(self) -> None:
        """Close the window."""
        self._window.close()


class _Robot:
    """The one robot as it is drawn, and what is drawn around it."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.dof_names = simulation.metadata.joint_names
        self.root_states = np.zeros((1, 13))
        self.dof_pos = np.zeros((1, len(self.dof_names)))
        self.refresh()

    def refresh(self) -> None:
        """Take over the robot's present pose."""
        robot = self._simulation.robot
        self.root_states[0, :3] = robot.position
        self.root_states[0, 3:7] = np.roll(robot.quat, -1)  # wxyz -> xyzw
        self.dof_pos[0] = robot.dof_pos

    def arrow(self, command: np.ndarray) -> Arrow:
        """The command [3]."""
        robot = self._simulation.robot
        return velocity_arrow(robot.position, command[:2], robot.heading)

    def samples(self) -> Spheres:
        """The samples of the ground that the policy sees."""
        seen = self._simulation.controller.outputs.get("map_samples", NO_SAMPLES)
        return Spheres(seen, SAMPLE_RADIUS, SAMPLE_COLOUR)
