"""Rotations against their geometry."""

import math

import torch

from legged_gym.utils.math import quat_from_rpy, quat_from_yaw, quat_rotate


def test_roll_then_pitch_then_yaw() -> None:
    quarter, zero = torch.tensor([0.5 * math.pi]), torch.zeros(1)
    up = torch.tensor([[[0.0, 0.0, 1.0]]])
    cases = {
        (quarter, zero, zero): [0.0, -1.0, 0.0],
        (zero, quarter, zero): [1.0, 0.0, 0.0],
        (zero, quarter, quarter): [0.0, 1.0, 0.0],  # forward, then to the left
        (quarter, quarter, zero): [0.0, -1.0, 0.0],  # to the right, along the axis of the pitch
        (quarter, zero, quarter): [1.0, 0.0, 0.0],
    }
    for angles, expected in cases.items():
        quat = quat_from_rpy(*angles)
        torch.testing.assert_close(quat.norm(dim=1), torch.ones(1))
        torch.testing.assert_close(quat_rotate(quat, up)[0, 0], torch.tensor(expected), atol=1e-6, rtol=0.0)


def test_a_yaw_alone_is_a_rotation_about_the_vertical() -> None:
    yaw = torch.linspace(-3.0, 3.0, 7)
    zero = torch.zeros(7)
    expected = torch.stack((zero, zero, torch.sin(0.5 * yaw), torch.cos(0.5 * yaw)), dim=1)
    assert torch.equal(quat_from_rpy(zero, zero, yaw), expected)
    assert torch.equal(quat_from_yaw(yaw), expected)
