"""The terrain map's configuration (legged_gym's `terrain` section)."""

from collections.abc import Iterator
from typing import Annotated

from legged_gym.config.fields import (
    Bounds,
    Distinct,
    Length,
    NonNegative,
    OneOf,
    Ordered,
)
from legged_gym.config.idle import Idle
from legged_gym.config.io import field_names
from legged_gym.config.quantities import Extent, Friction, PositiveExtent, SmallCount

MIN_MARGIN = 1.25
"""Least ground between a tile's platform and its edges, m: the widest gap is 1.2 m."""
MAX_DIFFICULTY = 1.2
"""Training ends at 1; beyond, an evaluation asks for steps of 24 cm and more."""
StepHeight = Annotated[float, Bounds(0, 2)]
"""m."""
MAX_CELL = 0.25
"""Coarsest grid that still shows steps and gaps, m."""
MAX_CELLS = 100_000_000
"""Largest map: 0.4 GB of heights, and samplers and engines hold several times that."""

CellSize = Annotated[float, Bounds(1.0e-3, MAX_CELL)]
"""m."""
TileSize = Annotated[float, Bounds(0.1, 1000)]
"""m."""
ScanLine = Annotated[list[Annotated[float, Bounds(-20, 20)]], Length(1, 1000), Distinct()]
"""Coordinates of a scan's points along one axis, m."""
Difficulty = Annotated[float, Bounds(0, MAX_DIFFICULTY)]


_STAIRS, _SLOPES = {"stairs_up", "stairs_down"}, {"slope", "rough_slope"}
_KINDS_OF = {
    "slope": _SLOPES, "roughness": {"rough_slope"}, "step_height": _STAIRS, "step_width": _STAIRS,
    "obstacle_height": {"discrete"},
}  # fmt: skip
"""Fields that are of some kinds of ground alone."""


