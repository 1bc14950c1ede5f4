"""Velocity commands from the keys of the viewer's window."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

STEP = 0.1
"""Change of a command at each press, m/s or rad/s."""
HELP = (
    ("Up / Down", "faster / slower, backwards"),
    ("Left / Right", "turn left / right"),
    ("Page Up / Page Down", "step left / right"),
    ("Home", "stop"),
)
"""Keys and what they do."""

# Key codes of GLFW: (index into vx, vy, yaw rate; direction).
_MOVES = {265: (0, 1), 264: (0, -1), 263: (2, 1), 262: (2, -1), 266: (1, 1), 267: (1, -1)}
_STOP = 268


@dataclass
class KeyboardCommand:
    """Forward, sideways and yaw velocity that the user steers."""

    limits: Sequence[Sequence[float]]
    """Lower and upper bound of vx, vy (m/s) and yaw rate (rad/s)."""
    values: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Present command."""

    def press(self, key: int) -> None:
        """Take a key press (GLFW key code); other keys are left to the viewer."""
        if key == _STOP:
            self.values = [0.0, 0.0, 0.0]
        elif key in _MOVES:
            axis, direction = _MOVES[key]
            low, high = self.limits[axis]
            self.values[axis] = round(min(max(self.values[axis] + direction * STEP, low), high), 6)

    def apply(self, commands: torch.Tensor) -> None:
        """Write the command for every robot into commands [N, 3 or more]."""
        commands[:, :3] = torch.tensor(self.values, device=commands.device)

    def lines(self) -> tuple[str, str]:
        """Two columns of text for the window: keys and command."""
        vx, vy, yaw_rate = self.values
        left = "\n".join([key for key, _ in HELP] + ["command"])
        right = "\n".join([what for _, what in HELP] + [f"{vx:+.1f} m/s, {vy:+.1f} m/s, {yaw_rate:+.1f} rad/s"])
        return left, right
