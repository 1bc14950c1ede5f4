"""The names that training paths and players of legged_gym's plane tasks use are there; others are told in one line."""

import pickle

import numpy as np
import pytest
import torch

from isaacgym import gymapi, gymtorch, gymutil, legacy, terrain_utils, torch_utils
from robust_parallel.errors import UserError
from tests.isaacgym.worlds import BALL, PENDULUM, options, world


def words(text: str) -> list[str]:
    return text.split()


GYM = words("""
acquire_actor_root_state_tensor acquire_dof_state_tensor acquire_net_contact_force_tensor add_ground create_actor
create_env create_sim create_viewer draw_viewer fetch_results find_actor_rigid_body_handle
get_actor_rigid_body_properties get_asset_dof_names get_asset_dof_properties get_asset_rigid_body_names
get_asset_rigid_shape_properties load_asset poll_viewer_events prepare_sim query_viewer_action_events
query_viewer_has_closed refresh_actor_root_state_tensor refresh_dof_state_tensor refresh_net_contact_force_tensor
refresh_rigid_body_state_tensor set_actor_dof_properties set_actor_rigid_body_properties
set_actor_root_state_tensor_indexed set_asset_rigid_shape_properties set_dof_actuation_force_tensor
set_dof_state_tensor_indexed simulate step_graphics subscribe_viewer_keyboard_event sync_frame_time
viewer_camera_look_at get_asset_dof_count get_asset_rigid_body_count acquire_rigid_body_state_tensor
set_actor_root_state_tensor clear_lines find_actor_dof_handle get_sim_time get_elapsed_time create_camera_sensor
add_triangle_mesh add_heightfield apply_rigid_body_force_tensors get_actor_rigid_shape_properties
set_actor_rigid_shape_properties get_sim_params set_sim_params acquire_dof_force_tensor refresh_dof_force_tensor
enable_actor_dof_force_sensors get_actor_dof_properties find_actor_rigid_body_index get_actor_rigid_body_names
set_actor_dof_states get_actor_dof_forces get_camera_image render_all_camera_sensors start_access_image_tensors
end_access_image_tensors attach_camera_to_body set_camera_location get_env_origin destroy_sim destroy_viewer
set_light_parameters get_viewer_camera_transform find_asset_rigid_body_index get_asset_dof_dict
create_asset_force_sensor acquire_force_sensor_tensor refresh_force_sensor_tensor get_camera_image_gpu_tensor
write_viewer_image_to_file get_camera_transform set_camera_transform
""")
GYMAPI = words("""
AssetOptions CameraProperties KEY_ESCAPE KEY_V PlaneParams SIM_PHYSX SIM_FLEX SimParams Transform Vec3 acquire_gym
DOF_MODE_NONE DOF_MODE_POS DOF_MODE_VEL DOF_MODE_EFFORT UP_AXIS_Z Quat TriangleMeshParams HeightFieldParams
ENV_SPACE LOCAL_SPACE DOMAIN_ACTOR DOMAIN_ENV DOMAIN_SIM DofState STATE_POS STATE_VEL STATE_ALL IMAGE_COLOR IMAGE_DEPTH
FOLLOW_TRANSFORM FOLLOW_POSITION
""")
GYMUTIL = words("""
parse_device_str parse_sim_config parse_arguments WireframeSphereGeometry draw_lines
""")
TERRAIN = words("""
SubTerrain random_uniform_terrain pyramid_sloped_terrain pyramid_stairs_terrain discrete_obstacles_terrain
convert_heightfield_to_trimesh stepping_stones_terrain wave_terrain gap_terrain pit_terrain sloped_terrain np
""")
TORCH = words("""
get_axis_params normalize quat_apply quat_rotate_inverse to_torch torch_rand_float get_euler_xyz quat_from_euler_xyz
quat_mul quat_conjugate quat_from_angle_axis quat_rotate tf_apply tf_inverse normalize_angle torch np
""")


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (gymapi.acquire_gym(), GYM),
        (gymapi, GYMAPI),
        (gymutil, GYMUTIL),
        (gymtorch, ["wrap_tensor", "unwrap_tensor"]),
        (terrain_utils, TERRAIN),
        (torch_utils, TORCH),
    ],
)
def test_what_is_there(module, names):
    assert [name for name in names if not hasattr(module, name)] == []


