"""A bus that sends nothing, and prints what would be sent beside what is heard."""

import time

import numpy as np

from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.idl import Topic
from legged_gym.deploy.go2.messages import COMMANDS, LOW_CMD, LOW_STATE, STATES
from legged_gym.deploy.go2.transport import MOTORS

_PERIOD = 0.5
"""Between two lines, s."""
_HEADING = " " * 12 + "".join(f"{leg} hip thigh calf " for leg in dict.fromkeys(name[:2] for name in MOTORS))
"""Over the angles of the motors, each six characters wide."""


class DryBus:
    """Listens to another bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._command: np.ndarray | None = None
        self._state: bytes | None = None
        self._next, self._is_headed = 0.0, False

    def offer(self, topic: Topic) -> None:
        pass

    def publish(self, topic: Topic, data: bytes) -> None:
        if topic is COMMANDS:
            self._command = LOW_CMD.decode(data)

    def take(self, topic: Topic) -> list[bytes]:
        messages = self._bus.take(topic)
        if topic is STATES and messages:
            self._state = messages[-1]
        return messages

    def close(self) -> None:
        self._bus.close()

    def tell(self) -> None:
        """Print the last state and the last command, twice a second: angles in rad, in the order of the motors."""
        if self._command is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PERIOD
        if not self._is_headed:
            self._is_headed = True
            print(_HEADING.rstrip())
        self._tell_state()
        motors = self._command["motor_cmd"][: len(MOTORS)]
        targets = " ".join(
            f"{q:+.2f}" if kp > 0.0 else "  -  " for q, kp in zip(motors["q"], motors["kp"], strict=True)
        )
        print(f"not sent: q {targets}  kp {motors['kp'].max():g}  kd {motors['kd'].max():g}", flush=True)

    def _tell_state(self) -> None:
        try:
            state = None if self._state is None else LOW_STATE.decode(self._state)
        except ValueError:
            state = None
        if state is None:
            return
        angles = " ".join(f"{q:+.2f}" for q in state["motor_state"]["q"][: len(MOTORS)])
        print(f"heard:    q {angles}  battery {state['bms_state']['soc']} %")
