# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
# ruff: noqa: UP018  (a variable that changes starts as float(0): a bare 0 would be a constant)
"""The march of a ray over the squares of a map, in Warp: one thread a ray.

Lengths along the ground are in cells, from the map's first vertex; the ray's parameter is the depth, m.
"""

import functools

import warp as wp

from robust_parallel.physics.height_field import CEILING_THICKNESS

wp.set_module_options({"enable_backward": False})

_THICKNESS = wp.constant(CEILING_THICKNESS)
BLOCK = 16
"""Squares along each side of a block, which a ray above all that is solid in it leaves at once."""
_BLOCK = wp.constant(BLOCK)
_LEVEL = wp.constant(1.0e-9)
"""A ray that goes less far along an axis, cells per m, never leaves its row or column of squares."""


@wp.struct
class Layer:
    """What is looked at: the ground, or what hangs over it."""

    heights: wp.array2d[float]
    """Of the vertices [rows, cols], m; infinite where there is none."""
    tops: wp.array2d[float]
    """Highest solid in each square: the ground's of a cell, a ceiling's around a vertex, m."""
    block_tops: wp.array2d[float]
    """Highest solid in each block of `BLOCK` x `BLOCK` squares, m; minus infinity where there is none."""
    steep: float
    """An edge of the ground that rises more than this is a vertical face, m."""


@wp.struct
class Ray:
    """Where it starts and goes: x and y in cells, z in m, each m of depth."""

    start: wp.vec3
    way: wp.vec3


@wp.func
def falls_below(start: float, end: float, clearance: float, clearance_end: float) -> float:
    """Where, between two depths, a clearance that changes linearly is first not positive; infinite: nowhere."""
    if clearance <= 0.0:
        return start
    if clearance_end <= 0.0:
        return start + (end - start) * clearance / (clearance - clearance_end)
    return wp.inf


@wp.func
def passing(place: float, way: float, line: float, start: float, end: float) -> float:
    """The depth, of those between `start` and `end`, at which a coordinate comes nearest to a line."""
    if wp.abs(way) < _LEVEL:
        return end
    return wp.clamp((line - place) / way, start, end)


@wp.func
def ground_hit(layer: Layer, ray: Ray, i: int, j: int, start: float, end: float) -> float:
    """Where a ray, over a cell of the ground between two depths, is first not above it; infinite: nowhere."""
    z, dz = ray.start[2], ray.way[2]
    if wp.min(z + start * dz, z + end * dz) > layer.tops[i, j]:
        return wp.inf
    sw, se = layer.heights[i, j], layer.heights[i + 1, j]
    nw, ne = layer.heights[i, j + 1], layer.heights[i + 1, j + 1]
    u, v = ray.start[0] - float(i), ray.start[1] - float(j)
    du, dv = ray.way[0], ray.way[1]
    along_x, along_y = wp.max(wp.abs(se - sw), wp.abs(ne - nw)), wp.max(wp.abs(nw - sw), wp.abs(ne - se))
    blocky = wp.max(along_x, along_y) > layer.steep
    if blocky:  # its quarters meet at the middle lines
        turn_u, turn_v = passing(u, du, 0.5, start, end), passing(v, dv, 0.5, start, end)
        first, second = wp.min(turn_u, turn_v), wp.max(turn_u, turn_v)
    else:  # its triangles meet where u = v
        first = passing(u - v, du - dv, 0.0, start, end)
        second = end
    begin = float(start)
    for part in range(3):
        stop = wp.where(part == 0, first, wp.where(part == 1, second, end))
        if stop > begin:
            middle = 0.5 * (begin + stop)
            u_middle, v_middle = u + middle * du, v + middle * dv
            height, slope_u, slope_v = float(0.0), float(0.0), float(0.0)
            if blocky:
                height = wp.where(v_middle < 0.5, wp.where(u_middle < 0.5, sw, se), wp.where(u_middle < 0.5, nw, ne))
            else:
                height = sw
                slope_u = wp.where(u_middle > v_middle, se - sw, ne - nw)
                slope_v = wp.where(u_middle > v_middle, ne - se, nw - sw)
            clearance = z - height - u * slope_u - v * slope_v
            change = dz - du * slope_u - dv * slope_v
            hit = falls_below(begin, stop, clearance + begin * change, clearance + stop * change)
            if hit < wp.inf:
                return hit
            begin = stop
    return wp.inf


