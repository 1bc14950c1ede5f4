# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
"""The surface of ground whose cells each have corners of their own: vertical walls stand where neighbours differ.

A cell is two triangles, which share the diagonal from its lowest to its highest corner in x and y, as in MuJoCo's
height fields; two cells side by side may have other heights on the line between them, and there a wall is. So walls
stand on the lines of the grid, where the meshes of other simulators have theirs.

`HeightField.data` holds four numbers a cell, of its corners south-west, south-east, north-west, north-east.
"""

import warp as wp

from robust_parallel.warp_physics.heightfield_surface import (
    HeightField,
    Surface,
    cell_at,
    depth_on_map,
    nearer,
    nearest_in_triangle,
    nearest_in_triangles,
)

wp.set_module_options({"enable_backward": False})

_BESIDE = wp.constant(1.0e-4)
"""The normal of a wall is that of the ramp between the heights so far to its sides, m."""
_SAME = wp.constant(1.0e-5)
"""Heights that differ by less, m, are one: no wall is there."""


@wp.func
def corners_of(field: HeightField, row: int, col: int) -> wp.vec4:
    """Heights of a cell's corners: south-west, south-east, north-west, north-east; rows run along y."""
    first = field.start + 4 * (row * (field.cols - 1) + col)
    return field.size[2] * wp.vec4(
        field.data[first], field.data[first + 1], field.data[first + 2], field.data[first + 3]
    )


@wp.func
def surface_at(field: HeightField, centre: wp.vec3) -> wp.vec4:
    """What `Surface.surface_at` says."""
    x, y = centre[0] + field.size[0], centre[1] + field.size[1]
    col = cell_at(x, field.cell[0], field.cols)
    row = cell_at(y, field.cell[1], field.rows)
    corners = corners_of(field, row, col)
    u, v = x / field.cell[0] - float(col), y / field.cell[1] - float(row)
    along_x = wp.where(u > v, corners[1] - corners[0], corners[3] - corners[2])
    along_y = wp.where(u > v, corners[3] - corners[1], corners[2] - corners[0])
    normal = wp.normalize(wp.vec3(-along_x / field.cell[0], -along_y / field.cell[1], 1.0))
    depth = depth_on_map(field, centre, corners[0] + u * along_x + v * along_y)
    return wp.vec4(normal[0], normal[1], normal[2], depth)


@wp.func
def normal_on(field: HeightField, centre: wp.vec3, normal: wp.vec3) -> wp.vec3:
    """What `Surface.normal_on` says."""
    beside_x, beside_y = wp.vec3(_BESIDE, 0.0, 0.0), wp.vec3(0.0, _BESIDE, 0.0)
    fall_x = surface_at(field, centre - beside_x)[3] - surface_at(field, centre + beside_x)[3]
    fall_y = surface_at(field, centre - beside_y)[3] - surface_at(field, centre + beside_y)[3]
    return wp.normalize(wp.vec3(fall_x, fall_y, 2.0 * _BESIDE))


@wp.func
def nearest_in_wall(
    first: wp.vec3, last: wp.vec3, first_top: float, last_top: float, known: wp.vec4, axis: wp.vec3, level: float
) -> wp.vec4:
    """`known`, or a nearer point of the wall between two edges that lie over each other, given by ends and heights."""
    first_other, last_other = wp.vec3(first[0], first[1], first_top), wp.vec3(last[0], last[1], last_top)
    nearest = known
    if wp.abs(first_top - first[2]) > _SAME:
        nearest = nearer(nearest, nearest_in_triangle(first, first_other, last), axis, level)
    if wp.abs(last_top - last[2]) > _SAME:
        nearest = nearer(nearest, nearest_in_triangle(first_other, last_other, last), axis, level)
    return nearest


@wp.func
def nearest_on_cells(
    field: HeightField, centre: wp.vec3, window: float, known: wp.vec4, axis: wp.vec3, level: float
) -> wp.vec4:
    """What `Surface.nearest` says: of the cells under the square, and of the walls on their west and south."""
    x, y = centre[0] + field.size[0], centre[1] + field.size[1]
    first_col = cell_at(x - window, field.cell[0], field.cols)
    last_col = cell_at(x + window, field.cell[0], field.cols)
    first_row = cell_at(y - window, field.cell[1], field.rows)
    last_row = cell_at(y + window, field.cell[1], field.rows)
    down = wp.vec4(centre[2], centre[2], centre[2], centre[2])
    nearest = known
    for row in range(first_row, last_row + 1):
        south = float(row) * field.cell[1] - y
        north = south + field.cell[1]
        for col in range(first_col, last_col + 1):
            west = float(col) * field.cell[0] - x
            east = west + field.cell[0]
            own = corners_of(field, row, col) - down
            if wp.max(own) > -nearest[3] and wp.min(own) < nearest[3]:
                low, high = wp.vec3(west, south, own[0]), wp.vec3(east, north, own[3])
                nearest = nearest_in_triangles(low, high, own[1], own[2], nearest, axis, level)
            if col > first_col:
                other = corners_of(field, row, col - 1) - down
                first, last = wp.vec3(west, south, own[0]), wp.vec3(west, north, own[2])
                nearest = nearest_in_wall(first, last, other[1], other[3], nearest, axis, level)
            if row > first_row:
                other = corners_of(field, row - 1, col) - down
                first, last = wp.vec3(west, south, own[0]), wp.vec3(east, south, own[1])
                nearest = nearest_in_wall(first, last, other[2], other[3], nearest, axis, level)
    return nearest


CELLS = Surface(1.0, surface_at, normal_on, nearest_on_cells)
"""Contacts of spheres with such ground."""
