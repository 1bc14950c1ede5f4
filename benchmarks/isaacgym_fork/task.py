"""ANYmal C on Isaac Gym's interface, as forks of legged_gym are built: torques in Python, every buffer by hand.

Poses, gains and scales are those of this project's anymal_c tasks, which go back to legged_gym's.
"""

import functools
import math
import os
from argparse import Namespace
from typing import Any

import numpy as np
import torch

from benchmarks.isaacgym_fork.ground import BORDER, CELL, STEP, TILE, Ground
from isaacgym import gymapi, gymtorch, gymutil
from isaacgym.torch_utils import get_axis_params, quat_apply, quat_rotate_inverse, to_torch, torch_rand_float

URDF = os.path.join(os.path.dirname(__file__), "../../resources/robots/anymal_c/urdf/anymal_c.urdf")
SIM = {
    "dt": 0.005,
    "substeps": 1,
    "gravity": [0.0, 0.0, -9.81],
    "up_axis": 1,
    "physx": {"solver_type": 1, "contact_offset": 0.01, "rest_offset": 0.0, "max_depenetration_velocity": 1.0},
}
DECIMATION, ACTION_SCALE, STIFFNESS, DAMPING = 4, 0.5, 80.0, 2.0
EPISODE, RESAMPLING, PUSHES = 20.0, 10.0, 15.0
"""s."""
SCALES = {
    "tracking_lin_vel": 1.0,
    "tracking_ang_vel": 0.5,
    "lin_vel_z": -1.0,
    "ang_vel_xy": -0.02,
    "torques": -5.0e-6,
    "dof_acc": -5.0e-8,
    "action_rate": -0.005,
    "collision": -1.0,
    "feet_air_time": 1.0,
    "hip_deviation": -0.1,
}
AIR_TIME, SIGMA = 0.35, 0.25
NOISE = {"lin_vel": 0.1, "ang_vel": 0.2, "gravity": 0.05, "dof_pos": 0.01, "dof_vel": 1.5, "heights": 0.1}
LEVELS, COLUMNS, FIRST_LEVELS = 10, 20, 6


def stance(name: str) -> float:
    """Default angle of a joint, rad."""
    bend = {"HAA": 0.0, "HFE": 0.4, "KFE": -0.8}[name[3:]]
    return bend if name[1] == "F" else -bend


