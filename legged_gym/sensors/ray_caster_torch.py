"""Rays in torch, where Warp is not installed: the march of `ray_kernels`, many rays at a time.

Rays that have met something leave the march, so its shapes change from square to square: it is made for CPUs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from legged_gym.sensors.ray_caster import RayCaster
from legged_gym.terrain.boxes import CEILING_THICKNESS
from legged_gym.utils.math import quat_rotate

_LEVEL = 1.0e-9
"""A ray that goes less far along an axis, cells per m, never leaves its row or column of squares."""


@dataclass
class _Rays:
    """R rays at one square of a map each: lengths along the ground in cells, the parameter is the depth, m."""

    start: torch.Tensor
    """x, y (cells) and z (m) at depth 0 [R, 3]."""
    way: torch.Tensor
    """Their change with each m of depth [R, 3]."""
    square: torch.Tensor
    """Row and column [R, 2], long."""
    depth: torch.Tensor
    """Depth at which the square is entered [R]."""
    end: torch.Tensor
    """Depth at which it is left, or at which the search ends [R]."""

    def chosen(self, mask: torch.Tensor) -> "_Rays":
        return _Rays(*(getattr(self, name)[mask] for name in ("start", "way", "square", "depth", "end")))

    def heights(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Heights at which the square is entered and left [R], m."""
        z, change = self.start[:, 2], self.way[:, 2]
        return z + self.depth * change, z + self.end * change


class TorchRayCaster(RayCaster):
    """Rays of all active cameras together."""

    def cast(self) -> None:
        way = torch.cat((torch.ones_like(self.rays[:, :1]), self.rays), dim=1).expand(len(self.scales), -1, 3).clone()
        way[..., 1:] *= self.scales[:, None, None]
        way = quat_rotate(self.rotations, way)[self.active]
        start = self.positions[self.active].clone()
        start[:, :2] -= torch.tensor(self.map.corner, device=start.device)
        start[:, :2] /= self.map.cell
        way[..., :2] /= self.map.cell
        start, way = start[:, None].expand_as(way).reshape(-1, 3), way.reshape(-1, 3)
        reach = torch.full_like(start[:, 0], self.reach)
        depth = _march(start, way, tuple(self.map.tops.shape), self.map.highest_ground, reach, self._ground_hit)
        if self.map.ceiling is not None:
            shifted = start + torch.tensor([0.5, 0.5, 0.0], device=start.device)  # a vertex is in its square's middle
            shape = tuple(self.map.ceiling.shape)
            depth = _march(shifted, way, shape, self.map.highest_ceiling, depth, self._ceiling_hit)
        self.depths[self.active] = depth.view(-1, len(self.rays))

    def _ground_hit(self, rays: _Rays) -> torch.Tensor:
        """Where rays over a cell of the ground each are first not above it [R]; infinite: nowhere in the cell."""
        found = torch.full_like(rays.depth, math.inf)
        near = torch.minimum(*rays.heights()) <= self.map.tops[rays.square[:, 0], rays.square[:, 1]]
        found[near] = self._hit_in_cell(rays.chosen(near))
        return found

    def _hit_in_cell(self, rays: _Rays) -> torch.Tensor:
        ground, (i, j) = self.map.ground, rays.square.unbind(dim=1)
        sw, se, nw, ne = ground[i, j], ground[i + 1, j], ground[i, j + 1], ground[i + 1, j + 1]
        edges = torch.stack((se - sw, ne - nw, nw - sw, ne - se))
        blocky = edges.abs().amax(dim=0) > self.map.steep
        (u, v, z), (du, dv, dz) = rays.start.unbind(dim=1), rays.way.unbind(dim=1)
        u, v = u - i, v - j
        turn_u, turn_v = _passing(u, du, 0.5, rays), _passing(v, dv, 0.5, rays)
        diagonal = _passing(u - v, du - dv, 0.0, rays)
        first = torch.where(blocky, torch.minimum(turn_u, turn_v), diagonal)
        second = torch.where(blocky, torch.maximum(turn_u, turn_v), rays.end)
        found, begin = torch.full_like(z, math.inf), rays.depth
        for stop in (first, second, rays.end):
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

    def _ceiling_hit(self, rays: _Rays) -> torch.Tensor:
        """Where rays over a vertex's square each are first in what hangs there [R]; infinite: nowhere in the square."""
        assert self.map.ceiling is not None
        underside = self.map.ceiling[rays.square[:, 0], rays.square[:, 1]]
        z, z_end = rays.heights()
        top = underside + CEILING_THICKNESS
        clearance = torch.where(z < underside, underside - z, z - top)
        clearance_end = torch.where(z < underside, underside - z_end, z_end - top)
        return _falls_below(rays.depth, rays.end, clearance, clearance_end)


def _march(
    start: torch.Tensor,
    way: torch.Tensor,
    shape: tuple[int, ...],
    highest: float,
    reach: torch.Tensor,
    hit: Callable[[_Rays], torch.Tensor],
) -> torch.Tensor:
    """Depths [R] at which rays first meet something on a grid of unit squares; `reach` [R]: they do not before."""
    result = reach.clone()
    index = torch.arange(len(start), device=start.device)
    forward = way[:, :2] >= 0.0
    step = torch.where(forward, 1, -1)
    pace = step / way[:, :2].abs().clamp(min=_LEVEL)
    ahead = forward.float() - start[:, :2]
    square = start[:, :2].floor().long()
    depth = torch.zeros_like(reach)
    limits = torch.tensor(shape, device=start.device)
    while True:
        inside = ((square >= 0) & (square < limits)).all(dim=1)
        over = (way[:, 2] >= 0.0) & (start[:, 2] + depth * way[:, 2] > highest)
        going = inside & ~over & (depth < reach)
        index, start, way, step, pace = index[going], start[going], way[going], step[going], pace[going]
        ahead, square, depth, reach = ahead[going], square[going], depth[going], reach[going]
        if len(index) == 0:
            return result
        leaves = (square + ahead) * pace
        end = torch.clamp(leaves.amin(dim=1), depth, reach)
        found = hit(_Rays(start, way, square, depth, end))
        met = found.isfinite()
        result[index[met]] = found[met]
        axis = (leaves[:, :1] >= leaves[:, 1:]).long()
        square = square.scatter_add(1, axis, step.gather(1, axis))
        depth = torch.where(met, reach, end)


def _falls_below(
    start: torch.Tensor, end: torch.Tensor, clearance: torch.Tensor, clearance_end: torch.Tensor
) -> torch.Tensor:
    """Where, between two depths, a clearance that changes linearly is first not positive [R]; infinite: nowhere."""
    crossing = start + (end - start) * clearance / (clearance - clearance_end)
    return torch.where(clearance <= 0.0, start, torch.where(clearance_end <= 0.0, crossing, math.inf))


def _passing(place: torch.Tensor, way: torch.Tensor, line: float, rays: _Rays) -> torch.Tensor:
    """The depth [R], of those in the square, at which a coordinate comes nearest to a line."""
    depth = (line - place) / torch.where(way.abs() < _LEVEL, 1.0, way)
    return torch.where(way.abs() < _LEVEL, rays.end, torch.clamp(depth, rays.depth, rays.end))
