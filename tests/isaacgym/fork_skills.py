"""A script as forks for parkour are: tracks of many meshes with bars above them, force sensors, cameras, and what else
forks beyond legged_gym's own tasks ask of Isaac Gym. It walks nobody: it prints a line for each part that it tried.
"""

# ruff: noqa: F403, F405, I001

import os
import sys

from isaacgym import gymapi, gymtorch, gymutil, terrain_utils
from isaacgym.torch_utils import *

import numpy as np
import torch

FILE = os.path.abspath(os.environ["FORK_ROBOT"])
CELL, STEP = 0.05, 0.005
BLOCK = 40
"""Cells of a block of a track along each side."""
ENVS = 3


def box_trimesh(size, centre):
    """A box as parkour's scripts make one."""
    corners = np.array([[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    triangles = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return (corners * size + centre).astype(np.float32), np.array(triangles, dtype=np.uint32)


def combine_trimeshes(first, second):
    """Two meshes as one."""
    moved = second[1] + first[0].shape[0]
    return np.concatenate((first[0], second[0])), np.concatenate((first[1], moved)).astype(np.uint32)


class Tracks:
    """Robots on tracks of two blocks each: one to stand on, and one with a bar to crawl under."""

    def __init__(self, args):
        self.gym = gymapi.acquire_gym()
        self.sim_params = gymapi.SimParams()
        settings = {"dt": 0.005, "substeps": 1, "up_axis": 1, "gravity": [0.0, 0.0, -9.81], "physx": {"num_threads": 4}}
        gymutil.parse_sim_config(settings, self.sim_params)
        assert self.sim_params.up_axis == gymapi.UP_AXIS_Z
        self.sim_params.use_gpu_pipeline = args.use_gpu_pipeline
        self.device = args.sim_device if args.use_gpu_pipeline else "cpu"
        self.sim = self.gym.create_sim(args.compute_device_id, 0, args.physics_engine, self.sim_params)
        for row in range(ENVS):
            self.add_block(np.zeros((BLOCK + 2, BLOCK + 2)), 0, row * BLOCK)
            self.add_block(self.heights(row), BLOCK, row * BLOCK, bar=True)
        self.create_envs()
        self.gym.prepare_sim(self.sim)
        self.init_buffers()

    def heights(self, row):
        """A pit, a gap and waves, one a track, above a floor, in steps of height and between them."""
        terrain = terrain_utils.SubTerrain("block", BLOCK + 2, BLOCK + 2, STEP, CELL)
        if row == 0:
            terrain_utils.pit_terrain(terrain, depth=0.05, platform_size=0.5)
        elif row == 1:
            terrain_utils.gap_terrain(terrain, gap_size=0.1, platform_size=1.0)
        else:
            terrain_utils.wave_terrain(terrain, num_waves=2, amplitude=0.05)
            terrain_utils.discrete_obstacles_terrain(terrain, 0.05, 0.3, 0.5, 2, platform_size=0.5)
            terrain_utils.stepping_stones_terrain(terrain, 0.4, 0.1, 0.02, platform_size=0.5, depth=-0.2)
        return terrain.height_field_raw + np.float32(0.25)

    def add_block(self, heights, x, y, bar=False):
        """A block at some cells of the map."""
        mesh = terrain_utils.convert_heightfield_to_trimesh(heights, CELL, STEP, 1.5)
        if bar:
            mesh = combine_trimeshes(mesh, box_trimesh(np.array([0.1, 2.0, 0.5]), np.array([0.5, 1.0, 0.9])))
        tm_params = gymapi.TriangleMeshParams()
        tm_params.nb_vertices, tm_params.nb_triangles = mesh[0].shape[0], mesh[1].shape[0]
        tm_params.transform.p.x, tm_params.transform.p.y = x * CELL, y * CELL
        tm_params.static_friction = tm_params.dynamic_friction = 1.0
        self.gym.add_triangle_mesh(self.sim, mesh[0].flatten(order="C"), mesh[1].flatten(order="C"), tm_params)

    def create_envs(self):
        """Robots of which each has a force sensor on each calf, and a camera on its trunk."""
        asset_options = gymapi.AssetOptions()
        asset_options.default_dof_drive_mode = 3
        asset_options.collapse_fixed_joints = True
        asset_options.replace_cylinder_with_capsule = True
        asset_options.angular_damping = 0.0
        asset = self.gym.load_asset(self.sim, os.path.dirname(FILE), os.path.basename(FILE), asset_options)
        for leg in ("FL", "FR", "RL", "RR"):
            calf = self.gym.find_asset_rigid_body_index(asset, f"{leg}_calf")
            self.gym.create_asset_force_sensor(asset, calf, gymapi.Transform(gymapi.Vec3(0.0, 0.0, -0.2)))
        self.envs, self.cameras = [], []
        start_pose = gymapi.Transform()
        start_pose.r = gymapi.Quat.from_euler_zyx(0.0, 0.0, 0.1)
        for i in range(ENVS):
            env = self.gym.create_env(self.sim, gymapi.Vec3(), gymapi.Vec3(), 2)
            start_pose.p = gymapi.Vec3(1.0, (i + 0.5) * BLOCK * CELL, 0.32)
            actor = self.gym.create_actor(env, asset, start_pose, "skilled", i, 1, 0)
            self.gym.enable_actor_dof_force_sensors(env, actor)
            dof_props = self.gym.get_actor_dof_properties(env, actor)
            dof_props["armature"] = [0.005] * len(dof_props)
            dof_props["driveMode"].fill(gymapi.DOF_MODE_EFFORT)
            self.gym.set_actor_dof_properties(env, actor, dof_props)
            self.stand(env, actor)
            self.envs.append(env)
            camera_props = gymapi.CameraProperties()
            camera_props.width, camera_props.height, camera_props.horizontal_fov = 32, 24, 87
            camera_props.enable_tensors = True
            camera = self.gym.create_camera_sensor(env, camera_props)
            place = gymapi.Transform(gymapi.Vec3(0.3, 0.0, 0.05), gymapi.Quat.from_euler_zyx(0, np.radians(10.0), 0))
            self.gym.attach_camera_to_body(camera, env, 0, place, gymapi.FOLLOW_TRANSFORM)
            self.cameras.append(camera)
        self.num_dof, self.num_bodies = self.gym.get_asset_dof_count(asset), self.gym.get_asset_rigid_body_count(asset)

    def stand(self, env, actor):
        """Joints where they start."""
        states = np.zeros(self.gym.get_actor_dof_count(env, actor), gymapi.DofState.dtype)
        for name, angle in (("thigh", 0.8), ("calf", -1.5)):
            for leg in ("FL", "FR", "RL", "RR"):
                states["pos"][self.gym.find_actor_dof_handle(env, actor, f"{leg}_{name}_joint")] = angle
        self.gym.set_actor_dof_states(env, actor, states, gymapi.STATE_POS | gymapi.STATE_VEL)
        self.target = torch.tensor(states["pos"], device=self.device)

    def init_buffers(self):
        """The state tensors."""
        gym, sim = self.gym, self.sim
        self.root_states = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim))
        self.dof_state = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim)).view(ENVS, self.num_dof, 2)
        self.rigid_bodies = gymtorch.wrap_tensor(gym.acquire_rigid_body_state_tensor(sim)).view(ENVS, -1, 13)
        self.sensors = gymtorch.wrap_tensor(gym.acquire_force_sensor_tensor(sim)).view(ENVS, 4, 6)
        self.dof_force = gymtorch.wrap_tensor(gym.acquire_dof_force_tensor(sim)).view(ENVS, self.num_dof)
        self.contacts = gymtorch.wrap_tensor(gym.acquire_net_contact_force_tensor(sim)).view(ENVS, -1, 3)

    def step(self, count):
        """Hold the joints where they were at the start, with a push of 1 N on each trunk."""
        push = torch.zeros(ENVS, self.num_bodies, 3, device=self.device)
        push[:, 0, 0] = 1.0
        for _ in range(count):
            self.gym.refresh_dof_state_tensor(self.sim)
            torques = 40.0 * (self.target - self.dof_state[..., 0]) - 1.0 * self.dof_state[..., 1]
            self.gym.set_dof_actuation_force_tensor(self.sim, gymtorch.unwrap_tensor(torques))
            self.gym.apply_rigid_body_force_tensors(self.sim, gymtorch.unwrap_tensor(push), None, gymapi.ENV_SPACE)
            self.gym.simulate(self.sim)
            self.gym.fetch_results(self.sim, True)
        self.gym.refresh_actor_root_state_tensor(self.sim)
        self.gym.refresh_rigid_body_state_tensor(self.sim)
        self.gym.refresh_net_contact_force_tensor(self.sim)
        self.gym.refresh_force_sensor_tensor(self.sim)
        self.gym.refresh_dof_force_tensor(self.sim)

    def look(self):
        """Depths that each robot's camera sees, as parkour's forks read them."""
        self.gym.step_graphics(self.sim)
        self.gym.render_all_camera_sensors(self.sim)
        self.gym.start_access_image_tensors(self.sim)
        images = []
        for env, camera in zip(self.envs, self.cameras, strict=True):
            handle = self.gym.get_camera_image_gpu_tensor(self.sim, env, camera, gymapi.IMAGE_DEPTH)
            images.append(gymtorch.wrap_tensor(handle).clone())
        self.gym.end_access_image_tensors(self.sim)
        return torch.clip(-torch.stack(images), 0.0, 2.0)