class Anymal:
    """N robots that follow velocity commands."""

    def __init__(self, args: Namespace, rough: bool) -> None:
        """Build the world."""
        self.gym, self.rough, self.num_envs = gymapi.acquire_gym(), rough, args.num_envs
        params = gymapi.SimParams()
        params.physx.use_gpu, params.use_gpu_pipeline = args.use_gpu, args.use_gpu_pipeline
        gymutil.parse_sim_config(SIM, params)
        kind, index = gymutil.parse_device_str(args.sim_device)
        self.device = args.sim_device if kind == "cuda" and params.use_gpu_pipeline else "cpu"
        self.dt = DECIMATION * params.dt
        self.max_episode_length = round(EPISODE / self.dt)
        self.scales = {name: scale * self.dt for name, scale in SCALES.items()}
        if not rough:
            self.scales["orientation"] = -self.dt
        self.sim = self.gym.create_sim(index, -1, args.physics_engine, params)
        self._create_ground()
        self._create_robots()
        self.gym.prepare_sim(self.sim)
        self._create_buffers()
        self.reset_idx(torch.arange(self.num_envs, device=self.device))

    def _create_ground(self) -> None:
        if not self.rough:
            self.gym.add_ground(self.sim, gymapi.PlaneParams())
            side = math.isqrt(self.num_envs - 1) + 1
            places = [(3.0 * (i // side), 3.0 * (i % side), 0.0) for i in range(self.num_envs)]
            self.origins = torch.tensor(places, device=self.device)
            return
        ground = Ground(LEVELS, COLUMNS)
        vertices, triangles = ground.mesh()
        params = gymapi.TriangleMeshParams()
        params.nb_vertices, params.nb_triangles = len(vertices), len(triangles)
        params.transform.p.x = params.transform.p.y = -BORDER
        self.gym.add_triangle_mesh(self.sim, vertices.flatten(order="C"), triangles.flatten(order="C"), params)
        self.heights = torch.from_numpy(ground.samples).to(self.device)
        self.tiles = torch.from_numpy(ground.origins).to(self.device)
        self.levels = torch.randint(FIRST_LEVELS, (self.num_envs,), device=self.device)
        self.columns = torch.arange(self.num_envs, device=self.device) * COLUMNS // self.num_envs
        self.origins = self.tiles[self.levels, self.columns]

    def _create_robots(self) -> None:
        options = gymapi.AssetOptions()
        options.default_dof_drive_mode = 3
        options.collapse_fixed_joints = False  # the feet are links of their own
        options.replace_cylinder_with_capsule = options.flip_visual_attachments = True
        options.density, options.angular_damping, options.thickness = 0.001, 0.0, 0.01
        options.max_angular_velocity = options.max_linear_velocity = 1000.0
        path = os.path.abspath(URDF)
        asset = self.gym.load_asset(self.sim, os.path.dirname(path), os.path.basename(path), options)
        self.dof_names = self.gym.get_asset_dof_names(asset)
        self.body_names = self.gym.get_asset_rigid_body_names(asset)
        dof_props = self.gym.get_asset_dof_properties(asset)
        shape_props = self.gym.get_asset_rigid_shape_properties(asset)
        self.torque_limits = to_torch(dof_props["effort"], device=self.device)
        frictions, pose, zero = torch.empty(self.num_envs).uniform_(0.5, 1.25), gymapi.Transform(), gymapi.Vec3()
        origins = self.origins.cpu()
        for i in range(self.num_envs):
            env = self.gym.create_env(self.sim, zero, zero, 1)
            pose.p = gymapi.Vec3(float(origins[i, 0]), float(origins[i, 1]), float(origins[i, 2]) + 0.6)
            for shape in shape_props:
                shape.friction = frictions[i].item()
            self.gym.set_asset_rigid_shape_properties(asset, shape_props)
            actor = self.gym.create_actor(env, asset, pose, "anymal", i, 1, 0)
            self.gym.set_actor_dof_properties(env, actor, dof_props)
            bodies = self.gym.get_actor_rigid_body_properties(env, actor)
            bodies[0].mass += np.random.uniform(-5.0, 5.0)
            self.gym.set_actor_rigid_body_properties(env, actor, bodies, recomputeInertia=True)

    def _create_buffers(self) -> None:
        gym, sim, count, joints = self.gym, self.sim, self.num_envs, len(self.dof_names)
        self.root_states = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim))
        self.dof_state = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim))
        self.contact_forces = gymtorch.wrap_tensor(gym.acquire_net_contact_force_tensor(sim)).view(count, -1, 3)
        self.dof_pos, self.dof_vel = self.dof_state.view(count, joints, 2).unbind(dim=-1)
        self.default_dof_pos = to_torch([stance(name) for name in self.dof_names], device=self.device)
        zeros = functools.partial(torch.zeros, device=self.device)
        self.actions, self.last_actions, self.last_dof_vel, self.torques = zeros(4, count, joints)
        self.commands = zeros(count, 4)
        self.episode_length = zeros(count, dtype=torch.long)
        self.air_time, self.was_touching = zeros(count, 4), zeros(count, 4, dtype=torch.bool)
        self.gravity_vec = to_torch(get_axis_params(-1.0, 2), device=self.device).repeat(count, 1)
        self.forward_vec = to_torch([1.0, 0.0, 0.0], device=self.device).repeat(count, 1)
        self.feet, self.shins = self._numbers(self.body_names, "FOOT"), self._numbers(self.body_names, "SHANK", "THIGH")
        self.hips = self._numbers(self.dof_names, "HAA")
        self.command_scales = to_torch([2.0, 2.0, 0.25], device=self.device)
        grid = torch.meshgrid(torch.linspace(-0.8, 0.8, 17), torch.linspace(-0.5, 0.5, 11), indexing="ij")
        self.points = torch.stack([part.flatten() for part in grid], dim=-1).to(self.device)
        self.steps, self.log = 0, {}
        self._measure()
        self.num_obs, self.num_actions = self.observe().shape[1], joints

    def _numbers(self, names: list[str], *parts: str) -> torch.Tensor:
        """Places of the names with one of some parts; on the device, as a list would be copied there at each use."""
        found = [i for i, name in enumerate(names) if any(part in name for part in parts)]
        return torch.tensor(found, device=self.device)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """One control step: observations, rewards, who was reset, and who of them for want of time."""
        self.actions = torch.clip(actions, -100.0, 100.0)
        for _ in range(DECIMATION):
            targets = ACTION_SCALE * self.actions + self.default_dof_pos
            torques = STIFFNESS * (targets - self.dof_pos) - DAMPING * self.dof_vel
            self.torques = torch.clip(torques, -self.torque_limits, self.torque_limits)
            self.gym.set_dof_actuation_force_tensor(self.sim, gymtorch.unwrap_tensor(self.torques))
            self.gym.simulate(self.sim)
            if self.device == "cpu":
                self.gym.fetch_results(self.sim, True)
            self.gym.refresh_dof_state_tensor(self.sim)
        self.gym.refresh_actor_root_state_tensor(self.sim)
        self.gym.refresh_net_contact_force_tensor(self.sim)
        self.steps += 1
        self.episode_length += 1
        self._measure()
        self._resample((self.episode_length % round(RESAMPLING / self.dt) == 0).nonzero().flatten())
        self._turn_to_heading()
        if self.steps % round(PUSHES / self.dt) == 0:
            self.root_states[:, 7:9] = torch_rand_float(-1.0, 1.0, (self.num_envs, 2), device=self.device)
            self.gym.set_actor_root_state_tensor(self.sim, gymtorch.unwrap_tensor(self.root_states))
        fallen = torch.norm(self.contact_forces[:, 0], dim=-1) > 1.0
        late = self.episode_length > self.max_episode_length
        rewards, dones = self._rewards(), fallen | late
        error = torch.norm(self.commands[:, :2] - self.base_lin_vel[:, :2], dim=1)
        falls, reward = fallen.float().mean() * (60.0 / self.dt), rewards.mean() / self.dt
        self.log = {"velocity_error": error.mean(), "falls_a_minute": falls, "reward": reward}
        if self.rough:
            self.log["level"] = self.levels.float().mean()
        self.reset_idx(dones.nonzero(as_tuple=False).flatten())
        self._measure()
        obs = self.observe()
        self.last_actions, self.last_dof_vel = self.actions.clone(), self.dof_vel.clone()
        return obs, rewards, dones, late & ~fallen

    def _measure(self) -> None:
        """Quantities in the base's frame."""
        quat = self.root_states[:, 3:7]
        self.base_lin_vel = quat_rotate_inverse(quat, self.root_states[:, 7:10])
        self.base_ang_vel = quat_rotate_inverse(quat, self.root_states[:, 10:13])
        self.projected_gravity = quat_rotate_inverse(quat, self.gravity_vec)

    def _turn_to_heading(self) -> None:
        forward = quat_apply(self.root_states[:, 3:7], self.forward_vec)
        turn = self.commands[:, 3] - torch.atan2(forward[:, 1], forward[:, 0])
        self.commands[:, 2] = torch.clip(0.5 * torch.atan2(torch.sin(turn), torch.cos(turn)), -1.0, 1.0)

    def _resample(self, ids: torch.Tensor) -> None:
        self.commands[ids, :2] = torch_rand_float(-1.0, 1.0, (len(ids), 2), device=self.device)
        self.commands[ids, 3] = torch_rand_float(-math.pi, math.pi, (len(ids), 1), device=self.device)[:, 0]
        self.commands[ids, :2] *= (torch.norm(self.commands[ids, :2], dim=1) > 0.2).unsqueeze(1)

    def reset_idx(self, ids: torch.Tensor) -> None:
        """Put robots back, on a harder or easier tile if they walked far or little."""
        if len(ids) == 0:
            return
        if self.rough and self.steps:
            self._change_level(ids)
        count, joints = len(ids), len(self.dof_names)
        self.dof_pos[ids] = self.default_dof_pos * torch_rand_float(0.5, 1.5, (count, joints), device=self.device)
        self.dof_vel[ids] = 0.0
        self.root_states[ids] = 0.0
        self.root_states[ids, :3] = self.origins[ids]
        self.root_states[ids, :2] += torch_rand_float(-1.0, 1.0, (count, 2), device=self.device) * float(self.rough)
        self.root_states[ids, 2] += 0.6
        self.root_states[ids, 6] = 1.0
        self.root_states[ids, 7:13] = torch_rand_float(-0.5, 0.5, (count, 6), device=self.device)
        listed = gymtorch.unwrap_tensor(ids.to(torch.int32)), count
        self.gym.set_dof_state_tensor_indexed(self.sim, gymtorch.unwrap_tensor(self.dof_state), *listed)
        self.gym.set_actor_root_state_tensor_indexed(self.sim, gymtorch.unwrap_tensor(self.root_states), *listed)
        self._resample(ids)
        for buffer in (self.actions, self.last_actions, self.last_dof_vel, self.air_time, self.episode_length):
            buffer[ids] = 0

    def _change_level(self, ids: torch.Tensor) -> None:
        walked = torch.norm(self.root_states[ids, :2] - self.origins[ids, :2], dim=1)
        far = walked > TILE / 2
        asked = torch.norm(self.commands[ids, :2], dim=1) * EPISODE
        levels = self.levels[ids] + far.long() - ((walked < 0.5 * asked) & ~far).long()
        anywhere = torch.randint(LEVELS, levels.shape, device=self.device)
        self.levels[ids] = torch.where(levels >= LEVELS, anywhere, levels.clip(min=0))
        self.origins[ids] = self.tiles[self.levels[ids], self.columns[ids]]

    def observe(self) -> torch.Tensor:
        """What the policy sees, with noise."""
        parts = {
            "lin_vel": (2.0, self.base_lin_vel),
            "ang_vel": (0.25, self.base_ang_vel),
            "gravity": (1.0, self.projected_gravity),
            "command": (1.0, self.commands[:, :3] * self.command_scales),
            "dof_pos": (1.0, self.dof_pos - self.default_dof_pos),
            "dof_vel": (0.05, self.dof_vel),
            "actions": (1.0, self.actions),
        }
        if self.rough:
            parts["heights"] = 5.0, torch.clip(self.root_states[:, 2:3] - 0.5 - self._scan(), -1.0, 1.0)
        noisy = ((NOISE.get(name, 0.0), *part) for name, part in parts.items())
        return torch.cat([k * (x + n * (2.0 * torch.rand_like(x) - 1.0)) for n, k, x in noisy], dim=-1)

    def _scan(self) -> torch.Tensor:
        """Heights of the ground around each robot [N, 187], m."""
        forward = quat_apply(self.root_states[:, 3:7], self.forward_vec)
        yaw = torch.atan2(forward[:, 1], forward[:, 0]).unsqueeze(1)
        (x, y), base = self.points.unbind(dim=1), self.root_states[:, :2] + BORDER
        along = torch.stack((torch.cos(yaw) * x - torch.sin(yaw) * y, torch.sin(yaw) * x + torch.cos(yaw) * y), dim=-1)
        i, j = ((base.unsqueeze(1) + along) / CELL).long().unbind(dim=-1)
        i, j = i.clip(0, self.heights.shape[0] - 2), j.clip(0, self.heights.shape[1] - 2)
        lowest = torch.min(torch.min(self.heights[i, j], self.heights[i + 1, j]), self.heights[i, j + 1])
        return lowest * STEP

    def _rewards(self) -> torch.Tensor:
        terms = self._terms()
        total: Any = sum(scale * terms[name] for name, scale in self.scales.items())
        return torch.clip(total, min=0.0)

    def _terms(self) -> dict[str, torch.Tensor]:
        """Each term of the reward [N]."""
        lin_error = torch.square(self.commands[:, :2] - self.base_lin_vel[:, :2]).sum(dim=1)
        touching = self.contact_forces[:, self.feet, 2] > 1.0
        touches = touching | self.was_touching
        self.was_touching = touching
        landed = (self.air_time > 0.0) & touches
        self.air_time += self.dt
        air_time = ((self.air_time - AIR_TIME) * landed).sum(dim=1) * (torch.norm(self.commands[:, :2], dim=1) > 0.1)
        self.air_time *= ~touches
        hips = self.dof_pos[:, self.hips] - self.default_dof_pos[self.hips]
        return {
            "tracking_lin_vel": torch.exp(-lin_error / SIGMA),
            "tracking_ang_vel": torch.exp(-torch.square(self.commands[:, 2] - self.base_ang_vel[:, 2]) / SIGMA),
            "lin_vel_z": torch.square(self.base_lin_vel[:, 2]),
            "ang_vel_xy": torch.square(self.base_ang_vel[:, :2]).sum(dim=1),
            "orientation": torch.square(self.projected_gravity[:, :2]).sum(dim=1),
            "torques": torch.square(self.torques).sum(dim=1),
            "dof_acc": torch.square((self.last_dof_vel - self.dof_vel) / self.dt).sum(dim=1),
            "action_rate": torch.square(self.last_actions - self.actions).sum(dim=1),
            "collision": (torch.norm(self.contact_forces[:, self.shins], dim=-1) > 0.1).float().sum(dim=1),
            "feet_air_time": air_time,
            "hip_deviation": hips.abs().sum(dim=1),
        }
