# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
"""What hangs over the ground: a second height field on the same grid, of the heights of its underside.

Each vertex of a finite height owns the square of one cell around it; over that square all is solid from this height up
to `CEILING_THICKNESS` above it, with vertical sides. So the surface of the solid is undersides, tops and, where the
neighbour's solid is higher or lower or there is none, sides.
"""

import warp as wp

from robust_parallel.physics.height_field import CEILING_THICKNESS
from robust_parallel.warp_physics.heightfield_surface import HeightField, Surface, nearer, nearest_in_box

wp.set_module_options({"enable_backward": False})

_THICKNESS = wp.constant(CEILING_THICKNESS)
_BESIDE = wp.constant(1.0e-4)
"""What is solid around a point on the surface is seen so far to its sides, m."""


@wp.func
def underside(field: HeightField, row: int, col: int) -> float:
    """Height of a vertex's underside; infinite where nothing hangs, and beyond the map."""
    if row < 0 or col < 0 or row >= field.rows or col >= field.cols:
        return wp.inf
    return field.size[2] * field.data[field.start + row * field.cols + col]


@wp.func
def owner(offset: float, cell: float) -> int:
    """The vertex that owns the place at a distance from the first one."""
    return int(wp.floor(offset / cell + 0.5))


@wp.func
def surface_at(field: HeightField, centre: wp.vec3) -> wp.vec4:
    """Normal of the underside, and how far it is below the centre: negative if the centre is not in what hangs."""
    row = owner(centre[1] + field.size[1], field.cell[1])
    col = owner(centre[0] + field.size[0], field.cell[0])
    depth = centre[2] - underside(field, row, col)
    return wp.vec4(0.0, 0.0, -1.0, wp.where(depth < _THICKNESS, depth, -1.0))


@wp.func
def solid_beyond(field: HeightField, centre: wp.vec3, beside: wp.vec3) -> float:
    """1 if what hangs is on one side of the centre only, behind it; -1 if only before it; 0 otherwise."""
    behind, before = surface_at(field, centre - beside)[3], surface_at(field, centre + beside)[3]
    return wp.where(behind > 0.0, 1.0, 0.0) - wp.where(before > 0.0, 1.0, 0.0)


@wp.func
def normal_on(field: HeightField, centre: wp.vec3, normal: wp.vec3) -> wp.vec3:
    """The normal of a face, or of an edge between faces; the given one where that cannot be told."""
    outward = wp.vec3(
        solid_beyond(field, centre, wp.vec3(_BESIDE, 0.0, 0.0)),
        solid_beyond(field, centre, wp.vec3(0.0, _BESIDE, 0.0)),
        solid_beyond(field, centre, wp.vec3(0.0, 0.0, _BESIDE)),
    )
    return wp.where(wp.length_sq(outward) > 0.0, wp.normalize(outward), normal)


@wp.func
def nearest_in_block(
    field: HeightField,
    row: int,
    col: int,
    low: wp.vec3,
    centre: wp.vec3,
    known: wp.vec4,
    axis: wp.vec3,
    level: float,
) -> wp.vec4:
    """`known`, or a nearer point of what shows of a vertex's block; `low` is its lowest corner, from the centre."""
    high = low + wp.vec3(field.cell[0], field.cell[1], _THICKNESS)
    nearest = nearer(known, nearest_in_box(low, wp.vec3(high[0], high[1], low[2])), axis, level)
    nearest = nearer(nearest, nearest_in_box(high, wp.vec3(low[0], low[1], high[2])), axis, level)
    for side in range(4):
        d_row, d_col = wp.where(side < 2, 2 * side - 1, 0), wp.where(side < 2, 0, 2 * side - 5)
        other = underside(field, row + d_row, col + d_col) - centre[2]
        # A lower neighbour leaves what is above its top to be seen, a higher one what is below its underside.
        bottom = wp.where(other < low[2], wp.max(low[2], other + _THICKNESS), low[2])
        top = wp.where(other < low[2], high[2], wp.min(high[2], other))
        corner = wp.vec3(wp.where(d_col > 0, high[0], low[0]), wp.where(d_row > 0, high[1], low[1]), bottom)
        opposite = wp.vec3(wp.where(d_col < 0, low[0], high[0]), wp.where(d_row < 0, low[1], high[1]), top)
        nearest = nearer(nearest, nearest_in_box(corner, opposite), axis, level)
    return nearest


@wp.func
def nearest_on_ceiling(
    field: HeightField, centre: wp.vec3, window: float, known: wp.vec4, axis: wp.vec3, level: float
) -> wp.vec4:
    """What `Surface.nearest` says, of the blocks under the square."""
    x, y = centre[0] + field.size[0], centre[1] + field.size[1]
    first_col, last_col = owner(x - window, field.cell[0]), owner(x + window, field.cell[0])
    first_row, last_row = owner(y - window, field.cell[1]), owner(y + window, field.cell[1])
    nearest = known
    for row in range(first_row, last_row + 1):
        south = (float(row) - 0.5) * field.cell[1] - y
        for col in range(first_col, last_col + 1):
            west = (float(col) - 0.5) * field.cell[0] - x
            bottom = underside(field, row, col) - centre[2]
            if bottom < nearest[3] and bottom + _THICKNESS > -nearest[3]:
                low = wp.vec3(west, south, bottom)
                nearest = nearest_in_block(field, row, col, low, centre, nearest, axis, level)
    return nearest


CEILING = Surface(-1.0, surface_at, normal_on, nearest_on_ceiling)
