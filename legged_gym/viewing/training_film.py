"""Films of the robots while they train."""

import contextlib
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from legged_gym.utils.errors import UserError
from legged_gym.viewing.rendering import Renderer
from legged_gym.viewing.video import VideoRecorder
from rsl_rl.runners import OnPolicyRunner

INTERVAL = 500
"""Iterations between two clips, unless told otherwise."""
CLIP_DURATION = 4.0
"""Length of a clip, s."""
NUM_ROBOTS = 6
"""Robots of a clip at most: one, and those around it."""
_STRIDE = 0.618
"""Share of all robots by which the one that is followed moves on from clip to clip: evenly over the types of
terrain."""

logger = logging.getLogger(__name__)


class TrainingFilm:
    """Films a clip every so many iterations, and one of the last seconds.

    It only looks on: training takes the same way as without. It costs time only while a clip is filmed. Where nothing
    can be drawn or written there is one warning, and training goes on.
    """

    def __init__(self, runner: OnPolicyRunner, env: Any, folder: Path, interval: int, last_iteration: int) -> None:
        """Begin to look on.

        Args:
            runner: trains the robots.
            env: a `LeggedRobot`.
            folder: where to write `iteration_<n>.mp4`; n iterations are done when the clip begins.
            interval: iterations from the beginning of a clip to that of the next.
            last_iteration: the iteration at which training will end.
        """
        self._runner = runner
        self._env = env
        self._folder = folder
        self._interval = interval
        self._clip_steps = round(CLIP_DURATION / env.dt)
        self._last_clip = last_iteration - math.ceil(self._clip_steps / runner.num_steps_per_env)
        first = runner.iteration
        self._next_clip = self._clip_after(first) if first < self._last_clip else first
        self._num_clips = self._steps_left = 0
        self._recorder: VideoRecorder | None = None
        try:
            Renderer(env.sim, env.cfg.asset, env.terrain).close()  # to know now, not in an hour
        except UserError as error:
            logger.warning("training is not filmed: %s", error)
            return
        runner.on_step = self._on_step

    def close(self) -> None:
        """Finish what is being filmed."""
        with self._harmless():
            self._finish()

    def _clip_after(self, iteration: int) -> int:
        """The iteration at which the next clip after one at this iteration begins."""
        regular = (iteration // self._interval + 1) * self._interval
        return min(regular, self._last_clip) if iteration < self._last_clip else regular

    def _on_step(self) -> None:
        with self._harmless():
            if self._recorder is None and self._runner.iteration >= self._next_clip:
                self._recorder = self._open_clip()
            if self._recorder is not None:
                self._recorder.show()
                self._steps_left -= 1
                if self._steps_left == 0:
                    self._finish()

    def _finish(self) -> None:
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None
            self._next_clip = self._clip_after(self._runner.iteration)

    @contextlib.contextmanager
    def _harmless(self) -> Iterator[None]:
        """What goes wrong ends the filming alone: no film is worth a training."""
        try:
            yield
        except Exception as error:
            logger.warning("training is not filmed any more: %s", str(error).partition("\n")[0])
            self._recorder, self._next_clip = None, math.inf

    def _open_clip(self) -> VideoRecorder:
        env = self._env
        robot = int(self._num_clips * _STRIDE % 1.0 * env.num_envs)
        positions = env.root_states[:, :2]
        distances = (positions - positions[robot]).square().sum(dim=1)
        distances[robot] = -1.0  # the first, also of robots in one place
        robots = distances.topk(min(NUM_ROBOTS, env.num_envs), largest=False).indices.tolist()
        path = self._folder / f"iteration_{self._runner.iteration}.mp4"
        self._num_clips += 1
        self._steps_left = self._clip_steps
        return VideoRecorder(env, path, robots=robots, fast=env.device.type == "cpu")
