"""Terrain in MuJoCo C: vertical faces and ceilings of boxes, and what touches them."""

import copy

import mujoco
import numpy as np
import pytest
import torch

from legged_gym.sim.config import SimCfg
from legged_gym.sim.mujoco_cpu import MujocoSimulator
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from legged_gym.sim.terrain_model import TerrainLike, add_terrain
from tests.sim.robots import STANCE, Go2Asset, StiffControl, height_field, with_settings

CELL = 0.05
RADIUS = 0.02
DT = 0.002


def steps(rise: float = 0.2) -> TerrainLike:
    """0 for x < 0 and `rise` beyond, 4 m a side; a bar hangs 0.5 m over the higher ground, at x of 1 m."""
    heights = np.zeros((80, 81))
    heights[40:] = rise
    terrain = height_field(heights, CELL)
    terrain.slope_threshold = 1.0
    terrain.ceiling = np.full(heights.shape, np.inf, dtype=np.float32)
    terrain.ceiling[59:62] = rise + 0.5
    return terrain


def build(terrain: TerrainLike, boxes: bool = True) -> RobotModel:
    return build_robot_model(
        Go2Asset(), StiffControl(), SimCfg(), terrain, contact_sensors=False, contact_pairs=True, boxes=boxes
    )


def height_from(robot: RobotModel, start: tuple[float, float, float], direction: float) -> float:
    """Where a vertical ray meets the terrain, m; NaN where it does not."""
    data = mujoco.MjData(robot.model)
    data.qpos[0] = 100.0
    mujoco.mj_forward(robot.model, data)
    geom = np.zeros(1, dtype=np.int32)
    distance = mujoco.mj_ray(robot.model, data, np.array(start), np.array([0.0, 0.0, direction]), None, 1, -1, geom)
    return start[2] + direction * distance if distance >= 0 else np.nan


@pytest.mark.parametrize(("x", "height"), [(-0.5, 0.0), (-0.001, 0.0), (0.001, 0.2), (0.03, 0.2), (0.08, 0.2)])
def test_the_face_is_vertical(x: float, height: float):
    assert height_from(build(steps()), (x, 0.1234, 2.0), -1.0) == pytest.approx(height, abs=1e-6)


def test_the_ceiling_hangs_over_the_squares_of_its_vertices():
    """Three vertices at 0.975 to 1.075 m: 0.95 to 1.1 m."""
    robot = build(steps())
    for x in (0.951, 1.0, 1.099):
        assert height_from(robot, (x, 0.1234, 0.4), 1.0) == pytest.approx(0.7)
        assert height_from(robot, (x, 0.1234, 3.0), -1.0) == pytest.approx(1.7)
    for x in (0.949, 1.101):
        assert np.isnan(height_from(robot, (x, 0.1234, 0.4), 1.0))


def test_without_boxes_the_field_is_the_plain_one():
    """A ramp one cell wide."""
    robot = build(steps(), boxes=False)
    assert robot.contact_pairs and robot.model.ngeom == 1 + len(robot.geom_ids)
    assert height_from(robot, (0.0, 0.1234, 2.0), -1.0) == pytest.approx(0.1, abs=1e-6)


def test_boxes_are_no_part_of_the_robot():
    """Friction of the robot is written to its pairs with the field and to its own geometries, not to the boxes."""
    sim = MujocoSimulator(Go2Asset(), StiffControl(), SimCfg(), steps(), 2, "cpu")
    robot = sim.robot
    assert robot.has_boxes and robot.model.ngeom == 1 + 2 + len(robot.geom_ids) and len(robot.geom_ids) == 26
    sim.randomize("friction", torch.tensor([0.3, 0.6]))
    assert sim.read("friction").tolist() == pytest.approx([0.3, 0.6])
    own, pairs = sim._batch.expand("geom_friction")[:, :, 0], sim._batch.expand("pair_friction")[:, :, :2]
    assert (own[:, :3] == 1.0).all() and np.allclose(own[:, 3:], [[0.3], [0.6]])
    assert pairs.shape == (2, 26, 2) and np.allclose(pairs, [[[0.3]], [[0.6]]])
    sim.close()


@pytest.mark.parametrize(("x", "kind"), [(-1.0, mujoco.mjtGeom.mjGEOM_HFIELD), (0.5, mujoco.mjtGeom.mjGEOM_BOX)])
def test_friction_is_the_robots_on_the_field_and_on_boxes(x: float, kind: mujoco.mjtGeom):
    """The terrain's is 0.7, and so is the robot's until it is written."""
    terrain = steps()
    terrain.cfg.static_friction = 0.7
    terrain.heights[:37] += 1.0e-5 * (np.arange(37) % 2)[:, None]  # not quite level: it stays field
    robot = build(terrain)
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[:7] = [x, 0.0, 0.3 + 0.2 * (x > 0.0), 1.0, 0.0, 0.0, 0.0]
    data.qpos[7:] = STANCE
    for friction in (0.7, 0.4):
        mujoco.mj_forward(model, data)
        assert data.ncon >= 4 and (model.geom_type[data.contact.geom.min(axis=1)] == kind).all()
        np.testing.assert_allclose(data.contact.friction[:, :2], friction)
        assert (data.contact.solref[:, 0] == SimCfg.contact_time_constant).all()
        model.pair_friction[:, :2] = model.geom_friction[robot.geom_ids, 0] = 0.4
        model.geom_friction[: robot.geom_ids[0], 0] = 5.0


