"""Limbs, stances and gains against hand-computed ones."""

import math
from pathlib import Path

import numpy as np
import pytest

from legged_gym.inspection.skeleton import Skeleton
from legged_gym.inspection.stance import stances
from legged_gym.inspection.standing import best_stance, sensible_gains, stand
from robust_parallel.urdf import read_urdf
from tests.inspection.toys import ARM, BODY, QUADRUPED, QUADRUPED_MASS, leg
from tests.urdf.toys import LIMIT, inertial, joint, link, origin, write

ROOT = Path(__file__).resolve().parents[2]
CALVES = ("FL_calf", "FR_calf", "RL_calf", "RR_calf")


def skeleton_of(folder: Path, *content: str) -> Skeleton:
    return Skeleton(read_urdf(write(folder, *content)))


def foot(thigh: float, knee: float) -> tuple[float, float]:
    """A foot's place behind and below its hip, m: thigh and calf of 0.2 m, turned about y."""
    return 0.2 * (math.sin(thigh) + math.sin(thigh + knee)), 0.2 * (math.cos(thigh) + math.cos(thigh + knee))


@pytest.mark.parametrize(
    "shape, reach",
    [
        ('<sphere radius="0.3"/>', 0.3),
        ('<box size="0.2 0.4 0.6"/>', 0.1 * math.sqrt(0.5) + 0.3 * math.sqrt(0.5)),
        ('<cylinder radius="0.1" length="0.8"/>', 0.1 * math.sqrt(0.5) + 0.4 * math.sqrt(0.5)),
        ('<capsule radius="0.1" length="0.8"/>', 0.1 + 0.4 * math.sqrt(0.5)),
    ],
)
def test_the_lowest_point_of_a_shape_turned_by_45_degrees(tmp_path: Path, shape: str, reach: float):
    turned = f"<collision>{origin('0 0 1', f'0 {math.pi / 4} 0')}<geometry>{shape}</geometry></collision>"
    skeleton = skeleton_of(tmp_path, link("trunk", inertial(1.0, 0.1), turned))
    assert skeleton.ground() == pytest.approx(1.0 - reach)


UPRIGHT, TURNED = (origin("0 0 1", f"0 {angle} 0") for angle in (0.0, math.pi / 4))


@pytest.mark.parametrize(
    "placed, shapes, sole",
    [
        (TURNED, ['<sphere radius="0.3"/>'], (0.0, 0.0, -0.3)),
        (UPRIGHT, ['<box size="0.2 0.4 0.6"/>'], (0.0, 0.0, -0.3)),
        (TURNED, ['<box size="0.2 0.4 0.6"/>'], (-0.2 * math.sqrt(0.5), 0.0, -0.4 * math.sqrt(0.5))),
        (TURNED, ['<cylinder radius="0.1" length="0.8"/>'], (-0.3 * math.sqrt(0.5), 0.0, -0.5 * math.sqrt(0.5))),
        (TURNED, ['<capsule radius="0.1" length="0.8"/>'], (-0.4 * math.sqrt(0.5), 0.0, -0.1 - 0.4 * math.sqrt(0.5))),
        (UPRIGHT, ['<box size="0.2 0.2 0.2"/>', '<sphere radius="0.3"/>'], (0.0, 0.0, -0.3)),
    ],
)
def test_where_shapes_touch_the_ground(tmp_path: Path, placed: str, shapes: list[str], sole: tuple[float, ...]):
    """Turned about y, the lowest point of a shape is that of its lower end which was ahead."""
    collisions = "".join(f"<collision>{placed}<geometry>{shape}</geometry></collision>" for shape in shapes)
    skeleton = skeleton_of(tmp_path, link("trunk", inertial(1.0, 0.1), collisions))
    assert skeleton.sole(tuple(range(len(shapes)))) == pytest.approx(np.add((0.0, 0.0, 1.0), sole))


def test_a_sole_of_several_shapes_is_the_middle_of_those_on_the_ground(tmp_path: Path):
    """Balls of 0.1 m at x = 0 and 0.4 m, and one at 1 m that hangs 0.02 m higher."""
    at = ("0 0 1", "0.4 0 1", "1 0 1.02")
    balls = "".join(f'<collision>{origin(o)}<geometry><sphere radius="0.1"/></geometry></collision>' for o in at)
    skeleton = skeleton_of(tmp_path, link("trunk", inertial(1.0, 0.1), balls))
    assert skeleton.sole((0, 1, 2)) == pytest.approx((0.2, 0.0, 0.9))


