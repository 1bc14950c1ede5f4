"""The Go2's description against the published numbers (unitree_rl_gym's go2.urdf, fixed links merged)."""

import mujoco
import numpy as np
import pytest

from legged_gym.sim.config import SimCfg
from legged_gym.sim.robot_model import RobotModel, asset_path, build_robot_model, load_robot_spec
from tests.sim.robots import STANCE, Go2Asset, StiffControl, flat_terrain

LEGS = [("FL", 1, 1), ("FR", 1, -1), ("RL", -1, 1), ("RR", -1, -1)]
"""Name, front (1) or rear (-1), left (1) or right (-1)."""


@pytest.fixture(scope="module")
def robot() -> RobotModel:
    return build_robot_model(Go2Asset(), StiffControl(), SimCfg(), flat_terrain(), contact_sensors=False)


def inertia_tensor(model: mujoco.MjModel, body: int) -> np.ndarray:
    """About the centre of mass, in the body's axes [3, 3]."""
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, model.body_iquat[body])
    axes = rotation.reshape(3, 3)
    return axes @ np.diag(model.body_inertia[body]) @ axes.T


def tensor(xx: float, yy: float, zz: float, xy: float, xz: float, yz: float) -> np.ndarray:
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def stance_data(robot: RobotModel, base_height: float = 0.0) -> mujoco.MjData:
    data = mujoco.MjData(robot.model)
    data.qpos[:7] = [0.0, 0.0, base_height, 1.0, 0.0, 0.0, 0.0]
    data.qpos[7:] = STANCE
    mujoco.mj_forward(robot.model, data)
    return data


def test_total_mass(robot: RobotModel):
    assert robot.model.body_mass.sum() == pytest.approx(15.019, abs=1e-9)


def merged(model: mujoco.MjModel, parts: dict[str, list[float]]) -> tuple[float, np.ndarray, np.ndarray]:
    """Mass, centre of mass and inertia about it of bodies with parallel axes, given their origins."""
    mass, moment, total = 0.0, np.zeros(3), np.zeros((3, 3))
    for name, origin in parts.items():
        body = model.body(name).id
        com = np.array(origin) + model.body_ipos[body]
        mass += model.body_mass[body]
        moment += model.body_mass[body] * com
        total += inertia_tensor(model, body) + model.body_mass[body] * (com @ com * np.eye(3) - np.outer(com, com))
    com = moment / mass
    return mass, com, total - mass * (com @ com * np.eye(3) - np.outer(com, com))


def test_base_and_head_together_are_the_merged_base(robot: RobotModel):
    mass, com, inertia = merged(robot.model, {"base": [0.0, 0.0, 0.0], "head": [0.285, 0.0, 0.01]})
    assert mass == pytest.approx(6.923)
    np.testing.assert_allclose(com, [0.02118939, 0.0, -0.005371672], atol=1e-6)
    expected = tensor(0.02450242, 0.09824294, 0.1071627, 0.00012166, 0.001495696, -3.12e-05)
    np.testing.assert_allclose(inertia, expected, atol=2e-6)


@pytest.mark.parametrize("leg, front, left", LEGS)
def test_leg_inertials(robot: RobotModel, leg: str, front: int, left: int):
    model = robot.model
    hip, thigh = model.body(f"{leg}_hip").id, model.body(f"{leg}_thigh").id
    np.testing.assert_allclose(model.body_mass[[hip, thigh]], [0.678, 1.152])
    np.testing.assert_allclose(model.body_ipos[hip], [-0.0054 * front, 0.00194 * left, -0.000105])
    np.testing.assert_allclose(model.body_ipos[thigh], [-0.00374, -0.0223 * left, -0.0327])
    expected = tensor(0.00048, 0.000884, 0.000596, -3.01e-6 * front * left, 1.11e-6 * front, -1.42e-6 * left)
    np.testing.assert_allclose(inertia_tensor(model, hip), expected, atol=1e-10)
    expected = tensor(0.00584, 0.0058, 0.00103, 8.72e-5 * left, -0.000289, 0.000808 * left)
    np.testing.assert_allclose(inertia_tensor(model, thigh), expected, atol=1e-10)


