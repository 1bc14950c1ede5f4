"""A script as forks of legged_gym are: a task on Isaac Gym, its torque loop in Python, and a small learner.

It uses the names of Isaac Gym that legged_gym's own training uses, and those of forks that randomize more, and nothing
of this project but what `isaacgym` gives. A line an iteration tells the mean sum of rewards.
"""

# ruff: noqa: F403, F405, I001

import os
import sys
from math import sqrt

import isaacgym  # noqa: F401  (first, as Isaac Gym wants it)
from isaacgym import gymapi, gymtorch, gymutil, terrain_utils
from isaacgym.torch_utils import *

import numpy as np
import torch

FILE = os.path.abspath(os.environ["FORK_ROBOT"])
STAND = {"hip": 0.0, "thigh": 0.8, "calf": -1.5}


class Cfg:
    """Settings in the form of legged_gym's."""

    class sim:
        dt = 0.005
        substeps = 1
        gravity = [0.0, 0.0, -9.81]
        up_axis = 1

        class physx:
            num_threads = 10
            solver_type = 1
            num_position_iterations = 4
            num_velocity_iterations = 0
            contact_offset = 0.01
            rest_offset = 0.0
            bounce_threshold_velocity = 0.5
            max_depenetration_velocity = 1.0
            max_gpu_contact_pairs = 2**23
            default_buffer_size_multiplier = 5
            contact_collection = 2


def class_to_dict(obj):
    """Nested classes as nested dictionaries."""
    if not hasattr(obj, "__dict__"):
        return obj
    return {key: class_to_dict(getattr(obj, key)) for key in dir(obj) if not key.startswith("_")}


def get_args():
    """The command line."""
    parameters = [
        {"name": "--task", "type": str, "default": "toy", "help": "name of the task"},
        {"name": "--headless", "action": "store_true", "default": False, "help": "without a viewer"},
        {"name": "--num_envs", "type": int, "default": 16, "help": "robots"},
        {"name": "--max_iterations", "type": int, "default": 2, "help": "updates"},
        {"name": "--mesh_type", "type": str, "default": "plane", "help": "plane, trimesh or heightfield"},
        {"name": "--randomize", "action": "store_true", "default": False, "help": "other bodies at every reset"},
        {"name": "--rl_device", "type": str, "default": "cpu", "help": "device of the learner"},
    ]
    args = gymutil.parse_arguments(description="A policy", custom_parameters=parameters)
    args.sim_device_id = args.compute_device_id
    args.sim_device = args.sim_device_type
    if args.sim_device == "cuda":
        args.sim_device += f":{args.sim_device_id}"
    return args


def parse_sim_params(args):
    """Simulator settings from the command line and the configuration."""
    sim_params = gymapi.SimParams()
    if args.physics_engine == gymapi.SIM_FLEX:
        if args.device != "cpu":
            print("WARNING: Using Flex with GPU instead of PHYSX!")
    elif args.physics_engine == gymapi.SIM_PHYSX:
        sim_params.physx.use_gpu = args.use_gpu
        sim_params.physx.num_subscenes = args.subscenes
    sim_params.use_gpu_pipeline = args.use_gpu_pipeline
    gymutil.parse_sim_config(class_to_dict(Cfg.sim), sim_params)
    if args.physics_engine == gymapi.SIM_PHYSX and args.num_threads > 0:
        sim_params.physx.num_threads = args.num_threads
    return sim_params