def test_a_sole_of_a_mesh_is_the_middle_of_its_lowest_corners(tmp_path: Path):
    """A tetrahedron with two corners below, at (-3, 3, -3) and (3, -3, -3) cm."""
    corners = "v .03 .03 .03\nv -.03 -.03 .03\nv -.03 .03 -.03\nv .03 -.03 -.03\n"
    (tmp_path / "foot.obj").write_text(corners + "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    foot = '<collision><geometry><mesh filename="foot.obj"/></geometry></collision>'
    skeleton = skeleton_of(tmp_path, link("trunk", inertial(1.0, 0.1), foot))
    assert skeleton.sole((0,)) == pytest.approx((0.0, 0.0, -0.03), abs=1e-6)


def test_a_joint_that_cannot_be_at_zero_rests_inside_its_range(tmp_path: Path):
    rest = skeleton_of(tmp_path, QUADRUPED).rest()
    assert rest["FL_swing"] == 0.0
    assert rest["FL_knee"] == pytest.approx(-0.5 - 0.1 * 2.0)


def test_feet_are_the_ends_of_the_lowest_limbs(tmp_path: Path):
    skeleton = skeleton_of(tmp_path, QUADRUPED, ARM)
    assert [limb.end for limb in skeleton.limbs()] == [*CALVES, "arm"]
    assert tuple(limb.end for limb in skeleton.legs()) == CALVES
    assert skeleton.limbs()[0].joints == ("FL_abduct", "FL_swing", "FL_knee")


def test_the_foot_is_the_end_of_a_leg_that_carries_another_part(tmp_path: Path):
    """A guard at the knee of a calf that turns on it: nearer to the base than the foot, so no end of the leg."""
    guard = link(
        "guard", inertial(0.1, 1e-4), '<collision><geometry><box size="0.04 0.04 0.04"/></geometry></collision>'
    )
    turn = joint("turn", "FL_calf", "guard", "revolute", origin("0 0 -0.02"), LIMIT)
    assert tuple(limb.end for limb in skeleton_of(tmp_path, QUADRUPED, guard, turn).legs()) == CALVES


def test_a_crouch_has_its_feet_under_the_hips(tmp_path: Path):
    """At four fifths of the stretched leg: knee at -0.5 rad at least, so 2 x 0.2 cos(0.25) m."""
    stance = stances(skeleton_of(tmp_path, QUADRUPED))[0]
    behind, below = foot(stance.angles["FL_swing"], stance.angles["FL_knee"])
    assert abs(behind) < 0.02
    assert below == pytest.approx(0.8 * 0.4 * math.cos(0.25), abs=0.02)
    assert stance.height == pytest.approx(below + 0.02, abs=2e-3)  # the ball's radius
    assert stance.feet == CALVES
    assert stance.angles["FL_abduct"] == 0.0


def test_a_shank_with_a_shape_of_its_own_has_its_foot_under_the_hip(tmp_path: Path):
    """A box along each shank, whose middle is half as far from the knee as the foot."""
    ball = '<geometry><sphere radius="0.02"/></geometry></collision>'
    shank = f'<collision>{origin("0 0 -0.09")}<geometry><box size="0.03 0.03 0.18"/></geometry></collision>'
    stance = stances(skeleton_of(tmp_path, QUADRUPED.replace(ball, ball + shank)))[0]
    behind, _ = foot(stance.angles["FL_swing"], stance.angles["FL_knee"])
    assert abs(behind) < 0.02 and stance.feet == CALVES


@pytest.mark.parametrize("name", ["a1", "go2"])
def test_a_shipped_robot_stands(name: str):
    """Its shank has shapes beside its foot."""
    path = ROOT / f"resources/robots/{name}/urdf/{name}.urdf"
    skeleton = Skeleton(read_urdf(path))
    stance, _, outcome = best_stance(path, skeleton, stances(skeleton))
    assert outcome.stood and outcome.height > 0.85 * stance.height


def test_legs_that_lie_flat_at_rest_are_found_by_their_reach(tmp_path: Path):
    """Hips turned by a right angle: at rest the legs point backwards, and the robot lies on its trunk."""
    wide = LIMIT.replace('"-1"', '"-2"').replace('"1"', '"2"')
    legs = [leg(f"{x}{y}", 0.2 * x, 0.1 * y, wide, f"0 {math.pi / 2} 0") for x in (1, -1) for y in (1, -1)]
    skeleton = skeleton_of(tmp_path, BODY, *legs)
    stance = stances(skeleton)[0]
    assert len(stance.feet) == 4 and stance.height == pytest.approx(0.33, abs=0.02)
    behind, below = foot(stance.angles["11_swing"] + math.pi / 2, stance.angles["11_knee"])
    assert abs(behind) < 0.02 and below > 0.3


def test_two_legs_are_put_under_the_centre_of_mass(tmp_path: Path):
    """A trunk whose mass lies 0.1 m ahead of its hips."""
    heavy = BODY.replace("<inertial>", f"<inertial>{origin('0.1 0 0')}")
    skeleton = skeleton_of(tmp_path, heavy, leg("L", 0.0, 0.1), leg("R", 0.0, -0.1))
    stance = stances(skeleton)[0]
    skeleton.pose(stance.angles)
    ahead = skeleton.centre_of_mass()[0]
    assert ahead > 0.05
    behind, _ = foot(stance.angles["L_swing"], stance.angles["L_knee"])
    assert -behind == pytest.approx(ahead, abs=0.02)


def test_gains_hold_the_weight_and_what_hangs_on_a_joint(tmp_path: Path):
    """Legs: m g h. The arm's 0.4 kg, 0.1 m off its joint: 5 m g r = 1.96 is less than 2 Hz of 0.014 kg m^2 ask."""
    skeleton = skeleton_of(tmp_path, QUADRUPED, ARM)
    stance = stances(skeleton)[0]
    gains = sensible_gains(skeleton, stance)
    weight = (QUADRUPED_MASS + 0.4) * 9.81
    height = stance.height + skeleton.centre_of_mass()[2]
    assert stance.mass_height == pytest.approx(height, abs=1e-4) and 0.25 < height < 0.35
    assert gains.stiffness["FL_knee"] == pytest.approx(weight * height, rel=0.05)
    assert gains.stiffness["shoulder"] == pytest.approx(0.014 * (4 * math.pi) ** 2, rel=0.05)


def test_a_quadruped_stands_and_carries_its_weight(tmp_path: Path):
    path = write(tmp_path, QUADRUPED)
    skeleton = Skeleton(read_urdf(path))
    stance, _, outcome = best_stance(path, skeleton, stances(skeleton))
    assert outcome.stood and 0.6 * stance.height < outcome.height <= stance.height
    behind, _ = foot(stance.angles["FL_swing"], stance.angles["FL_knee"])
    assert 0.0 < outcome.torque < QUADRUPED_MASS * 9.81 * 0.2
    assert outcome.duration == 5.0 and outcome.joint in skeleton.dof_names


def test_a_base_frame_on_the_ground_is_no_fall(tmp_path: Path):
    """A root without a body of its own, 0.4 m below the trunk that it holds."""
    frame = link("footprint") + joint("mount", "footprint", "trunk", "fixed", origin("0 0 0.4"))
    path = write(tmp_path, frame, QUADRUPED)
    skeleton = Skeleton(read_urdf(path))
    stance, _, outcome = best_stance(path, skeleton, stances(skeleton))
    assert stance.height < 0.0 and outcome.stood


def test_a_robot_on_one_point_falls(tmp_path: Path):
    """A pendulum upside down, 0.01 rad off the vertical, on a ball: it leans by 0.5 rad within seconds."""
    path = write(tmp_path, BODY, leg("M", 0.003, 0.0))
    skeleton = Skeleton(read_urdf(path))
    stance = stances(skeleton)[-1]
    outcome = stand(path, stance, sensible_gains(skeleton, stance))
    assert not outcome.stood and 0.1 < outcome.duration < 5.0


def test_a_wheel_is_no_part_of_a_leg(tmp_path: Path):
    wheel = '<collision><geometry><cylinder radius="0.1" length="0.05"/></geometry></collision>'
    parts = link("wheel", inertial(0.5, 1e-3), wheel.replace("<geometry>", origin(rpy="1.5708 0 0") + "<geometry>"))
    axle = joint("axle", "trunk", "wheel", "continuous", origin("0 0.1 -0.1"), '<axis xyz="0 1 0"/>')
    skeleton = skeleton_of(tmp_path, BODY, parts, axle)
    assert skeleton.is_wheel("axle") and skeleton.wheel_radius("axle") == pytest.approx(0.1)
    assert stances(skeleton)[0].angles == {"axle": 0.0}
    assert np.isclose(skeleton.ground(), -0.2)


def test_a_joint_that_mimics_another_goes_where_it_takes_it(tmp_path: Path):
    follower = joint(
        "tail", "trunk", "tip", "revolute", LIMIT, '<mimic joint="FL_swing" multiplier="-2" offset="0.1"/>'
    )
    skeleton = skeleton_of(tmp_path, QUADRUPED, link("tip", inertial(0.1, 1e-3)), follower)
    assert "tail" not in skeleton.dof_names
    assert skeleton.with_followers(dict(skeleton.rest(), FL_swing=0.3))["tail"] == pytest.approx(-0.5)
