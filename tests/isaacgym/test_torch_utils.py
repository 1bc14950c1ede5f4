"""Rotations against matrices written out by hand, and use inside TorchScript."""

import math
import warnings

import numpy as np
import pytest
import torch

from isaacgym import torch_utils as tu

QUARTER_Z = torch.tensor([[0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)]])
X, Y = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 1.0, 0.0]])


def matrix(roll: float, pitch: float, yaw: float) -> torch.Tensor:
    """R = Rz Ry Rx."""
    cr, cp, cy, sr, sp, sy = (f(a) for f in (math.cos, math.sin) for a in (roll, pitch, yaw))
    rx = torch.tensor([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    ry = torch.tensor([[cp, 0.0, sp], [0.0, 1.0, 0.0], [-sp, 0.0, cp]])
    rz = torch.tensor([[cy, -sy, 0.0], [sy, cy, 0.0], [0.0, 0.0, 1.0]])
    return rz @ ry @ rx


def test_a_quarter_turn():
    assert tu.quat_rotate(QUARTER_Z, X) == pytest.approx(Y, abs=1e-6)
    assert tu.quat_rotate_inverse(QUARTER_Z, Y) == pytest.approx(X, abs=1e-6)
    assert tu.quat_mul(QUARTER_Z, QUARTER_Z) == pytest.approx(torch.tensor([[0.0, 0.0, 1.0, 0.0]]), abs=1e-6)
    assert tu.quat_from_angle_axis(torch.tensor([math.pi / 2]), torch.tensor([[0.0, 0.0, 3.0]])) == pytest.approx(
        QUARTER_Z, abs=1e-6
    )
    q, t = tu.tf_inverse(QUARTER_Z, X)
    assert tu.tf_apply(q, t, tu.tf_apply(QUARTER_Z, X, Y)) == pytest.approx(Y, abs=1e-6)
    q, t = tu.tf_combine(QUARTER_Z, X, QUARTER_Z, Y)
    assert t == pytest.approx(torch.zeros(1, 3), abs=1e-6) and tu.tf_vector(q, X) == pytest.approx(-X, abs=1e-6)


def test_euler_angles():
    angles = torch.tensor([[0.3, -0.4, 2.0], [-1.0, 0.2, -0.5]])
    quat = tu.quat_from_euler_xyz(*angles.unbind(dim=1))
    for row, (roll, pitch, yaw) in enumerate(angles.tolist()):
        turned = tu.quat_apply(quat[row].expand(3, 4), torch.eye(3))
        assert pytest.approx(matrix(roll, pitch, yaw), abs=1e-6) == turned.T
    back = torch.stack(tu.get_euler_xyz(quat), dim=1)
    assert back == pytest.approx(angles % (2.0 * math.pi), abs=1e-5)


def test_shapes_that_scripts_use():
    """`quat_apply` takes vectors of any number of sizes if there is a quaternion for each."""
    quat = QUARTER_Z.expand(6, 4).reshape(2, 3, 4)
    assert tu.quat_apply(quat, X.expand(6, 3).reshape(2, 3, 3)) == pytest.approx(Y.expand(2, 3, 3), abs=1e-6)
    assert tu.normalize(torch.tensor([[3.0, 4.0], [0.0, 0.0]])).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]]
    assert tu.normalize_angle(torch.tensor([3.5 * math.pi])) == pytest.approx(torch.tensor([-math.pi / 2]), abs=1e-5)
    assert tu.get_axis_params(-1.0, 2) == [0.0, 0.0, -1.0] and tu.get_axis_params(1.0, 1, x_value=0.5) == [
        0.5,
        1.0,
        0.0,
    ]
    drawn = tu.torch_rand_float(-2.0, 3.0, (1000, 2), device="cpu")
    assert drawn.shape == (1000, 2) and -2.0 <= drawn.min() < -1.9 and 2.9 < drawn.max() < 3.0
    assert tu.to_torch([1, 2], device="cpu").dtype == torch.float32
    assert tu.to_torch([1, 2]).device.type == ("cuda" if torch.cuda.is_available() else "cpu")  # forks name none
    bounds = torch.tensor([-1.0, 0.0]), torch.tensor([1.0, 0.5])
    assert tu.tensor_clamp(torch.tensor([2.0, -1.0]), *bounds).tolist() == [1.0, 0.0]


def test_bounds_signs_and_directions():
    low, high = torch.tensor([0.0, -2.0]), torch.tensor([4.0, 2.0])
    assert tu.scale(torch.tensor([-1.0, 0.5]), low, high).tolist() == [0.0, 1.0]
    assert (
        tu.unscale(torch.tensor([3.0, -2.0]), low, high).tolist()
        == [0.5, -1.0]
        == tu.unscale_np(np.array([3.0, -2.0]), low.numpy(), high.numpy()).tolist()
    )
    assert tu.copysign(-2.0, torch.tensor([-3.0, 0.0, 1.0])).tolist() == [-2.0, 0.0, 2.0]
    assert tu.get_basis_vector(QUARTER_Z, X) == pytest.approx(Y, abs=1e-6)
    directions = tu.torch_random_dir_2((50, 1), "cpu")
    assert directions.shape == (50, 2) and directions.norm(dim=1) == pytest.approx(torch.ones(50))


def yaw_part(quat: torch.Tensor, vec: torch.Tensor) -> torch.Tensor:
    flat = quat.clone().view(-1, 4)
    flat[:, :2] = 0.0
    roll, _, _ = tu.get_euler_xyz(flat)
    noise = tu.torch_rand_float(0.0, 0.0, (1, 3), "cpu")
    return tu.quat_apply(tu.normalize(flat), vec) + noise + 0.0 * roll.unsqueeze(-1)


def test_a_script_compiles_functions_that_call_them():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        compiled = torch.jit.script(yaw_part)
    assert compiled(QUARTER_Z, X) == pytest.approx(Y, abs=1e-6)
