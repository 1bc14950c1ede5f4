# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
# ruff: noqa: UP018  (a variable that changes starts as int(0): a bare 0 would be a constant)
"""The surface of the ground, which is a height field, and its point nearest to a sphere's centre.

A smooth cell of the grid is MuJoCo's: two triangles that share the diagonal from its lowest to its highest corner in x
and y. Where the map has vertical faces, a cell with a steep edge is blocky: its four quarters are level, each as high
as its own corner, and between quarters of different height there is a wall. So a run of n vertices of one height is n
cells wide, with vertical faces. Where a blocky cell ends at a smooth one they may leave a sliver, half as high as the
rise that makes an edge steep at most.

The surface has one side: what is below it is ground, however deep. Beyond the map's border there is no ground.
"""

import functools
from typing import NamedTuple

import warp as wp

wp.set_module_options({"enable_backward": False})

COS_DIFFERENT = wp.constant(0.966)
"""Normals of two contacts differ by at least 15 degrees."""
ON_SURFACE = wp.constant(1.0e-5)
"""Nearer to the surface than this, m, the direction to it is rounding error and the face's normal is taken."""
_BESIDE = wp.constant(1.0e-4)
"""The normal of a wall is that of the ramp between the heights so far to its sides, m."""


@wp.struct
class HeightField:
    """The grid, in its geometry's frame: origin in the map's middle, z = 0 at the lowest height."""

    data: wp.array[float]
    start: int
    rows: int
    cols: int
    size: wp.vec4
    """Half lengths along x and y, height of the value 1, thickness of the ground below 0."""
    cell: wp.vec2
    steep: float
    """An edge of the grid that rises more than this is a vertical face, m; without meaning where there are none."""


class Surface(NamedTuple):
    """What a collider asks of a surface: of the ground, or of what hangs over it."""

    way_out: float
    """Sign of the vertical way out of what is solid: 1 upward, -1 downward."""
    surface_at: wp.Function
    """(field, centre) -> outward unit normal of the face above or below the centre, and the centre's depth in what is
    solid, measured to that face: 0 or less where nothing is.
    """
    normal_on: wp.Function
    """(field, centre, normal) -> outward normal at a centre that lies on the surface; `normal` is the face's."""
    nearest: wp.Function
    """(field, centre, window, known, axis, level) -> the nearest point of the surface, from the centre, and its
    distance: one nearer than `known`, or that itself.

    Looks under the square of half side `window`. Left out are points that lie more than `level` down from the centre
    against the unit vector `axis`, and those in nearly its direction; of a zero `axis` nothing is left out.
    """


@wp.func
def height_at(field: HeightField, row: int, col: int) -> float:
    """Height of a grid point; rows run along y, columns along x."""
    return field.size[2] * field.data[field.start + row * field.cols + col]


@wp.func
def cell_at(offset: float, cell: float, points: int) -> int:
    """The cell, of those between so many grid points, at a distance from the first of them, or the one next to it."""
    return wp.clamp(int(wp.floor(offset / cell)), 0, points - 2)


@wp.func
def is_near(field: HeightField, centre: wp.vec3, reach: float) -> bool:
    """Whether the sphere meets the ground's bounding box; false of a centre that is not finite."""
    return (
        wp.abs(centre[0]) < field.size[0] + reach
        and wp.abs(centre[1]) < field.size[1] + reach
        and centre[2] < field.size[2] + reach
        and centre[2] > -field.size[3] - reach
    )


@wp.func
def depth_on_map(field: HeightField, centre: wp.vec3, height: float) -> float:
    """How far a centre is below the ground of some height there; 0 beyond the map."""
    on_map = wp.abs(centre[0]) <= field.size[0] and wp.abs(centre[1]) <= field.size[1]
    return wp.where(on_map, height - centre[2], 0.0)


