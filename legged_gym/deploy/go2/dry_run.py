"""A bus that sends nothing, and prints what would be sent."""

import time

import numpy as np

from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.idl import Topic
from legged_gym.deploy.go2.messages import COMMANDS, LOW_CMD
from legged_gym.deploy.go2.transport import MOTORS

_PERIOD = 0.5
"""Between two lines, s."""


class DryBus:
    """Listens to another bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._command: np.ndarray | None = None
        self._next = 0.0

    def offer(self, topic: Topic) -> None:
        pass

    def publish(self, topic: Topic, data: bytes) -> None:
        if topic is COMMANDS:
            self._command = LOW_CMD.decode(data)

    def take(self, topic: Topic) -> list[bytes]:
        return self._bus.take(topic)

    def close(self) -> None:
        self._bus.close()

    def tell(self) -> None:
        """Print the last command, twice a second."""
        if self._command is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PERIOD
        motors = self._command["motor_cmd"][: len(MOTORS)]
        targets = " ".join(
            f"{q:+.2f}" if kp > 0.0 else "  -  " for q, kp in zip(motors["q"], motors["kp"], strict=True)
        )
        print(f"not sent: q {targets}  kp {motors['kp'].max():g}  kd {motors['kd'].max():g}", flush=True)
