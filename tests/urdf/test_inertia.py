"""Mass and inertia: hand-computed sums by parallel axes, mended tensors, and random trees against their file."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
from pathlib import Path

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from robust_parallel.urdf import read_urdf, to_spec
from robust_parallel.urdf.inertia import possible, tensor
from tests.urdf.toys import BALL, BOX, LEGS, TOY_MASS, TRUNK, inertial, joint, link, origin, write


def model_of(path: Path) -> mujoco.MjModel:
    robot = read_urdf(path)
    spec = to_spec(robot)
    spec.body(robot.root.name).add_freejoint()
    return spec.compile()


FRAME = joint("mount", "base", "trunk")


@pytest.mark.parametrize(
    "base, mass",
    [
        (link("base"), TOY_MASS),
        (link("base", '<collision><geometry><box size="0.3 0.2 0.2"/></geometry></collision>'), TOY_MASS),
        (link("base", inertial(1e-4, 1e-4)), TOY_MASS + 1e-4),
        (link("base", inertial(0.0, 0.0)), TOY_MASS),
        (link("base", "<inertial/>"), TOY_MASS),
    ],
)
def test_a_frame_before_the_trunk(tmp_path: Path, base: str, mass: float):
    """Whatever it is, the robot weighs what the file says, and the base is what is welded together."""
    model = model_of(write(tmp_path, base, FRAME, TRUNK, LEGS))
    assert model.body_mass.sum() == pytest.approx(mass, rel=1e-6)
    assert model.body("base").mass[0] == pytest.approx(mass - 1.1, rel=1e-6)
    assert model.body("trunk").mass[0] == 0.0


def test_massless_shapes_weigh_nothing(tmp_path: Path):
    camera = link("camera", BALL) + joint("c", "trunk", "camera") + link("imu", inertial(0.0, 0.0))
    model = model_of(write(tmp_path, TRUNK, LEGS, camera, joint("i", "trunk", "imu")))
    assert model.body_mass.sum() == pytest.approx(TOY_MASS, rel=1e-9)


def test_the_base_by_parallel_axes(tmp_path: Path):
    """Two balls of 1 kg, radius of gyration 0.1 m, half a metre before and behind the root, one turned over."""
    ball = inertial(1.0, 0.01, origin=origin("0.1 0 0"))
    front, back = joint("f", "base", "front", "fixed", origin("0.4 0 0.2")), joint(
        "b", "base", "back", "fixed", origin("-0.4 0 0.2", "0 0 3.141592653589793"))  # fmt: skip
    robot = read_urdf(write(tmp_path, link("base"), link("front", ball), front, link("back", ball), back))
    base = robot.root.inertial
    assert base is not None and base.mass == 2.0
    assert_allclose(base.origin.xyz, [0.0, 0.0, 0.2], atol=1e-12)
    assert_allclose(tensor(base), np.diag([0.02, 0.02 + 2 * 0.25, 0.02 + 2 * 0.25]), atol=1e-12)
    assert [part.inertial for part in robot.links[1:]] == [None, None]


def test_a_root_of_nearly_all_the_mass_is_left_as_it_is(tmp_path: Path):
    head = link("head", inertial(0.001, 1e-6)) + joint("neck", "trunk", "head")
    robot = read_urdf(write(tmp_path, TRUNK, head))
    assert [part.inertial.mass for part in robot.links if part.inertial] == [2.0, 0.001]


def test_the_triangle_rule_is_mended_with_a_notice(tmp_path: Path):
    """A = B = .002, C = .0045: the nearest body is flat, A = B = C / 2."""
    path = write(tmp_path, (TRUNK + LEGS).replace('ixx="0.002"', 'ixx="0.0045"'))
    robot = read_urdf(path)
    assert robot.notices == (
        "links 'left_leg', 'right_leg': no body of 0.5 kg has the principal inertia 0.002 0.002 0.0045; "
        "0.00225 0.00225 0.0045 kg m^2 instead",
    )
    assert_allclose(model_of(path).body("left_leg").inertia, [0.0045, 0.00225, 0.00225], rtol=1e-6)


@pytest.mark.parametrize("mass", [0.0, 1e-30])
def test_an_inertia_without_a_mass_is_told(tmp_path: Path, mass: float):
    path = write(tmp_path, TRUNK, link("ball", inertial(mass, 0.01)), joint("neck", "trunk", "ball"))
    assert read_urdf(path).notices == (f"link 'ball': it has an inertia, but a mass of {mass:g} kg: it weighs nothing",)


def test_a_mass_without_inertia_gets_that_of_a_box_as_large_as_its_shapes(tmp_path: Path):
    """0.3 kg, 0.2 x 0.14 x 0.1 m: A = 0.3 / 12 (0.14^2 + 0.1^2) = 7.4e-4, and so on; along the inertial frame's axes,
    which are turned by a right angle about z, x and y are exchanged."""
    block = link("block", inertial(0.3, 0.0, origin=origin(rpy=f"0 0 {math.pi / 2}")), BOX)
    path = write(tmp_path, TRUNK, block + joint("j", "trunk", "block", "continuous"))
    found = next(part.inertial for part in read_urdf(path).links if part.name == "block")
    assert found is not None
    assert_allclose(np.diag(tensor(found)), [1.25e-3, 7.4e-4, 1.49e-3], rtol=1e-9)


def test_a_trace_of_mass_without_inertia_compiles(tmp_path: Path):
    dust = link("dust", inertial(1e-9, 0.0)) + joint("j", "trunk", "dust")
    assert model_of(write(tmp_path, TRUNK + LEGS, dust)).body_mass.sum() == pytest.approx(3.1, rel=1e-6)


def test_a_mass_without_inertia_gets_some(tmp_path: Path):
    ball = link("ball", inertial(0.3, 0.0), BALL) + joint("j", "trunk", "ball", "continuous")
    path = write(tmp_path, TRUNK, ball)
    assert "link 'ball'" in read_urdf(path).notices[-1]
    model = model_of(path)
    assert model.body("ball").mass[0] == 0.3 and (model.body("ball").inertia > 0.0).all()


def test_a_moving_link_without_mass_gets_a_trace(tmp_path: Path):
    cross = link("cross") + joint("a", "trunk", "cross", "continuous", origin("0 0 -0.1"))
    foot = link("foot", inertial(0.3, 0.001), BALL) + joint("b", "cross", "foot", "continuous", '<axis xyz="0 1 0"/>')
    path = write(tmp_path, TRUNK, cross, foot)
    assert read_urdf(path).notices[-1] == "moving without mass, so given 2e-08 kg each: 'cross'"
    model = model_of(path)
    assert model.body_mass.sum() == pytest.approx(2.3, rel=1e-6)
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 100)
    assert np.isfinite(data.qpos).all()


entries = st.floats(-1.0, 1.0, allow_nan=False)


@given(st.lists(entries, min_size=6, max_size=6), st.floats(-8.0, 2.0))
@settings(max_examples=200, deadline=None)
def test_mended_inertia_is_that_of_a_body(numbers: list[float], exponent: float):
    """Nothing, or positive, the triangle rule kept, MuJoCo takes it, and what is a body's already stays bit by bit."""
    xx, yy, zz, xy, xz, yz = numbers
    given_inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) * 10.0**exponent
    mended, _ = possible(given_inertia)
    if mended is None:
        assert np.linalg.eigvalsh(0.5 * np.trace(given_inertia) * np.eye(3) - given_inertia).max() <= 0.0
        return
    low, middle, high = np.linalg.eigvalsh(mended)
    assert low > 0.0 and low + middle >= high
    again, told = possible(mended)
    assert not told and again is not None
    assert_allclose(again, mended, rtol=1e-6, atol=1e-7 * high + 1e-12)
    inertia = mended[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(mass=1.0, fullinertia=inertia, ipos=[0.0, 0.0, 0.0], explicitinertial=True)
    body.add_freejoint()
    spec.compile()


@given(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), st.floats(0.1, 10.0))
@settings(max_examples=50, deadline=None)
def test_a_body_stays_as_it_is(sides: list[float], mass: float):
    """The inertia of a box."""
    a, b, c = np.square(sides) * mass / 12.0
    box = np.diag([b + c, a + c, a + b])
    mended, told = possible(box)
    assert not told
    assert mended is box


