# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
# ruff: noqa: UP018  (a variable that changes starts as int(0): a bare 0 would be a constant)
"""Contacts of spheres with a height field in closed form: the GPU side of `heightfield_contacts`.

The surface is MuJoCo's: each cell of the grid is two triangles that share the diagonal from its lowest to its highest
corner in x and y. It has one side: what is below it is ground, however deep, and the only way out is up to the surface;
there are no walls between the cells and none to slip behind. Beyond the map's border there is no ground.

A contact is a point of the surface at a distance below the radius from the sphere's centre:

- the first is the nearest point of all. A centre above the surface is pushed away from it, a centre below it towards
  it: along the face's normal over a face, and turning smoothly from face to face around a convex edge or corner;
- the second, for a centre above the surface, is the nearest point that stands out of the plane through the first point
  across the first normal, in a clearly different direction: the riser of a stair when the foot is on its tread, the
  other slope of a valley. Coplanar and falling neighbours of the first face do not stand out, so they add nothing; nor
  does the near edge of a face that the sphere does not reach, of which the face before the edge has nearer points.

A third has no use for spheres smaller than a cell: only in the tip of an inverted pyramid do they touch three faces.
"""

import warp as wp
from mujoco_warp._src.collision_core import contact_margin_gap, contact_material_params, write_contact
from mujoco_warp._src.math import make_frame
from mujoco_warp._src.types import vec5

wp.set_module_options({"enable_backward": False})

_MAX_SEARCH_CELLS = wp.constant(4.0)
"""A centre below the surface looks for its nearest point in as many cells to each side, at most."""
_ON_SURFACE = wp.constant(1.0e-5)
"""Nearer to the surface than this, m, the direction to it is rounding error and the face's normal is taken."""
_COS_DIFFERENT = wp.constant(0.966)
"""Normals of two contacts differ by at least 15 degrees."""
_PROBE = wp.constant(0.1)
"""A second contact point must be the nearest one also from this share of the way to the centre."""
_STANDS_OUT = wp.constant(0.99)
"""A second contact point is nearer to the centre's level than this share of the first one's distance."""


@wp.struct
class HeightField:
    """The triangulated surface, in its geometry's frame: origin in the map's middle, z = 0 at the lowest height."""

    data: wp.array[float]
    start: int
    rows: int
    cols: int
    size: wp.vec4
    """Half lengths along x and y, height of the value 1, thickness of the ground below 0."""
    cell: wp.vec2


@wp.func
def height_at(field: HeightField, row: int, col: int) -> float:
    """Height of a grid point; rows run along y, columns along x."""
    return field.size[2] * field.data[field.start + row * field.cols + col]


@wp.func
def cell_at(offset: float, cell: float, points: int) -> int:
    """The cell, of those between so many grid points, at a distance from the first of them, or the one next to it."""
    return wp.clamp(int(wp.floor(offset / cell)), 0, points - 2)


