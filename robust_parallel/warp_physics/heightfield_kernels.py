# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
# ruff: noqa: UP018  (a variable that changes starts as float(0): a bare 0 would be a constant)
"""Contacts of spheres with a height field in closed form: the GPU side of `heightfield_contacts`.

A contact is a point of the surface (`heightfield_surface`) at a distance below the radius from the sphere's centre:

- the first is the nearest point of all. A centre above the surface is pushed away from it, a centre below it towards
  it: along the face's normal over a face, and turning smoothly from face to face around a convex edge or corner;
- the second, for a centre above the surface, is the nearest point that stands out of the plane through the first point
  across the first normal, in a clearly different direction: the riser of a stair when the foot is on its tread, the
  other slope of a valley. Coplanar and falling neighbours of the first face do not stand out, so they add nothing; nor
  does the near edge of a face that the sphere does not reach, of which the face before the edge has nearer points.

A third has little use for spheres smaller than a cell: they touch three faces only in the tip of an inverted pyramid,
or where two walls meet on the ground, and rest there on two at a time.
"""

import functools

import warp as wp
from mujoco_warp._src.collision_core import contact_margin_gap, contact_material_params, write_contact
from mujoco_warp._src.math import make_frame
from mujoco_warp._src.types import vec5

from robust_parallel.warp_physics.heightfield_surface import COS_DIFFERENT, ON_SURFACE, HeightField, Surface, is_near

wp.set_module_options({"enable_backward": False})

_MAX_SEARCH_CELLS = wp.constant(4.0)
"""A centre below the surface looks for its nearest point in as many cells to each side, at most."""
_PROBE = wp.constant(0.1)
"""A second contact point must be the nearest one also from this share of the way to the centre."""
_STANDS_OUT = wp.constant(0.99)
"""A second contact point is nearer to the centre's level than this share of the first one's distance."""


@functools.cache
def make_collider(surface: Surface) -> wp.Kernel:
    """The kernel that appends the contacts with a surface.

    One for each kind of surface, so that a map pays nothing for what it does not have.
    """
    way_out, surface_at, normal_on, nearest_point = surface

    @wp.func
    def is_local_minimum(field: HeightField, centre: wp.vec3, point: wp.vec3, distance: float) -> bool:
        """Whether the surface around a point of it (from the centre) is no nearer to the centre than the point.

        It is not at an edge that bends up: from a place close above the edge, the face before it is nearer.
        """
        size = _PROBE * distance
        place = centre + (1.0 - _PROBE) * point
        nearest = nearest_point(field, place, size, wp.vec4(0.0, 0.0, 0.0, size), wp.vec3(), 0.0)
        return nearest[3] >= COS_DIFFERENT * size

    @wp.kernel(enable_backward=False, module="unique")
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
        steep: float,
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

        Neighbouring threads take the same sphere of neighbouring worlds: they find alike work, or none, more often than
        the spheres of one robot do.
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
        field.steep = steep
        field.cell = wp.vec2(2.0 * field.size[0] / float(field.cols - 1), 2.0 * field.size[1] / float(field.rows - 1))

        radius = geom_size[world % geom_size.shape[0], sphere][0]
        margin, gap = contact_margin_gap(geom_margin, geom_gap, pair_margin, pair_gap, pair, pair_id[0], world)
        reach = radius + margin + gap
        position, rotation = geom_xpos[world, sphere], geom_xmat[world, ground]
        centre = wp.transpose(rotation) * (position - geom_xpos[world, ground])
        if not is_near(field, centre, reach):
            return

        face = surface_at(field, centre)
        depth = face[3]
        inside = depth > 0.0
        known, window = wp.vec4(0.0, 0.0, 0.0, reach), reach
        if inside:
            known = wp.vec4(0.0, 0.0, wp.static(way_out) * depth, depth)
            window = wp.min(depth, _MAX_SEARCH_CELLS * wp.min(field.cell[0], field.cell[1]))

        normal, level = wp.vec3(), float(0.0)
        for contact in range(wp.where(inside, 1, 2)):
            nearest = nearest_point(field, centre, window, known, normal, level)
            distance = nearest[3]
            if not inside and distance >= reach:
                return
            point = wp.vec3(nearest[0], nearest[1], nearest[2])
            if contact > 0 and not is_local_minimum(field, centre, point, distance):
                return
            if distance <= ON_SURFACE:
                normal = normal_on(field, centre, wp.vec3(face[0], face[1], face[2]))
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
            if distance <= ON_SURFACE:
                return

    return collide_spheres
