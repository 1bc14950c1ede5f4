"""Who steers: the robot's own remote, a gamepad or the keyboard."""

import logging
import os
import re
import select
import struct
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import Buttons
from legged_gym.deploy.runner.phases import Wish
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

PADS = Path("/dev/input")
_CHORDS = {
    Wish.STOP: {"L2", "B"}, Wish.SIT: {"L2", "down"}, Wish.STAND: {"L2", "up"}, Wish.WALK: {"start"},
}  # fmt: skip
"""Buttons of a wish; the first one whose buttons are down counts."""
_LONGEST_SILENCE = 0.5
"""Between two looks at the operators, s: a terminal that takes no more output keeps the program waiting."""


def wish_of(buttons: Buttons | None) -> Wish | None:
    """What the buttons that are down ask for; None: nothing."""
    pressed = frozenset() if buttons is None else buttons.pressed
    return next((wish for wish, chord in _CHORDS.items() if chord <= pressed), None)


def check_steering(cfg: RunnerCfg, ranges: Mapping[str, Sequence[float]]) -> None:
    """Full sticks must not ask for more than a policy was trained on.

    Args:
        cfg: its `steering`.
        ranges: of the trained commands, lower and upper: `lin_vel_x`, `lin_vel_y` (m/s), `ang_vel_yaw` (rad/s).

    Raises:
        UserError: they would.
    """
    for field, name in (("max_vx", "lin_vel_x"), ("max_vy", "lin_vel_y"), ("max_yaw_rate", "ang_vel_yaw")):
        value, trained = getattr(cfg.steering, field), max(abs(bound) for bound in ranges[name])
        if value > trained:
            raise UserError(f"steering.{field} = {value:g} is beyond what the policy was trained on, {trained:g}")


def largest(cfg: RunnerCfg) -> np.ndarray:
    """What full sticks ask for: vx, vy (m/s), yaw rate (rad/s) [3]."""
    return np.array([cfg.steering.max_vx, cfg.steering.max_vy, cfg.steering.max_yaw_rate])