@pytest.mark.parametrize("leg, front, left", LEGS)
def test_calf_and_foot_together_are_the_merged_calf(robot: RobotModel, leg: str, front: int, left: int):
    mass, com, inertia = merged(robot.model, {f"{leg}_calf": [0.0, 0.0, 0.0], f"{leg}_foot": [0.0, 0.0, -0.213]})
    assert mass == pytest.approx(0.194)
    np.testing.assert_allclose(com, [0.004350103, -0.0007739691 * left, -0.1352062], atol=1e-8)
    expected = tensor(0.001394582, 0.001415505, 4.348373e-05, 5.09654e-07 * left, 1.475959e-07, 1.131396e-05 * left)
    np.testing.assert_allclose(inertia, expected, atol=1e-9)


def test_joint_frames_axes_and_limits(robot: RobotModel):
    model = robot.model
    for leg, front, left in LEGS:
        origins = [[0.1934 * front, 0.0465 * left, 0.0], [0.0, 0.0955 * left, 0.0], [0.0, 0.0, -0.213]]
        thigh = [-1.5708, 3.4907] if front > 0 else [-0.5236, 4.5379]
        ranges = [[-1.0472, 1.0472], thigh, [-2.7227, -0.83776]]
        for part, axis, origin, limits in zip(
            ("hip", "thigh", "calf"), np.eye(3)[[0, 1, 1]], origins, ranges, strict=True
        ):
            joint, body = model.joint(f"{leg}_{part}_joint"), model.body(f"{leg}_{part}")
            assert joint.bodyid == body.id
            np.testing.assert_allclose(joint.axis, axis)
            np.testing.assert_allclose(joint.pos, 0.0)
            np.testing.assert_allclose(body.pos, origin)
            np.testing.assert_allclose(body.quat, [1.0, 0.0, 0.0, 0.0])
            np.testing.assert_allclose(robot.dof_pos_limits[robot.dof_names.index(joint.name)], limits)
    np.testing.assert_allclose(robot.torque_limits, [23.7, 23.7, 35.55] * 4)
    np.testing.assert_allclose(robot.dof_vel_limits, [30.1, 30.1, 20.07] * 4)


def test_default_pose_stands_on_its_feet(robot: RobotModel):
    """Foot centres and centre of mass of the published pose; the feet are spheres of 22 mm."""
    data = stance_data(robot)
    feet = {
        "FL": [0.17629, 0.17273, -0.30150],
        "FR": [0.17629, -0.17273, -0.30150],
        "RL": [-0.27227, 0.17177, -0.29192],
        "RR": [-0.27227, -0.17177, -0.29192],
    }
    for leg, expected in feet.items():
        (geom,) = np.flatnonzero(robot.model.geom_bodyid == robot.model.body(f"{leg}_foot").id)
        np.testing.assert_allclose(data.geom_xpos[geom], expected, atol=1e-4)
        assert robot.model.geom_size[geom, 0] == 0.022
    np.testing.assert_allclose(data.subtree_com[robot.base_id], [-0.00323, 0.0, -0.01737], atol=1e-4)


def test_collisions_are_spheres_within_the_sources_shapes(robot: RobotModel):
    """Few, for speed; lowest points of trunk and head as in the source."""
    model = robot.model
    assert (model.geom_type[robot.geom_ids] == mujoco.mjtGeom.mjGEOM_SPHERE).all()
    assert len(robot.geom_ids) == 26
    for name, lowest in (("base", -0.057), ("head", -0.107 - 0.01)):
        geoms = robot.geom_ids[model.geom_bodyid[robot.geom_ids] == model.body(name).id]
        assert (model.geom_pos[geoms, 2] - model.geom_size[geoms, 0]).min() == pytest.approx(lowest)


def test_a_lying_robot_touches_with_trunk_and_knees_not_through_the_floor(robot: RobotModel):
    """Folded legs on the floor: the trunk's underside is met at its own height."""
    data = stance_data(robot, base_height=0.056)
    touching = {robot.model.body(robot.model.geom_bodyid[contact.geom2]).name for contact in data.contact}
    assert "base" in touching and {f"{leg}_foot" for leg, *_ in LEGS} <= touching


def test_visual_shapes_never_collide_nor_weigh():
    spec = load_robot_spec(asset_path(Go2Asset()), visuals=True)
    visual = [geom for geom in spec.geoms if geom.contype == 0 and geom.conaffinity == 0]
    assert len(visual) > 50
    assert spec.compile().body_mass.sum() == pytest.approx(15.019)
