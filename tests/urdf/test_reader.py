"""Published files as they are: what is passed over, what is mended with a notice, what is refused and how."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
from pathlib import Path

import mujoco
import numpy as np
import pytest

from legged_gym.utils.errors import UserError
from robust_parallel.urdf import Mimic, Robot, read_urdf, to_spec
from tests.urdf.toys import AXIS, LEGS, LIMIT, TOY_MASS, TRUNK, inertial, joint, leg, link, write


def compiled(robot: Robot) -> mujoco.MjModel:
    spec = to_spec(robot)
    spec.body(robot.root.name).add_freejoint()
    return spec.compile()


@pytest.mark.parametrize(
    "extra",
    [
        '<transmission name="t"><type>simple</type><joint name="left_hip"/><actuator name="m"/></transmission>',
        '<gazebo reference="trunk"><sensor:camera name="c"/><material>Gazebo/Blue</material></gazebo>',
        '<mujoco><compiler meshdir="meshes" discardvisual="false" fusestatic="true"/></mujoco>',
        '<mujoco><compiler angle="degree"/></mujoco><mujoco/>',
        '<ros2_control name="x"><joint name="right_hip"><command_interface name="effort"/></joint></ros2_control>',
        "<!-- a comment --><link_note/><plugin filename='x.so'/>",
    ],
)
def test_elements_that_physics_does_not_need_are_passed_over(tmp_path: Path, extra: str):
    plain = compiled(read_urdf(write(tmp_path, TRUNK, LEGS, name="plain.urdf")))
    robot = read_urdf(write(tmp_path, extra, TRUNK, LEGS, extra))
    model = compiled(robot)
    assert robot.notices == ()
    for field in ("body_mass", "body_inertia", "body_pos", "jnt_axis", "jnt_range", "geom_size", "names_map"):
        np.testing.assert_array_equal(getattr(model, field), getattr(plain, field))


def test_collision_names_of_any_kind(tmp_path: Path):
    named = (TRUNK + LEGS).replace("<collision>", '<collision name="terrain">')
    assert compiled(read_urdf(write(tmp_path, named))).ngeom == 3


def test_text_before_the_declaration_and_a_byte_order_mark(tmp_path: Path):
    path = write(tmp_path, TRUNK, LEGS)
    path.write_bytes(b"\xef\xbb\xbf\n\n" + path.read_bytes())
    assert read_urdf(path).mass == pytest.approx(TOY_MASS)


def test_a_joint_without_axis_turns_about_x(tmp_path: Path):
    model = compiled(read_urdf(write(tmp_path, (TRUNK + LEGS).replace(AXIS, ""))))
    np.testing.assert_array_equal(model.joint("left_hip").axis, [1.0, 0.0, 0.0])


def test_joints_without_a_range_or_limits_turn_freely(tmp_path: Path):
    free = {
        "a": '<limit effort="20" velocity="20"/>',
        "b": "",
        "c": '<limit lower="0" upper="0" effort="0" velocity="0"/>',
    }
    parts = [link(name, inertial(1.0, 0.01)) + joint(f"j{name}", "trunk", name, "revolute", limit)
             for name, limit in free.items()]  # fmt: skip
    robot = read_urdf(write(tmp_path, TRUNK, *parts))
    for described in robot.joints:
        assert (described.kind, described.lower, described.upper) == ("continuous", -math.inf, math.inf)
    assert [described.effort for described in robot.joints] == [20.0, math.inf, math.inf]
    assert any("no effort limit, so any torque: jb, jc" in notice for notice in robot.notices)
    assert not compiled(robot).jnt_limited.any()


def test_dynamics_and_mimic_are_read(tmp_path: Path):
    content = AXIS + LIMIT + '<dynamics damping="3" friction="0.7"/><mimic joint="left_hip" multiplier="-2"/>'
    robot = read_urdf(write(tmp_path, TRUNK, leg("left", 0.1), leg("right", -0.1, joint_content=content)))
    right = next(described for described in robot.joints if described.name == "right_hip")
    assert (right.damping, right.friction, right.mimic) == (3.0, 0.7, Mimic("left_hip", -2.0, 0.0))


def test_a_chain_of_mimics_follows_its_last_leader(tmp_path: Path):
    """c = 2 b + 0.5 and b = -3 a + 0.1, so c = -6 a + 0.7."""
    parts = [link(name, inertial(0.1, 1e-4)) for name in "abc"]
    followed = ["", '<mimic joint="a" multiplier="-3" offset="0.1"/>', '<mimic joint="b" multiplier="2" offset="0.5"/>']
    joints = [joint(name, "trunk", name, "revolute", LIMIT, mimic) for name, mimic in zip("abc", followed, strict=True)]
    found = {described.name: described.mimic for described in read_urdf(write(tmp_path, TRUNK, *parts, *joints)).joints}
    assert found["a"] is None and found["b"] == Mimic("a", -3.0, 0.1)
    assert found["c"] == Mimic("a", -6.0, 2 * 0.1 + 0.5)


def test_what_is_drawn_wrongly_is_no_fault_of_the_robot(tmp_path: Path):
    """A colour of five numbers is none, and a mesh whose scale is no number is not drawn."""
    paint = '<material name="m"><color rgba="1 0 0 0 1"/></material>'
    red = f'<visual><geometry><sphere radius="1"/></geometry>{paint}</visual>'
    bad = '<visual><geometry><mesh filename="a.stl" scale="large"/></geometry></visual>'
    robot = read_urdf(write(tmp_path, TRUNK.replace("</link>", red + bad + "</link>"), LEGS))
    assert [(shape.kind, shape.rgba) for shape in robot.root.visuals] == [("sphere", None)]
    assert len(robot.notices) == 1 and robot.notices[0].startswith("not drawn: link 'trunk' <visual>: <mesh> needs")


def test_what_stands_behind_the_end_is_passed_over(tmp_path: Path):
    path = write(tmp_path, TRUNK, LEGS)
    path.write_bytes(path.read_bytes() + b"\n\0")
    assert read_urdf(path).mass == pytest.approx(TOY_MASS)


@pytest.mark.parametrize("kind, told", [("floating", "stands for the world"), ("fixed", "asset.fix_base_link")])
def test_a_world_link_is_left_out(tmp_path: Path, kind: str, told: str):
    mount = joint("mount", "world", "trunk", kind, '<origin xyz="0 0 0.5"/>')
    robot = read_urdf(write(tmp_path, link("world"), mount, TRUNK, LEGS))
    assert robot.root.name == "trunk" and len(robot.notices) == 1 and told in robot.notices[0]
    np.testing.assert_array_equal(compiled(robot).body("trunk").pos, 0.0)


def test_a_floating_joint_below_a_frame_of_any_name(tmp_path: Path):
    mount = joint("mount", "odom", "trunk", "floating")
    assert read_urdf(write(tmp_path, link("odom"), mount, TRUNK, LEGS)).root.name == "trunk"


def test_a_part_called_world_gets_another_name(tmp_path: Path):
    renamed = (TRUNK + LEGS).replace('"trunk"', '"world"')
    robot = read_urdf(write(tmp_path, renamed))
    assert robot.root.name == "world_link" and "'world_link'" in robot.notices[0]
    assert compiled(robot).body_mass.sum() == pytest.approx(TOY_MASS, rel=1e-6)


def test_the_order_of_the_file_is_kept(tmp_path: Path):
    model = compiled(read_urdf(write(tmp_path, TRUNK, leg("right", -0.1), leg("left", 0.1))))
    assert [model.joint(i).name for i in range(1, model.njnt)] == ["right_hip", "left_hip"]


TAIL = link("tail", inertial(1.0, 0.01))


def tail(content: str, kind: str = "revolute") -> str:
    return TRUNK + TAIL + joint("j", "trunk", "tail", kind, content)


@pytest.mark.parametrize(
    "content, told",
    [
        ("<link/>", "a <link> has no name"),
        (TRUNK + TRUNK, "two links have the name 'trunk'"),
        (TRUNK + TAIL, "one root link, this has 2: 'trunk', 'tail'"),
        (TRUNK + TAIL + joint("j", "trunk", "tall"), "joint 'j': its child link 'tall' is not in the file"),
        (TRUNK + TAIL + joint("j", "trunk", "tail") * 2, "two joints have the name 'j'"),
        (TRUNK + TAIL + joint("j", "trunk", "tail") + joint("k", "trunk", "tail"), "'tail' hangs on two joints"),
        (TRUNK + TAIL + joint("j", "tail", "tail"), "in a circle: 'tail'"),
        (tail("", "ball"), "joint 'j': its type is 'ball'"),
        (tail('<axis xyz="0 0 0"/>'), "joint 'j': its axis is 0 0 0"),
        (
            tail('<axis xyz="0 1"/>'),
            "needs 3 finite numbers in 'xyz'",
        ),
        (
            tail('<limit lower="1" upper="-1" effort="1"/>'),
            "joint 'j': its lower limit 1 is above the upper one, -1",
        ),
        (tail('<limit effort="-3"/>'), "joint 'j': its effort is -3"),
        (tail('<limit effort="1e-30"/>'), "joint 'j': its effort is 1e-30, with which it cannot move"),
        (tail('<limit effort="nan"/>'), "joint 'j': <limit> needs a finite number in 'effort', not 'nan'"),
        (tail('<limit effort="1" velocity="1e-9"/>'), "joint 'j': its velocity is 1e-09, with which it cannot move"),
        (
            tail('<limit effort="inf"/>'),
            "joint 'j': <limit> needs a finite number",
        ),
        (
            tail('<mimic joint="k"/>'),
            "'j' mimics 'k', which is no joint that turns",
        ),
        (
            tail('<mimic joint="j"/>'),
            "these joints mimic each other in a circle: 'j'",
        ),
        (link("trunk", inertial(math.nan, 0.01)), "link 'trunk': <mass> needs a finite number in 'value', not 'nan'"),
        (link("trunk", inertial(-2.0, 0.01)), "link 'trunk': its mass is -2 kg"),
        (link("trunk", inertial(1.0e20, 0.01)), "link 'trunk': <mass> has '1e+20' in 'value', beyond 1e+06"),
        (link("trunk", inertial(2.0, 1.0e300)), "link 'trunk': <inertia> has '1e+300' in 'ixx', beyond"),
        (link("trunk", inertial(1.0e-13, 0.01)), "no link has a mass"),
        (TRUNK.replace('"2.0"', '"2_0"'), "link 'trunk': <mass> needs a finite number in 'value', not '2_0'"),
        (TRUNK.replace('"2.0"', '"\uff12"'), "<mass> needs a finite number in 'value', not '\uff12'"),
        (link("trunk", inertial(2.0, 0.01) * 2), "link 'trunk': it has 2 <inertial>; which of them holds?"),
        (TRUNK.replace("<inertia ", '<mass value="1"/><inertia '), "link 'trunk': it has 2 <mass>"),
        *(
            (tail(f"{AXIS}{LIMIT}<origin/><{part}/><{part}/>"), f"joint 'j': it has 2 <{part}>; which of them holds?")
            for part in ("dynamics", "mimic")
        ),
        *((tail(part * 2), "joint 'j': it has 2 <") for part in (AXIS, LIMIT, "<origin/>")),
        (tail('<parent link="trunk"/>'), "joint 'j': it has 2 <parent>"),
        (tail('<axis xyz="1e-200 0 0"/>'), "joint 'j': its axis is 1e-200 0 0"),
        (tail('<origin xyz="1e200 0 0"/>'), "joint 'j': <origin> has '1e200 0 0' in 'xyz', beyond"),
        (
            tail('<mimic joint="free"/>') + link("world") + joint("free", "world", "trunk", "floating"),
            "'j' mimics 'free', which is no joint that turns",
        ),
        (
            link("trunk", inertial(2.0, 0.01)).replace('ixx="0.01"', 'ixx="much"'),
            "link 'trunk': <inertia> needs a finite number",
        ),
        (TRUNK.replace("0.2 0.14", "-0.2 0.14"), "link 'trunk' <collision>: a box of size -0.2 0.14 0.1"),
        (link("trunk", "<collision><geometry><mesh/></geometry></collision>"), "<mesh> has no filename"),
        (TRUNK.replace("0.2 0.14", "1e6 0.14"), "a box of 1e+06 m; is it in millimetres?"),
        (TRUNK.replace("</geometry>", '<sphere radius="1"/></geometry>'), "its <geometry> has 2 shapes"),
        (link("trunk"), "no link has a mass"),
        ("", "it has no <link>"),
        ('<xacro:property name="w" value="1"/>' + TRUNK, "xacro template"),
        (TRUNK.replace('"2.0"', '"${mass}"'), "xacro template"),
        (TRUNK.replace('"trunk"', '"$(arg name)"'), "xacro template"),
    ],
)
def test_faults_are_told_in_one_line(tmp_path: Path, content: str, told: str):
    path = write(tmp_path, content)
    with pytest.raises(UserError) as error:
        read_urdf(path)
    assert told in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


def test_limits_beyond_any_robot_are_none(tmp_path: Path):
    """A range has both or none: of one that is open at one side nothing is within a share of the middle."""
    limit = '<limit lower="{}" upper="{}" effort="1e39" velocity="3.4e38"/>'
    none = read_urdf(write(tmp_path, tail(AXIS + limit.format("-1e300", "1e308")))).joints[0]
    assert (none.kind, none.lower, none.upper) == ("continuous", -math.inf, math.inf)
    assert (none.effort, none.velocity) == (math.inf, math.inf)
    with pytest.raises(UserError, match="joint 'j': its range from -1e\\+06 to 1 has one limit alone"):
        read_urdf(write(tmp_path, tail(AXIS + limit.format("-1e300", "1"))))


def test_a_file_in_utf_16(tmp_path: Path):
    path = write(tmp_path, TRUNK, LEGS)
    path.write_text(path.read_text(), encoding="utf-16")
    assert read_urdf(path).mass == pytest.approx(TOY_MASS)


def test_a_moving_part_of_next_to_no_mass_gets_a_trace(tmp_path: Path):
    """MuJoCo refuses moving bodies under 1e-15 kg."""
    robot = read_urdf(write(tmp_path, tail(AXIS).replace(TAIL, link("tail", inertial(1.0e-20, 0.0)))))
    assert "moving without mass" in robot.notices[-1]
    assert compiled(robot).body_mass.sum() == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize(
    "text, told",
    [
        ("no xml", "not a URDF"),
        ("", "not a URDF"),
        ('<robot name="r"><link name="base"></robot>', "not a URDF: mismatched tag"),
        ('<mujoco model="m"><worldbody/></mujoco>', "this is MJCF"),
        ("<sdf/>", "its root element is <sdf>"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, text: str, told: str):
    path = tmp_path / "robot.urdf"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_urdf(path)
    assert told in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_circle_beside_the_tree(tmp_path: Path):
    circle = link("a", inertial(1.0, 0.1)) + link("b") + joint("ab", "a", "b") + joint("ba", "b", "a")
    with pytest.raises(UserError, match="in a circle: 'a', 'b'"):
        read_urdf(write(tmp_path, TRUNK, circle))


def chain(count: int) -> str:
    links = [link(f"l{i}", inertial(1.0, 0.1)) for i in range(count)]
    return "".join(links + [joint(f"j{i}", f"l{i}", f"l{i + 1}") for i in range(count - 1)])


def test_deep_trees(tmp_path: Path):
    assert compiled(read_urdf(write(tmp_path, chain(400)))).nbody == 401
    with pytest.raises(UserError, match="link 'l2999' is 2999 links away from the root"):
        read_urdf(write(tmp_path, chain(3000)))


def test_angles_in_degrees_are_asked_about(tmp_path: Path):
    turned = read_urdf(write(tmp_path, tail(AXIS + LIMIT + '<origin rpy="0 -90 0"/>'))).notices
    assert "joint 'j': its rpy is 0 -90 0 rad; is it in degrees?" in turned
    limit = '<limit lower="-60" upper="60" effort="1" velocity="1"/>'
    notices = read_urdf(write(tmp_path, tail(AXIS + limit))).notices
    assert "joint 'j': its range is -60 to 60 rad; is it in degrees?" in notices
