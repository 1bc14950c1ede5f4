"""The robots' descriptions against their published numbers, and standing on both engines."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import mujoco
import numpy as np
import pytest
import torch

from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.robot_model import RobotModel, asset_path, build_robot_model, load_robot_spec
from legged_gym.sim.simulator import Simulator
from tests.sim.robot_facts import QMINI, ROBOTS, RobotFacts
from tests.sim.robots import flat_terrain, place, with_settings

GRAVITY = 9.81
STANDING_STEPS = 100
"""Control steps of 20 ms that a robot stands."""
LAST_STEPS = 25
"""The last of the `STANDING_STEPS`, on both engines from one state."""


def asset(facts: RobotFacts) -> AssetCfg:
    file = f"{{ROOT}}/resources/robots/{facts.name}/urdf/{facts.name}.urdf"
    return with_settings(AssetCfg, file=file, armature=facts.armature)


def control(facts: RobotFacts, factor: float = 1.0) -> ControlCfg:
    """The robot's gains, times a factor."""
    stiffness = {key: factor * value for key, value in facts.stiffness.items()}
    return with_settings(ControlCfg, stiffness=stiffness, damping={k: factor * v for k, v in facts.damping.items()})


@pytest.fixture(scope="module", params=ROBOTS, ids=lambda facts: facts.name)
def facts(request: pytest.FixtureRequest) -> RobotFacts:
    return request.param


@pytest.fixture(scope="module")
def robot(facts: RobotFacts) -> RobotModel:
    return build_robot_model(asset(facts), control(facts), SimCfg(), flat_terrain(), contact_sensors=False)


@pytest.fixture
def posed(facts: RobotFacts, robot: RobotModel) -> mujoco.MjData:
    """The default pose, base at the origin."""
    data = mujoco.MjData(robot.model)
    data.qpos[:7] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    data.qpos[7:] = facts.pose
    mujoco.mj_forward(robot.model, data)
    return data


def rotation(quaternion: np.ndarray) -> np.ndarray:
    """Rotation matrix of a wxyz quaternion [3, 3]."""
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def about_origin(mass: float, com: np.ndarray, inertia: np.ndarray) -> np.ndarray:
    """An inertia about the centre of mass, moved to the frame's origin [3, 3]."""
    return inertia + mass * (com @ com * np.eye(3) - np.outer(com, com))