def rotations(quat):
    """What forks compute of quaternions, against each other."""
    ahead = to_torch([1.0, 0.0, 0.0], device=quat.device).repeat(len(quat), 1)
    turn = quat_from_angle_axis(torch.full((len(quat),), 0.5, device=quat.device), ahead)
    back = quat_mul(quat_conjugate(turn), turn)
    q, t = tf_inverse(quat, ahead)
    again = tf_apply(q, t, tf_apply(quat, ahead, ahead))
    angle = normalize_angle(torch.full((1,), 7.0, device=quat.device))
    same = torch.cat((back[:, 3] - 1.0, (again - ahead).norm(dim=1), quat_rotate(turn, ahead)[:, 0] - 1.0))
    return float(same.abs().max() + (normalize(3.0 * ahead) - ahead).abs().max() + abs(angle - 7.0 + 2.0 * np.pi))


def main():
    parameters = [{"name": "--headless", "action": "store_true", "help": "without a viewer"}]
    tracks = Tracks(gymutil.parse_arguments(description="Skills", custom_parameters=parameters))
    gym, sim, env = tracks.gym, tracks.sim, tracks.envs[1]
    tracks.step(200)
    weight = tracks.sensors[..., :3].norm(dim=-1).sum(dim=1)
    on_feet = tracks.contacts.norm(dim=-1).sum(dim=1)
    print("sensors feel all contacts:", torch.allclose(weight, on_feet, rtol=1e-3), float(weight.mean()))
    print("highest, lowest trunk:", float(tracks.root_states[:, 2].max()), float(tracks.root_states[:, 2].min()))
    named = gym.get_actor_rigid_body_names(env, 0)[3]
    indices = [
        gym.find_actor_rigid_body_index(env, 0, named, domain)
        for domain in (gymapi.DOMAIN_ACTOR, gymapi.DOMAIN_ENV, gymapi.DOMAIN_SIM)
    ]
    print("indices:", indices, gym.get_env_rigid_body_count(env), gym.get_sim_dof_count(sim))
    forces = torch.tensor(gym.get_actor_dof_forces(env, 0), device=tracks.device)
    print("torques agree:", torch.allclose(forces, tracks.dof_force[1]))
    print("rotations off by:", rotations(tracks.root_states[:, 3:7].clone()))
    if os.environ.get("FORK_PICTURES"):
        depth = tracks.look()
        print("depth:", tuple(depth.shape), float(depth.min()), float(depth[:, :8].mean()))
        camera = gym.create_camera_sensor(env, gymapi.CameraProperties())
        gym.set_camera_location(camera, env, gymapi.Vec3(0.0, 0.0, 1.0), gymapi.Vec3(1.0, 3.0, 0.3))
        image = gym.get_camera_image(sim, env, camera, gymapi.IMAGE_COLOR)
        print("colours:", image.reshape(image.shape[0], -1, 4).shape, int(image.max()) > int(image.min()))
        viewer = gym.create_viewer(sim, gymapi.CameraProperties())
        gym.write_viewer_image_to_file(viewer, os.environ["FORK_PICTURES"])
        gym.destroy_viewer(viewer)
    print("time:", gym.get_sim_time(sim), gym.get_elapsed_time(sim) > 0.0)
    gym.destroy_sim(sim)


if __name__ == "__main__":
    np.random.seed(1)
    torch.manual_seed(1)
    sys.exit(main())
