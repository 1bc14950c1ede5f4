"""Building the model: what the configuration names, contacts, drives, terrain, and errors told in one line."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from legged_gym.sim.config import SimCfg
from legged_gym.sim.overlaps import overlaps, warn_of_overlaps
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from legged_gym.utils.errors import UserError
from tests.sim.robots import STANCE, Go2Asset, StiffControl, flat_terrain, height_field, with_settings


def build(
    asset: dict | None = None, control: dict | None = None, sim: dict | None = None, terrain=None, **options
) -> RobotModel:
    return build_robot_model(
        with_settings(Go2Asset, **(asset or {})),
        with_settings(StiffControl, **(control or {})),
        with_settings(SimCfg, **(sim or {})),
        terrain or flat_terrain(),
        **{"contact_sensors": False, **options},
    )


def contacts(robot: RobotModel, qpos: list[float]) -> set[frozenset[str]]:
    """Names of the bodies that touch in a pose."""
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[:] = qpos
    mujoco.mj_forward(model, data)
    return {frozenset(model.body(model.geom_bodyid[g]).name for g in contact.geom) for contact in data.contact}


def crossed_pose(height: float) -> list[float]:
    """Left and right feet swung into each other."""
    return [0.0, 0.0, height, 1.0, 0.0, 0.0, 0.0] + [-0.44, 0.8, -1.5, 0.44, 0.8, -1.5] * 2


def test_options_reach_the_engine():
    option = build(sim={"dt": 0.002, "gravity": (0.0, 1.0, -9.0)}).model.opt
    assert option.timestep == 0.002
    assert option.gravity.tolist() == [0.0, 1.0, -9.0]
    assert option.integrator == mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    assert option.cone == mujoco.mjtCone.mjCONE_PYRAMIDAL


def test_the_solver_is_not_cut_off():
    """A Go2 that scrabbles on slippery ground needs more than five iterations now and then; each step counts."""
    robot = build()
    robot.model.geom_friction[:, 0] = 0.3

    def scrabble(iterations: int) -> np.ndarray:
        robot.model.opt.iterations = iterations
        data, rng = mujoco.MjData(robot.model), np.random.default_rng(5)
        data.qpos[2], data.qvel[0] = 0.34, 1.0
        for _ in range(100):
            data.ctrl[:] = [0.0, 0.8, -1.5] * 4 + rng.normal(0.0, 0.4, 12)
            mujoco.mj_step(robot.model, data, nstep=4)
        return data.qpos.copy()

    as_built = scrabble(robot.model.opt.iterations)
    np.testing.assert_allclose(as_built, scrabble(1000), atol=1e-12)
    assert np.abs(as_built - scrabble(5)).max() > 1e-3


def test_joint_properties_reach_the_engine():
    robot = build(asset={"armature": 0.02, "dof_friction": 0.3, "dof_damping": 0.1})
    joints = robot.joint_dof
    assert (robot.joint_qpos, joints) == (slice(7, 19), slice(6, 18))
    for field, value in (("dof_armature", 0.02), ("dof_frictionloss", 0.3), ("dof_damping", 0.1)):
        np.testing.assert_array_equal(getattr(robot.model, field), [0.0] * 6 + [value] * 12)
    assert not robot.model.jnt_actfrclimited.any()  # the drives carry the limit


def test_armature_by_joint_name():
    robot = build(asset={"armature": {"joint": 0.002, "calf": 0.005}})
    np.testing.assert_array_equal(robot.model.dof_armature, [0.0] * 6 + [0.002, 0.002, 0.005] * 4)
    with pytest.raises(UserError, match=r"^asset\.armature: joint 'FL_hip_joint' matches none of its keys: calf$"):
        build(asset={"armature": {"calf": 0.005}})


def test_gains_by_joint_name_where_the_last_match_wins():
    robot = build(control={"stiffness": {"joint": 20.0, "calf": 40.0}, "damping": {"FL": 1.0, "_": 0.5, "RR_hip": 2.0}})
    assert robot.stiffness.tolist() == [20.0, 20.0, 40.0] * 4
    assert robot.damping.tolist() == [0.5] * 9 + [2.0, 0.5, 0.5]
    np.testing.assert_array_equal(robot.model.actuator_gainprm[:, 0], robot.stiffness)
    np.testing.assert_array_equal(robot.model.actuator_biasprm[:, 1:3], -np.stack((robot.stiffness, robot.damping), 1))
    np.testing.assert_array_equal(robot.model.actuator_forcerange[:, 1], robot.torque_limits)


@pytest.mark.parametrize("contact_pairs", [False, True])
def test_only_the_terrain_is_touched(contact_pairs: bool):
    robot = build(contact_pairs=contact_pairs)
    assert robot.contact_pairs == contact_pairs
    assert not contacts(robot, crossed_pose(2.0))
    assert contacts(robot, crossed_pose(0.3)) == {
        frozenset(("world", f"{leg}_foot")) for leg in ("FL", "FR", "RL", "RR")
    }


def test_self_collisions():
    robot = build(asset={"self_collisions": True}, contact_pairs=True)
    assert not robot.contact_pairs
    assert contacts(robot, crossed_pose(2.0)) >= {frozenset(("FL_foot", "FR_foot")), frozenset(("RL_foot", "RR_foot"))}
    assert not contacts(robot, [0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0] + STANCE)


@pytest.mark.parametrize("contact_pairs", [False, True])
def test_friction_of_a_contact_is_the_robots(contact_pairs: bool):
    robot = build(terrain=flat_terrain(friction=0.7), contact_pairs=contact_pairs)
    model, data = robot.model, mujoco.MjData(robot.model)
    model.geom_friction[robot.terrain_geom_id, 0] = 5.0
    data.qpos[:7] = [0.0, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0]
    data.qpos[7:] = STANCE
    mujoco.mj_forward(model, data)
    assert data.ncon == 4
    for contact in data.contact:
        np.testing.assert_allclose(contact.friction[:2], 0.7)
        assert contact.solref[0] == SimCfg.contact_time_constant


def test_contact_sensors_follow_the_body_names():
    robot = build(contact_sensors=True)
    model = robot.model
    assert model.nsensordata == 3 * len(robot.body_names)
    assert [model.sensor(i).name for i in range(model.nsensor)] == [f"{name}_contact" for name in robot.body_names]
    np.testing.assert_array_equal(model.sensor_adr, np.arange(0, model.nsensordata, 3))


def test_height_field_reproduces_the_map():
    """Rays from above meet the map's vertices, whatever its place, relief and orientation."""
    rng = np.random.default_rng(0)
    terrain = height_field(rng.uniform(-0.4, 0.9, (9, 5)), 0.25)
    terrain.origin_xy = (3.0, -7.0)
    robot = build(terrain=terrain)
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[0] = 100.0
    mujoco.mj_forward(model, data)
    assert model.hfield_data.min() == 0.0 and model.hfield_data.max() == 1.0
    geom = np.zeros(1, dtype=np.int32)
    for i in range(1, 8):
        for j in range(1, 4):
            start = np.array([3.0 + 0.25 * i, -7.0 + 0.25 * j, 5.0])
            distance = mujoco.mj_ray(model, data, start, np.array([0.0, 0.0, -1.0]), None, 1, -1, geom)
            assert 5.0 - distance == pytest.approx(float(terrain.heights[i, j]), abs=1e-5)


