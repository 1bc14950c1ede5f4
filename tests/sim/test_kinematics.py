"""Body states against MuJoCo's own kinematics, on a robot with rotated, welded and skew-jointed links."""

from pathlib import Path

import mujoco
import numpy as np
import torch

from legged_gym.sim.body_states import TorchKinematics
from legged_gym.sim.config import SimCfg
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from robust_parallel.physics.kinematics import BodyKinematics
from tests.sim.robots import Go2Asset, MakeSim, StiffControl, flat_terrain, with_settings

LINK = (
    '<link name="{}"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
    '<collision><geometry><sphere radius="0.01"/></geometry></collision></link>'
)
JOINT = (
    '<joint name="{}" type="{}"><parent link="{}"/><child link="{}"/><origin xyz="{}" rpy="{}"/><axis xyz="{}"/>'
    '<limit lower="-3" upper="3" effort="5" velocity="5"/></joint>'
)
SKEW_ROBOT = "".join(
    [
        '<robot name="skew">',
        *(LINK.format(name) for name in ("base", "arm", "hand", "tip", "other")),
        JOINT.format("shoulder", "revolute", "base", "arm", "0.1 -0.2 0.3", "0.3 -0.4 0.5", "0.6 0 0.8"),
        JOINT.format("wrist", "revolute", "arm", "hand", "0 0 0.4", "1.2 0 0", "0 0 -1"),
        JOINT.format("glue", "fixed", "hand", "tip", "0.05 0.1 0", "0 0.7 0", "1 0 0"),
        JOINT.format("second", "revolute", "base", "other", "0 0 0", "0 0 0", "0 1 0"),
        "</robot>",
    ]
)


def reference(robot: RobotModel, root: np.ndarray, dof_pos: np.ndarray, dof_vel: np.ndarray) -> np.ndarray:
    """Body states [B, 13] of one robot by `mj_forward` and `mj_objectVelocity`."""
    model, data = robot.model, mujoco.MjData(robot.model)
    data.qpos[:] = np.concatenate((root[:3], np.roll(root[3:7], 1), dof_pos))
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, data.qpos[3:7])
    data.qvel[:] = np.concatenate((root[7:10], rotation.reshape(3, 3).T @ root[10:], dof_vel))
    mujoco.mj_forward(model, data)
    states, velocity = [], np.zeros(6)
    for body in robot.body_ids:
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, body, velocity, 0)
        states.append(np.concatenate((data.xpos[body], np.roll(data.xquat[body], -1), velocity[3:], velocity[:3])))
    return np.array(states)


def assert_same_states(states: np.ndarray, expected: np.ndarray) -> None:
    """Equal body states [B, 13], where a quaternion and its negative are the same."""
    signs = np.sign((states[:, 3:7] * expected[:, 3:7]).sum(axis=1, keepdims=True))
    expected = np.concatenate((expected[:, :3], signs * expected[:, 3:7], expected[:, 7:]), axis=1)
    np.testing.assert_allclose(states, expected, atol=5e-6)


def test_states_of_a_skew_robot(tmp_path: Path):
    (tmp_path / "skew.urdf").write_text(SKEW_ROBOT)
    asset = with_settings(Go2Asset, file=str(tmp_path / "skew.urdf"), foot_name="tip")
    control = with_settings(StiffControl, stiffness={"": 10.0}, damping={"": 1.0})
    robot = build_robot_model(asset, control, SimCfg(), flat_terrain(), contact_sensors=False)
    assert robot.dof_names == ["shoulder", "wrist", "second"]
    assert robot.body_names == ["base", "arm", "hand", "tip", "other"]
    rng = np.random.default_rng(0)
    root = rng.standard_normal((7, 13)).astype(np.float32)
    root[:, 3:7] /= np.linalg.norm(root[:, 3:7], axis=1, keepdims=True)
    dof_pos, dof_vel = rng.standard_normal((2, 7, 3)).astype(np.float32)
    out = np.zeros((13, 5, 7), dtype=np.float32)
    BodyKinematics(robot).compute(root, dof_pos, dof_vel, out)
    in_torch = torch.zeros(7, 5, 13)
    TorchKinematics(robot, in_torch.device).compute(*map(torch.from_numpy, (root, dof_pos, dof_vel)), out=in_torch)
    for i in range(7):
        expected = reference(robot, root[i], dof_pos[i], dof_vel[i])
        assert_same_states(out[:, :, i].T, expected)
        assert_same_states(in_torch[i].numpy(), expected)


def test_body_states_describe_the_state_after_the_step(make: MakeSim):
    """Not that before the last substep, in which MuJoCo leaves its own."""
    sim = make()
    robot = build_robot_model(Go2Asset(), StiffControl(), SimCfg(), flat_terrain(), contact_sensors=False)
    dof_pos = torch.tensor([0.1, 0.8, -1.5] * 4).repeat(2, 1)
    root = torch.zeros(2, 13)
    root[:, 2], root[:, 6], root[:, 10] = 2.0, 1.0, 3.0
    sim.reset(torch.ones(2, dtype=torch.bool), root, dof_pos, torch.full_like(dof_pos, 2.0))
    for _ in range(3):
        sim.step(dof_pos + 0.2)
        state = [tensor[1].double().numpy() for tensor in (sim.root_states, sim.dof_pos, sim.dof_vel)]
        assert_same_states(sim.body_states[1].numpy(), reference(robot, *state))