@wp.func
def nearest_in_triangle(a: wp.vec3, b: wp.vec3, c: wp.vec3) -> wp.vec3:
    """The point of a triangle nearest to the origin.

    By the region of the triangle's plane over which the origin lies: that of a corner, an edge or the face. `ab_a` is
    the component of corner a's way to the origin along edge ab, and so on.
    """
    ab, ac, bc = b - a, c - a, c - b
    ab_a, ac_a = -wp.dot(ab, a), -wp.dot(ac, a)
    ab_b, ac_b = -wp.dot(ab, b), -wp.dot(ac, b)
    ab_c, ac_c = -wp.dot(ab, c), -wp.dot(ac, c)
    if ab_a <= 0.0 and ac_a <= 0.0:
        return a
    if ab_b >= 0.0 and ac_b <= ab_b:
        return b
    if ac_c >= 0.0 and ab_c <= ac_c:
        return c
    # Areas, to scale, that the origin's projection makes with the edges: negative beyond the edge.
    over_c = ab_a * ac_b - ab_b * ac_a
    if over_c <= 0.0 and ab_a >= 0.0 and ab_b <= 0.0:
        return a + (ab_a / (ab_a - ab_b)) * ab
    over_b = ab_c * ac_a - ab_a * ac_c
    if over_b <= 0.0 and ac_a >= 0.0 and ac_c <= 0.0:
        return a + (ac_a / (ac_a - ac_c)) * ac
    over_a = ab_b * ac_c - ab_c * ac_b
    if over_a <= 0.0 and ac_b >= ab_b and ab_c >= ac_c:
        return b + ((ac_b - ab_b) / ((ac_b - ab_b) + (ab_c - ac_c))) * bc
    total = over_a + over_b + over_c
    return a + (over_b / total) * ab + (over_c / total) * ac


@wp.func
def nearer(known: wp.vec4, candidate: wp.vec3, axis: wp.vec3, level: float) -> wp.vec4:
    """A candidate and its distance if it counts and is nearer than `known`, else `known`: see `Surface.nearest`."""
    length, down = wp.length(candidate), -wp.dot(axis, candidate)
    if length < known[3] and down <= level and down <= COS_DIFFERENT * length:
        return wp.vec4(candidate[0], candidate[1], candidate[2], length)
    return known


@wp.func
def nearest_in_box(corner: wp.vec3, opposite: wp.vec3) -> wp.vec3:
    """The point nearest to the origin of a box along the axes, flat or not, between two opposite corners."""
    return wp.max(wp.min(corner, opposite), wp.min(wp.max(corner, opposite), wp.vec3()))


@wp.func
def nearest_in_triangles(
    low: wp.vec3, high: wp.vec3, se: float, nw: float, known: wp.vec4, axis: wp.vec3, level: float
) -> wp.vec4:
    """`known`, or a nearer point of a smooth cell: by its corners low and high in x and y, heights of the others."""
    nearest = known
    for half in range(2):
        side = wp.where(half == 0, wp.vec3(high[0], low[1], se), wp.vec3(low[0], high[1], nw))
        nearest = nearer(nearest, nearest_in_triangle(low, high, side), axis, level)
    return nearest


@wp.func
def nearest_in_quarters(
    low: wp.vec3, high: wp.vec3, se: float, nw: float, known: wp.vec4, axis: wp.vec3, level: float
) -> wp.vec4:
    """`known`, or a nearer point of a blocky cell: level quarters, and the walls that part each from the next."""
    west, south, east, north = low[0], low[1], high[0], high[1]
    x, y = 0.5 * (west + east), 0.5 * (south + north)
    sw, ne = low[2], high[2]
    nearest = nearer(known, nearest_in_box(low, wp.vec3(x, y, sw)), axis, level)
    nearest = nearer(nearest, nearest_in_box(wp.vec3(x, south, sw), wp.vec3(x, y, se)), axis, level)
    nearest = nearer(nearest, nearest_in_box(wp.vec3(east, south, se), wp.vec3(x, y, se)), axis, level)
    nearest = nearer(nearest, nearest_in_box(wp.vec3(east, y, se), wp.vec3(x, y, ne)), axis, level)
    nearest = nearer(nearest, nearest_in_box(high, wp.vec3(x, y, ne)), axis, level)
    nearest = nearer(nearest, nearest_in_box(wp.vec3(x, north, ne), wp.vec3(x, y, nw)), axis, level)
    nearest = nearer(nearest, nearest_in_box(wp.vec3(west, north, nw), wp.vec3(x, y, nw)), axis, level)
    return nearer(nearest, nearest_in_box(wp.vec3(west, y, nw), wp.vec3(x, y, sw)), axis, level)