@st.composite
def trees(draw: st.DrawFn) -> tuple[str, float, np.ndarray]:
    """Text of a random robot, its mass and, about the root's origin in the zero pose, its moment of mass [3]."""
    count = draw(st.integers(1, 8))
    small = st.floats(-0.5, 0.5)
    text, masses, moments = "", [], []
    places, turns = [np.zeros(3)], [np.eye(3)]
    for index in range(count):
        mass = draw(st.sampled_from([0.0, 1e-4, 0.3, 2.0])) if index or count > 1 else 1.0
        com = np.array([draw(small), draw(small), draw(small)])
        if index:
            parent = draw(st.integers(0, index - 1))
            xyz, yaw = np.array([draw(small), draw(small), draw(small)]), draw(small)
            kind = draw(st.sampled_from(["fixed", "continuous"]))
            spot = origin(" ".join(map(repr, xyz.tolist())), f"0 0 {yaw!r}")
            text += joint(f"j{index}", f"l{parent}", f"l{index}", kind, spot)
            places.append(places[parent] + turns[parent] @ xyz)
            c, s = np.cos(yaw), np.sin(yaw)
            turns.append(turns[parent] @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]))
        shape = draw(st.sampled_from(["", BALL, BOX]))
        content = inertial(mass, 0.01, origin=origin(" ".join(map(repr, com.tolist())))) if mass else ""
        text += link(f"l{index}", content, shape)
        masses.append(mass)
        moments.append(mass * (places[index] + turns[index] @ com))
    return text, sum(masses), np.sum(moments, axis=0)


@given(robot=trees())
@settings(max_examples=60, deadline=None)
def test_random_trees_weigh_what_their_file_says(tmp_path_factory: pytest.TempPathFactory, robot):
    text, mass, moment = robot
    if mass == 0.0:
        return
    model = model_of(write(tmp_path_factory.mktemp("tree"), text))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert model.body_mass.sum() == pytest.approx(mass, rel=1e-6)
    assert_allclose(data.subtree_com[0] * mass, moment, atol=1e-6 * mass)
