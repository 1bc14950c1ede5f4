"""A run: two threads and an operator, from the first brake to the last."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from legged_gym.deploy.runner.command_loop import CommandLoop
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.kept_lines import KeptLines
from legged_gym.deploy.runner.operators import Operator
from legged_gym.deploy.runner.phases import Machine, Phase, Wish
from legged_gym.deploy.runner.policy_loop import PolicyLoop
from legged_gym.deploy.runner.timing import Jitter, be_punctual, clock, keep_pace
from legged_gym.deploy.runner.transport import Transport
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

OPERATOR_PERIOD = 0.02
_LAST_TURN = 1.0
"""Longest wait for a loop's last turn, s: a policy that hangs does not keep the program from its end."""
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
"""Signals that end programs, or put them to sleep (Ctrl-Z)."""


class Run:
    """Runs the loops until the operator ends them, or a stop does."""

    def __init__(
        self, commands: CommandLoop, policy: PolicyLoop, machine: Machine, operator: Operator, cfg: RunnerCfg, dt: float
    ) -> None:
        """Set up.

        Args:
            commands: the command thread's turns.
            policy: the policy's.
            machine: of both.
            operator: whose wishes are heard.
            cfg: settings.
            dt: control step of the policy, s.
        """
        self._machine, self._operator, self._cfg = machine, operator, cfg
        self._over = threading.Event()
        self.command_jitter, self.policy_jitter = Jitter(), Jitter()
        """How punctual the two loops were."""
        self.is_braked = False
        """It has ended, and its last command was a brake."""
        self.hangs = False
        """It has ended, and a loop's last turn has not."""
        self._threads = [
            self._thread("commands", commands.turn, 1.0 / cfg.commands.rate, self.command_jitter),
            self._thread("policy", partial(self._guarded, policy.turn), dt, self.policy_jitter),
        ]

    def go(self, tell: Callable[[], None]) -> None:
        """Run until a stop; `tell` is called 50 times a second. Ctrl-C and signals that end programs are stops.

        Raises:
            UserError: a stop that the operator did not ask for; its reason.
        """
        be_punctual()
        interrupt = _Interrupt()
        for number in _ENDS:
            signal.signal(number, interrupt)
        with KeptLines() as lines:
            asked = self._go(tell, lines)
        if not asked and self._machine.reason != "the operator":
            raise UserError(f"stopped: {self._machine.reason}")

    def _go(self, tell: Callable[[], None], lines: KeptLines) -> bool:
        """Whether a signal has ended it."""
        for thread in self._threads:
            thread.start()
        try:
            self._listen(tell, lines)
        except KeyboardInterrupt:
            self._machine.stop("the operator")
            return True
        except BaseException as error:
            self._machine.stop(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._finish(lines)
        return False

    def _listen(self, tell: Callable[[], None], lines: KeptLines) -> None:
        for wish in self._operator.wishes():
            if wish is Wish.STOP:  # what else was asked for before the run is too old to be done
                self._machine.wish(wish)
        phase = None
        while self._machine.phase is not Phase.STOPPED:
            for wish in self._operator.wishes():
                self._machine.wish(wish)
            if self._machine.phase is not phase:
                phase = self._machine.phase
                logger.info("%s", phase.value)
            lines.write()
            tell()
            time.sleep(OPERATOR_PERIOD)

    def _finish(self, lines: KeptLines) -> None:
        """Brake for a while, whatever has led here; no signal ends that."""
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)
        self._machine.stop("the end of the run")
        logger.info("braking: %s", self._machine.reason)
        lines.write()
        time.sleep(self._cfg.motion.last_time)
        self._over.set()
        for thread in self._threads:
            thread.join(_LAST_TURN)
        self.hangs = any(thread.is_alive() for thread in self._threads)
        self.is_braked = True

    def _thread(self, name: str, turn: Callable[[float], None], period: float, jitter: Jitter) -> threading.Thread:
        arguments = (turn, period, self._over.is_set, jitter)
        return threading.Thread(target=keep_pace, args=arguments, name=name, daemon=True)

    def _guarded(self, turn: Callable[[float], None], now: float) -> None:
        try:
            turn(now)
        except Exception as error:
            logger.exception("in the policy's thread")
            self._machine.stop(f"{type(error).__name__}: {error}")


class _Interrupt:
    """Handles signals: the first one is a Ctrl-C, and no other may end what that has begun.

    Two that come together, as a closed terminal sends them, would else raise twice: the second one on the way to the
    brakes.
    """

    def __init__(self) -> None:
        self._has_come = False

    def __call__(self, *_: Any) -> None:
        if not self._has_come:
            self._has_come = True
            raise KeyboardInterrupt


def wait_until_free(transport: Transport, cfg: RunnerCfg) -> None:
    """Wait for the first state, and listen whether another program commands the motors.

    Raises:
        UserError: no state comes, or one does.
    """
    _poll(transport, cfg.start.state_timeout, lambda: transport.state is not None)
    if transport.state is None:
        raise UserError("no state of the robot: is it on, and is --interface the one that it is on?")
    before = transport.foreign_commands
    _poll(transport, cfg.start.listen_time, lambda: False)
    if transport.foreign_commands > before:
        raise UserError("another program commands the motors: end it first")


def _poll(transport: Transport, seconds: float, done: Callable[[], bool]) -> None:
    end = clock() + seconds
    while clock() < end and not done():
        transport.poll_state(clock())
        time.sleep(0.01)
