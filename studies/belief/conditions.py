"""Conditions of a trial: what is wrong with the map a robot sees, or with its memory.

Noise parameters z are those of `envs/perceptive/map_noise.py`, for ANYmal's size; the robot's length scale is applied
where they are used. Faults of other kinds are held out: no student has met them in training.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from legged_gym.config.fields import Length, NonNegative, OneOf, Share
from legged_gym.sensors.map_conditions import LARGE, NO_NOISE, SMALL


@dataclass(frozen=True)
class Condition:
    """One kind of trial."""

    z: tuple[float, ...] | None = NO_NOISE
    """Noise parameters; None: drawn from the training's conditions, at the start and in the middle of the episode."""
    later_z: tuple[float, ...] | None = None
    """Noise from `switch_time` on, if it changes."""
    switch_time: float = 5.0
    """Time of the switch to `later_z`, and of the drift's begin, s."""
    cell_offset: float = 0.0
    """Standard deviation of a fixed height offset of every cell of the map, m."""
    dropped: float = 0.0
    """Share of the map's cells whose height is a random one, within +- 0.5 m of the foot (a choice)."""
    refresh_period: float = 1.0
    """Control steps between two readings of the map; in between the robot sees the samples it had."""
    missing: bool = False
    """Whether there is no map at all: every sample is NaN, as in training."""
    drift: float = 0.0
    """Speed at which the map rises over the ground from `switch_time` on, m/s."""
    memory: str = "kept"
    """`kept`; `reset`: zeroed every 0.5 s; `shuffled`: each step that of another robot (controls of what it holds)."""


def times(factor: float) -> tuple[float, ...]:
    """Large noise with the curriculum factor c on every parameter."""
    return tuple(factor * value for value in LARGE)


CONDITIONS: dict[str, Condition] = {
    "none": Condition(),
    "small": Condition(SMALL),
    "large": Condition(LARGE),
    "training": Condition(None),
    "large x 0.5": Condition(times(0.5)),
    "large x 1.5": Condition(times(1.5)),
    "large x 2": Condition(times(2.0)),
    "cell offsets": Condition(cell_offset=0.05),
    "stale map": Condition(refresh_period=2.5),
    "10 % dropped": Condition(dropped=0.1),
    "20 % dropped": Condition(dropped=0.2),
    "30 % dropped": Condition(dropped=0.3),
    "none to large": Condition(later_z=LARGE),
    "none, reset memory": Condition(memory="reset"),
    "none, shuffled memory": Condition(memory="shuffled"),
    "large, reset memory": Condition(LARGE, memory="reset"),
    "large, shuffled memory": Condition(LARGE, memory="shuffled"),
    "no map": Condition(missing=True),
    "drift": Condition(drift=0.05, switch_time=2.0),
}
"""The conditions by name. The stale map comes at 20 Hz to a control loop of 50 Hz."""


Noise = Annotated[list[NonNegative], Length(len(NO_NOISE))] | None
DECLARED: dict[str, Any] = {
    **dict.fromkeys(("z", "later_z"), Noise),
    **dict.fromkeys(("switch_time", "cell_offset", "refresh_period", "drift"), NonNegative),
    "dropped": Share, "missing": bool, "memory": Annotated[str, OneOf("kept", "reset", "shuffled")],
}  # fmt: skip
"""What a condition holds as plain data."""


def noise_title(condition: str) -> str:
    """How tables and figures call a condition of noise."""
    return "no noise" if condition == "none" else f"{condition} noise"