class TerrainCfg:
    """A map of levels (rows, difficulty) x types (columns), or a plane."""

    mesh_type: Annotated[str, OneOf("heightfield", "plane")] = "heightfield"
    """`plane` or `heightfield`."""
    horizontal_scale: CellSize = 0.05
    """Cell size, m. A vertical face becomes a ramp one cell wide: a 0.2 m step rises at 76 degrees."""
    border_size: Annotated[float, Bounds(0, 1000)] = 5.0
    """Flat margin around the tiles, m."""
    curriculum: bool = True
    """Move robots between levels by how far they walk; off: levels are drawn at random. The map is the same."""
    slope_threshold: Annotated[float, Bounds(0, 100)] = 0.0
    """Faces steeper than this, m/m, are vertical and stand half-way between their vertices: legged_gym's threshold of
    a triangle mesh (0.75 there), and 0.95 leaves the roughest slopes what they are. 0: all are ramps one cell wide."""
    hole_depth: PositiveExtent = 1.0
    """How far down the floor of gaps and of the holes between stones lies, m."""
    static_friction: Friction = 1.0
    """Sliding friction coefficient of the ground."""
    measured_points_x: ScanLine = [round(-0.8 + 0.1 * i, 1) for i in range(17)]
    measured_points_y: ScanLine = [round(-0.5 + 0.1 * i, 1) for i in range(11)]
    """Height-scan grid in the yaw-aligned base frame, m: 17 x 11 = 187 points; measured where a group observes it."""
    max_init_terrain_level: Annotated[int, Bounds(0, 1000)] = 5
    """Highest level an environment starts on."""
    terrain_length: TileSize = 8.0
    terrain_width: TileSize = 8.0
    """Tile size along x and y, m: whole numbers of cells."""
    platform_size: PositiveExtent = 3.0
    """Side of the level square in the middle of a tile, m: spawn positions within 1 m and half a robot beyond."""
    num_rows: SmallCount = 10
    """Levels."""
    num_cols: SmallCount = 20
    """Type columns."""
    difficulty_range: Annotated[tuple[Difficulty, Difficulty], Ordered()] = (0.0, 1.0)
    """Difficulties the levels divide: level l has low + (high - low) * l / num_rows, so 0 to 0.9 with ten rows. Equal
    ends give every row the same difficulty with different random details (evaluation): level 7 of 10 is (0.7, 0.7)."""
    terrain_proportions: dict[str, NonNegative] = {
        "slope": 0.1,
        "rough_slope": 0.1,
        "stairs_up": 0.35,
        "stairs_down": 0.25,
        "discrete": 0.2,
        "stepping_stones": 0.0,
        "gap": 0.0,
        "pit": 0.0,
    }
    """Share of the columns of each kind; slopes are half up, half down. Kinds left out get none."""
    slope: Annotated[float, Bounds(0, 10)] = 0.4
    """Slope at difficulty 1, m/m (21.8 degrees)."""
    roughness: Annotated[float, Bounds(0, 1)] = 0.05
    """Amplitude of the uniform noise of rough slopes, m."""
    step_height: tuple[StepHeight, StepHeight] = (0.05, 0.18)
    """Height of a step of stairs, m: the first number, and the second times the difficulty."""
    step_width: PositiveExtent = 0.31
    """Depth of a stair's tread, m (0.30 m at cells of 0.05 or 0.1 m)."""
    obstacle_height: tuple[StepHeight, StepHeight] = (0.05, 0.2)
    """Height of the highest discrete obstacles, m: the first number, and the second times the difficulty."""
    sizes: dict[str, tuple[Extent, Extent]] = {}
    """Sizes of terrain types at difficulty 0 and at 1 where they are not the declared ones (docs/terrain.md), such as
    `{"gap": [0.4, 0.4]}`."""

    def idle(self) -> Idle:
        """What a plane has not, and what is of kinds of ground that do not stand in the map."""
        on_planes = ("mesh_type", "static_friction", "measured_points_x", "measured_points_y")
        if self.mesh_type == "plane":
            yield from ((name, "terrain.mesh_type is plane") for name in field_names(self) if name not in on_planes)
            return
        standing = {kind for kind, share in self.terrain_proportions.items() if share > 0.0}
        for name, kinds in _KINDS_OF.items():
            if not standing & kinds:
                yield name, f"terrain.terrain_proportions has no {' or '.join(sorted(kinds))}"
        if not self.curriculum:
            yield "max_init_terrain_level", "terrain.curriculum is off: robots begin on all levels"
        elif self.max_init_terrain_level >= self.num_rows:
            yield "max_init_terrain_level", f"terrain.num_rows is {self.num_rows}: robots begin on all levels"

    def contradictions(self) -> Iterator[str]:
        """Sizes that no grid of cells can hold."""
        if self.mesh_type == "plane":
            return
        cell = self.horizontal_scale
        for name in ("terrain_length", "terrain_width", "border_size"):
            cells = getattr(self, name) / cell
            if abs(cells - round(cells)) > 1e-6 * max(1.0, cells):
                yield (
                    f"terrain.{name} = {getattr(self, name)} m is no whole number of cells of {cell} m; "
                    f"the nearest is {round(cells) * cell:.6g}"
                )
        least = self.platform_size + 2 * MIN_MARGIN
        if min(self.terrain_length, self.terrain_width) < least:
            yield (
                f"terrain: tiles of {self.terrain_length:g} x {self.terrain_width:g} m are too small around a "
                f"platform_size of {self.platform_size:g} m: use at least {least:g} m"
            )
        room = 0.5 * (min(self.terrain_length, self.terrain_width) - self.platform_size)
        if self.step_width > room and _STAIRS & {
            kind for kind, share in self.terrain_proportions.items() if share > 0.0
        }:
            yield f"terrain.step_width = {self.step_width:g} m: no step fits into the {room:g} m beside the platform"
        rows = (self.num_rows * self.terrain_length + 2 * self.border_size) / cell
        cols = (self.num_cols * self.terrain_width + 2 * self.border_size) / cell
        if rows * cols > MAX_CELLS:
            yield (
                f"terrain: a map of {rows:.0f} x {cols:.0f} cells is too large: "
                "use a larger horizontal_scale or fewer rows and columns"
            )
