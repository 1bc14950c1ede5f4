"""Bodies of a URDF: order, collapsed joints, capsules, limits, and parts that may touch each other."""

from pathlib import Path

import numpy as np
import pytest
import torch

from isaacgym import gymapi
from isaacgym.assets import Asset
from tests.isaacgym.worlds import options, world

ROBOTS = Path(__file__).parents[2] / "resources" / "robots"
MASS = '<inertial><mass value="{}"/><inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/></inertial>'
SHAPE = '<collision><origin xyz="0 0 0.5"/><geometry><cylinder radius="0.1" length="0.4"/></geometry></collision>'


def link(name: str, mass: float, shape: str = "") -> str:
    return f'<link name="{name}">{MASS.format(mass)}{shape}</link>'


def joint(name: str, kind: str, parent: str, child: str, origin: str = "", extra: str = "") -> str:
    ends = f'<parent link="{parent}"/><child link="{child}"/>'
    limits = '<limit lower="-1" upper="2" effort="30" velocity="20"/><dynamics damping="0.5" friction="0.1"/>'
    return (
        f'<joint name="{name}" type="{kind}" {extra}>{ends}<origin {origin}/><axis xyz="0 0 1"/>'
        f"{'' if kind == 'fixed' else limits}</joint>"
    )


TREE = "".join(
    (
        '<robot name="tree">',
        link("base", 1.0),
        joint("b_hip", "revolute", "base", "right"),
        link("right", 1.0),
        joint("a_hip", "continuous", "mount", "left", 'xyz="0 0 1"'),
        link("left", 1.0),
        joint("z_mount", "fixed", "base", "mount", 'xyz="0 1 0" rpy="1.5707963 0 0"'),
        link("mount", 3.0, SHAPE),
        joint("foot", "fixed", "left", "toe", 'xyz="0 0 2"', 'dont_collapse="true"'),
        link("toe", 0.5),
        "</robot>",
    )
)


def asset(folder: Path, **settings: object) -> Asset:
    path = folder / "tree.urdf"
    path.write_text(TREE)
    return Asset(path, options(**settings))


def test_children_come_by_the_names_of_their_joints_once_fixed_ones_are_collapsed(tmp_path):
    tree = asset(tmp_path)
    assert tree.body_names == ["base", "left", "toe", "right"] and tree.dof_names == ["a_hip", "b_hip"]
    every = asset(tmp_path, collapse_fixed_joints=False)
    assert every.body_names == ["base", "right", "mount", "left", "toe"]


def test_legs_are_in_the_simulator_s_order():
    """The A1's file begins with FR, ANYmal's with LF, RF; simulated are FL, FR, RL, RR and LF, LH, RF, RH."""
    a1 = Asset(ROBOTS / "a1/urdf/a1.urdf", options())
    assert [name for name in a1.dof_names if "hip" in name] == [f"{leg}_hip_joint" for leg in ("FL", "FR", "RL", "RR")]
    anymal = Asset(ROBOTS / "anymal_c/urdf/anymal_c.urdf", options())
    assert [name for name in anymal.dof_names if "HAA" in name] == ["LF_HAA", "LH_HAA", "RF_HAA", "RH_HAA"]
    assert len(anymal.dof_names) == 12


def test_what_is_collapsed_weighs_on_its_parent(tmp_path):
    """1 kg at the origin and 3 kg 1 m along y: 4 kg at 0.75 m; inertia about x 0.1 + 0.1 + 1 x 0.75^2 + 3 x 0.25^2."""
    base = asset(tmp_path).bodies
    assert base.mass == pytest.approx([4.0, 1.0, 0.5, 1.0])
    assert base.com[0] == pytest.approx([0.0, 0.75, 0.0], abs=1e-9)
    assert np.diag(base.inertia[0]) == pytest.approx([0.95, 0.2, 0.95], rel=1e-6)


def test_joints_and_shapes_of_what_is_collapsed_lie_in_the_parent_s_frame(tmp_path):
    """The mount is turned by 90 degrees about x: its z axis is the base's -y axis."""
    robot = asset(tmp_path).robot
    shape = robot.links[0].collisions[0]
    assert shape.origin.xyz == pytest.approx((0.0, 0.5, 0.0), abs=1e-6) and shape.kind == "cylinder"
    assert shape.origin.rpy == pytest.approx((np.pi / 2, 0.0, 0.0), abs=1e-6)
    hip = next(joint for joint in robot.joints if joint.name == "a_hip")
    assert hip.parent == "base" and hip.origin.xyz == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
    capsule = asset(tmp_path, replace_cylinder_with_capsule=True).robot.links[0].collisions[0]
    assert capsule.kind == "capsule" and capsule.size == shape.size


def test_properties_of_joints(tmp_path):
    tree = asset(tmp_path, armature=0.25)
    free, limited = tree.dof_properties
    assert not free["hasLimits"] and free["upper"] == -free["lower"] == np.finfo(np.float32).max
    assert limited["hasLimits"] and limited["driveMode"] == 3
    names = ("lower", "upper", "effort", "velocity", "damping", "friction", "armature")
    assert [float(limited[name]) for name in names] == pytest.approx([-1.0, 2.0, 30.0, 20.0, 0.5, 0.1, 0.25])
    assert torch.tensor(tree.dof_properties["damping"]).shape == (2,)


def test_kinds_of_joints_and_files_that_are_refused(tmp_path):
    path = tmp_path / "slide.urdf"
    path.write_text(TREE.replace('"continuous"', '"prismatic"'))
    with pytest.raises(Exception, match="joint 'a_hip' is prismatic"):
        Asset(path, options())
    with pytest.raises(Exception, match="an asset is a URDF here, not .xml"):
        Asset(tmp_path / "robot.xml", options())


FINGERS = "".join(
    (
        '<robot name="hand">',
        link("palm", 1.0),
        *(
            part
            for side, sign in (("left", 1), ("right", -1))
            for part in (
                joint(side, "revolute", "palm", f"{side}_tip", f'xyz="0 {0.04 * sign} 0"'),
                f'<link name="{side}_tip">{MASS.format(0.5)}<collision><geometry><sphere radius="0.05"/></geometry>'
                "</collision></link>",
            )
        ),
        "</robot>",
    )
)
"""Two spheres 2 cm within each other."""


def test_parts_touch_each_other_unless_their_filter_has_a_bit(tmp_path):
    pushing = world(tmp_path, FINGERS, ground=False).prepare()
    pushing.run(1)
    assert pushing.contacts[1, 1] > 1.0 and pushing.contacts[1] == pytest.approx(-pushing.contacts[2], rel=1e-4)
    apart = world(tmp_path, FINGERS, count=0, ground=False)
    apart.envs.append(apart.gym.create_env(apart.sim, gymapi.Vec3(), gymapi.Vec3(), 1))
    apart.gym.create_actor(apart.envs[0], apart.asset, gymapi.Transform(), "hand", 0, 1, 0)
    apart.prepare().run(1)
    assert not apart.contacts.any()
