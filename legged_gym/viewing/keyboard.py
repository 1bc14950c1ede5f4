"""Velocity commands from the keys of the viewer's window."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

STEP = 0.1
"""Change of a command at each press, m/s or rad/s."""
HELP = (
    ("W / S, Up / Down", "faster / slower, backwards"),
    ("A / D, Page Up / Page Down", "step left / right"),
    ("Q / E, Left / Right", "turn left / right"),
    ("Space, Home", "stop"),
    ("R", "new episode"),
)
"""Keys and what they do; the last one also where commands are not given by hand."""
LETTERS = "WASDQER"
"""Letters among the keys; MuJoCo's viewer has a use of its own for them."""

# Key codes of GLFW, capitals for letters: (index into vx, vy, yaw rate; direction).
_MOVES = {
    **{ord("W"): (0, 1), ord("S"): (0, -1), ord("A"): (1, 1), ord("D"): (1, -1), ord("Q"): (2, 1), ord("E"): (2, -1)},
    **{265: (0, 1), 264: (0, -1), 266: (1, 1), 267: (1, -1), 263: (2, 1), 262: (2, -1)},
}
_STOP = (32, 268)
_RESTART = ord("R")


@dataclass
class KeyboardCommand:
    """Forward, sideways and yaw velocity that the user steers, and the wish for a new episode."""

    limits: Sequence[Sequence[float]]
    """Lower and upper bound of vx, vy (m/s) and yaw rate (rad/s)."""
    steers: bool = True
    """Whether the robots get their commands here."""
    values: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Present command."""
    restarts: bool = False
    """Whether a new episode was asked for; to be taken back by who begins it."""

    def press(self, key: int) -> None:
        """Take a key press (GLFW key code); other keys are left to the viewer."""
        if key == _RESTART:
            self.restarts = True
        elif key in _STOP:
            self.values = [0.0, 0.0, 0.0]
        elif key in _MOVES:
            axis, direction = _MOVES[key]
            low, high = self.limits[axis]
            self.values[axis] = round(min(max(self.values[axis] + direction * STEP, low), high), 6)

    def apply(self, commands: torch.Tensor) -> None:
        """Write the command, if it is given here, for every robot into commands [N, 3 or more]."""
        if self.steers:
            commands[:, :3] = torch.tensor(self.values, device=commands.device)

    def help(self) -> list[tuple[str, str]]:
        """Keys and what they do."""
        return list(HELP if self.steers else HELP[-1:])

    def lines(self) -> tuple[str, str]:
        """Two columns of text for the window: keys and command."""
        rows = self.help()
        if self.steers:
            vx, vy, yaw_rate = self.values
            rows.append(("command", f"{vx:+.1f} m/s, {vy:+.1f} m/s, {yaw_rate:+.1f} rad/s"))
        left, right = zip(*rows, strict=True)
        return "\n".join(left), "\n".join(right)