class Operator(Protocol):
    """Whoever steers."""

    @property
    def velocity(self) -> np.ndarray:
        """Asked for: vx, vy (m/s), yaw rate (rad/s) [3]."""
        ...

    def wishes(self) -> Iterator[Wish]:
        """What has been asked for since the last call; takes over the velocity, too."""
        ...

    def halt(self) -> None:
        """Ask for no motion until somebody steers anew."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class ButtonOperator:
    """Steers by sticks and buttons."""

    def __init__(self, cfg: RunnerCfg, name: str, read: Callable[[], Buttons | None]) -> None:
        """Set up.

        Args:
            cfg: its `steering` says what full sticks ask for.
            name: what it is, for the log.
            read: gives the present state; None: out of reach, which asks for no motion.
        """
        self._dead_zone, self._name, self._read = cfg.steering.dead_zone, name, read
        self._is_there = True
        self._largest = largest(cfg)
        self._wish: Wish | None = None
        self.velocity = np.zeros(3)

    def wishes(self) -> Iterator[Wish]:
        buttons = self._read()
        if self._is_there != (buttons is not None):
            self._is_there = not self._is_there
            state = "is there again" if self._is_there else "is off or out of reach: it moves nothing and stops nothing"
            logger.warning("%s %s", self._name, state)
        self.velocity = np.zeros(3) if buttons is None else self._asked(buttons.sticks)
        wish = wish_of(buttons)
        if wish is not None and wish is not self._wish:
            yield wish
        self._wish = wish

    def _asked(self, sticks: np.ndarray) -> np.ndarray:
        left_x, left_y, right_x, _ = np.where(np.abs(sticks) > self._dead_zone, sticks, 0.0)
        return self._largest * np.array([left_y, -left_x, -right_x])

    def halt(self) -> None:
        self.velocity = np.zeros(3)  # until the next look: sticks say what holds now

    def close(self) -> None:
        pass


class Keyboard:
    """Steers by the keys of the terminal."""

    _WISHES = {"1": Wish.STAND, "2": Wish.WALK, "3": Wish.SIT, "\n": Wish.STOP, "\r": Wish.STOP, "\x1b": Wish.STOP}
    _MOVES = {"w": (0, 1), "s": (0, -1), "a": (1, 1), "d": (1, -1), "q": (2, 1), "e": (2, -1)}
    _ARROWS = {"A": "w", "B": "s", "C": "e", "D": "q"}
    """The same of the arrows, by the ends of their escape sequences."""
    _KEY = re.compile(r"\x1b[\[O][0-9;]*(?P<end>[A-Za-z~])|.", re.DOTALL)
    _UNFINISHED = re.compile(r"(?:\x1b(?:[\[O][0-9;]*)?)?\Z")
    """The end of what was read, where it may be the begin of an escape sequence."""
    _STEP = 0.1

    def __init__(self, cfg: RunnerCfg) -> None:
        """Take the terminal's keys one by one.

        Raises:
            UserError: there is no terminal.
        """
        if not sys.stdin.isatty():
            raise UserError("steering by keyboard needs a terminal; take --steer remote or gamepad")
        self._largest = largest(cfg)
        self._terminal = sys.stdin.fileno()
        self._settings = termios.tcgetattr(self._terminal)
        tty.setcbreak(self._terminal)
        self.velocity = np.zeros(3)
        self._tail = ""

    def wishes(self) -> Iterator[Wish]:
        new = self._read()
        text = self._tail + new
        unfinished = self._UNFINISHED.search(text) if new else None  # what nothing follows is a key by itself
        end = unfinished.start() if unfinished else len(text)
        self._tail = text[end:]
        for match in self._KEY.finditer(text[:end]):
            key = match[0] if match["end"] is None else self._ARROWS.get(match["end"], "")
            if key in self._WISHES:
                self.halt()
                yield self._WISHES[key]
            self._steer(key.lower())

    def _read(self) -> str:
        """What was typed since the last look; a terminal that is gone types Enter, which stops."""
        data = b""
        while select.select([self._terminal], [], [], 0.0)[0]:
            part = os.read(self._terminal, 64)
            data += part or b"\n"
            if not part:
                break
        return data.decode(errors="ignore")

    def halt(self) -> None:
        self.velocity = np.zeros(3)

    def _steer(self, key: str) -> None:
        velocity = self.velocity.copy()
        if key == " ":
            velocity[:] = 0.0
        elif key in self._MOVES:
            axis, direction = self._MOVES[key]
            velocity[axis] = round(velocity[axis] + direction * self._STEP, 6)
        self.velocity = np.clip(velocity, -self._largest, self._largest)

    def close(self) -> None:
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._settings)


class Gamepad:
    """A gamepad of the layout of Xbox's, read from Linux's joystick device (its documentation: joystick-api)."""

    _EVENT = struct.Struct("<IhBB")
    """Time, value, type, number."""
    _BUTTON, _AXIS, _INITIAL = 0x01, 0x02, 0x80
    _NAMES = ("A", "B", "X", "Y", "L1", "R1", "select", "start")
    _HATS = {6: ("left", "right"), 7: ("up", "down")}
    _STICKS = {0: (0, 1.0), 1: (1, -1.0), 3: (2, 1.0), 4: (3, -1.0)}
    """Axis -> stick and sign: the device's y points backwards."""
    _TRIGGERS = {2: "L2", 5: "R2"}

    def __init__(self, device: Path | None = None) -> None:
        """Open the first one, or a given device.

        Raises:
            UserError: there is none.
        """
        found = sorted(PADS.glob("js*")) if device is None else [device]
        if not found:
            raise UserError(f"no gamepad: there is no {PADS}/js0")
        try:
            self._file = os.open(found[0], os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise UserError(f"cannot read the gamepad {found[0]}: {error.strerror}") from error
        self._sticks, self._pressed, self._there = np.zeros(4), set[str](), True

    def read(self) -> Buttons | None:
        """Its present state; None: it was unplugged."""
        while self._there:
            try:
                data = os.read(self._file, self._EVENT.size)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            self._there = len(data) == self._EVENT.size
            if self._there:
                self._take(*self._EVENT.unpack(data)[1:])
        return Buttons(self._sticks.copy(), frozenset(self._pressed)) if self._there else None

    def _take(self, value: int, kind: int, number: int) -> None:
        kind &= ~self._INITIAL
        if kind == self._BUTTON and number < len(self._NAMES):
            self._press(self._NAMES[number], bool(value))
        elif kind == self._AXIS and number in self._STICKS:
            stick, sign = self._STICKS[number]
            self._sticks[stick] = sign * value / 32767.0
        elif kind == self._AXIS and number in self._TRIGGERS:
            self._press(self._TRIGGERS[number], value > 0)
        elif kind == self._AXIS and number in self._HATS:
            for name, down in zip(self._HATS[number], (value < 0, value > 0), strict=True):
                self._press(name, down)

    def _press(self, name: str, down: bool) -> None:
        (self._pressed.add if down else self._pressed.discard)(name)


class Operators:
    """Several at once: the first one steers, all may wish. While nobody looks at them they ask for no motion."""

    def __init__(self, operators: Sequence[Operator]) -> None:
        self._operators = operators
        self._heard = time.monotonic()

    @property
    def velocity(self) -> np.ndarray:
        """That of the first one [3]."""
        is_heard = time.monotonic() - self._heard <= _LONGEST_SILENCE
        return self._operators[0].velocity if is_heard else np.zeros(3)

    def wishes(self) -> Iterator[Wish]:
        """Those of all; whoever asks for another phase, it does not begin with a velocity of the one before."""
        self._heard = time.monotonic()
        for operator in self._operators:
            for wish in operator.wishes():
                if wish is not Wish.STOP:
                    self.halt()
                yield wish

    def halt(self) -> None:
        """Have the first one ask for no motion."""
        self._operators[0].halt()

    def close(self) -> None:
        """Give all devices back."""
        for operator in self._operators:
            operator.close()