def test_what_is_not_there_is_told_in_one_line():
    gym = gymapi.acquire_gym()
    with pytest.raises(AttributeError, match=r"^isaacgym: gym.create_box is not there; .* assets that are no URDF$"):
        gym.create_box()
    with pytest.raises(AttributeError, match=r"^isaacgym: gymapi.NoSuchParams is not there; docs/isaacgym.md"):
        _ = gymapi.NoSuchParams
    with pytest.raises(AttributeError, match=r"gym.no_such_call is not there; docs/isaacgym.md lists what is$"):
        gym.no_such_call()
    with pytest.raises(AttributeError, match=r"SimParams.gravitiy is not there"):
        gymapi.SimParams().gravitiy = 1.0


def test_enumerations():
    assert [int(mode) for mode in (gymapi.DOF_MODE_NONE, gymapi.DOF_MODE_EFFORT, gymapi.UP_AXIS_Z)] == [0, 3, 1]
    assert gymapi.DofDriveMode.DOF_MODE_POS is gymapi.DOF_MODE_POS
    assert pickle.loads(pickle.dumps(gymapi.KEY_V)) is gymapi.KEY_V and len({gymapi.KEY_V, gymapi.KEY_ESCAPE}) == 2


def test_handles_of_tensors():
    tensor = torch.zeros(2, 3)
    handle = gymtorch.unwrap_tensor(tensor)
    assert gymtorch.wrap_tensor(handle) is tensor and handle.data_ptr == tensor.data_ptr()
    assert (handle.shape, handle.ndim, handle.device, handle.own_data) == ((2, 3), 2, -1, False)
    with pytest.raises(ValueError, match="contiguous"):
        gymtorch.unwrap_tensor(tensor.T)
    with pytest.raises(TypeError, match="torch.float64"):
        gymtorch.unwrap_tensor(tensor.double())


def test_old_names_come_back_and_present_ones_stay(monkeypatch):
    monkeypatch.delattr(np, "float")
    monkeypatch.delattr(torch._C, "_jit_set_profiling_mode", raising=False)
    present = np.bool
    legacy.restore_names()
    assert np.float is float and np.bool is present and np.array([1], dtype=np.int).dtype == int
    torch._C._jit_set_profiling_mode(False)


def test_clipped_integers_stay_integers():
    """parkour's tracks are looked up with `torch.clip(index, 0., n - 1)`, which newer PyTorch makes a float."""
    blocks = torch.tensor([-1, 2, 2**40 + 1])
    assert torch.clip(blocks, 0.0, 2.0**41).tolist() == [0, 2, 2**40 + 1]
    assert torch.clamp(blocks, max=1.0).dtype == torch.int64 and torch.clamp(blocks, 0.5).dtype == torch.float32
    assert torch.clip(blocks, min=torch.tensor(0), max=torch.tensor(1)).tolist() == [0, 1, 1]
    assert torch.clip(torch.tensor([-0.5, 2.5]), 0.0, 1.0).tolist() == [0.0, 1.0]


@torch.jit.script
def clipped_by_a_script(values: torch.Tensor) -> torch.Tensor:
    return torch.clamp(torch.clip(values, -1.0, 1.0), min=0.0)


def test_scripted_functions_clip():
    assert clipped_by_a_script(torch.tensor([-2.0, 0.5, 2.0])).tolist() == [0.0, 0.5, 1.0]


