"""What is wrong with the map of a robot, to see whether its policy uses it."""

from dataclasses import dataclass

GOOD, SWAPPED = "good map", "swapped"


@dataclass(frozen=True)
class Control:
    """A wrong map. Heights are those at other points, relative to the base that was or is there."""

    swapped: bool = False
    """The ground around another robot, which is on ground of another type."""
    frozen: bool = False
    """The ground around the robot as it was at the start of the episode."""
    delay: float = 0.0
    """Age of a map when it comes, s."""
    period: float = 0.0
    """Time from one map to the next, s; 0: one in each control step."""
    mirrored: bool = False
    """Left and right are exchanged."""
    shift: float = 0.0
    """How far the map is shifted forward, m."""
    blank: bool = False
    """Level ground at the height under the base."""
    holes: float = 0.0
    """Share of the map's cells of which nothing is known: they read the height under the base."""


CONTROLS: dict[str, Control] = {
    GOOD: Control(),
    SWAPPED: Control(swapped=True),
    "blank": Control(blank=True),
    "frozen": Control(frozen=True),
    "mirrored": Control(mirrored=True),
    "0.1 m forward": Control(shift=0.1),
    "0.2 m forward": Control(shift=0.2),
    "20 Hz": Control(period=0.05),
    "20 Hz, 0.1 s late": Control(period=0.05, delay=0.1),
    "20 Hz, 0.2 s late": Control(period=0.05, delay=0.2),
    "10 % holes": Control(holes=0.1),
    "20 % holes": Control(holes=0.2),
    "30 % holes": Control(holes=0.3),
}
"""The controls by name."""
