"""Rotations and random numbers of the hot path: pure torch, static shapes. Quaternions are xyzw."""

import math

import torch


def quat_rotate(quat: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Rotate vectors from the body frame to the world.

    Args:
        quat: unit quaternions [N, 4].
        vectors: [N, K, 3], K vectors for each quaternion.

    Returns:
        [N, K, 3].
    """
    xyz, w = quat[:, None, :3].expand_as(vectors), quat[:, None, 3:]
    t = 2.0 * torch.linalg.cross(xyz, vectors)
    return vectors + w * t + torch.linalg.cross(xyz, t)


def quat_rotate_inverse(quat: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Rotate vectors [N, K, 3] from the world to the body frame of quaternions [N, 4]."""
    xyz, w = quat[:, None, :3].expand_as(vectors), quat[:, None, 3:]
    t = 2.0 * torch.linalg.cross(xyz, vectors)
    return vectors - w * t + torch.linalg.cross(xyz, t)


def quat_multiply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Products of quaternions [..., 4]: the rotation b, then a."""
    (ax, ay, az, aw), (bx, by, bz, bw) = a.unbind(dim=-1), b.unbind(dim=-1)
    x = aw * bx + ax * bw + ay * bz - az * by
    y = aw * by - ax * bz + ay * bw + az * bx
    z = aw * bz + ax * by - ay * bx + az * bw
    w = aw * bw - ax * bx - ay * by - az * bz
    return torch.stack((x, y, z, w), dim=-1)


def heading_vector(quat: torch.Tensor) -> torch.Tensor:
    """Unit vector [N, 2] in the horizontal plane along the body's x axis, of quaternions [N, 4]."""
    x, y, z, w = quat.unbind(dim=1)
    forward = torch.stack((1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z)), dim=1)
    return forward / torch.linalg.vector_norm(forward, dim=1, keepdim=True).clamp(min=1.0e-6)


def quat_from_rpy(roll: torch.Tensor, pitch: torch.Tensor, yaw: torch.Tensor) -> torch.Tensor:
    """Quaternions [N, 4] of rotations by roll, then pitch, then yaw about the world's x, y and z axes [N], rad."""
    (sr, sp, sy), (cr, cp, cy) = ([f(0.5 * angle) for angle in (roll, pitch, yaw)] for f in (torch.sin, torch.cos))
    x, y = sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy
    z, w = cr * cp * sy - sr * sp * cy, cr * cp * cy + sr * sp * sy
    return torch.stack((x, y, z, w), dim=1)


def quat_from_yaw(yaw: torch.Tensor) -> torch.Tensor:
    """Quaternions [N, 4] of rotations about the world's vertical [N], rad."""
    half, zero = 0.5 * yaw, torch.zeros_like(yaw)
    return torch.stack((zero, zero, half.sin(), half.cos()), dim=1)


def wrap_to_pi(angle: torch.Tensor) -> torch.Tensor:
    """Angles, rad, brought to [-pi, pi)."""
    return torch.remainder(angle + math.pi, 2.0 * math.pi) - math.pi


def uniform(
    shape: tuple[int, ...], low: float | torch.Tensor, high: float | torch.Tensor, device: torch.device
) -> torch.Tensor:
    """Uniform random numbers in [low, high)."""
    return torch.rand(shape, device=device) * (high - low) + low
