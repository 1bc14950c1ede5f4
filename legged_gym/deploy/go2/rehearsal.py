"""A simulated Go2 in a thread and a runner in a process, on DDS: walks, faults and deaths before the real robot."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.cyclone import LOOPBACK, CycloneBus
from legged_gym.deploy.go2.messages import COMMANDS, LOW_CMD
from legged_gym.deploy.go2.simulated import PERIOD, Setting, SimulatedGo2
from legged_gym.deploy.runner.config import runner_settings
from legged_gym.deploy.runner.messages import Buttons
from legged_gym.deploy.runner.operators import largest
from legged_gym.deploy.runner.phases import Phase
from legged_gym.deploy.runner.timing import Jitter, be_punctual, clock, keep_pace
from legged_gym.utils.errors import UserError

PRESS_TIME = 0.2
"""How long a button is held, s."""
_MOST_WAIT = 30.0
"""For the runner to start, s."""
_MOST_PHASE = 1.0
"""For the runner to tell of its next phase, s."""
_DISCOVERY = 1.0
"""For participants to find each other, s."""
_PROGRAM = "legged_gym.scripts.run_robot"


class Rehearsal:
    """Both sides, in real time."""

    def __init__(
        self, policy: Path, setting: Setting, domain: int, overrides: Sequence[str] = (), flags: Sequence[str] = ()
    ) -> None:
        """Start them; the robot lies braked when this returns.

        Args:
            policy: controller file.
            setting: of the robot.
            domain: of DDS.
            overrides: settings of the runner, as `--set` takes them.
            flags: further ones of run_robot.py.

        Raises:
            UserError: a setting is none, or the runner does not start.
        """
        self._cfg = runner_settings(overrides)
        self.domain = domain
        self.largest = largest(self._cfg)
        """What full sticks ask for: vx, vy (m/s), yaw rate (rad/s) [3]."""
        self.jitter = Jitter()
        """Of the robot."""
        self.longest_stale = 0.0
        """Longest time for which the motors have followed one command that was no brake, s."""
        self._over = threading.Event()
        self.braked_at: float | None = None
        """When the motors first followed a brake after the last injected fault, s on `timing.clock`; None: not yet."""
        self._heard, self._heard_at = 0, time.monotonic()
        be_punctual()
        turns = (self._turn, PERIOD, self._over.is_set, self.jitter)
        self._thread = threading.Thread(target=keep_pace, args=turns, daemon=True)  # a second Ctrl-C cuts `close` short
        self.bus = CycloneBus(LOOPBACK, domain)
        try:
            self.robot = SimulatedGo2(self.bus, Controller(policy).metadata, setting)
            self._thread.start()
            self._begin_runner(policy, overrides, flags)
        except BaseException:  # Ctrl-C, too: the robot's thread would go on, and this process with it
            self.close()
            raise

    def _begin_runner(self, policy: Path, overrides: Sequence[str], flags: Sequence[str]) -> None:
        """Start the runner's process, and wait until the robot is braked."""
        self._log = NamedTemporaryFile("w+")  # noqa: SIM115  (closed with the rehearsal)
        settings = [f"--set={text}" for text in overrides]
        command = [sys.executable, "-m", _PROGRAM, str(policy), "--domain", str(self.domain), *settings, *flags]
        self.runner = subprocess.Popen(
            command,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a group of its own, as one that a terminal starts
        )
        if not self.wait(lambda: self.robot.is_braked and self.robot.commands > 0, _MOST_WAIT):
            raise UserError(f"the runner does not start: {self.log()}")

    def log(self) -> str:
        """What the runner has said."""
        return Path(self._log.name).read_text()  # opened anew: the runner goes on writing where its own file is

    def press(self, *buttons: str) -> None:
        """Press and release buttons of the robot's remote."""
        sticks = self.robot.buttons.sticks
        self.robot.buttons = Buttons(sticks, frozenset(buttons))
        time.sleep(PRESS_TIME)
        self.robot.buttons = Buttons(sticks, frozenset())

    def steer(self, vx: float, vy: float, yaw_rate: float) -> None:
        """Move the sticks so that this is asked for, m/s, m/s, rad/s."""
        asked = np.array([vx, vy, yaw_rate])
        forward, left, turn = np.divide(asked, self.largest, out=np.zeros(3), where=self.largest > 0.0)
        self.robot.buttons = Buttons(np.array([-left, forward, -turn, 0.0]), self.robot.buttons.pressed)

    def walk(self) -> None:
        """Stand up and begin to walk.

        Raises:
            UserError: it does not.
        """
        motion = self._cfg.motion
        self.press("L2", "up")
        self.wait_robot(motion.fold_time + motion.rise_time + 0.5)
        before = self._walks()
        self.press("start")
        if not self.wait(lambda: self._walks() > before, _MOST_PHASE) or self.robot.is_braked:
            raise UserError(f"the robot does not walk: {self.log()}")

    def _walks(self) -> int:
        """How often the runner has said that it walks."""
        return self.log().splitlines().count(Phase.WALK.value)

    def brakes_after(self, inject: Callable[[], object], longest: float) -> float:
        """Time from an injected fault to the first brake that the motors follow, s; infinite: none within `longest`."""
        self.braked_at = None
        begin = clock()
        inject()
        self.wait(lambda: self.braked_at is not None, longest)
        return np.inf if self.braked_at is None else self.braked_at - begin

    def wait_robot(self, seconds: float) -> None:
        """Let time pass in the robot's world, which is slower where the processor is busy."""
        end = self.robot.time + seconds
        self.wait(lambda: self.robot.time >= end, 10.0 * seconds + 1.0)

    def wait(self, done: Callable[[], bool], longest: float) -> bool:
        """Wait until something is so, s; whether it is."""
        end = time.monotonic() + longest
        while not done():
            if time.monotonic() > end or self._dead_before_start():
                return False
            time.sleep(0.005)
        return True

    def close(self) -> None:
        """End both."""
        if hasattr(self, "runner") and self.runner.poll() is None:
            self.runner.terminate()
            try:
                self.runner.wait(timeout=_MOST_WAIT)
            except subprocess.TimeoutExpired:
                self.runner.kill()
        self._over.set()
        if self._thread.ident is not None:  # it has begun
            self._thread.join()
        self.bus.close()

    def _dead_before_start(self) -> bool:
        return self.robot.commands == 0 and hasattr(self, "runner") and self.runner.poll() is not None

    def _turn(self, now: float) -> None:
        self.robot.step()
        if self.robot.commands != self._heard:
            self._heard, self._heard_at = self.robot.commands, now
        if not self.robot.is_braked and self.robot.commands:
            self.longest_stale = max(self.longest_stale, now - self._heard_at)
        elif self.robot.is_braked and self.braked_at is None:
            self.braked_at = now


def second_writer(domain: int) -> Callable[[], None]:
    """Another program, ready to command the motors: each call sends one command."""
    bus = CycloneBus(LOOPBACK, domain)
    command = LOW_CMD.encode(LOW_CMD.new())  # its checksum is wrong: the robot ignores it, the runner must not
    bus.offer(COMMANDS)
    time.sleep(_DISCOVERY)
    return lambda: bus.publish(COMMANDS, command)


def send(rehearsal: Rehearsal, signal_number: int, to_group: bool = False) -> Callable[[], None]:
    """Sends the runner's process a signal, or all processes of its group."""
    return lambda: (os.killpg if to_group else os.kill)(rehearsal.runner.pid, signal_number)
