"""What goes wrong in a call is told in one line that names the call, whatever it was given."""

import numpy as np
import pytest
import torch

from isaacgym import gymapi, gymtorch
from robust_parallel.errors import UserError
from tests.isaacgym.worlds import PENDULUM, world

GYM = gymapi.acquire_gym()
PARAMS = gymapi.SimParams()


def empty():
    return GYM.create_sim(0, -1, gymapi.SIM_PHYSX, PARAMS)


def env():
    return GYM.create_env(empty(), gymapi.Vec3(), gymapi.Vec3(), 1)


@pytest.mark.parametrize(
    ("call", "arguments", "says"),
    [
        ("simulate", (None,), "sim is to be of Sim, not NoneType"),
        ("simulate", (empty(),), "comes after prepare_sim"),
        ("refresh_dof_state_tensor", (empty(),), "comes after prepare_sim"),
        ("create_sim", (0, -1, gymapi.SIM_PHYSX, {"dt": 1}), "params is to be of SimParams, not dict"),
        ("create_env", (empty(), [0, 0, 0], [0, 0, 0], 2), "lower is to be of Vec3, not list"),
        ("create_actor", (env(), None, gymapi.Transform(), "x"), "asset is to be of Asset, not NoneType"),
        ("get_actor_rigid_body_properties", (env(), None), "there is no actor None"),
        ("add_triangle_mesh", (empty(), None, None, gymapi.TriangleMeshParams()), "not in threes"),
        (
            "add_triangle_mesh",
            (empty(), np.zeros(9), np.zeros(3), gymapi.HeightFieldParams()),
            "params is to be of TriangleMeshParams, not HeightFieldParams",
        ),
        ("set_dof_state_tensor", (empty(),), "missing a required argument: 'dof_states'"),
        ("load_asset", (empty(), "/nowhere", "robot.urdf"), "not there"),
        ("viewer_camera_look_at", (GYM.create_viewer(empty(), gymapi.CameraProperties()), None, (1, 0, 0), (0, 0, 0)),
         "pos is to be of Vec3, not tuple"),
    ],
)  # fmt: skip
def test_arguments_of_another_kind(call, arguments, says):
    with pytest.raises(UserError, match=rf"^isaacgym: {call}: [^\n]*{says}[^\n]*$"):
        getattr(GYM, call)(*arguments)


def test_tensors_of_other_sizes(tmp_path):
    sim = world(tmp_path, PENDULUM).prepare().sim
    with pytest.raises(UserError, match="set_dof_actuation_force_tensor: a tensor"):
        GYM.set_dof_actuation_force_tensor(sim, gymtorch.unwrap_tensor(torch.zeros(7)))
    roots = GYM.acquire_actor_root_state_tensor(sim)
    listed = gymtorch.unwrap_tensor(torch.zeros(1, dtype=torch.int32))
    for count in (-1, 2, 0.5):
        with pytest.raises(UserError, match=f"set_actor_root_state_tensor_indexed: {count} actors of a list of 1"):
            GYM.set_actor_root_state_tensor_indexed(sim, roots, listed, count)


def test_arrays_of_other_joints_or_columns(tmp_path):
    env = world(tmp_path, PENDULUM).prepare().envs[0]
    for call in (GYM.set_actor_dof_states, GYM.set_actor_dof_properties):
        with pytest.raises(UserError, match="take what the getter gives"):
            call(env, 0, np.zeros(1))
    for call, array in (
        (GYM.set_actor_dof_states, np.zeros(3, gymapi.DofState.dtype)),
        (GYM.set_actor_dof_properties, GYM.get_actor_dof_properties(env, 0)[:0]),
        (GYM.set_actor_dof_position_targets, np.zeros(3)),
        (GYM.set_actor_dof_velocity_targets, np.zeros(0)),
    ):
        with pytest.raises(UserError, match="expected one of each joint: 1"):
            call(env, 0, array)