@wp.func
def surface_at(field: HeightField, x: float, y: float) -> wp.vec4:
    """Upward unit normal of the triangle at (x, y), and its height there."""
    x += field.size[0]
    y += field.size[1]
    col = cell_at(x, field.cell[0], field.cols)
    row = cell_at(y, field.cell[1], field.rows)
    low, high = height_at(field, row, col), height_at(field, row + 1, col + 1)
    u, v = x / field.cell[0] - float(col), y / field.cell[1] - float(row)
    if u > v:
        east = height_at(field, row, col + 1)
        along_x, along_y = east - low, high - east
    else:
        north = height_at(field, row + 1, col)
        along_x, along_y = high - north, north - low
    normal = wp.normalize(wp.vec3(-along_x / field.cell[0], -along_y / field.cell[1], 1.0))
    return wp.vec4(normal[0], normal[1], normal[2], low + u * along_x + v * along_y)


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
def nearest_on_surface(
    field: HeightField, centre: wp.vec3, window: float, known: wp.vec4, axis: wp.vec3, level: float
) -> wp.vec4:
    """The nearest point of the surface, from the centre, and its distance: one nearer than `known`, or that itself.

    Looks at the cells under the square of half side `window`. Left out are points that lie more than `level` down from
    the centre against the unit vector `axis`, and those in nearly its direction; of a zero `axis` nothing is left out.
    """
    x, y = centre[0] + field.size[0], centre[1] + field.size[1]
    first_col = cell_at(x - window, field.cell[0], field.cols)
    last_col = cell_at(x + window, field.cell[0], field.cols)
    first_row = cell_at(y - window, field.cell[1], field.rows)
    last_row = cell_at(y + window, field.cell[1], field.rows)
    point, distance = wp.vec3(known[0], known[1], known[2]), float(known[3])
    for row in range(first_row, last_row + 1):
        south = float(row) * field.cell[1] - y
        north = south + field.cell[1]
        sw = height_at(field, row, first_col) - centre[2]
        nw = height_at(field, row + 1, first_col) - centre[2]
        for col in range(first_col, last_col + 1):
            west = float(col) * field.cell[0] - x
            east = west + field.cell[0]
            se = height_at(field, row, col + 1) - centre[2]
            ne = height_at(field, row + 1, col + 1) - centre[2]
            top, bottom = wp.max(wp.max(sw, se), wp.max(nw, ne)), wp.min(wp.min(sw, se), wp.min(nw, ne))
            if top > -distance and bottom < distance:
                low, high = wp.vec3(west, south, sw), wp.vec3(east, north, ne)
                for half in range(2):
                    side = wp.where(half == 0, wp.vec3(east, south, se), wp.vec3(west, north, nw))
                    candidate = nearest_in_triangle(low, high, side)
                    length, down = wp.length(candidate), -wp.dot(axis, candidate)
                    if length < distance and down <= level and down <= _COS_DIFFERENT * length:
                        point, distance = candidate, length
            sw, nw = se, ne
    return wp.vec4(point[0], point[1], point[2], distance)


@wp.func
def is_local_minimum(field: HeightField, centre: wp.vec3, point: wp.vec3, distance: float) -> bool:
    """Whether the surface around a point of it (from the centre) is no nearer to the centre than the point.

    It is not at an edge that bends up: from a place close above the edge, the face before it is nearer.
    """
    size = _PROBE * distance
    place = centre + (1.0 - _PROBE) * point
    nearest = nearest_on_surface(field, place, size, wp.vec4(0.0, 0.0, 0.0, size), wp.vec3(), 0.0)
    return nearest[3] >= _COS_DIFFERENT * size


@wp.func
def is_near(field: HeightField, centre: wp.vec3, reach: float) -> bool:
    """Whether the sphere meets the ground's bounding box; false of a centre that is not finite."""
    return (
        wp.abs(centre[0]) < field.size[0] + reach
        and wp.abs(centre[1]) < field.size[1] + reach
        and centre[2] < field.size[2] + reach
        and centre[2] > -field.size[3] - reach
    )


