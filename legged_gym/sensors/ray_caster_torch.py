"""Rays in torch, where Warp is not installed: the march of `ray_kernels`, many rays at a time.

Rays that have met something leave the march, so its shapes change from square to square: it is made for CPUs. Lengths
along the ground are in squares of a layer's grid, from its corner; the rays' parameter is the depth, m.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields

import torch
from torch.nn.functional import pad

from legged_gym.sensors.ray_caster import RayCaster, RayMap
from legged_gym.sim.terrain_model import TerrainLike
from legged_gym.utils.math import quat_rotate

_LEVEL = 1.0e-9
"""A ray that goes less far along an axis, cells per m, never leaves its row or column of squares."""
_TOGETHER = 160000
"""Rays that march together."""
_SPARSE = 0.75
"""When fewer than this share of the rays are under way, the others are dropped."""


@dataclass
class _Rays:
    """R rays under way, each over a square; every field is [R]."""

    index: torch.Tensor
    """Number of the ray, long."""
    x: torch.Tensor
    y: torch.Tensor
    z: torch.Tensor
    """Where it starts."""
    dx: torch.Tensor
    dy: torch.Tensor
    dz: torch.Tensor
    """Their change with each m of depth."""
    step_x: torch.Tensor
    step_y: torch.Tensor
    """From a square's number to that of the next along each axis, long."""
    pace_x: torch.Tensor
    pace_y: torch.Tensor
    """Depth from one line of the grid to the next."""
    square: torch.Tensor
    """Number of the square, long."""
    depth: torch.Tensor
    """Where the square is entered."""
    leaves_x: torch.Tensor
    leaves_y: torch.Tensor
    """Depth at the next line of the grid across each axis."""
    reach: torch.Tensor
    """Where the search ends."""

    @property
    def end(self) -> torch.Tensor:
        """Where the square is left, or the search ends."""
        return torch.minimum(torch.minimum(self.leaves_x, self.leaves_y), self.reach)

    def chosen(self, places: torch.Tensor) -> "_Rays":
        """Those at some places [K] long."""
        return _Rays(*(getattr(self, field.name)[places] for field in fields(self)))

    def advance(self, end: torch.Tensor) -> None:
        """Go on to the next square, from where this one ends."""
        along_x = self.leaves_x < self.leaves_y
        self.square = self.square + torch.where(along_x, self.step_x, self.step_y)
        self.leaves_x = torch.where(along_x, self.leaves_x + self.pace_x, self.leaves_x)
        self.leaves_y = torch.where(along_x, self.leaves_y, self.leaves_y + self.pace_y)
        self.depth = end


