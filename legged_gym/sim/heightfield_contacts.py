"""Contacts of spheres with a height field in MuJoCo Warp, in place of the engine's own.

The engine takes every half cell of a height field for a prism of its own, with walls, and collides it as it does any
convex body. A sphere whose centre is below the surface is then often nearest to a wall between two prisms, and is
thrown out sideways: a foot that lands hard, or kicks a stair. The search for these contacts is also the longest part of
a physics step. Here the surface is one, without walls, and the nearest point is a formula (`heightfield_kernels`).
"""

import functools
import math

import mujoco_warp as mjw
import numpy as np
import warp as wp
from mujoco_warp._src.math import upper_trid_index

from legged_gym.sim.heightfield_kernels import make_collider

_MATERIAL = (
    *("geom_dataid", "geom_size", "geom_margin", "geom_gap", "geom_condim", "geom_priority", "geom_solmix"),
    *("geom_solref", "geom_solimp", "geom_friction", "geom_adhesion", "pair_margin", "pair_gap", "pair_dim"),
    *("pair_solref", "pair_solreffriction", "pair_solimp", "pair_adhesion", "pair_friction"),
)
_FIELD = ("hfield_size", "hfield_nrow", "hfield_ncol", "hfield_adr", "hfield_data")
_CONTACT = (
    *("dist", "pos", "frame", "includemargin", "friction", "solref", "solreffriction", "solimp", "dim", "geom"),
    *("efc_address", "worldid", "type", "geomcollisionid", "adhesion"),
)


def take_over_spheres(model: mjw.Model, steep: float = math.inf) -> int:
    """Collide the pairs of a height field and a sphere here from now on: before `mjw.make_data`.

    The pairs leave the engine's list of those to look at, and a callback appends their contacts once the engine has
    found the others. Pairs of a height field and another shape stay with the engine.

    Args:
        model: the engine's model, on Warp's current device; changed.
        steep: an edge of the grid that rises more than this is a vertical face, m.

    Returns:
        The number of pairs with a height field that the engine keeps.
    """
    geoms, ids = model.nxn_geom_pair_filtered.numpy(), model.nxn_pairid_filtered.numpy()
    types = model.geom_type.numpy()[geoms]
    geoms = np.take_along_axis(geoms, types.argsort(axis=1, kind="stable"), axis=1)  # as the engine orders a contact's
    types.sort(axis=1)
    ours = (types == (mjw.GeomType.HFIELD, mjw.GeomType.SPHERE)).all(axis=1)
    if ours.any():
        model.nxn_geom_pair_filtered = wp.array(geoms[~ours], dtype=wp.vec2i)
        model.nxn_pairid_filtered = wp.array(ids[~ours], dtype=wp.vec2i)
        counts = list(model.geom_pair_type_count)
        counts[upper_trid_index(len(mjw.GeomType), int(mjw.GeomType.HFIELD), int(mjw.GeomType.SPHERE))] = 0
        model.geom_pair_type_count = tuple(counts)
        pairs = wp.array(geoms[ours], dtype=wp.vec2i), wp.array(ids[ours], dtype=wp.vec2i)
        model.callback.contactfilter = functools.partial(_collide, *pairs, steep)
    return int((types[~ours] == mjw.GeomType.HFIELD).any(axis=1).sum())


def _collide(pairs: wp.array, pair_ids: wp.array, steep: float, model: mjw.Model, data: mjw.Data) -> None:
    """The engine calls this at the end of its collision detection; within a graph capture, too."""
    wp.launch(
        make_collider(walls=math.isfinite(steep)),
        dim=(pairs.size, data.nworld),
        inputs=[pairs, pair_ids]
        + [getattr(model, name) for name in (*_FIELD, *_MATERIAL)]
        + [data.geom_xpos, data.geom_xmat, data.naconmax, steep],
        outputs=[getattr(data.contact, name) for name in _CONTACT] + [data.nacon],
    )
