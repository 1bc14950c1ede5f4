"""Velocity commands from mouse, keys and gamepad of a browser, and its signs of life."""

import asyncio
import contextlib
import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import websockets.asyncio.server
from websockets.exceptions import ConnectionClosed

STEP = 0.1
"""Change of a command at each press of a key, m/s or rad/s."""
MAX_SILENCE = 0.5
"""Without a sign of life of a browser for so long, the robots are told to stand, s."""
_PERIOD = 0.1
"""Between two looks at who is silent, and two answers to browsers, s."""
_MOVES = {"w": (0, 1), "s": (0, -1), "a": (1, 1), "d": (1, -1), "q": (2, 1), "e": (2, -1)}
_MAX_SIZE = 4096
"""Longest message, bytes."""


class Steering:
    """The command that browsers steer together: the last one to move something rules, and must show that it lives."""

    def __init__(
        self,
        limits: Sequence[Sequence[float]],
        steer: Callable[[list[float]], None],
        wish: Callable[[str], None] = lambda name: None,
        wishes: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with a halt.

        Args:
            limits: lower and upper bound of vx, vy (m/s) and yaw rate (rad/s).
            steer: is told each new command.
            wish: is told what keys and buttons of a gamepad ask for.
            wishes: what can be asked for.
            clock: s.
        """
        self._limits = [tuple(map(float, pair)) for pair in limits]
        self._steer, self._tell_wish, self.wishes, self._clock = steer, wish, list(wishes), clock
        self._heard, self._ruler = -math.inf, None
        self._lock = threading.Lock()
        self.value = [0.0, 0.0, 0.0]
        """vx, vy, yaw rate."""

    def look(self) -> None:
        """Halt if who rules has given no sign of life for a while: others that look on are none.

        What still holds is told again: a viewer that is frozen tells nothing.
        """
        if any(self.value):
            if self._clock() - self._heard > MAX_SILENCE:
                self.set([0.0, 0.0, 0.0])
            else:
                self._steer(self.value)

    def set(self, value: Sequence[float]) -> None:
        """Take a command, within the limits."""
        with self._lock:
            bounded = [
                min(max(float(part), low), high) + 0.0 for part, (low, high) in zip(value, self._limits, strict=True)
            ]
            if bounded != self.value:
                self.value = bounded
                self._steer(bounded)

    def halt(self) -> None:
        """Ask for no motion, and tell so in any case: who wants it waits for it."""
        with self._lock:
            self.value = [0.0, 0.0, 0.0]
            self._steer(self.value)

    def push(self, axes: Sequence[float]) -> None:
        """Take sticks: forward, left and to the left about, each from -1 to 1 of what is allowed."""
        bounded = [min(max(float(axis), -1.0), 1.0) for axis in axes]
        pairs = zip(bounded, self._limits, strict=True)
        self.set([axis * (high if axis > 0.0 else -low) for axis, (low, high) in pairs])

    def press(self, key: str) -> None:
        """Take a key: a letter, or a space, which halts."""
        if key == " ":
            self.set([0.0, 0.0, 0.0])
        elif key in _MOVES:
            axis, direction = _MOVES[key]
            value = list(self.value)
            value[axis] = round(value[axis] + direction * STEP, 6)
            self.set(value)

    def wish(self, name: str) -> None:
        """Take what the robot is asked for: a walk does not begin with what the last one ended with."""
        self.set([0.0, 0.0, 0.0])
        self._tell_wish(name)

    def take(self, message: Any, browser: object = None) -> None:
        """Take what a browser has sent: `{"axes": [x, y, yaw]}`, `{"key": "w"}`, `{"wish": "walk"}`, or a sign of life.

        Args:
            message: from JSON.
            browser: which one has sent it.

        Raises:
            ValueError: it is none of these.
        """
        if not isinstance(message, dict) or not message.keys() <= {"axes", "key", "wish"}:
            raise ValueError("no message of this project")
        if "axes" in message or "key" in message:
            self._ruler = browser
        if browser is self._ruler:
            self._heard = self._clock()
        if "axes" in message:
            axes = message["axes"]
            numbers = isinstance(axes, list) and all(type(axis) in (int, float) for axis in axes)
            if not numbers or len(axes) != len(self._limits) or not all(map(math.isfinite, axes)):
                raise ValueError("no sticks")
            self.push(axes)
        if "key" in message:
            self.press(str(message["key"]))
        if message.get("wish") in self.wishes:
            self.wish(message["wish"])


class SteeringServer:
    """Hears browsers, in a thread of its own; the door stands before it."""

    def __init__(self, steering: Steering, host: str) -> None:
        """Listen on some port of an address of this computer."""
        self._steering, self._host = steering, host
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._listen())
        self.address: tuple[str, int] = next(iter(self._server.sockets)).getsockname()[:2]
        """Where it listens."""
        threading.Thread(target=self._run, name="steering", daemon=True).start()

    async def _listen(self) -> websockets.asyncio.server.Server:
        return await websockets.asyncio.server.serve(
            self._hear, self._host, 0, max_size=_MAX_SIZE, compression=None, ping_interval=None
        )

    def _run(self) -> None:
        self._loop.create_task(self._watch())
        self._loop.run_forever()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_PERIOD)
            self._steering.look()

    async def _hear(self, connection: websockets.asyncio.server.ServerConnection) -> None:
        telling = asyncio.ensure_future(self._tell(connection))
        try:
            async for text in connection:
                self._steering.take(json.loads(text), connection)
        except (ConnectionClosed, ValueError, OverflowError, RecursionError):
            await connection.close()
        finally:
            telling.cancel()

    async def _tell(self, connection: websockets.asyncio.server.ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.send(json.dumps({"command": self._steering.value, "wishes": self._steering.wishes}))
                await asyncio.sleep(_PERIOD)
