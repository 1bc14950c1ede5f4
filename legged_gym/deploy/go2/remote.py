"""The 40 bytes of a Go2's own remote (unitree_sdk2_python at 37116c5)."""

import numpy as np

from legged_gym.deploy.runner.messages import Buttons

BUTTONS = (
    "R1", "L1", "start", "select", "R2", "L2", "F1", "F2", "A", "B", "X", "Y", "up", "right", "down", "left",
)  # fmt: skip
"""From the lowest bit of byte 2 to the highest of byte 3."""
_STICKS = {"left x": 4, "right x": 8, "right y": 12, "left y": 20}
"""Where each one's float is."""


def decode(data: np.ndarray) -> Buttons | None:
    """Sticks and buttons of bytes [40]; None: no remote is switched on, which leaves them zero."""
    if not data.any():
        return None
    keys = int(data[2]) | int(data[3]) << 8
    raw = data.tobytes()
    floats = {name: float(np.frombuffer(raw, "<f4", 1, at)[0]) for name, at in _STICKS.items()}
    sticks = np.array([floats[name] for name in ("left x", "left y", "right x", "right y")])
    return Buttons(
        np.clip(np.nan_to_num(sticks), -1.0, 1.0),
        frozenset(name for bit, name in enumerate(BUTTONS) if keys >> bit & 1),
    )


def encode(buttons: Buttons) -> np.ndarray:
    """The bytes [40] that say so."""
    data = bytearray(40)
    data[0:2] = b"\x55\x51"  # of every packet: no remote leaves all bytes zero
    keys = sum(1 << bit for bit, name in enumerate(BUTTONS) if name in buttons.pressed)
    data[2:4] = keys.to_bytes(2, "little")
    for name, value in zip(("left x", "left y", "right x", "right y"), buttons.sticks, strict=True):
        data[_STICKS[name] : _STICKS[name] + 4] = np.float32(value).tobytes()
    return np.frombuffer(bytes(data), dtype=np.uint8)
