"""Quaternions (xyzw), angles and random numbers in torch, plain enough for a fork's `torch.jit.script`.

Written from the description of what they compute; `from isaacgym.torch_utils import *` gives `torch` and `np`, too.
"""

import numpy as np
import torch


def to_torch(x, dtype=torch.float, device: str | None = None, requires_grad: bool = False):  # noqa: ANN001
    """A tensor of numbers, an array or a list; where no device is named, on the first GPU if there is one."""
    device = device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    return torch.tensor(x, dtype=dtype, device=device, requires_grad=requires_grad)


def get_axis_params(value, axis_idx, x_value=0.0, dtype=float, n_dims=3):  # noqa: ANN001
    """Components [n_dims] as a list: a value along one axis, and another one along x if that is not the axis' own.

    Along x the second value always stands, as in Isaac Gym.
    """
    components = [0.0] * n_dims
    components[axis_idx] = value
    components[0] = x_value
    return [dtype(component) for component in components]


def torch_rand_float(lower: float, upper: float, shape: tuple[int, int], device: str) -> torch.Tensor:
    """Uniform random numbers between two bounds, of a shape of two sizes."""
    return lower + (upper - lower) * torch.rand(shape[0], shape[1], device=device)


def normalize(x: torch.Tensor, eps: float = 1e-9) -> torch.Tensor:
    """Vectors [..., n] of length 1; those shorter than `eps` are divided by that."""
    return x / x.norm(p=2, dim=-1, keepdim=True).clamp(min=eps)


def normalize_angle(x: torch.Tensor) -> torch.Tensor:
    """Angles between -pi and pi, rad."""
    return torch.atan2(torch.sin(x), torch.cos(x))


def tensor_clamp(t: torch.Tensor, min_t: torch.Tensor, max_t: torch.Tensor) -> torch.Tensor:
    """Values between two tensors of bounds."""
    return torch.minimum(torch.maximum(t, min_t), max_t)


def quat_unit(a: torch.Tensor) -> torch.Tensor:
    """Unit quaternions."""
    return normalize(a)


def quat_conjugate(a: torch.Tensor) -> torch.Tensor:
    """The rotations back [..., 4]."""
    return torch.cat((-a[..., :3], a[..., 3:]), dim=-1)


def quat_mul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Rotations b, then a [..., 4]."""
    vector = a[..., 3:] * b[..., :3] + b[..., 3:] * a[..., :3] + torch.cross(a[..., :3], b[..., :3], dim=-1)
    scalar = a[..., 3:] * b[..., 3:] - (a[..., :3] * b[..., :3]).sum(dim=-1, keepdim=True)
    return torch.cat((vector, scalar), dim=-1)


def quat_apply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Vectors [..., 3] turned by as many quaternions [..., 4]; the result has the shape of the vectors."""
    quat, vector = a.reshape(-1, 4), b.reshape(-1, 3)
    twice = 2.0 * torch.cross(quat[:, :3], vector, dim=-1)
    turned = vector + quat[:, 3:] * twice + torch.cross(quat[:, :3], twice, dim=-1)
    return turned.reshape(b.shape)


def quat_rotate(q: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Vectors [n, 3] turned by quaternions [n, 4]."""
    return quat_apply(q, v)


def quat_rotate_inverse(q: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Vectors [n, 3] turned back by quaternions [n, 4]."""
    return quat_apply(quat_conjugate(q), v)


def quat_from_angle_axis(angle: torch.Tensor, axis: torch.Tensor) -> torch.Tensor:
    """Rotations by angles [n], rad, about axes [n, 3] of any length."""
    half = 0.5 * angle.unsqueeze(-1)
    return torch.cat((normalize(axis) * torch.sin(half), torch.cos(half)), dim=-1)


def quat_from_euler_xyz(roll: torch.Tensor, pitch: torch.Tensor, yaw: torch.Tensor) -> torch.Tensor:
    """Rotations by roll, pitch and yaw about the fixed axes x, y and z in this order, rad [n] -> [n, 4]."""
    cr, cp, cy = torch.cos(0.5 * roll), torch.cos(0.5 * pitch), torch.cos(0.5 * yaw)
    sr, sp, sy = torch.sin(0.5 * roll), torch.sin(0.5 * pitch), torch.sin(0.5 * yaw)
    x = sr * cp * cy - cr * sp * sy
    y = cr * sp * cy + sr * cp * sy
    z = cr * cp * sy - sr * sp * cy
    w = cr * cp * cy + sr * sp * sy
    return torch.stack((x, y, z, w), dim=-1)


def get_euler_xyz(q: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Roll, pitch and yaw of unit quaternions [n, 4], rad, each from 0 up to 2 pi."""
    x, y, z, w = q[:, 0], q[:, 1], q[:, 2], q[:, 3]
    roll = torch.atan2(2.0 * (w * x + y * z), w * w - x * x - y * y + z * z)
    pitch = torch.asin((2.0 * (w * y - z * x)).clamp(-1.0, 1.0))
    yaw = torch.atan2(2.0 * (w * z + x * y), w * w + x * x - y * y - z * z)
    turn = 2.0 * np.pi
    return roll % turn, pitch % turn, yaw % turn


def tf_inverse(q: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Poses back: rotations [n, 4] and translations [n, 3]."""
    back = quat_conjugate(q)
    return back, -quat_apply(back, t)


def tf_apply(q: torch.Tensor, t: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Points [n, 3] moved by poses."""
    return quat_apply(q, v) + t


def tf_vector(q: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Directions [n, 3] turned by poses."""
    return quat_apply(q, v)


def tf_combine(
    q1: torch.Tensor, t1: torch.Tensor, q2: torch.Tensor, t2: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Poses 2, then 1."""
    return quat_mul(q1, q2), quat_apply(q1, t2) + t1


def get_basis_vector(q: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Axes [n, 3] of frames that are turned by quaternions [n, 4]."""
    return quat_apply(q, v)


def torch_random_dir_2(shape: tuple[int, int], device: str) -> torch.Tensor:
    """Random directions in the plane [n, 2], for the shape (n, 1)."""
    angle = torch_rand_float(-np.pi, np.pi, shape, device).squeeze(-1)
    return torch.stack((torch.cos(angle), torch.sin(angle)), dim=-1)


def copysign(a: float, b: torch.Tensor) -> torch.Tensor:
    """The size of a number with the signs of a tensor, 0 where that is 0."""
    return abs(a) * torch.sign(b)


def scale(x: torch.Tensor, lower: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
    """From -1 to 1, made into from a lower to an upper bound."""
    return 0.5 * (x + 1.0) * (upper - lower) + lower


def unscale(x: torch.Tensor, lower: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
    """From a lower to an upper bound, made into from -1 to 1."""
    return (2.0 * x - upper - lower) / (upper - lower)


def unscale_np(x, lower, upper):  # noqa: ANN001
    """The same of arrays."""
    return (2.0 * x - upper - lower) / (upper - lower)
