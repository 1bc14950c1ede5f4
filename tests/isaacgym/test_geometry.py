"""Vectors, rotations and poses by hand."""

import math
import pickle

import numpy as np
import pytest
import torch

from isaacgym.gymapi import Mat33, Quat, RigidBodyProperties, RigidShapeProperties, Transform, Vec3
from robust_parallel.errors import UserError


def test_numbers_come_from_tensors_and_arrays_of_one_element():
    assert Vec3(*torch.tensor([1.0, 2.0, 3.0])) == Vec3(1, 2, 3)
    shape = RigidShapeProperties()
    for value in (torch.tensor([[0.5]]), np.array([[0.5]]), np.float32(0.5), 0.5):
        shape.friction = value
        assert shape.friction == 0.5 and type(shape.friction) is float


def test_vectors():
    a, b = Vec3(1.0, 2.0, 3.0), Vec3(0.0, 1.0, -1.0)
    assert a + b == Vec3(1, 3, 2) and a - b == Vec3(1, 1, 4) and 2 * a == a * 2 == Vec3(2, 4, 6) and -a == a * -1
    assert a.dot(b) == -1.0 and a.cross(b) == Vec3(-5.0, 1.0, 1.0) and Vec3(0, 3, 4).length() == 5.0
    assert a / 2 == Vec3(0.5, 1, 1.5) and Vec3(0, 3, 4).normalize().y == pytest.approx(0.6)
    assert pickle.loads(pickle.dumps(a)) == a and np.zeros(2, Vec3.dtype)["z"].tolist() == [0.0, 0.0]


def test_a_body_s_centre_of_mass_can_be_moved_in_place():
    body = RigidBodyProperties(mass=2.0)
    body.com += Vec3(0.1, 0.0, 0.0)
    body.com.y += 0.2
    assert (body.com.x, body.com.y, body.invMass) == (0.1, 0.2, 0.5)


def test_what_weighs_nothing_and_what_has_no_length():
    assert RigidBodyProperties().invMass == math.inf and RigidBodyProperties().invInertia == Mat33()
    assert Vec3().normalize() == Vec3() and Quat.from_axis_angle(Vec3(), 0.0) == Quat()
    inertia = Mat33(Vec3(2.0, 0.0, 0.0), Vec3(0.0, 4.0, 0.0), Vec3(0.0, 0.0, 8.0))
    inverse = RigidBodyProperties(1.0, Vec3(), inertia).invInertia
    assert (inverse.x.x, inverse.y.y, inverse.z.z) == pytest.approx((0.5, 0.25, 0.125))


def test_arrays_of_vectors_and_poses():
    """A pose's own element, plain numbers, and points turned by a quarter about z."""
    turn = Quat.from_axis_angle(Vec3(0.0, 0.0, 1.0), math.pi / 2)
    states = np.zeros(2, Transform.dtype)
    states[1] = ((1.0, 2.0, 3.0), (turn.x, turn.y, turn.z, turn.w))
    pose = Transform.from_buffer(states[1])
    assert pose.p == Vec3(1, 2, 3) == Vec3.from_buffer([1, 2, 3]) and Quat.from_buffer(states["r"][0]) == Quat(w=0.0)
    points = np.array([(1.0, 0.0, 0.0), (0.0, 1.0, 0.5)], Vec3.dtype)
    assert pose.transform_points(points)["y"].tolist() == pytest.approx([3.0, 2.0], abs=1e-6)
    assert pose.transform_vectors(points)["x"].tolist() == pytest.approx([0.0, -1.0], abs=1e-6)
    with pytest.raises(UserError, match=r"Vec3\.from_buffer: 4 numbers; it has 3"):
        Vec3.from_buffer(np.zeros(4))


def test_an_attribute_that_is_not_there_is_named_when_it_is_read_too():
    with pytest.raises(AttributeError, match=r"isaacgym: RigidShapeProperties\.colour is not there"):
        _ = RigidShapeProperties().colour
    assert not hasattr(Vec3(), "w")


def close(vector: Vec3, *expected: float) -> None:
    assert (vector.x, vector.y, vector.z) == pytest.approx(expected, abs=1e-12)


def test_rotations_and_poses():
    quarter = Quat.from_axis_angle(Vec3(0.0, 0.0, 2.0), math.pi / 2)
    close(quarter.rotate(Vec3(1.0, 0.0, 0.0)), 0.0, 1.0, 0.0)
    close((quarter * quarter).rotate(Vec3(1.0, 0.0, 0.0)), -1.0, 0.0, 0.0)
    close(quarter.inverse().rotate(Vec3(0.0, 1.0, 0.0)), 1.0, 0.0, 0.0)
    assert Quat(0.0, 0.0, 3.0, 4.0).normalize() == Quat(0.0, 0.0, 0.6, 0.8)
    pose = Transform(Vec3(1.0, 2.0, 3.0), quarter)
    close(pose.transform_point(Vec3(1.0, 0.0, 0.0)), 1.0, 3.0, 3.0)
    close(pose.transform_vector(Vec3(1.0, 0.0, 0.0)), 0.0, 1.0, 0.0)
    close((pose * pose.inverse()).p, 0.0, 0.0, 0.0)
    assert Transform(Vec3(1.0, 0.0, 0.0), r=None).r == Quat(0.0, 0.0, 0.0, 1.0)


def test_euler_angles():
    """A camera that is pitched down looks down; the third angle is a heading; x turns first."""
    close(Quat.from_euler_zyx(0, math.pi / 2, 0).rotate(Vec3(1.0, 0.0, 0.0)), 0.0, 0.0, -1.0)
    close(Quat.from_euler_zyx(0, 0, math.pi / 2).rotate(Vec3(1.0, 0.0, 0.0)), 0.0, 1.0, 0.0)
    close(Quat.from_euler_zyx(math.pi / 2, 0, math.pi / 2).rotate(Vec3(0.0, 0.0, 1.0)), 1.0, 0.0, 0.0)
    assert Quat.from_euler_zyx(0.3, -0.5, 2.0).to_euler_zyx() == pytest.approx((0.3, -0.5, 2.0))
