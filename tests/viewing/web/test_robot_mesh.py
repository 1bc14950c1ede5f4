"""The robot as meshes: its bodies are where the engine has them."""

import numpy as np
import pytest
import torch

pytest.importorskip("mjviser")

from legged_gym.sim.robot_model import asset_path
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.viewing.web.robot_mesh import RobotMeshes


@pytest.mark.parametrize("task", ["go2_flat", "anymal_c_flat", "mini_cheetah", "qmini"])
def test_bodies_are_where_the_engine_has_them(task):
    cfg, _ = get_cfgs(task)
    cfg.env.num_envs, cfg.sim.engine, cfg.terrain.mesh_type = 2, "mujoco", "plane"
    torch.manual_seed(1)
    env = make_env(task, cfg, "cpu", 1)
    for _ in range(3):
        env.step(torch.randn(2, env.num_actions))
    meshes = RobotMeshes(asset_path(cfg.asset), env.dof_names)
    positions, quats = meshes.place(env.root_states[:, :7].numpy(), env.dof_pos.numpy())
    shared = [name for name in meshes.names if name in env.body_names]
    assert len(shared) >= 9
    for name in shared:
        own, theirs = meshes.names.index(name), env.body_names.index(name)
        assert np.allclose(positions[own], env.body_states[:, theirs, :3].numpy(), atol=1e-4), name
        dots = np.abs((np.roll(quats[own], -1, axis=1) * env.body_states[:, theirs, 3:7].numpy()).sum(axis=1))
        assert np.allclose(dots, 1.0, atol=1e-4), name
    env.close()


def test_visual_shapes_are_taken_where_there_are_any():
    cfg, _ = get_cfgs("go2_flat")
    meshes = RobotMeshes(asset_path(cfg.asset), [])
    base = meshes.meshes[meshes.names.index("base")]
    assert len(base.faces) > 1000  # its collision shape is a box


def test_feet_are_found_by_whatever_name_they_have():
    meshes = RobotMeshes.__new__(RobotMeshes)
    meshes.names = ["base", "LF_FOOT", "FL_foot"]
    positions = np.arange(18.0).reshape(3, 2, 3)
    found = meshes.feet(["LF_FOOT", "FL", "FL_foot", "toe"], positions)  # the last one has no shape
    np.testing.assert_array_equal(found, [[6, 7, 8], [12, 13, 14], [12, 13, 14], [np.nan] * 3])