def test_names_and_handles_of_an_actor(tmp_path):
    ball = world(tmp_path, BALL, count=2)
    gym = ball.gym
    assert gym.find_actor_rigid_body_handle(ball.envs[1], 0, "ball") == 0
    assert gym.find_actor_rigid_body_handle(ball.envs[1], 0, "foot") == -1
    assert gym.find_actor_dof_handle(ball.envs[1], 0, "hip") == -1
    assert gym.get_env_count(ball.sim) == 2 and gym.get_asset_dof_count(ball.asset) == 0
    assert gym.find_asset_rigid_body_index(ball.asset, "ball") == 0 and gym.get_asset_dof_dict(ball.asset) == {}
    domains = (gymapi.DOMAIN_ACTOR, gymapi.DOMAIN_ENV, gymapi.DOMAIN_SIM)
    indices = [gym.find_actor_rigid_body_index(ball.envs[1], 0, "ball", domain) for domain in domains]
    assert indices == [0, 0, 1]
    assert gym.find_actor_rigid_body_index(ball.envs[1], 0, "foot", gymapi.DOMAIN_SIM) == -1
    assert gym.get_actor_handle(ball.envs[1], 0) == 0 and gym.get_actor_name(ball.envs[1], 0) == "robot"
    assert gym.find_actor_handle(ball.envs[1], "robot") == 0 and gym.find_actor_handle(ball.envs[1], "cat") == -1
    assert [gym.get_actor_index(ball.envs[1], 0, domain) for domain in domains] == [0, 0, 1]
    counts = gym.get_sim_rigid_body_count(ball.sim), gym.get_env_joint_count(ball.envs[1])
    assert counts == (2, 0) and gym.get_actor_rigid_shape_count(ball.envs[1], 0) == 1
    gym.viewer_camera_look_at(None, None, gymapi.Vec3(), gymapi.Vec3(1.0, 0.0, 0.0))


