"""Small robots and worlds of the tests."""

from pathlib import Path
from typing import Any

import torch

from isaacgym import gymapi, gymtorch

GRAVITY = 9.81
BALL = """<robot name="ball"><link name="ball"><inertial><mass value="2"/>
<inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>
<collision><geometry><box size="0.2 0.2 0.2"/></geometry></collision></link></robot>"""
"""A box of 2 kg and no joint."""
PENDULUM = """<robot name="pendulum">
<link name="hook"><inertial><mass value="1"/>
<inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
<link name="rod"><inertial><origin xyz="0 0 -0.5"/><mass value="2"/>
<inertia ixx="1e-4" iyy="1e-4" izz="1e-4" ixy="0" ixz="0" iyz="0"/></inertial></link>
<joint name="swing" type="revolute"><parent link="hook"/><child link="rod"/><axis xyz="0 1 0"/>
<limit lower="-3" upper="3" effort="20" velocity="30"/></joint></robot>"""
"""2 kg, 0.5 m below a hinge."""
SPHERE = BALL.replace('<box size="0.2 0.2 0.2"/>', '<sphere radius="0.1"/>')
"""2 kg, a radius of 0.1 m."""


class World:
    """A simulation of copies of one robot, with its tensors."""

    def __init__(self, asset: Any, sim: Any, gym: Any, count: int, pose: Any, spread: Any = None) -> None:
        self.gym, self.sim, self.asset = gym, sim, asset
        zero = gymapi.Vec3()
        self.envs = [gym.create_env(sim, zero, zero, 4) for _ in range(count)]
        for index, env in enumerate(self.envs):
            if spread is not None:
                spread(index)
            assert gym.create_actor(env, asset, pose, "robot", index, 0, 0) == 0

    def prepare(self) -> "World":
        gym, sim = self.gym, self.sim
        assert gym.prepare_sim(sim)
        self.roots = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim))
        self.joints = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim))
        self.bodies = gymtorch.wrap_tensor(gym.acquire_rigid_body_state_tensor(sim))
        self.contacts = gymtorch.wrap_tensor(gym.acquire_net_contact_force_tensor(sim))
        return self

    def refresh(self) -> None:
        self.gym.refresh_actor_root_state_tensor(self.sim)
        self.gym.refresh_dof_state_tensor(self.sim)
        self.gym.refresh_rigid_body_state_tensor(self.sim)
        self.gym.refresh_net_contact_force_tensor(self.sim)

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.gym.simulate(self.sim)
            self.gym.fetch_results(self.sim, True)
        self.refresh()

    def set_joints(self) -> None:
        self.gym.set_dof_state_tensor(self.sim, gymtorch.unwrap_tensor(self.joints))

    def set_roots(self) -> None:
        self.gym.set_actor_root_state_tensor(self.sim, gymtorch.unwrap_tensor(self.roots))

    def set_torques(self, torques: torch.Tensor) -> None:
        self.gym.set_dof_actuation_force_tensor(self.sim, gymtorch.unwrap_tensor(torques))


def options(**settings: Any) -> Any:
    """As legged_gym has them."""
    chosen = gymapi.AssetOptions()
    for name, value in {"default_dof_drive_mode": 3, "collapse_fixed_joints": True, "angular_damping": 0.0}.items():
        setattr(chosen, name, value)
    for name, value in settings.items():
        setattr(chosen, name, value)
    return chosen


def world(
    folder: Path,
    urdf: str,
    count: int = 1,
    height: float = 1.0,
    ground: bool = True,
    dt: float = 0.005,
    substeps: int = 1,
    spread: Any = None,
    friction: float = 1.0,
    on_gpu: bool = False,
    **asset: Any,
) -> World:
    """A world of copies of a robot at some height, not prepared yet."""
    path = folder / "robot.urdf"
    path.write_text(urdf)
    gym = gymapi.acquire_gym()
    params = gymapi.SimParams()
    params.dt, params.substeps, params.up_axis = dt, substeps, gymapi.UP_AXIS_Z
    params.gravity = gymapi.Vec3(0.0, 0.0, -GRAVITY)
    params.use_gpu_pipeline = on_gpu
    sim = gym.create_sim(0, -1, gymapi.SIM_PHYSX, params)
    if ground:
        plane = gymapi.PlaneParams()
        plane.normal, plane.static_friction, plane.dynamic_friction = gymapi.Vec3(0, 0, 1), friction, friction
        gym.add_ground(sim, plane)
    loaded = gym.load_asset(sim, str(folder), path.name, options(**asset))
    pose = gymapi.Transform()
    pose.p = gymapi.Vec3(0.0, 0.0, height)
    return World(loaded, sim, gym, count, pose, None if spread is None else lambda index: spread(gym, loaded, index))
