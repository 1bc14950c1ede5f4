"""Rays from cameras to the ground and to what hangs over it.

The surface is the one that robots touch (`warp_physics/heightfield_surface.py`): smooth cells are two triangles, blocky
ones four level quarters with vertical walls between them, and a vertex with a ceiling holds up a block one cell wide.
Nothing else is seen, the robots neither.
"""

from abc import ABC, abstractmethod

import torch

from legged_gym.sim.terrain_model import TerrainLike, steep_rise
from robust_parallel.physics.height_field import CEILING_THICKNESS


class RayMap:
    """What there is to be seen, on the device of the rays."""

    def __init__(self, terrain: TerrainLike, device: torch.device) -> None:
        """Copy a terrain's heights."""
        self.ground = torch.from_numpy(terrain.heights).to(device, torch.float32)
        """Heights of the vertices [rows, cols], m."""
        edges = torch.maximum(self.ground[1:], self.ground[:-1])
        self.tops = torch.maximum(edges[:, 1:], edges[:, :-1])
        """Highest ground of each cell [rows - 1, cols - 1], m."""
        self.ceiling: torch.Tensor | None = None
        """Underside of what hangs over the vertices [rows, cols], m; infinite where nothing does; None: nowhere."""
        self.ceiling_tops: torch.Tensor | None = None
        """Top of what hangs there [rows, cols], m; minus infinity where nothing does."""
        if terrain.ceiling is not None:
            self.ceiling = torch.from_numpy(terrain.ceiling).to(device, torch.float32)
            self.ceiling_tops = torch.where(self.ceiling.isinf(), -torch.inf, self.ceiling + CEILING_THICKNESS)
        self.steep = steep_rise(terrain)
        """An edge of the ground that rises more than this is a vertical face, m."""
        self.cell = terrain.horizontal_scale
        """Distance of neighbouring vertices, m."""
        self.corner = float(terrain.origin_xy[0]), float(terrain.origin_xy[1])
        """World x and y of the first vertex, m."""


class RayCaster(ABC):
    """N cameras with P rays each over one map; every tensor stays in place.

    A ray starts at its camera and has the direction (1, scale * left, scale * up) in the camera's frame: forward, to
    the left and up. Depths are distances along the forward axis, as a depth camera gives them, not along the ray.
    """

    def __init__(self, terrain: TerrainLike, rays: torch.Tensor, num_cameras: int, reach: float) -> None:
        """Copy the map and allocate.

        Args:
            terrain: the map.
            rays: left and up of every ray [P, 2], on the device.
            num_cameras: N.
            reach: greatest depth that is looked for, m.
        """
        device = rays.device
        self.map = RayMap(terrain, device)
        self.rays, self.reach = rays.contiguous(), reach
        self.positions = torch.zeros(num_cameras, 3, device=device)
        """Of the cameras in the world [N, 3], m."""
        self.rotations = torch.tensor([0.0, 0.0, 0.0, 1.0], device=device).repeat(num_cameras, 1)
        """From the cameras' frames to the world [N, 4]."""
        self.scales = torch.ones(num_cameras, device=device)
        """Of the rays' directions [N]."""
        self.active = torch.ones(num_cameras, dtype=torch.bool, device=device)
        """Cameras that `cast` is to look through [N]."""
        self.depths = torch.full((num_cameras, len(rays)), reach, device=device)
        """What was last seen [N, P], m; `reach` where nothing is nearer."""

    @abstractmethod
    def cast(self) -> None:
        """Look through the active cameras; the depths of the others stay what they are."""