def merged(model: mujoco.MjModel, body: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Mass, centre of mass and inertia about it of a body and those behind fixed joints, whose axes are parallel."""
    welded = [
        i for i in range(model.nbody) if i != body and model.body_parentid[i] == body and not model.body_jntnum[i]
    ]
    mass, moment, total = 0.0, np.zeros(3), np.zeros((3, 3))
    for part in (body, *welded):
        axes = rotation(model.body_iquat[part])
        com = model.body_ipos[part] + (0.0 if part == body else model.body_pos[part])
        mass += model.body_mass[part]
        moment += model.body_mass[part] * com
        total += about_origin(model.body_mass[part], com, axes @ np.diag(model.body_inertia[part]) @ axes.T)
    com = moment / mass
    return mass, com, total - about_origin(mass, com, np.zeros((3, 3)))


def test_names_and_order(facts: RobotFacts, robot: RobotModel):
    """Joints and bodies are those of the tables, and feet of their own, welded to the link above them."""
    feet = [name for name in facts.feet if name not in facts.body_rows()]
    assert robot.dof_names == list(facts.joint_rows())
    assert [name for name in robot.body_names if name not in feet] == list(facts.body_rows())
    for foot in feet:
        body = robot.model.body(foot)
        assert not body.jntnum[0] and body.parentid[0] == body.id - 1


def test_masses_and_inertias(facts: RobotFacts, robot: RobotModel):
    assert robot.model.body_mass.sum() == pytest.approx(facts.mass, abs=1e-9)
    for name, (mass, *numbers) in facts.body_rows().items():
        com, (xx, yy, zz, xy, xz, yz) = numbers[:3], numbers[3:]
        ours = merged(robot.model, robot.model.body(name).id)
        assert ours[0] == pytest.approx(mass, abs=1e-9), name
        np.testing.assert_allclose(ours[1], com, rtol=1e-5, atol=1e-8, err_msg=name)
        tensor = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
        np.testing.assert_allclose(ours[2], tensor, rtol=1e-5, atol=2e-9 * max(1.0, mass), err_msg=name)


def test_every_inertia_is_one_that_a_body_can_have(robot: RobotModel):
    moments = np.sort(robot.model.body_inertia[robot.body_ids], axis=1)
    assert (moments > 0.0).all()
    assert (moments[:, 0] + moments[:, 1] >= moments[:, 2]).all()


def test_joints(facts: RobotFacts, robot: RobotModel):
    model = robot.model
    for index, (name, (parent, numbers)) in enumerate(facts.joint_rows().items()):
        joint = model.joint(name)
        body = model.body(int(joint.bodyid[0]))
        roll, pitch, yaw = numbers[3:6]
        quaternion = np.zeros(4)
        mujoco.mju_euler2Quat(quaternion, np.array([roll, pitch, yaw]), "XYZ")
        assert model.body(int(body.parentid[0])).name == parent
        np.testing.assert_allclose(body.pos, numbers[:3], err_msg=name)
        np.testing.assert_allclose(body.quat, quaternion, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(joint.axis, numbers[6:9], err_msg=name)
        np.testing.assert_allclose(joint.pos, 0.0)
        np.testing.assert_allclose(robot.dof_pos_limits[index], numbers[9:11], atol=1e-12, err_msg=name)
        assert (robot.torque_limits[index], robot.dof_vel_limits[index]) == tuple(numbers[11:])
    below, above = robot.dof_pos_limits.T
    assert (below < facts.pose).all() and (facts.pose < above).all()


def test_default_pose(facts: RobotFacts, robot: RobotModel, posed: mujoco.MjData):
    for name, expected in facts.feet.items():
        np.testing.assert_allclose(posed.body(name).xpos, expected, atol=1e-5)
    if facts.com:
        np.testing.assert_allclose(posed.subtree_com[robot.base_id], facts.com, atol=5e-5)
    lowest = (posed.geom_xpos[robot.geom_ids, 2] - robot.model.geom_size[robot.geom_ids, 0]).min()
    assert -lowest == pytest.approx(facts.height, abs=5e-5)


def test_collisions_are_spheres_and_the_feet_have_the_sources_radius(facts: RobotFacts, robot: RobotModel):
    """Few, for speed; the feet stand out below all the rest in the default pose."""
    model = robot.model
    assert (model.geom_type[robot.geom_ids] == mujoco.mjtGeom.mjGEOM_SPHERE).all()
    assert len(robot.geom_ids) == facts.num_spheres
    for name in facts.feet:
        geoms = np.flatnonzero(model.geom_bodyid == model.body(name).id)
        assert len(geoms) == (5 if facts is QMINI else 1)
        np.testing.assert_allclose(model.geom_size[geoms, 0], facts.foot_radius)
    for role in facts.terminating:
        names = [model.body(body).name for body in model.geom_bodyid[robot.geom_ids]]
        assert any(role in name for name in names)


def test_visual_shapes_never_collide_nor_weigh(facts: RobotFacts):
    spec = load_robot_spec(asset_path(asset(facts)), visuals=True)
    assert len([geom for geom in spec.geoms if not geom.contype and not geom.conaffinity]) > 40
    assert spec.compile().body_mass.sum() == pytest.approx(facts.mass)


@pytest.mark.parametrize("facts", [QMINI], indirect=True, ids=["qmini"])
def test_the_rounded_sole_rolls_as_the_sources(facts: RobotFacts, robot: RobotModel):
    """How far the foot reaches down, against the source's profile, on level ground of each pitch."""
    model = robot.model
    geoms = model.geom_bodyid == model.body("ankle_pitch_l").id
    profile_x = np.array([-70, -60, -50, -40, -20, 0, 20, 40, 60, 80, 90])
    profile_z = -np.array([78.3, 86.3, 90.9, 92.2, 94.0, 94.45, 93.9, 92.3, 89.5, 84.6, 78.9])
    pitch = np.radians(np.arange(-20, 21))
    direction = np.stack((np.sin(pitch), -np.cos(pitch)))
    x = np.linspace(-70, 90, 641)
    theirs = (np.stack((x, np.interp(x, profile_x, profile_z)), axis=1) @ direction).max(axis=0) / 1000.0
    ours = (model.geom_pos[geoms][:, [0, 2]] @ direction).max(axis=0) + facts.foot_radius
    np.testing.assert_allclose(ours, theirs, atol=0.8e-3)


def stand(
    facts: RobotFacts, engine: str, factor: float = 1.0, steps: int = STANDING_STEPS, before: Simulator | None = None
) -> Simulator:
    """Some time in the default pose, from its kinematic height, with the robot's gains times a factor.

    With a simulator that went `before`, the robot goes on from its state.

    Qmini's soles are rockers: its ankles would need at least 44 N m/rad each to hold it, and have 20. Their targets
    follow the base's pitch, as a policy's do.
    """
    settings = with_settings(SimCfg, engine=engine)
    sim = make_simulator(asset(facts), control(facts, factor), settings, flat_terrain(), 1, "cpu")
    targets = place(sim, facts.height, list(facts.pose))
    pose = targets.clone()
    if before is not None:
        sim.reset(torch.ones(1, dtype=torch.bool), before.root_states, before.dof_pos, before.dof_vel)
    ankles = [index for index, name in enumerate(sim.dof_names) if name.startswith("ankle")]
    for _ in range(steps):
        if facts is QMINI:
            pitch, rate = 2.0 * sim.root_states[:, 4:5], sim.root_states[:, 11:12]
            lean = 0.05 + 4.0 * pitch + 0.5 * rate
            targets[:, ankles] = pose[:, ankles] + lean * torch.tensor([1.0, -1.0])
        sim.step(targets)
    sim.close()
    return sim


def assert_stands(sim: Simulator, facts: RobotFacts, sink: float) -> None:
    """Upright, at rest, on its feet alone, torques to spare, and at most a share `sink` below the pose's height."""
    height, force = sim.root_states[0, 2].item(), sim.contact_forces[0]
    assert facts.height * (1.0 - sink) < height < facts.height
    assert sim.root_states[0, 3:5].norm() < 0.05  # within 0.1 rad
    assert sim.root_states[0, :2].norm() < 0.08
    assert sim.root_states[0, 7:].norm() < 0.15
    assert (sim.torques.abs() < 0.5 * sim.torque_limits).all()
    assert force[:, 2].sum().item() == pytest.approx(facts.mass * GRAVITY, rel=0.05)
    assert {name for name, value in zip(sim.body_names, force.norm(dim=1), strict=True) if value > 0.0} == set(
        facts.feet
    )


def test_stands_on_its_own_gains(facts: RobotFacts, engine: str):
    """They are soft: the quadrupeds sink in by a seventh of their height."""
    before = stand(facts, "mujoco", steps=STANDING_STEPS - LAST_STEPS)
    sim = stand(facts, engine, steps=LAST_STEPS, before=before)
    assert_stands(sim, facts, sink=0.16)
    if engine != "mujoco":
        expected = stand(facts, "mujoco", steps=LAST_STEPS, before=before)
        torch.testing.assert_close(sim.root_states, expected.root_states, atol=2e-3, rtol=0.0)
        torch.testing.assert_close(sim.dof_pos, expected.dof_pos, atol=2e-3, rtol=0.0)


@pytest.mark.parametrize("facts", ROBOTS[:3], indirect=True, ids=lambda facts: facts.name)
def test_stands_at_its_kinematic_height_on_stiff_gains(facts: RobotFacts):
    assert_stands(stand(facts, "mujoco", factor=5.0), facts, sink=0.05)