def test_a_map_without_relief_is_flat():
    robot = build(terrain=height_field(np.full((5, 5), -0.3), 0.5))
    assert not robot.model.hfield_data.any()
    assert robot.model.geom("terrain").pos[2] == pytest.approx(-0.3)


def test_fixed_base():
    robot = build(asset={"fix_base_link": True})
    assert robot.fixed_base and robot.model.nmocap == 1
    assert (robot.model.nq, robot.joint_qpos, robot.joint_dof) == (12, slice(0, 12), slice(0, 12))


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"asset": {"file": "{ROOT}/resources/robots/nobody.urdf"}}, "resources/robots/nobody.urdf"),
        ({"asset": {"foot_name": "paw"}}, "asset.foot_name: no body has 'paw'"),
        ({"asset": {"penalize_contacts_on": ["thigh", "knee"]}}, "penalize_contacts_on: no body has 'knee'"),
        ({"asset": {"terminate_after_contacts_on": ["trunk"]}}, "terminate_after_contacts_on: no body has 'trunk'"),
        ({"control": {"stiffness": {"joint": 20.0, "wheel": 1.0}}}, "control.stiffness: no joint has 'wheel'"),
        ({"control": {"damping": {"hip": 1.0, "thigh": 1.0}}}, "control.damping: joint 'FL_calf_joint' matches none"),
    ],
)
def test_wrong_names_are_told_in_one_line(settings: dict, told: str):
    with pytest.raises(UserError, match=told) as error:
        build(**settings)
    assert "\n" not in str(error.value)