@wp.kernel(enable_backward=False)
def collide_spheres(
    pairs: wp.array[wp.vec2i],
    pair_ids: wp.array[wp.vec2i],
    hfield_size: wp.array[wp.vec4],
    hfield_nrow: wp.array[int],
    hfield_ncol: wp.array[int],
    hfield_adr: wp.array[int],
    hfield_data: wp.array[float],
    geom_dataid: wp.array2d[int],
    geom_size: wp.array2d[wp.vec3],
    geom_margin: wp.array2d[float],
    geom_gap: wp.array2d[float],
    geom_condim: wp.array[int],
    geom_priority: wp.array[int],
    geom_solmix: wp.array2d[float],
    geom_solref: wp.array2d[wp.vec2],
    geom_solimp: wp.array2d[vec5],
    geom_friction: wp.array2d[wp.vec3],
    geom_adhesion: wp.array2d[float],
    pair_margin: wp.array2d[float],
    pair_gap: wp.array2d[float],
    pair_dim: wp.array[int],
    pair_solref: wp.array2d[wp.vec2],
    pair_solreffriction: wp.array2d[wp.vec2],
    pair_solimp: wp.array2d[vec5],
    pair_adhesion: wp.array2d[float],
    pair_friction: wp.array2d[vec5],
    geom_xpos: wp.array2d[wp.vec3],
    geom_xmat: wp.array2d[wp.mat33],
    naconmax: int,
    contact_dist: wp.array[float],
    contact_pos: wp.array[wp.vec3],
    contact_frame: wp.array[wp.mat33],
    contact_includemargin: wp.array[float],
    contact_friction: wp.array[vec5],
    contact_solref: wp.array[wp.vec2],
    contact_solreffriction: wp.array[wp.vec2],
    contact_solimp: wp.array[vec5],
    contact_dim: wp.array[int],
    contact_geom: wp.array[wp.vec2i],
    contact_efc_address: wp.array2d[int],
    contact_worldid: wp.array[int],
    contact_type: wp.array[int],
    contact_geomcollisionid: wp.array[int],
    contact_adhesion: wp.array[float],
    nacon: wp.array[int],
):
    """Append the contacts of each pair of a height field and a sphere; one thread a pair and world.

    Neighbouring threads take the same sphere of neighbouring worlds: they find alike work, or none, more often than the
    spheres of one robot do.
    """
    index, world = wp.tid()
    pair, pair_id = pairs[index], pair_ids[index]
    ground, sphere = pair[0], pair[1]
    field = HeightField()
    hfield = geom_dataid[world % geom_dataid.shape[0], ground]
    field.data = hfield_data
    field.start = hfield_adr[hfield]
    field.rows = hfield_nrow[hfield]
    field.cols = hfield_ncol[hfield]
    field.size = hfield_size[hfield]
    field.cell = wp.vec2(2.0 * field.size[0] / float(field.cols - 1), 2.0 * field.size[1] / float(field.rows - 1))

    radius = geom_size[world % geom_size.shape[0], sphere][0]
    margin, gap = contact_margin_gap(geom_margin, geom_gap, pair_margin, pair_gap, pair, pair_id[0], world)
    reach = radius + margin + gap
    position, rotation = geom_xpos[world, sphere], geom_xmat[world, ground]
    centre = wp.transpose(rotation) * (position - geom_xpos[world, ground])
    if not is_near(field, centre, reach):
        return

    surface = surface_at(field, centre[0], centre[1])
    depth = surface[3] - centre[2]
    inside = depth > 0.0 and wp.abs(centre[0]) <= field.size[0] and wp.abs(centre[1]) <= field.size[1]
    known, window = wp.vec4(0.0, 0.0, 0.0, reach), reach
    if inside:
        known = wp.vec4(0.0, 0.0, depth, depth)
        window = wp.min(depth, _MAX_SEARCH_CELLS * wp.min(field.cell[0], field.cell[1]))

    normal, level = wp.vec3(), float(0.0)
    for contact in range(wp.where(inside, 1, 2)):
        nearest = nearest_on_surface(field, centre, window, known, normal, level)
        distance = nearest[3]
        if not inside and distance >= reach:
            return
        point = wp.vec3(nearest[0], nearest[1], nearest[2])
        if contact > 0 and not is_local_minimum(field, centre, point, distance):
            return
        if distance <= _ON_SURFACE:
            normal = wp.vec3(surface[0], surface[1], surface[2])
        else:
            normal = wp.where(inside, point, -point) / distance
        level = _STANDS_OUT * distance

        overlap = wp.where(inside, -distance, distance) - radius
        condim, friction, solref, solreffriction, solimp, adhesion = contact_material_params(
            geom_condim,
            geom_priority,
            geom_solmix,
            geom_solref,
            geom_solimp,
            geom_friction,
            geom_adhesion,
            pair_dim,
            pair_solref,
            pair_solreffriction,
            pair_solimp,
            pair_adhesion,
            pair_friction,
            pair,
            pair_id[0],
            world,
        )
        write_contact(
            naconmax,
            contact,
            overlap,
            position + rotation * (point + 0.5 * overlap * normal),
            make_frame(rotation * normal),
            margin,
            gap,
            condim,
            friction,
            solref,
            solreffriction,
            solimp,
            adhesion,
            pair,
            pair_id,
            world,
            contact_dist,
            contact_pos,
            contact_frame,
            contact_includemargin,
            contact_friction,
            contact_solref,
            contact_solreffriction,
            contact_solimp,
            contact_dim,
            contact_geom,
            contact_efc_address,
            contact_worldid,
            contact_type,
            contact_geomcollisionid,
            contact_adhesion,
            nacon,
        )
        if distance <= _ON_SURFACE:
            return