class TorchRayCaster(RayCaster):
    """Rays of all active cameras, some cameras at a time."""

    def __init__(self, terrain: TerrainLike, rays: torch.Tensor, num_cameras: int, reach: float) -> None:
        super().__init__(terrain, rays, num_cameras, reach)
        self._layers: list[_Layer] = [_Ground(self.map)]
        if self.map.ceiling is not None and self.map.ceiling_tops is not None:
            self._layers.append(_Ceiling(self.map, self.map.ceiling, self.map.ceiling_tops))

    def cast(self) -> None:
        for cameras in self.active.nonzero()[:, 0].split(max(1, _TOGETHER // len(self.rays))):
            ways = torch.cat((torch.ones_like(self.rays[:, :1]), self.rays), dim=1).repeat(len(cameras), 1, 1)
            ways[..., 1:] *= self.scales[cameras, None, None]
            ways = quat_rotate(self.rotations[cameras], ways)
            starts = self.positions[cameras, None].expand_as(ways)
            depths = torch.full((ways.shape[0] * ways.shape[1],), self.reach, device=ways.device)
            for layer in self._layers:
                layer.march(starts.reshape(-1, 3), ways.reshape(-1, 3), depths)
            self.depths[cameras] = depths.view(len(cameras), len(self.rays))


class _Layer(ABC):
    """What can be met in each square of a grid: something solid between two heights."""

    def __init__(self, bottoms: torch.Tensor, tops: torch.Tensor, corner: tuple[float, float], cell: float) -> None:
        """Put a ring of squares around the grid that are solid all through: there every ray ends.

        Args:
            bottoms: nothing is lower [rows, cols], m.
            tops: nothing is higher [rows, cols], m; minus infinity where there is nothing.
            corner: world x and y of the grid's corner, m.
            cell: side of a square, m.
        """
        self._bottoms = pad(bottoms, (1, 1, 1, 1), value=-math.inf).flatten()
        self._tops = pad(tops, (1, 1, 1, 1), value=math.inf).flatten()
        self._rows, self._cols = bottoms.shape[0] + 2, bottoms.shape[1] + 2
        self._corner = torch.tensor(corner, device=tops.device) - cell
        self._cell = cell
        self._highest = float(tops.max())

    @abstractmethod
    def hit(self, rays: _Rays) -> torch.Tensor:
        """Where rays first meet something in their squares [R]; infinite: nowhere."""

    def march(self, starts: torch.Tensor, ways: torch.Tensor, depths: torch.Tensor) -> None:
        """Lower the depths [R] of rays, from `starts` [R, 3] along `ways` [R, 3], that meet something before."""
        rays = self._on_grid(starts, ways, depths)
        while len(rays.index):
            end = rays.end
            z, z_end = rays.z + rays.depth * rays.dz, rays.z + end * rays.dz
            near = torch.minimum(z, z_end) <= self._tops[rays.square]
            near &= torch.maximum(z, z_end) >= self._bottoms[rays.square]
            places = near.nonzero()[:, 0]
            if len(places):
                outside = self._tops[rays.square[places]].isinf()
                rays.reach[places[outside]] = -1.0
                places = places[~outside]
                close = rays.chosen(places)
                found = self.hit(close)
                met = found < close.reach
                depths[close.index[met]] = found[met]
                rays.reach[places[met]] = -1.0
            rays.advance(end)
            under_way = (rays.depth < rays.reach).nonzero()[:, 0]
            if len(under_way) < _SPARSE * len(rays.index):
                rays = rays.chosen(under_way)

    def _on_grid(self, starts: torch.Tensor, ways: torch.Tensor, depths: torch.Tensor) -> _Rays:
        """Those rays that have something to look for, in their first squares."""
        x, y = ((starts[:, :2] - self._corner) / self._cell).unbind(dim=1)
        dx, dy = (ways[:, :2] / self._cell).unbind(dim=1)
        z, dz = starts[:, 2], ways[:, 2]
        reach = torch.where(dz > 0.0, torch.minimum(depths, (self._highest - z) / dz), depths)
        i, j, east, north = x.floor(), y.floor(), dx >= 0.0, dy >= 0.0
        pace_x, pace_y = 1.0 / dx.abs().clamp(min=_LEVEL), 1.0 / dy.abs().clamp(min=_LEVEL)
        rays = _Rays(
            index=torch.arange(len(x), device=x.device),
            **{"x": x, "y": y, "z": z, "dx": dx, "dy": dy, "dz": dz},
            step_x=torch.where(east, self._cols, -self._cols),
            step_y=torch.where(north, 1, -1),
            pace_x=pace_x,
            pace_y=pace_y,
            square=(i * self._cols + j).long(),
            depth=torch.zeros_like(x),
            leaves_x=torch.where(east, i + 1.0 - x, x - i) * pace_x,
            leaves_y=torch.where(north, j + 1.0 - y, y - j) * pace_y,
            reach=reach,
        )
        inside = (i >= 0) & (j >= 0) & (i < self._rows) & (j < self._cols)
        return rays.chosen((inside & (reach > 0.0)).nonzero()[:, 0])


class _Ground(_Layer):
    """The cells between four vertices each."""

    def __init__(self, seen: RayMap) -> None:
        super().__init__(torch.full_like(seen.tops, -math.inf), seen.tops, seen.corner, seen.cell)
        self._heights, self._steep = seen.ground, seen.steep

    def hit(self, rays: _Rays) -> torch.Tensor:
        i, j = rays.square // self._cols, rays.square % self._cols  # of the cell in the ring: its far vertex
        heights = self._heights
        sw, se, nw, ne = heights[i - 1, j - 1], heights[i, j - 1], heights[i - 1, j], heights[i, j]
        edges = torch.stack((se - sw, ne - nw, nw - sw, ne - se))
        blocky = edges.abs().amax(dim=0) > self._steep
        u, v, z, du, dv, dz = rays.x - i, rays.y - j, rays.z, rays.dx, rays.dy, rays.dz
        end = rays.end
        turn_u, turn_v = _passing(u, du, 0.5, rays.depth, end), _passing(v, dv, 0.5, rays.depth, end)
        diagonal = _passing(u - v, du - dv, 0.0, rays.depth, end)
        first = torch.where(blocky, torch.minimum(turn_u, turn_v), diagonal)
        second = torch.where(blocky, torch.maximum(turn_u, turn_v), end)
        found, begin = torch.full_like(z, math.inf), rays.depth
        for stop in (first, second, end):
            u_middle, v_middle = u + 0.5 * (begin + stop) * du, v + 0.5 * (begin + stop) * dv
            west, south, below = u_middle < 0.5, v_middle < 0.5, u_middle > v_middle
            level = torch.where(south, torch.where(west, sw, se), torch.where(west, nw, ne))
            height = torch.where(blocky, level, sw)
            slope_u = torch.where(blocky, 0.0, torch.where(below, se - sw, ne - nw))
            slope_v = torch.where(blocky, 0.0, torch.where(below, ne - se, nw - sw))
            clearance = z - height - u * slope_u - v * slope_v
            change = dz - du * slope_u - dv * slope_v
            hit = _falls_below(begin, stop, clearance + begin * change, clearance + stop * change)
            found = torch.where(found.isinf() & (stop > begin), hit, found)
            begin = stop
        return found


class _Ceiling(_Layer):
    """The squares around vertices that something hangs over."""

    def __init__(self, seen: RayMap, undersides: torch.Tensor, tops: torch.Tensor) -> None:
        x, y = seen.corner
        super().__init__(undersides, tops, (x - seen.cell / 2, y - seen.cell / 2), seen.cell)

    def hit(self, rays: _Rays) -> torch.Tensor:
        bottom, top = self._bottoms[rays.square], self._tops[rays.square]
        z, z_end = rays.z + rays.depth * rays.dz, rays.z + rays.end * rays.dz
        clearance = torch.where(z < bottom, bottom - z, z - top)
        clearance_end = torch.where(z < bottom, bottom - z_end, z_end - top)
        return _falls_below(rays.depth, rays.end, clearance, clearance_end)


def _falls_below(
    start: torch.Tensor, end: torch.Tensor, clearance: torch.Tensor, clearance_end: torch.Tensor
) -> torch.Tensor:
    """Where, between two depths, a clearance that changes linearly is first not positive [R]; infinite: nowhere."""
    crossing = start + (end - start) * clearance / (clearance - clearance_end)
    return torch.where(clearance <= 0.0, start, torch.where(clearance_end <= 0.0, crossing, math.inf))


def _passing(
    place: torch.Tensor, way: torch.Tensor, line: float, start: torch.Tensor, end: torch.Tensor
) -> torch.Tensor:
    """The depth, of those between `start` and `end`, at which a coordinate comes nearest to a line [R]."""
    level = way.abs() < _LEVEL
    return torch.where(level, end, torch.clamp((line - place) / torch.where(level, 1.0, way), start, end))
