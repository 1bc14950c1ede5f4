"""The module and legged_gym's own engine, fed with the same torques, move a robot alike."""

from pathlib import Path

import numpy as np
import torch

from isaacgym import gymapi, gymtorch
from legged_gym.sim.config import ControlCfg, SimCfg
from legged_gym.sim.mujoco_cpu import MujocoSimulator
from tests.isaacgym.worlds import options
from tests.sim.robots import STANCE, Go2Asset, flat_terrain, place, with_settings

URDF = Path(__file__).parents[2] / "resources/robots/go2/urdf/go2.urdf"


class TorqueControl(ControlCfg):
    decimation = 1

    class actuator(ControlCfg.actuator):
        model = "torque"


def pd(dof_pos: torch.Tensor, dof_vel: torch.Tensor) -> torch.Tensor:
    return 30.0 * (torch.tensor(STANCE) - dof_pos) - 0.8 * dof_vel


def test_a_go2_lands_alike():
    """From 5 cm above its stance, half a second; the order of legs is the same in both."""
    ours = MujocoSimulator(
        with_settings(Go2Asset, armature=0.0),
        TorqueControl(),
        with_settings(SimCfg, num_threads=1),
        flat_terrain(),
        1,
        "cpu",
    )
    place(ours, height=0.38)

    gym, params = gymapi.acquire_gym(), gymapi.SimParams()
    params.dt, params.substeps, params.gravity = 0.005, 1, gymapi.Vec3(0.0, 0.0, -9.81)
    sim = gym.create_sim(0, -1, gymapi.SIM_PHYSX, params)
    gym.add_ground(sim, gymapi.PlaneParams())
    asset = gym.load_asset(sim, str(URDF.parent), URDF.name, options())
    env = gym.create_env(sim, gymapi.Vec3(), gymapi.Vec3(), 1)
    gym.create_actor(env, asset, gymapi.Transform(gymapi.Vec3(0.0, 0.0, 0.38)), "go2", 0, 1)
    gym.prepare_sim(sim)
    root = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim))
    joints = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim)).view(1, 12, 2)
    joints[..., 0] = torch.tensor(STANCE)
    gym.set_dof_state_tensor(sim, gymtorch.unwrap_tensor(joints.view(12, 2)))
    assert gym.get_asset_dof_names(asset) == ours.dof_names

    def run(steps: int) -> None:
        for _ in range(steps):
            ours.step(pd(ours.dof_pos, ours.dof_vel))
            torques = pd(joints[..., 0], joints[..., 1])
            gym.set_dof_actuation_force_tensor(sim, gymtorch.unwrap_tensor(torques))
            gym.simulate(sim)
            gym.refresh_dof_state_tensor(sim)
        gym.refresh_actor_root_state_tensor(sim)

    run(15)  # in the air
    assert not ours.contact_forces.any()
    np.testing.assert_allclose(root, ours.root_states, atol=1e-5)
    np.testing.assert_allclose(joints[..., 0], ours.dof_pos, atol=1e-5)
    np.testing.assert_allclose(joints[..., 1], ours.dof_vel, atol=1e-4)
    run(85)
    assert 0.2 < float(root[0, 2]) < 0.37
    # Feet are bodies of their own in one and collapsed in the other, and MuJoCo's softness of a contact is the body's.
    np.testing.assert_allclose(root[:, :3], ours.root_states[:, :3], atol=5e-3)
    np.testing.assert_allclose(joints[..., 0], ours.dof_pos, atol=0.02)