@wp.func
def ceiling_hit(layer: Layer, ray: Ray, i: int, j: int, start: float, end: float) -> float:
    """Where a ray, over a vertex's square between two depths, is first in what hangs there; infinite: nowhere."""
    underside = layer.heights[i, j]
    z, z_end = ray.start[2] + start * ray.way[2], ray.start[2] + end * ray.way[2]
    if z < underside:
        return falls_below(start, end, underside - z, underside - z_end)
    return falls_below(start, end, z - underside - _THICKNESS, z_end - underside - _THICKNESS)


@wp.func
def line_ahead(first: int, size: int, step: int) -> float:
    """The line of the grid at which a ray that goes on by +-1 leaves `size` squares from the `first` on."""
    return float(wp.where(step > 0, first + size, first))


@wp.func
def square_ahead(first: int, size: int, step: int) -> int:
    """The square beyond that line."""
    return wp.where(step > 0, first + size, first - 1)


@functools.cache
def make_march(hit: wp.Function) -> wp.Function:
    """The march over unit squares; `hit` is asked of each in turn, but for blocks that the ray passes above."""

    @wp.func
    def march(layer: Layer, ray: Ray, rows: int, cols: int, reach: float) -> float:
        """Depth at which a ray first meets a layer on a grid of squares; `reach`: it does not before."""
        x, y, z = ray.start[0], ray.start[1], ray.start[2]
        dx, dy, dz = ray.way[0], ray.way[1], ray.way[2]
        step_x, step_y = wp.where(dx < 0.0, -1, 1), wp.where(dy < 0.0, -1, 1)
        per_x, per_y = float(step_x) / wp.max(wp.abs(dx), _LEVEL), float(step_y) / wp.max(wp.abs(dy), _LEVEL)
        i, j = int(wp.floor(x)), int(wp.floor(y))
        depth = float(0.0)
        while depth < reach and i >= 0 and j >= 0 and i < rows and j < cols:
            first_i, first_j = i // _BLOCK * _BLOCK, j // _BLOCK * _BLOCK
            leaves_x = (line_ahead(first_i, _BLOCK, step_x) - x) * per_x
            leaves_y = (line_ahead(first_j, _BLOCK, step_y) - y) * per_y
            end = wp.clamp(wp.min(leaves_x, leaves_y), depth, reach)
            if z + wp.where(dz < 0.0, end, depth) * dz > layer.block_tops[i // _BLOCK, j // _BLOCK]:
                i = wp.clamp(int(wp.floor(x + end * dx)), first_i, first_i + _BLOCK - 1)
                j = wp.clamp(int(wp.floor(y + end * dy)), first_j, first_j + _BLOCK - 1)
                if leaves_x < leaves_y:
                    i = square_ahead(first_i, _BLOCK, step_x)
                else:
                    j = square_ahead(first_j, _BLOCK, step_y)
            else:
                leaves_x = (line_ahead(i, 1, step_x) - x) * per_x
                leaves_y = (line_ahead(j, 1, step_y) - y) * per_y
                end = wp.clamp(wp.min(leaves_x, leaves_y), depth, reach)
                found = hit(layer, ray, i, j, depth, end)
                if found < wp.inf:
                    return found
                if leaves_x < leaves_y:
                    i += step_x
                else:
                    j += step_y
            depth = end
        return reach

    return march


@functools.cache
def make_caster(ceilings: bool) -> wp.Kernel:
    """The kernel, for maps with or without ceilings."""
    march_ground, march_ceiling = make_march(ground_hit), make_march(ceiling_hit)

    @wp.kernel(enable_backward=False, module="unique")
    def cast_rays(
        rays: wp.array[wp.vec2],
        positions: wp.array[wp.vec3],
        rotations: wp.array[wp.quat],
        scales: wp.array[float],
        active: wp.array[wp.bool],
        ground: Layer,
        ceiling: Layer,
        corner: wp.vec2,
        cell: float,
        reach: float,
        depths: wp.array2d[float],
    ):
        camera, pixel = wp.tid()
        if not active[camera]:
            return
        offset = scales[camera] * rays[pixel]
        way = wp.quat_rotate(rotations[camera], wp.vec3(1.0, offset[0], offset[1]))
        place = positions[camera]
        ray = Ray()
        ray.start = wp.vec3((place[0] - corner[0]) / cell, (place[1] - corner[1]) / cell, place[2])
        ray.way = wp.vec3(way[0] / cell, way[1] / cell, way[2])
        rows, cols = ground.heights.shape[0], ground.heights.shape[1]
        depth = march_ground(ground, ray, rows - 1, cols - 1, reach)
        if wp.static(ceilings):
            ray.start += wp.vec3(0.5, 0.5, 0.0)  # a vertex is in the middle of its square
            depth = march_ceiling(ceiling, ray, rows, cols, depth)
        depths[camera, pixel] = depth

    return cast_rays
