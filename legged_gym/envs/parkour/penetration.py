"""How deep robots are in obstacles that may not collide, at points on and in their collision spheres.

Robot Parkour Learning (arXiv 2309.05665, section III-A) penalises depth and volume of the penetration at points of the
body, each times its speed: slow contact costs little, and a robot that does not move cannot avoid an obstacle.
"""

import functools

import torch

from legged_gym.sim.config import AssetCfg
from legged_gym.sim.robot_model import asset_path
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import quat_rotate
from robust_parallel.urdf import read_urdf

PUBLISHED_POINTS = 2900
"""Points on the body for which the published weights of these penalties are; ours count for more each."""
LEAST_SPEED = 1.0e-3
"""Added to the speed of a point, m/s."""


class Penetration:
    """Measures N robots; tensors stay in place.

    A sphere has 27 points: its middle, and 26 on its surface towards faces, edges and corners of a cube along the
    world's axes. All of them move with the speed of the middle.
    """

    def __init__(self, asset: AssetCfg, body_names: list[str], num_envs: int, device: torch.device) -> None:
        """Read the spheres from the robot's description.

        Raises:
            UserError: a body collides with something other than spheres.
        """
        spheres = [
            (body_names.index(link.name), shape.origin.xyz, _radius(link.name, shape.kind, shape.size))
            for link in read_urdf(asset_path(asset)).links
            for shape in link.collisions
        ]
        bodies, centres, radii = zip(*spheres, strict=True)
        self._bodies = torch.tensor(bodies, device=device)
        self._centres = torch.tensor(centres, device=device)
        self._offsets = directions().to(device).T[:, None] * torch.tensor(radii, device=device)[:, None]
        """Of the points from the middles of their spheres [3, S, 27], m."""
        self.num_points = self._offsets[0].numel()
        self._share = PUBLISHED_POINTS / self.num_points
        self.depth = torch.zeros(num_envs, device=device)
        """Sum over the points of depth times speed [N], m^2/s, for `PUBLISHED_POINTS` points."""
        self.volume = torch.zeros(num_envs, device=device)
        """Sum over the points inside of their speed [N], m/s, for as many."""
        self.still_depth = torch.zeros(num_envs, device=device)
        """Sum over the points of depth alone [N], m, for as many."""

    def measure(self, body_states: torch.Tensor, origins: torch.Tensor, boxes: torch.Tensor) -> None:
        """Take in where the robots are.

        Args:
            body_states: every body [N, B, 13], world axes.
            origins: of the boxes in the world [N, 3], m.
            boxes: obstacles of each robot [N, K, 6], see `depths`.
        """
        states = body_states[:, self._bodies]
        centres = self._centres.expand(len(states), -1, -1)
        arms = quat_rotate(states[..., 3:7].flatten(0, 1), centres.reshape(-1, 1, 3)).view_as(centres)
        velocity = states[..., 7:10] + torch.linalg.cross(states[..., 10:13], arms)
        speed = torch.linalg.vector_norm(velocity, dim=2) + LEAST_SPEED
        middles = states[..., :3] + arms - origins[:, None]
        points = middles.permute(2, 0, 1)[..., None] + self._offsets[:, None]  # axis after axis: those are read alone
        depth = depths(points.flatten(2).permute(1, 2, 0), boxes).view(*speed.shape, -1)
        of_spheres = torch.stack((depth.sum(dim=2), (depth > 0.0).sum(dim=2)))  # and the number of points inside
        torch.mul((of_spheres[0] * speed).sum(dim=1), self._share, out=self.depth)
        torch.mul((of_spheres[1] * speed).sum(dim=1), self._share, out=self.volume)
        torch.mul(of_spheres[0].sum(dim=1), self._share, out=self.still_depth)


def directions() -> torch.Tensor:
    """Zero, and the unit vectors towards faces, edges and corners of a cube [27, 3]."""
    steps = torch.tensor([-1.0, 0.0, 1.0])
    grid = torch.cartesian_prod(steps, steps, steps)
    return grid / torch.linalg.vector_norm(grid, dim=1, keepdim=True).clamp(min=1.0)


def depths(points: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """How far points lie inside boxes: the distance to the nearest face, 0 outside.

    Args:
        points: of N robots [N, P, 3], m.
        boxes: of each robot, least and largest x, y and z [N, K, 6], m; infinite where one is open.

    Returns:
        [N, P], m: of the box that a point is deepest in.
    """
    deepest = functools.reduce(torch.maximum, (_depths_in(points, box) for box in boxes.unbind(dim=1)))
    return deepest.clamp(min=0.0)


def _depths_in(points: torch.Tensor, box: torch.Tensor) -> torch.Tensor:
    """Distance of points [N, P, 3] to the nearest face of a box each [N, 6], negative outside [N, P], m."""
    place, bounds = points.unbind(dim=2), box[:, :, None].unbind(dim=1)
    faces = [torch.minimum(place[axis] - bounds[2 * axis], bounds[2 * axis + 1] - place[axis]) for axis in range(3)]
    return functools.reduce(torch.minimum, faces)


def _radius(link: str, kind: str, size: tuple[float, ...]) -> float:
    if kind != "sphere":
        raise UserError(f"{link} collides with a {kind}: parkour measures penetration at spheres, give it those")
    return size[0]