def test_environments_with_bounds_lie_on_a_grid(tmp_path):
    ball = world(tmp_path, BALL, count=0)
    bounds = gymapi.Vec3(-1.0, -2.0, 0.0), gymapi.Vec3(1.0, 2.0, 1.0)
    pose = gymapi.Transform(gymapi.Vec3(0.0, 0.0, 1.0))
    for _ in range(3):
        ball.gym.create_actor(ball.gym.create_env(ball.sim, *bounds, 2), ball.asset, pose, "ball", 0, 0)
    ball.prepare()
    assert ball.roots[:, :3].tolist() == [[0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [0.0, 4.0, 1.0]]


def test_what_is_not_simulated_is_refused(tmp_path):
    ball = world(tmp_path, BALL)
    gym, pose = ball.gym, gymapi.Transform()
    with pytest.raises(Exception, match="holds one actor"):
        gym.create_actor(ball.envs[0], ball.asset, pose, "second", 0, 0)
    with pytest.raises(Exception, match="comes after prepare_sim"):
        gym.simulate(ball.sim)
    with pytest.raises(Exception, match="the asset is not there"):
        gym.load_asset(ball.sim, str(tmp_path), "none.urdf", gymapi.AssetOptions())
    with pytest.raises(Exception, match="Flex is not there"):
        gym.create_sim(0, 0, gymapi.SIM_FLEX, gymapi.SimParams())
    with pytest.raises(Exception, match="no actor"):
        gym.prepare_sim(gym.create_sim(0, -1, gymapi.SIM_PHYSX, gymapi.SimParams()))


def test_a_file_that_is_loaded_twice_is_one_robot(tmp_path):
    """Some scripts load the robot for each environment; another robot, or other options, are refused."""
    ball = world(tmp_path, BALL)
    gym, pose, zero = ball.gym, gymapi.Transform(), gymapi.Vec3()

    def add(file: str, **settings: object) -> None:
        asset = gym.load_asset(ball.sim, str(tmp_path / "."), file, options(**settings))
        gym.create_actor(gym.create_env(ball.sim, zero, zero, 4), asset, pose, "robot", 0, 0)

    add("robot.urdf")
    assert ball.prepare().roots.shape == (2, 13)
    ball = world(tmp_path, BALL)
    (tmp_path / "other.urdf").write_text(BALL)
    with pytest.raises(Exception, match="of one asset"):
        add("other.urdf")
    with pytest.raises(Exception, match="of one asset"):
        add("robot.urdf", armature=0.1)


def test_a_tensor_of_other_actors_is_told(tmp_path):
    pendulums = world(tmp_path, PENDULUM, count=2, ground=False).prepare()
    told = r"^isaacgym: set_dof_actuation_force_tensor: a tensor \[1, 1\]; all actors have 2 x 1 x 1 values$"
    with pytest.raises(UserError, match=told):
        pendulums.set_torques(torch.zeros(1, 1))
    with pytest.raises(UserError, match=r"a tensor \[3, 13\]; all actors have 2 x 1 x 13 values"):
        pendulums.gym.set_actor_root_state_tensor(pendulums.sim, gymtorch.unwrap_tensor(torch.zeros(3, 13)))
    pendulums.set_torques(torch.zeros(2))


def test_restitution_is_told(tmp_path, caplog):
    bouncing = world(tmp_path, BALL)
    shapes = bouncing.gym.get_actor_rigid_shape_properties(bouncing.envs[0], 0)
    shapes[0].restitution = 0.5
    bouncing.gym.set_actor_rigid_shape_properties(bouncing.envs[0], 0, shapes)
    bouncing.prepare()
    assert "not simulated though asked for: restitution" in caplog.text


@pytest.mark.parametrize("height", [4.0, 90.0])
def test_a_start_far_above_the_ground_is_told(tmp_path, caplog, height):
    made = world(tmp_path, BALL, height=height)
    made.gym.prepare_sim(made.sim)
    assert ("robots begin up to 90 m over the highest ground" in caplog.text) == (height == 90.0)


def test_what_is_asked_for_and_not_done_is_told(tmp_path, caplog):
    asked = {"override_com": True, "armature": 0.01, "use_physx_armature": False, "vhacd_enabled": True}
    world(tmp_path, PENDULUM, **asked).prepare()
    assert "override_com and override_inertia" in caplog.text and "use_physx_armature=False" in caplog.text
    assert "vhacd_enabled" not in caplog.text and "limits of joints" not in caplog.text  # there is no mesh


def test_other_limits_of_joints_are_told(tmp_path, caplog):
    limited = world(tmp_path, PENDULUM, count=2)
    properties = limited.gym.get_actor_dof_properties(limited.envs[1], 0)
    properties["upper"] = 1.0
    limited.gym.set_actor_dof_properties(limited.envs[1], 0, properties)
    limited.prepare()
    assert "limits of joints other than the file's" in caplog.text


def test_settings_of_meshes_and_colours_are_taken(tmp_path):
    chosen = gymapi.AssetOptions()
    chosen.vhacd_params.resolution, chosen.mesh_normal_mode = 300000, gymapi.COMPUTE_PER_VERTEX
    chosen.vhacd_params = gymapi.VhacdParams()
    small = world(tmp_path, PENDULUM, vhacd_params=chosen.vhacd_params, convex_decomposition_from_submeshes=True)
    assert small.gym.begin_aggregate(small.envs[0], 2, 2, True) and small.gym.end_aggregate(small.envs[0])
    small.gym.set_rigid_body_color(small.envs[0], 0, 0, gymapi.MESH_VISUAL_AND_COLLISION, gymapi.Vec3(1.0, 0.0, 0.0))


def test_a_time_step_stays_as_it_is(tmp_path):
    running = world(tmp_path, BALL).prepare()
    params = running.gym.get_sim_params(running.sim)
    params.dt = 0.01
    with pytest.raises(UserError, match="set_sim_params: dt and substeps stay"):
        running.gym.set_sim_params(running.sim, params)
    assert running.gym.get_sim_params(running.sim).dt == 0.005


@pytest.mark.parametrize(
    ("owner", "name", "need"),
    [
        (gymapi.acquire_gym(), "get_rigid_contacts", "contacts one by one"),
        (gymapi.acquire_gym(), "set_actor_scale", "actors of several sizes"),
        (gymapi, "RigidBodyState", "states of single bodies that can be read and set"),
    ],
)
def test_what_a_name_that_is_not_there_would_need(owner, name, need):
    with pytest.raises(AttributeError, match=rf"^isaacgym: \w+\.{name} is not there; it would need {need}$"):
        getattr(owner, name)
