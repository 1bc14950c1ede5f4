"""Contacts of spheres with a height field in MuJoCo Warp, in place of the engine's own.

The engine takes every half cell of a height field for a prism of its own, with walls, and collides it as it does any
convex body. A sphere whose centre is below the surface is then often nearest to a wall between two prisms, and is
thrown out sideways: a foot that lands hard, or kicks a stair. The search for these contacts is also the longest part of
a physics step. Here the surface is one, without walls but where the map has vertical faces, and the nearest point is a
formula (`heightfield_kernels`). Over it may hang a ceiling (`heightfield_ceiling`).
"""

import functools
import math
from typing import NamedTuple

import mujoco_warp as mjw
import numpy as np
import warp as wp
from mujoco_warp._src.math import upper_trid_index

from robust_parallel.physics.height_field import CEILING_THICKNESS
from robust_parallel.warp_physics.heightfield_ceiling import CEILING
from robust_parallel.warp_physics.heightfield_cells import CELLS
from robust_parallel.warp_physics.heightfield_kernels import make_collider
from robust_parallel.warp_physics.heightfield_surface import make_ground

_MATERIAL = (
    *("geom_dataid", "geom_size", "geom_margin", "geom_gap", "geom_condim", "geom_priority", "geom_solmix"),
    *("geom_solref", "geom_solimp", "geom_friction", "geom_adhesion", "pair_margin", "pair_gap", "pair_dim"),
    *("pair_solref", "pair_solreffriction", "pair_solimp", "pair_adhesion", "pair_friction"),
)
_CONTACT = (
    *("dist", "pos", "frame", "includemargin", "friction", "solref", "solreffriction", "solimp", "dim", "geom"),
    *("efc_address", "worldid", "type", "geomcollisionid", "adhesion"),
)


def take_over_spheres(
    model: mjw.Model, steep: float = math.inf, ceiling: np.ndarray | None = None, cells: np.ndarray | None = None
) -> int:
    """Collide the pairs of a height field and a sphere here from now on: before `mjw.make_data`.

    The pairs leave the engine's list of those to look at, and a callback appends their contacts once the engine has
    found the others. Pairs of a height field and another shape stay with the engine: to them all faces are ramps, and
    nothing hangs over the ground.

    Args:
        model: the engine's model, on Warp's current device; changed.
        steep: an edge of the grid that rises more than this is a vertical face, m.
        ceiling: underside of what hangs over the ground, in the frame of the height field, of which there is one then
            [rows along y, columns along x], m; infinite where it is open.

        cells: heights of the corners of each cell, as `heightfield_cells` has them, if they are not those of the height
            field, of which there is one then [rows - 1, columns - 1, 4], 0 to 1 of its range; `steep` is not read.

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
        ground = make_ground(walls=math.isfinite(steep)) if cells is None else CELLS
        colliders = [_Collider(make_collider(ground), _ground(model, cells), steep)]
        if ceiling is not None and np.isfinite(ceiling).any():
            colliders.append(_Collider(make_collider(CEILING), _ceiling(model, ceiling), steep))
        model.callback.contactfilter = functools.partial(_collide, *pairs, colliders)
    return int((types[~ours] == mjw.GeomType.HFIELD).any(axis=1).sum())


class _Collider(NamedTuple):
    """A kernel and the height field that it reads."""

    kernel: wp.Kernel
    field: list[wp.array]
    """Size, rows, columns, address of the first height and heights of each of the model's height fields."""
    steep: float


def _ground(model: mjw.Model, cells: np.ndarray | None) -> list[wp.array]:
    *grid, heights = (getattr(model, f"hfield_{name}") for name in ("size", "nrow", "ncol", "adr", "data"))
    return [*grid, heights if cells is None else wp.array(cells.ravel(), dtype=float)]


def _ceiling(model: mjw.Model, ceiling: np.ndarray) -> list[wp.array]:
    """The ceiling as a height field: from the lowest underside to the highest top.

    Its grid is that of the ground with an open row around, so that nothing that hangs reaches beyond it.
    """
    rows, cols = ceiling.shape
    half_x, half_y, _, _ = model.hfield_size.numpy()[0]
    undersides = ceiling[np.isfinite(ceiling)]
    top = undersides.max() + CEILING_THICKNESS
    size = wp.vec4(half_x * (cols + 1) / (cols - 1), half_y * (rows + 1) / (rows - 1), top, -undersides.min())
    grid = [wp.array([number], dtype=int) for number in (rows + 2, cols + 2, 0)]
    heights = np.pad(ceiling / top, 1, constant_values=np.inf)
    return [wp.array([size], dtype=wp.vec4), *grid, wp.array(heights.ravel(), dtype=float)]


def _collide(pairs: wp.array, pair_ids: wp.array, colliders: list[_Collider], model: mjw.Model, data: mjw.Data) -> None:
    """The engine calls this at the end of its collision detection; within a graph capture, too."""
    for kernel, field, steep in colliders:
        wp.launch(
            kernel,
            dim=(pairs.size, data.nworld),
            inputs=[pairs, pair_ids, *field]
            + [getattr(model, name) for name in _MATERIAL]
            + [data.geom_xpos, data.geom_xmat, data.naconmax, steep],
            outputs=[getattr(data.contact, name) for name in _CONTACT] + [data.nacon],
        )