@pytest.mark.parametrize("fixed", [False, True])
def test_the_robot_moves_as_if_nothing_slept(fixed: bool):
    """Dropped on the step and on its way beside it, at rest and put elsewhere: bit for bit."""
    asset = with_settings(Go2Asset, fix_base_link=fixed)
    robot = build_robot_model(asset, StiffControl(), SimCfg(), steps(), contact_sensors=True, boxes=True)
    awake = copy.deepcopy(robot.model)
    awake.opt.enableflags = 0
    paths = []
    for model in (robot.model, awake):
        assert bool(model.opt.enableflags) == (model is robot.model)
        data, path = mujoco.MjData(model), []
        for x in (0.1, -0.2, 1.0):
            mujoco.mj_resetData(model, data)
            position, quat = (data.mocap_pos[0], data.mocap_quat[0]) if fixed else (data.qpos[:3], data.qpos[3:7])
            position[:], quat[:] = (x, 0.1, 0.3 + 0.25 * (x > 0.0)), (1.0, 0.0, 0.0, 0.0)
            data.qpos[robot.joint_qpos] = data.ctrl[:12] = STANCE
            for _ in range(300):
                mujoco.mj_step(model, data)
                path.append(np.concatenate((data.qpos, data.sensordata)))
        paths.append(np.array(path))
    np.testing.assert_array_equal(*paths)
    assert np.abs(paths[0][:, -51:]).max() > 10.0  # it did touch


def ball(terrain: TerrainLike, position: tuple[float, float, float]) -> tuple[mujoco.MjModel, mujoco.MjData]:
    """A free sphere of 1 kg on a terrain, with a robot's contacts."""
    spec = mujoco.MjSpec()
    spec.option.timestep = DT
    assert add_terrain(spec, terrain, boxes=True)
    body = spec.worldbody.add_body(pos=position)
    body.add_freejoint()
    body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[RADIUS, 0.0, 0.0], mass=1.0, priority=1)
    body.geoms[0].solref[0] = SimCfg.contact_time_constant
    model = spec.compile()
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_NATIVECCD)
    return model, mujoco.MjData(model)


def test_a_ball_meets_a_riser_horizontally():
    """The face stands at x = 0: 0.5 mm of the ball are in it, pushed straight back."""
    model, data = ball(steps(), (0.0005 - RADIUS, 0.1, 0.1))
    mujoco.mj_forward(model, data)
    assert data.ncon == 1
    sign = 1.0 if data.contact.geom[0, 0] == model.ngeom - 1 else -1.0
    np.testing.assert_allclose(sign * data.contact.frame[0, :3], [1.0, 0.0, 0.0], atol=1e-6)
    assert data.contact.dist[0] == pytest.approx(-0.0005, abs=1e-6)
    assert data.contact.pos[0] == pytest.approx([0.00025, 0.1, 0.1], abs=1e-6)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_ball_rolls_over_seams_without_a_bump(axis: int):
    """A strip of ground between two pairs of holes, of boxes there and of field in between, crossed a little aslant.

    The ground in between is level to a hundredth of a millimetre, so that it stays field.
    """
    heights = np.zeros((81, 81))
    heights[31:50:2] = 1.0e-5
    for first in (8, 65):
        for side in (slice(28, 38), slice(43, 53)):
            heights[first : first + 10, side] = -0.3
    terrain = height_field(heights if axis == 0 else heights.T, CELL)
    terrain.slope_threshold = 1.0
    along, across = np.eye(3)[axis], np.eye(3)[1 - axis]
    model, data = ball(terrain, tuple(-1.7 * along - 0.09 * across + [0.0, 0.0, RADIUS]))
    for _ in range(250):
        mujoco.mj_step(model, data)
    data.qvel[:3] = 1.0 * along + 0.05 * across
    data.qvel[3:] = np.cross([0.0, 0.0, 1.0], data.qvel[:3]) / RADIUS  # rolling
    kinds = set()
    for _ in range(round(3.5 / DT)):
        mujoco.mj_step(model, data)
        assert -1.0e-3 < data.qpos[2] - RADIUS < 1.0e-4  # soft contacts give way; nothing lifts it
        kinds |= {int(kind) for kind in model.geom_type[data.contact.geom].ravel()}
    assert {int(mujoco.mjtGeom.mjGEOM_HFIELD), int(mujoco.mjtGeom.mjGEOM_BOX)} <= kinds
    assert data.qpos[:3] @ along > 1.5