ONE_JOINT = (
    '<robot name="r"><link name="base"><inertial><mass value="1"/></inertial>{}</link><link name="leg"/>'
    '<joint name="j" type="{}"><parent link="base"/><child link="leg"/></joint></robot>'
)
BALL = '<collision><geometry><sphere radius="1"/></geometry></collision>'


@pytest.mark.parametrize(
    "urdf, told",
    [
        ("no xml", "not a URDF"),
        ('<robot name="r"><link name="base"></robot>', "not a URDF"),
        (ONE_JOINT.format(BALL, "prismatic"), "joint 'j' is prismatic, not revolute, continuous or fixed"),
        (ONE_JOINT.format("", "revolute"), "no link has a <collision> shape"),
    ],
)
def test_faulty_descriptions_are_told_in_one_line(tmp_path: Path, urdf: str, told: str):
    path = tmp_path / "robot.urdf"
    path.write_text(urdf)
    with pytest.raises(UserError, match=told) as error:
        build(
            asset={"file": str(path), "foot_name": "None"},
            control={"stiffness": {"": 1.0}, "damping": {"": 1.0}},
        )
    assert "\n" not in str(error.value) and str(path) in str(error.value)


def test_what_the_description_leaves_open(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """No effort limit: the drive has none; no range: the joint has none; what was mended is told."""
    path = tmp_path / "robot.urdf"
    path.write_text(ONE_JOINT.format(BALL, "revolute"))
    gains = {"stiffness": {"": 1.0}, "damping": {"": 1.0}}
    robot = build(asset={"file": str(path), "foot_name": "None"}, control=gains)
    assert robot.torque_limits.tolist() == robot.dof_vel_limits.tolist() == [np.inf]
    assert robot.dof_pos_limits.tolist() == [[-np.inf, np.inf]]
    assert not robot.model.actuator_forcelimited.any() and not robot.model.jnt_limited.any()
    assert any("robot.urdf: no effort limit" in message for message in caplog.messages)


def test_joint_dynamics_of_the_file_hold_where_the_configuration_says_nothing(tmp_path: Path):
    path = tmp_path / "robot.urdf"
    dynamics = '<dynamics damping="3" friction="0.7"/></joint>'
    path.write_text(ONE_JOINT.format(BALL, "revolute").replace("</joint>", dynamics))
    base = {"file": str(path), "foot_name": "None"}
    gains = {"stiffness": {"": 1.0}, "damping": {"": 1.0}}
    for settings, friction, damping in (({}, 0.7, 3.0), ({"dof_friction": 0.1, "dof_damping": 0.2}, 0.1, 0.2)):
        model = build(asset=base | settings, control=gains).model
        assert (model.dof_frictionloss[-1], model.dof_damping[-1]) == (friction, damping)


def test_parts_that_overlap_in_the_default_pose_are_named(caplog: pytest.LogCaptureFixture):
    """The feet of crossed legs, 4.4 cm wide each; nothing in the pose of standing."""
    robot = build(asset={"self_collisions": True})
    assert overlaps(robot, STANCE) == {}
    crossed = overlaps(robot, crossed_pose(0.0)[7:])
    assert ("FL_foot", "FR_foot") in crossed and 0.0 < crossed["FL_foot", "FR_foot"] < 0.044
    warn_of_overlaps(robot, crossed_pose(0.0)[7:])
    assert any(message.startswith("FL_foot and FR_foot lie ") for message in caplog.messages)
    assert overlaps(build(), crossed_pose(0.0)[7:]) == {}
