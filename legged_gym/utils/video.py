"""Videos of the robots, for machines without a display."""

from pathlib import Path
from typing import Any

import imageio
import numpy as np

from legged_gym.sim.rendering import Arrow, Renderer
from legged_gym.utils.belief_view import BeliefView
from legged_gym.utils.errors import UserError

MAX_FPS = 25.0
COMMAND_COLOUR = (0.1, 0.8, 0.2, 1.0)
VELOCITY_COLOUR = (0.2, 0.4, 1.0, 1.0)
_ARROW_HEIGHT = 0.3
"""Of the arrows over the base, m."""
_ARROW_SCALE = 0.5
"""Length of an arrow for each m/s, m."""


class VideoRecorder:
    """Films the first robot, the others around it; arrows show its commanded (green) and its own velocity (blue)."""

    def __init__(
        self, env: Any, path: Path, view: BeliefView | None = None, width: int = 640, height: int = 480
    ) -> None:
        """Open the file.

        Args:
            env: a `LeggedRobot`.
            path: mp4 file to write.
            view: the first robot's map and belief, to be drawn too.
            width: pixels, even.
            height: pixels, even.

        Raises:
            UserError: no OpenGL, or the file cannot be written.
        """
        self._env = env
        self._view = view
        self._stride = max(1, round(1.0 / (MAX_FPS * env.dt)))
        """Control steps between frames."""
        self._step = 0
        if path.suffix.lower() != ".mp4":
            raise UserError(f"the video {path} must end in .mp4")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise UserError(f"cannot write the video {path}: {error.strerror}") from error
        self._renderer = Renderer(env.sim, env.cfg.asset, env.terrain, width, height)
        fps = 1.0 / (self._stride * env.dt)
        self._writer = imageio.get_writer(path, fps=fps, macro_block_size=1, ffmpeg_log_level="error")

    def before_step(self) -> None:
        """Leave the commands to the environment."""

    def show(self) -> bool:
        """Film the present state, if it is a frame's turn."""
        if self._step % self._stride == 0:
            markers = self._arrows() if self._view is None else [*self._arrows(), *self._view.markers()]
            text = None if self._view is None else self._view.lines()
            frame = self._renderer.render(0, markers=markers, others=range(1, self._env.num_envs), text=text)
            self._writer.append_data(frame)  # pyright: ignore[reportAttributeAccessIssue]
        self._step += 1
        return True

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        self._renderer.close()

    def _arrows(self) -> list[Arrow]:
        env = self._env
        root = env.root_states[0].cpu().numpy()
        c, s = env.heading[0].tolist()
        vx, vy = env.commands[0, :2].tolist()
        start = root[:3] + np.array([0.0, 0.0, _ARROW_HEIGHT])
        commanded = np.array([c * vx - s * vy, s * vx + c * vy, 0.0])
        measured = np.array([root[7], root[8], 0.0])
        return [
            Arrow(start, _ARROW_SCALE * commanded, COMMAND_COLOUR),
            Arrow(start, _ARROW_SCALE * measured, VELOCITY_COLOUR),
        ]