class Env:
    """Robots that are to stand on a plane."""

    def __init__(self, args):
        self.gym = gymapi.acquire_gym()
        self.sim_params = parse_sim_params(args)
        device_type, device_id = gymutil.parse_device_str(args.sim_device)
        self.device = args.sim_device if device_type == "cuda" and self.sim_params.use_gpu_pipeline else "cpu"
        torch._C._jit_set_profiling_mode(False)
        torch._C._jit_set_profiling_executor(False)
        self.num_envs, self.decimation = args.num_envs, 4
        self.randomize = args.randomize
        self.drop = 0.33 if args.mesh_type == "plane" else 0.6
        graphics = -1 if args.headless else device_id
        self.sim = self.gym.create_sim(device_id, graphics, args.physics_engine, self.sim_params)
        {"plane": self.create_ground_plane, "trimesh": self.create_trimesh, "heightfield": self.create_heightfield}[
            args.mesh_type
        ]()
        self.create_envs()
        self.gym.prepare_sim(self.sim)
        self.enable_viewer_sync = True
        self.viewer = None
        if not args.headless:
            self.viewer = self.gym.create_viewer(self.sim, gymapi.CameraProperties())
            self.gym.subscribe_viewer_keyboard_event(self.viewer, gymapi.KEY_ESCAPE, "QUIT")
            self.gym.subscribe_viewer_keyboard_event(self.viewer, gymapi.KEY_V, "toggle_viewer_sync")
            place, target = gymapi.Vec3(10, 0, 6), gymapi.Vec3(11.0, 5, 3.0)
            self.gym.viewer_camera_look_at(self.viewer, None, place, target)
        self.init_buffers()

    def create_ground_plane(self):
        """The ground."""
        plane_params = gymapi.PlaneParams()
        plane_params.normal = gymapi.Vec3(0.0, 0.0, 1.0)
        plane_params.static_friction = 1.0
        plane_params.dynamic_friction = 1.0
        plane_params.restitution = 0.0
        self.gym.add_ground(self.sim, plane_params)
        self.spread = [(3.0 * i, 0.0) for i in range(self.num_envs)]

    def create_heights(self):
        """A map of 8 m by 8 m, rough on one half and with stairs on the other; returns its heights and their scales."""
        rough = terrain_utils.SubTerrain("rough", width=40, length=80, vertical_scale=0.005, horizontal_scale=0.1)
        terrain_utils.pyramid_sloped_terrain(rough, slope=0.1, platform_size=3.0)
        terrain_utils.random_uniform_terrain(rough, -0.02, 0.02, step=0.005, downsampled_scale=0.2)
        stairs = terrain_utils.SubTerrain("stairs", width=40, length=80, vertical_scale=0.005, horizontal_scale=0.1)
        terrain_utils.pyramid_stairs_terrain(stairs, step_width=0.31, step_height=0.05, platform_size=3.0)
        heights = np.vstack((rough.height_field_raw, stairs.height_field_raw))
        side = int(np.ceil(sqrt(self.num_envs)))
        self.spread = [(-2.0 + 4.0 * (i // side) / side, -2.0 + 4.0 * (i % side) / side) for i in range(self.num_envs)]
        return heights, 0.1, 0.005

    def create_trimesh(self):
        """The map as a mesh with vertical faces."""
        heights, horizontal, vertical = self.create_heights()
        vertices, triangles = terrain_utils.convert_heightfield_to_trimesh(heights, horizontal, vertical, 0.75)
        tm_params = gymapi.TriangleMeshParams()
        tm_params.nb_vertices = vertices.shape[0]
        tm_params.nb_triangles = triangles.shape[0]
        tm_params.transform.p.x = tm_params.transform.p.y = -4.0
        tm_params.transform.p.z = 0.0
        tm_params.static_friction = tm_params.dynamic_friction = 1.0
        tm_params.restitution = 0.0
        self.gym.add_triangle_mesh(self.sim, vertices.flatten(order="C"), triangles.flatten(order="C"), tm_params)

    def create_heightfield(self):
        """The map as a height field."""
        heights, horizontal, vertical = self.create_heights()
        hf_params = gymapi.HeightFieldParams()
        hf_params.column_scale = hf_params.row_scale = horizontal
        hf_params.vertical_scale = vertical
        hf_params.nbRows, hf_params.nbColumns = heights.shape[1], heights.shape[0]
        hf_params.transform.p.x = hf_params.transform.p.y = -4.0
        hf_params.transform.p.z = 0.0
        hf_params.static_friction = hf_params.dynamic_friction = 1.0
        hf_params.restitution = 0.0
        self.gym.add_heightfield(self.sim, heights, hf_params)

    def create_envs(self):
        """The robots, with friction and mass of their own."""
        asset_options = gymapi.AssetOptions()
        asset_options.default_dof_drive_mode = 3
        asset_options.collapse_fixed_joints = True
        asset_options.replace_cylinder_with_capsule = True
        asset_options.flip_visual_attachments = True
        asset_options.fix_base_link = False
        asset_options.density = 0.001
        asset_options.angular_damping = 0.0
        asset_options.linear_damping = 0.0
        asset_options.max_angular_velocity = 1000.0
        asset_options.max_linear_velocity = 1000.0
        asset_options.armature = 0.0
        asset_options.thickness = 0.01
        asset_options.disable_gravity = False
        root, file = os.path.dirname(FILE), os.path.basename(FILE)
        robot_asset = self.gym.load_asset(self.sim, root, file, asset_options)
        self.num_dof = self.gym.get_asset_dof_count(robot_asset)
        self.num_bodies = self.gym.get_asset_rigid_body_count(robot_asset)
        dof_props_asset = self.gym.get_asset_dof_properties(robot_asset)
        shape_props_asset = self.gym.get_asset_rigid_shape_properties(robot_asset)
        body_names = self.gym.get_asset_rigid_body_names(robot_asset)
        self.dof_names = self.gym.get_asset_dof_names(robot_asset)
        feet_names = [s for s in body_names if "calf" in s]
        start_pose = gymapi.Transform()
        lower, upper = gymapi.Vec3(0.0, 0.0, 0.0), gymapi.Vec3(0.0, 0.0, 0.0)
        origins = to_torch(np.zeros((self.num_envs, 3)), device=self.device)
        origins[:, :2] = to_torch(np.array(self.spread), device=self.device)
        self.env_origins = origins
        self.envs, self.actor_handles = [], []
        friction = torch_rand_float(0.5, 1.25, (self.num_envs, 1), device=self.device)
        for i in range(self.num_envs):
            env_handle = self.gym.create_env(self.sim, lower, upper, int(np.sqrt(self.num_envs)))
            pos = origins[i].clone()
            pos[:2] += torch_rand_float(-0.5, 0.5, (2, 1), device=self.device).squeeze(1)
            pos[2] = self.drop
            start_pose.p = gymapi.Vec3(*pos)
            for shape in shape_props_asset:
                shape.friction = friction[i]
            self.gym.set_asset_rigid_shape_properties(robot_asset, shape_props_asset)
            actor_handle = self.gym.create_actor(env_handle, robot_asset, start_pose, "toy", i, 1, 0)
            self.gym.set_actor_dof_properties(env_handle, actor_handle, dof_props_asset)
            body_props = self.gym.get_actor_rigid_body_properties(env_handle, actor_handle)
            body_props[0].mass += np.random.uniform(-1.0, 1.0)
            self.gym.set_actor_rigid_body_properties(env_handle, actor_handle, body_props, recomputeInertia=True)
            self.gym.create_camera_sensor(env_handle, gymapi.CameraProperties())
            self.envs.append(env_handle)
            self.actor_handles.append(actor_handle)
        self.feet = torch.zeros(len(feet_names), dtype=torch.long, device=self.device)
        for i, name in enumerate(feet_names):
            self.feet[i] = self.gym.find_actor_rigid_body_handle(self.envs[0], self.actor_handles[0], name)
        self.limits = to_torch(np.stack((dof_props_asset["lower"], dof_props_asset["upper"]), 1), device=self.device)
        self.torque_limits = to_torch(dof_props_asset["effort"], device=self.device)

    def init_buffers(self):
        """The state tensors and views of them."""
        actor_root_state = self.gym.acquire_actor_root_state_tensor(self.sim)
        dof_state_tensor = self.gym.acquire_dof_state_tensor(self.sim)
        net_contact_forces = self.gym.acquire_net_contact_force_tensor(self.sim)
        rigid_body_state = self.gym.acquire_rigid_body_state_tensor(self.sim)
        self.gym.refresh_dof_state_tensor(self.sim)
        self.gym.refresh_actor_root_state_tensor(self.sim)
        self.gym.refresh_net_contact_force_tensor(self.sim)
        self.gym.refresh_rigid_body_state_tensor(self.sim)
        self.root_states = gymtorch.wrap_tensor(actor_root_state)
        self.dof_state = gymtorch.wrap_tensor(dof_state_tensor)
        self.dof_pos = self.dof_state.view(self.num_envs, self.num_dof, 2)[..., 0]
        self.dof_vel = self.dof_state.view(self.num_envs, self.num_dof, 2)[..., 1]
        self.contact_forces = gymtorch.wrap_tensor(net_contact_forces).view(self.num_envs, -1, 3)
        self.rigid_bodies = gymtorch.wrap_tensor(rigid_body_state).view(self.num_envs, self.num_bodies, 13)
        gravity = to_torch(get_axis_params(-1.0, 2), device=self.device)
        self.gravity_vec = gravity.repeat((self.num_envs, 1))
        self.forward_vec = to_torch([1.0, 0.0, 0.0], device=self.device).repeat((self.num_envs, 1))
        stand = [next(angle for key, angle in STAND.items() if key in name) for name in self.dof_names]
        self.default_dof_pos = to_torch(stand, device=self.device)
        self.torques = torch.zeros(self.num_envs, self.num_dof, device=self.device)
        self.episode_length_buf = torch.zeros(self.num_envs, device=self.device, dtype=torch.long)

    def reset_idx(self, env_ids):
        """Put some robots back: joints, then bases, as two calls for the same robots."""
        if len(env_ids) == 0:
            return
        count = len(env_ids)
        self.dof_pos[env_ids] = self.default_dof_pos * torch_rand_float(0.9, 1.1, (count, self.num_dof), self.device)
        self.dof_vel[env_ids] = 0.0
        env_ids_int32 = env_ids.to(dtype=torch.int32)
        listed = gymtorch.unwrap_tensor(env_ids_int32), count
        self.gym.set_dof_state_tensor_indexed(self.sim, gymtorch.unwrap_tensor(self.dof_state), *listed)
        zero = torch.zeros(count, device=self.device)
        self.root_states[env_ids] = 0.0
        self.root_states[env_ids, :3] = self.env_origins[env_ids]
        self.root_states[env_ids, 2] += self.drop
        self.root_states[env_ids, 3:7] = quat_from_euler_xyz(zero, zero, zero + 0.5)
        self.gym.set_actor_root_state_tensor_indexed(self.sim, gymtorch.unwrap_tensor(self.root_states), *listed)
        self.episode_length_buf[env_ids] = 0
        if self.randomize:
            self.refresh_actor_props(env_ids)

    def refresh_actor_props(self, env_ids):
        """New friction, mass and gravity, robot by robot, as some forks have it at every reset."""
        for env_id in env_ids:
            env, actor = self.envs[env_id], self.actor_handles[env_id]
            shapes = self.gym.get_actor_rigid_shape_properties(env, actor)
            for shape in shapes:
                shape.friction = torch_rand_float(0.5, 1.25, (1, 1), device=self.device)
            self.gym.set_actor_rigid_shape_properties(env, actor, shapes)
            bodies = self.gym.get_actor_rigid_body_properties(env, actor)
            bodies[0].com = gymapi.Vec3(*torch_rand_float(-0.03, 0.03, (3, 1), device=self.device))
            self.gym.set_actor_rigid_body_properties(env, actor, bodies, recomputeInertia=True)
        sim_params = self.gym.get_sim_params(self.sim)
        sim_params.gravity = gymapi.Vec3(0.0, 0.0, -9.81 + float(torch_rand_float(-0.5, 0.5, (1, 1), self.device)))
        self.gym.set_sim_params(self.sim, sim_params)

    def disturb(self):
        """Push the bases by forces in their own axes."""
        forces = torch.zeros(self.num_envs, self.num_bodies, 3, device=self.device)
        forces[:, 0] = torch_rand_float(-30.0, 30.0, (self.num_envs, 3), device=self.device)
        pushes = gymtorch.unwrap_tensor(forces), gymtorch.unwrap_tensor(0.02 * forces)
        self.gym.apply_rigid_body_force_tensors(self.sim, *pushes, gymapi.LOCAL_SPACE)

    def push_robots(self):
        """A new sideways velocity for all."""
        self.root_states[:, 7:9] = torch_rand_float(-0.5, 0.5, (self.num_envs, 2), device=self.device)
        self.gym.set_actor_root_state_tensor(self.sim, gymtorch.unwrap_tensor(self.root_states))

    def step(self, actions):
        """One control step: PD torques in Python, four physics steps."""
        self.render()
        for _ in range(self.decimation):
            targets = 0.25 * actions + self.default_dof_pos
            torques = 30.0 * (targets - self.dof_pos) - 0.8 * self.dof_vel
            self.torques = torch.clip(torques, -self.torque_limits, self.torque_limits).view(self.torques.shape)
            self.gym.set_dof_actuation_force_tensor(self.sim, gymtorch.unwrap_tensor(self.torques))
            if self.randomize:
                self.disturb()
            self.gym.simulate(self.sim)
            if self.device == "cpu":
                self.gym.fetch_results(self.sim, True)
            self.gym.refresh_dof_state_tensor(self.sim)
        self.gym.refresh_actor_root_state_tensor(self.sim)
        self.gym.refresh_net_contact_force_tensor(self.sim)
        self.gym.refresh_rigid_body_state_tensor(self.sim)
        self.episode_length_buf += 1
        gravity = quat_rotate_inverse(self.root_states[:, 3:7], self.gravity_vec)
        touching = torch.norm(self.contact_forces[:, self.feet], dim=-1) > 1.0
        down = (torch.norm(self.contact_forces[:, 0], dim=-1) > 1.0) | (gravity[:, 2] > -0.5)
        late = self.episode_length_buf > 40
        reward = touching.float().mean(dim=1) - torch.square(self.root_states[:, 2] - 0.3) - down.float()
        self.reset_idx((down | late).nonzero(as_tuple=False).flatten())
        return self.observe(), reward

    def observe(self):
        """What the policy sees."""
        base_quat = self.root_states[:, 3:7]
        forward = quat_apply(base_quat, self.forward_vec)
        heading = torch.atan2(forward[:, 1], forward[:, 0])
        roll, pitch, _ = get_euler_xyz(base_quat)
        tilt = torch.stack((torch.sin(roll), torch.sin(pitch), torch.sin(heading)), dim=1)
        spin = quat_rotate_inverse(base_quat, self.root_states[:, 10:13])
        return torch.cat((spin, tilt, self.dof_pos - self.default_dof_pos, 0.05 * self.dof_vel), dim=1)

    def render(self):
        """What a viewer would show."""
        if not self.viewer:
            return
        if self.gym.query_viewer_has_closed(self.viewer):
            sys.exit()
        for evt in self.gym.query_viewer_action_events(self.viewer):
            if evt.action == "QUIT" and evt.value > 0:
                sys.exit()
        if self.device != "cpu":
            self.gym.fetch_results(self.sim, True)
        if self.enable_viewer_sync:
            self.gym.clear_lines(self.viewer)
            sphere = gymutil.WireframeSphereGeometry(0.02, 4, 4, None, color=(1, 1, 0))
            pose = gymapi.Transform(gymapi.Vec3(*self.root_states[0, :3]), r=None)
            gymutil.draw_lines(sphere, self.gym, self.viewer, self.envs[0], pose)
            self.gym.step_graphics(self.sim)
            self.gym.draw_viewer(self.viewer, self.sim, True)
            self.gym.sync_frame_time(self.sim)
        else:
            self.gym.poll_viewer_events(self.viewer)


def train(env, iterations):
    """Policy gradient on 24 steps an update, rolled out in inference mode as rsl_rl does."""
    width = env.observe().shape[1]
    policy = torch.nn.Sequential(torch.nn.Linear(width, 32), torch.nn.ELU(), torch.nn.Linear(32, env.num_dof))
    policy.to(env.device)
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
    env.reset_idx(torch.arange(env.num_envs, device=env.device))
    for iteration in range(iterations):
        steps = []
        with torch.inference_mode():
            obs = env.observe()
            for step in range(24):
                actions = policy(obs) + 0.3 * torch.randn(env.num_envs, env.num_dof, device=env.device)
                steps.append((obs, actions))
                obs, reward = env.step(actions)
                steps[-1] += (reward,)
                if step == 12:
                    env.push_robots()
        obs, actions, rewards = (torch.stack(part).clone() for part in zip(*steps, strict=True))
        likelihood = -torch.square(actions - policy(obs)).sum(dim=-1)
        loss = -(likelihood * (rewards - rewards.mean())).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"iteration {iteration}: {float(rewards.sum(dim=0).mean()):.3f} at {env.gym.get_sim_time(env.sim):.2f} s")
    env.step(policy(env.observe()).detach())  # as when a policy is played: not in inference mode


if __name__ == "__main__":
    arguments = get_args()
    np.random.seed(1)
    torch.manual_seed(1)
    train(Env(arguments), arguments.max_iterations)
    ours = sorted({name.partition(".")[0] for name in sys.modules} & {"legged_gym", "rsl_rl", "studies"})
    print("loaded of this project besides isaacgym:", ours, sqrt(4.0))