@functools.cache
def make_ground(walls: bool) -> Surface:
    """The ground's surface with or without vertical faces; the functions of one without know nothing of them."""

    @wp.func
    def is_blocky(field: HeightField, sw: float, se: float, nw: float, ne: float) -> bool:
        along_x = wp.max(wp.abs(se - sw), wp.abs(ne - nw))
        along_y = wp.max(wp.abs(nw - sw), wp.abs(ne - se))
        return wp.max(along_x, along_y) > field.steep

    @wp.func
    def surface_at(field: HeightField, centre: wp.vec3) -> wp.vec4:
        x, y = centre[0] + field.size[0], centre[1] + field.size[1]
        col = cell_at(x, field.cell[0], field.cols)
        row = cell_at(y, field.cell[1], field.rows)
        low, high = height_at(field, row, col), height_at(field, row + 1, col + 1)
        u, v = x / field.cell[0] - float(col), y / field.cell[1] - float(row)
        if wp.static(walls):
            east, north = height_at(field, row, col + 1), height_at(field, row + 1, col)
            if is_blocky(field, low, east, north, high):
                level = wp.where(v < 0.5, wp.where(u < 0.5, low, east), wp.where(u < 0.5, north, high))
                return wp.vec4(0.0, 0.0, 1.0, depth_on_map(field, centre, level))
        if u > v:
            east = height_at(field, row, col + 1)
            along_x, along_y = east - low, high - east
        else:
            north = height_at(field, row + 1, col)
            along_x, along_y = high - north, north - low
        normal = wp.normalize(wp.vec3(-along_x / field.cell[0], -along_y / field.cell[1], 1.0))
        return wp.vec4(normal[0], normal[1], normal[2], depth_on_map(field, centre, low + u * along_x + v * along_y))

    @wp.func
    def normal_on(field: HeightField, centre: wp.vec3, normal: wp.vec3) -> wp.vec3:
        if wp.static(walls):
            beside_x, beside_y = wp.vec3(_BESIDE, 0.0, 0.0), wp.vec3(0.0, _BESIDE, 0.0)
            fall_x = surface_at(field, centre - beside_x)[3] - surface_at(field, centre + beside_x)[3]
            fall_y = surface_at(field, centre - beside_y)[3] - surface_at(field, centre + beside_y)[3]
            return wp.normalize(wp.vec3(fall_x, fall_y, 2.0 * _BESIDE))
        else:
            return normal

    @wp.func
    def nearest_on_surface(
        field: HeightField, centre: wp.vec3, window: float, known: wp.vec4, axis: wp.vec3, level: float
    ) -> wp.vec4:
        x, y = centre[0] + field.size[0], centre[1] + field.size[1]
        first_col = cell_at(x - window, field.cell[0], field.cols)
        last_col = cell_at(x + window, field.cell[0], field.cols)
        first_row = cell_at(y - window, field.cell[1], field.rows)
        last_row = cell_at(y + window, field.cell[1], field.rows)
        nearest = known
        for row in range(first_row, last_row + 1):
            south = float(row) * field.cell[1] - y
            sw = height_at(field, row, first_col) - centre[2]
            nw = height_at(field, row + 1, first_col) - centre[2]
            for col in range(first_col, last_col + 1):
                west = float(col) * field.cell[0] - x
                se = height_at(field, row, col + 1) - centre[2]
                ne = height_at(field, row + 1, col + 1) - centre[2]
                top, bottom = wp.max(wp.max(sw, se), wp.max(nw, ne)), wp.min(wp.min(sw, se), wp.min(nw, ne))
                if top > -nearest[3] and bottom < nearest[3]:
                    low, high = wp.vec3(west, south, sw), wp.vec3(west + field.cell[0], south + field.cell[1], ne)
                    blocky = False
                    if wp.static(walls):
                        blocky = is_blocky(field, sw, se, nw, ne)
                    if blocky:
                        nearest = nearest_in_quarters(low, high, se, nw, nearest, axis, level)
                    else:
                        nearest = nearest_in_triangles(low, high, se, nw, nearest, axis, level)
                sw, nw = se, ne
        return nearest

    return Surface(1.0, surface_at, normal_on, nearest_on_surface)
