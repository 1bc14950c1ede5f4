"""A window with the robots of any engine, in real time, driven by the keyboard."""

import logging
from typing import Any

from legged_gym.viewing.depth_view import depth_picture
from legged_gym.viewing.keyboard import LETTERS, KeyboardCommand
from legged_gym.viewing.robot_window import RobotWindow
from legged_gym.viewing.soft_view import soft_obstacle

logger = logging.getLogger(__name__)


class Viewer:
    """Shows all robots, the camera on the first; its keys set the velocity command of all, and begin new episodes."""

    def __init__(self, env: Any, steers: bool) -> None:
        """Open the window, and tell its keys.

        Args:
            env: a `LeggedRobot`.
            steers: whether the keys give the commands.

        Raises:
            UserError: no window can be opened.
        """
        self._env = env
        ranges = env.cfg.commands.ranges
        self.command = KeyboardCommand([ranges.lin_vel_x, ranges.lin_vel_y, ranges.ang_vel_yaw], steers)
        self._window = RobotWindow(env.sim, env.cfg.asset, env.terrain, env.dt, self.command.press, LETTERS)
        keys = "\n".join(f"  {key:<28}{what}" for key, what in self.command.help())
        logger.info("keys in the window:\n%s", keys)

    def before_step(self) -> None:
        """Give every robot the command; end its episode by the clock if a new one was asked for."""
        self.command.apply(self._env.commands)
        if self.command.restarts:
            self.command.restarts = False
            self._env.episode_length_buf.fill_(self._env.max_episode_length)

    def show(self) -> bool:
        """Show the present state when its time has come; False when the window was closed."""
        camera = self._env.depth_camera
        picture = None if camera is None else depth_picture(camera, robot=0)
        return self._window.show(self.command.lines(), soft_obstacle(self._env, 0), picture)

    def close(self) -> None:
        """Close the window."""
        self._window.close()
