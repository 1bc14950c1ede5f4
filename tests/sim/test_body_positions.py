"""Positions of feet from base and joints, against MuJoCo's own kinematics."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import mujoco
import numpy as np
import pytest
import torch

from legged_gym.sim.body_positions import BodyPositions
from legged_gym.sim.robot_model import build_robot_model
from legged_gym.tasks import get_cfgs
from legged_gym.terrain.terrain import Terrain


@pytest.mark.parametrize(("task", "foot"), [("go2_flat", "foot"), ("anymal_c_flat", "FOOT"), ("mini_cheetah", "foot")])
def test_feet_are_where_mujoco_has_them(task: str, foot: str) -> None:
    cfg = get_cfgs(task)[0]
    sections = cfg.asset, cfg.control, cfg.sim, Terrain(cfg.terrain, 1)
    robot = build_robot_model(*sections, contact_sensors=False)  # type: ignore[arg-type]
    names = [name for name in robot.body_names if foot in name]
    assert len(names) == 4
    names.append(robot.body_names[2])  # its chain is shorter
    data = mujoco.MjData(robot.model)
    rng = np.random.default_rng(0)
    positions = BodyPositions(robot, names)
    for _ in range(20):
        pose = rng.normal(size=7)
        pose[3:] /= np.linalg.norm(pose[3:])
        angles = rng.uniform(-1.5, 1.5, len(robot.dof_names))
        data.qpos[:7], data.qpos[robot.joint_qpos] = pose, angles
        mujoco.mj_kinematics(robot.model, data)
        expected = np.array([data.body(name).xpos for name in names])
        quat = pose[[4, 5, 6, 3]]
        inputs = (torch.tensor(part, dtype=torch.float32)[None] for part in (pose[:3], quat, angles))
        np.testing.assert_allclose(positions(*inputs)[0].numpy(), expected, atol=1e-6)
