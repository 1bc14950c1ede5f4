"""Looking on at robots that train, in a browser: it only reads, and never waits for their device."""

import contextlib
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from legged_gym.utils.address import Address
from legged_gym.viewing.web.controls import Controls
from legged_gym.viewing.web.env_frames import EnvFrames
from legged_gym.viewing.web.viewer import WebViewer
from rsl_rl.runners import OnPolicyRunner

MAX_ROBOTS = 8
"""The robot that is looked at, and those around it."""
FPS = 15.0
"""Pictures a second at most: each costs the training a tenth of a millisecond or two."""

logger = logging.getLogger(__name__)


class TrainingView:
    """Shows any of the robots that train; training takes the same way as without.

    What goes wrong ends the looking on alone.
    """

    def __init__(self, runner: OnPolicyRunner, env: Any, title: str, address: Address) -> None:
        """Begin to look on, after what looks on already.

        Args:
            runner: trains the robots.
            env: a `LeggedRobot`.
            title: of the page.
            address: where to listen.

        Raises:
            UserError: the viewer does not start.
        """
        self._runner, self._env = runner, env
        self._frames, self._controls = EnvFrames(env, MAX_ROBOTS), Controls()
        self._steps = 0
        self._coming: _Copy | None = None
        scene = self._frames.scene(title, paced=False, fps=FPS, yields=True)
        self._viewer, self._looks = WebViewer(scene, address), True
        self._earlier: Callable[[], None] = runner.on_step
        runner.on_step = self._on_step

    @property
    def url(self) -> str:
        """What to open."""
        return self._viewer.url

    def close(self) -> None:
        """End it."""
        self._runner.on_step = self._earlier
        self._viewer.close()

    def _on_step(self) -> None:
        self._earlier()
        self._steps += 1
        if not self._looks:
            return
        try:
            self._look_on()
        except Exception as error:
            logger.warning("training is not shown any more: %s", str(error).partition("\n")[0])
            self._looks = False

    def _look_on(self) -> None:
        viewer = self._viewer
        for event in viewer.poll():
            self._controls.take(event)
        if not viewer.is_open:
            raise RuntimeError("the viewer has ended")
        self._choose()
        if self._coming is not None:
            if self._coming.is_here:
                numbers, iteration = self._coming.numbers, ("iteration", str(self._runner.iteration))
                viewer.offer(lambda: self._frames.frame(numbers, self._steps * self._env.dt, [iteration]))
                self._coming = None
        elif viewer.wants_frame:
            self._coming = _Copy(self._frames.read())

    def _choose(self) -> None:
        """The robot that was asked for, or one on the tiles that were."""
        controls, frames = self._controls, self._frames
        if controls.place is not None:
            robot = self._one_on(*controls.place)
            controls.robot = frames.robot if robot is None else robot
            controls.place = None
        if controls.robot != frames.robot and 0 <= controls.robot < self._env.num_envs:
            frames.look_at(controls.robot)
            self._coming = None

    def _one_on(self, kind: str, level: int) -> int | None:
        """A robot on a terrain type, as near to a level as there is one; None: nobody is on it."""
        curriculum, names = self._env.terrain_curriculum, np.array(self._env.terrain.type_names)
        types, levels = curriculum.types.cpu().numpy(), curriculum.levels.cpu().numpy()
        found = np.flatnonzero(names[types] == kind)
        return int(found[np.abs(levels[found] - level).argmin()]) if len(found) else None


class _Copy:
    """Numbers on their way from a device; nobody waits for them."""

    def __init__(self, numbers: torch.Tensor) -> None:
        self._event: torch.cuda.Event | None = None
        self._host = numbers
        if numbers.is_cuda:
            self._host = torch.empty(numbers.shape, dtype=numbers.dtype, pin_memory=True)
            self._host.copy_(numbers, non_blocking=True)
            self._event = torch.cuda.Event()
            self._event.record(torch.cuda.current_stream(numbers.device))

    @property
    def is_here(self) -> bool:
        return self._event is None or self._event.query()

    @property
    def numbers(self) -> np.ndarray:
        return self._host.numpy()


def looking_on(
    runner: OnPolicyRunner, env: Any, title: str, address: Address | None
) -> contextlib.AbstractContextManager[Any]:
    """A view of a training for as long as it lasts; none without an address."""
    if address is None:
        return contextlib.nullcontext()
    return contextlib.closing(TrainingView(runner, env, title, address))
