"""A second process that brakes the robot when the first one has died, whatever killed it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection

from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import damped
from legged_gym.deploy.runner.transport import Transport
from legged_gym.utils.errors import UserError

_ALIVE, _END = b"alive", b"end"
_START_TIME = 20.0
"""Longest start of the process, s."""
_END_TIME = 2.0
"""For it to end when it has braked, s."""


class Guard:
    """The guarding process, as the guarded one sees it."""

    def __init__(self, make_transport: Callable[[], Transport], cfg: RunnerCfg, joints: int) -> None:
        """Start it.

        Args:
            make_transport: makes its own way to the robot; is sent to the process.
            cfg: settings.
            joints: D.

        Raises:
            UserError: it does not start.
        """
        ours, theirs = get_context("spawn").Pipe()
        self._longest_end = cfg.guard.braking_time + _END_TIME
        self._process = get_context("spawn").Process(target=guard, args=(theirs, make_transport, cfg, joints))
        self._process.start()
        theirs.close()
        if not ours.poll(_START_TIME):
            raise UserError("the process that guards this one does not start")
        try:
            ours.recv_bytes()
        except EOFError:
            raise UserError("the process that guards this one has died at its start") from None
        os.set_blocking(ours.fileno(), False)
        self._pipe = ours

    def alive(self) -> None:
        """Give a sign of life.

        Raises:
            UserError: the process has died, or is frozen.
        """
        try:
            self._pipe.send_bytes(_ALIVE)
        except BlockingIOError:  # some hundred signs wait to be read
            raise UserError("the process that guards this one is frozen") from None
        except OSError:
            raise UserError("the process that guards this one has died") from None

    def dismiss(self) -> None:
        """Let it end without a brake: the last command was one."""
        with contextlib.suppress(OSError):
            self._pipe.send_bytes(_END)

    def finish(self) -> None:
        """Wait for its end. Unless it was dismissed, it brakes first: nobody has told it that the robot is braked."""
        self._pipe.close()
        self._process.join(self._longest_end)
        self._process.kill()  # a frozen one does not end by itself


def guard(pipe: Connection, make_transport: Callable[[], Transport], cfg: RunnerCfg, joints: int) -> None:
    """What the process does: wait for signs of life, and brake when they end.

    Args:
        pipe: they come from here; it ends with the other process.
        make_transport: makes the way to the robot.
        cfg: settings.
        joints: D.
    """
    # What a terminal sends to all of its processes (Ctrl-C, Ctrl-Z, Ctrl-\), and others to the runner's group, must not
    # reach this one: it is the last that can brake.
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    transport = make_transport()
    pipe.send_bytes(_ALIVE)
    try:
        message = pipe.recv_bytes()  # its first turn may be long in coming
        while message == _ALIVE and pipe.poll(cfg.guard.max_silence):
            message = pipe.recv_bytes()
    except (EOFError, OSError):
        message = b""
    if message != _END:
        _brake(transport, joints, cfg)
    transport.close()


def _brake(transport: Transport, joints: int, cfg: RunnerCfg) -> None:
    brakes, end = damped(joints, cfg.motion.passive_damping), time.monotonic() + cfg.guard.braking_time
    while time.monotonic() < end:
        transport.send(brakes)
        time.sleep(1.0 / cfg.commands.rate)
