"""The ground of the judgement, and what a policy is to reach on it."""

from dataclasses import dataclass
from typing import Any

from legged_gym.config.io import field_names
from legged_gym.tasks import get_cfgs
from legged_gym.terrain.kinds import GENERATORS
from studies.sight.controls import CONTROLS, GOOD

SIZES: dict[str, tuple[float, float]] = {
    "gap": (0.40, 0.60),
    "gap_track": (0.40, 0.60),
    "stepping_stones": (0.30, 0.25),
    "beams": (0.25, 0.20),
    "pit": (0.35, 0.50),
    "drop": (0.35, 0.50),
    "platform": (0.35, 0.45),
    "hurdles": (0.30, 0.40),
    "stairs_up": (0.23, 0.28),
    "stairs_down": (0.23, 0.28),
    "discrete": (0.25, 0.30),
}
"""Terrain types and the two sizes of each that policies are judged on, m. Stones are 0.5 m from middle to middle."""
LIMITS = (0.9, 0.8)
"""Success to reach at the first and at the second size."""
ROUGH_LEVELS, ROUGH_LIMIT = range(7), 0.95
"""Levels of `go2_rough`'s own map, and the success to reach on each type of them."""
LOOKED_AT = ("gap", "stepping_stones", "beams", "pit")
"""Terrain types on which the map is made wrong, at their first size."""
COLUMNS = 4
"""Tiles of each type and size, with different random details."""


@dataclass(frozen=True)
class Ground:
    """A map, and the controls under which policies walk on it."""

    name: str
    settings: dict[str, Any]
    """Of the map, by dotted key."""
    controls: tuple[str, ...] = (GOOD,)


def crossings() -> Ground:
    """`SIZES`: level 0 has the first, level 1 the second."""
    return Ground("crossings", _exactly(SIZES, levels=2))


def rough() -> Ground:
    """`go2_rough`'s own map."""
    return Ground("rough", _map_of("go2_rough"))


def looked_at() -> Ground:
    """The first sizes of `LOOKED_AT`, under all controls."""
    sizes = {name: SIZES[name] for name in LOOKED_AT}
    return Ground("controls", _exactly(sizes, levels=1), tuple(CONTROLS))


def _exactly(sizes: dict[str, tuple[float, float]], levels: int) -> dict[str, Any]:
    """The map of `go2_sight` with these types alone, as many columns of each.

    Levels have the difficulties 0 and 0.5, or 0 alone.
    """
    generators = {name: GENERATORS[name] for name in sizes}
    shares = {f"{generator.__module__}:{generator.__name__}": 1.0 for generator in generators.values()}
    return _map_of("go2_sight") | {
        "terrain.terrain_proportions": shares,
        "terrain.num_rows": levels,
        "terrain.num_cols": COLUMNS * len(sizes),
        "terrain.difficulty_range": (0.0, 0.5 * levels),
        "terrain.sizes": {name: (first, 2.0 * second - first) for name, (first, second) in sizes.items()},
    }


def _map_of(task: str) -> dict[str, Any]:
    """The terrain of a task, but for the points where a robot measures it."""
    terrain = get_cfgs(task)[0].terrain
    names = [name for name in field_names(terrain) if not name.startswith("measured_points")]
    return {f"terrain.{name}": getattr(terrain, name) for name in names}
