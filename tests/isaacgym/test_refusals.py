"""What nothing can be simulated with, and calls at the wrong time, are told in one line."""

from pathlib import Path

import numpy as np
import pytest
import torch

from isaacgym import gymapi, gymtorch, gymutil, terrain_utils
from robust_parallel.errors import UserError
from tests.isaacgym.worlds import BALL, PENDULUM

NAN = float("nan")
HUGE = 10**6


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        ("SimParams", "dt", 0.0),
        ("SimParams", "dt", NAN),
        ("SimParams", "dt", "fast"),
        ("SimParams", "substeps", 0),
        ("SimParams", "substeps", 1.5),
        ("SimParams", "up_axis", 2),
        ("SimParams", "gravity", (0.0, 0.0, -9.81)),
        ("Vec3", "x", NAN),
        ("AssetOptions", "armature", -1.0),
        ("AssetOptions", "default_dof_drive_mode", 99),
        ("RigidBodyProperties", "mass", -5.0),
        ("RigidShapeProperties", "friction", -1.0),
        ("CameraProperties", "width", 0),
        ("CameraProperties", "height", HUGE),
        ("CameraProperties", "horizontal_fov", 270.0),
        ("HeightFieldParams", "row_scale", 0.0),
        ("HeightFieldParams", "nbRows", -10),
    ],
)
def test_an_attribute_that_no_simulation_has_is_named(record, name, value):
    with pytest.raises(UserError, match=rf"isaacgym: {record}\.{name} = "):
        setattr(getattr(gymapi, record)(), name, value)


def world(folder: Path, urdf: str = PENDULUM, prepare: bool = True):
    """A simulation of two robots on a plane."""
    (folder / "robot.urdf").write_text(urdf)
    gym, params = gymapi.acquire_gym(), gymapi.SimParams()
    params.gravity = gymapi.Vec3(0.0, 0.0, -9.81)
    sim = gym.create_sim(0, -1, gymapi.SIM_PHYSX, params)
    gym.add_ground(sim, gymapi.PlaneParams())
    asset = gym.load_asset(sim, str(folder), "robot.urdf", gymapi.AssetOptions())
    envs = [gym.create_env(sim, gymapi.Vec3(), gymapi.Vec3(1.0, 1.0, 1.0), 2) for _ in range(2)]
    for env in envs:
        gym.create_actor(env, asset, gymapi.Transform(gymapi.Vec3(0.0, 0.0, 2.0)), "robot", 0, 0, 0)
    if prepare:
        gym.prepare_sim(sim)
    return gym, sim, envs, asset


def test_tensors_that_are_none_and_lists_of_no_actors(tmp_path):
    gym, sim, _, _ = world(tmp_path)
    roots = gymtorch.unwrap_tensor(torch.zeros(2, 13))
    for wrong in (None, torch.zeros(2, 13), np.zeros((2, 13))):
        with pytest.raises(UserError, match="as gymtorch.unwrap_tensor gives it"):
            gym.set_actor_root_state_tensor(sim, wrong)
    for actors, count, says in (
        (torch.tensor([5], dtype=torch.int32), 1, "there are 0 to 1"),
        (torch.tensor([-1], dtype=torch.int32), 1, "there are 0 to 1"),
        (torch.tensor([0], dtype=torch.int32), 7, "7 actors of a list of 1"),
        (torch.tensor([0.5]), 1, "int32"),
    ):
        with pytest.raises(UserError, match=says):
            gym.set_actor_root_state_tensor_indexed(sim, roots, gymtorch.unwrap_tensor(actors), count)
    with pytest.raises(TypeError, match="wrap_tensor takes"):
        gymtorch.wrap_tensor(None)
    with pytest.raises(TypeError, match="take torch tensors, not list"):
        gymtorch.unwrap_tensor([1, 2])


def test_properties_of_other_parts_and_handles_of_nothing(tmp_path):
    gym, _, envs, asset = world(tmp_path, BALL)
    for call in (gym.set_actor_rigid_shape_properties, gym.set_actor_rigid_body_properties):
        with pytest.raises(UserError, match="properties of 0, expected one of each"):
            call(envs[0], 0, [])
    with pytest.raises(UserError, match="properties of 0 shapes"):
        gym.set_asset_rigid_shape_properties(asset, [])
    with pytest.raises(UserError, match="there is no actor 9"):
        gym.get_actor_rigid_body_properties(envs[0], 9)
    with pytest.raises(UserError, match="there is no camera 4"):
        gym.set_camera_location(4, envs[0], gymapi.Vec3(), gymapi.Vec3(1.0, 0.0, 0.0))


@pytest.mark.parametrize("body", [-1, 2])
def test_a_camera_on_no_body(tmp_path, body):
    gym, _, envs, _ = world(tmp_path, prepare=False)
    camera = gym.create_camera_sensor(envs[0], gymapi.CameraProperties())
    pose = gymapi.Transform()
    with pytest.raises(UserError, match=f"attach_camera_to_body: the environment has no body {body}"):
        gym.attach_camera_to_body(camera, envs[0], body, pose, gymapi.FOLLOW_TRANSFORM)
    gym.attach_camera_to_body(camera, envs[0], 1, pose, gymapi.FOLLOW_TRANSFORM)


def test_properties_of_joints_that_are_none(tmp_path):
    gym, _, envs, _ = world(tmp_path)
    properties = gym.get_actor_dof_properties(envs[0], 0)
    with pytest.raises(UserError, match="expected one of each joint: 1"):
        gym.set_actor_dof_properties(envs[0], 0, properties[:0])
    for name, wrong, says in (
        ("damping", NAN, "damping must be at least 0"),
        ("effort", -5.0, "effort must be at least 0, not -5"),
        ("driveMode", 77, "driveMode 77 is no DofDriveMode"),
        ("driveMode", -1, "driveMode -1 is no DofDriveMode"),
    ):
        given = properties.copy()
        given[name] = wrong
        with pytest.raises(UserError, match=says):
            gym.set_actor_dof_properties(envs[0], 0, given)
    assert gym.set_actor_dof_properties(envs[0], 0, properties)


def test_what_comes_too_late(tmp_path):
    gym, sim, _, _ = world(tmp_path)
    with pytest.raises(UserError, match="create_env after prepare_sim"):
        gym.create_env(sim, gymapi.Vec3(), gymapi.Vec3(), 1)
    with pytest.raises(UserError, match="add_ground after prepare_sim"):
        gym.add_ground(sim, gymapi.PlaneParams())


def test_worlds_that_cannot_be(tmp_path):
    gym, sim, _, asset = world(tmp_path, prepare=False)
    with pytest.raises(UserError, match="no engine 77"):
        gym.create_sim(0, -1, 77, gymapi.SimParams())
    for lower, upper, per_row in ((0.0, 1.0, 0), (1.0, 0.0, 1)):
        with pytest.raises(UserError, match="create_env: "):
            gym.create_env(sim, gymapi.Vec3(lower, 0.0, 0.0), gymapi.Vec3(upper, 0.0, 0.0), per_row)
    nowhere = gymapi.Transform(gymapi.Vec3(), gymapi.Quat(0.0, 0.0, 0.0, 0.0))
    with pytest.raises(UserError, match="quaternion is 0"):
        gym.create_actor(gym.create_env(sim, gymapi.Vec3(), gymapi.Vec3(), 1), asset, nowhere, "robot", 0, 0, 0)
    with pytest.raises(UserError, match="names no file"):
        gym.load_asset(sim, str(tmp_path), None)


SQUARE = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [4, 4, 0]], np.float32)
FACES = np.array([[0, 1, 2], [1, 3, 2]], np.uint32)


@pytest.mark.parametrize(
    ("vertices", "faces", "says"),
    [
        (SQUARE * np.float32(NAN), FACES, "vertex 0 is not finite"),
        (SQUARE, FACES + np.uint32(50), "a triangle has the vertex 53; there are 0 to 3"),
        (SQUARE[:0], FACES[:0], "0 vertices and 0 triangles"),
        (SQUARE * np.array([1, 0, 0], np.float32), FACES, "no extent"),
        (SQUARE, FACES, "not nb_vertices = 99"),
    ],
)
def test_meshes_that_are_no_ground(vertices, faces, says):
    gym, params = gymapi.acquire_gym(), gymapi.TriangleMeshParams()
    params.nb_vertices = 99 if "99" in says else len(vertices)
    params.nb_triangles = len(faces)
    sim = gym.create_sim(0, -1, gymapi.SIM_PHYSX, gymapi.SimParams())
    with pytest.raises(UserError, match=says):
        gym.add_triangle_mesh(sim, vertices.flatten(), faces.flatten(), params)


@pytest.mark.parametrize(("heights", "says"), [(np.zeros(50), "50 heights"), (np.full(100, NAN), "to be numbers")])
def test_height_fields_that_are_none(heights, says):
    gym, params = gymapi.acquire_gym(), gymapi.HeightFieldParams()
    params.nbRows, params.nbColumns = 10, 10
    sim = gym.create_sim(0, -1, gymapi.SIM_PHYSX, gymapi.SimParams())
    with pytest.raises(UserError, match=says):
        gym.add_heightfield(sim, heights, params)


def test_a_plane_that_is_not_level():
    gym, params = gymapi.acquire_gym(), gymapi.PlaneParams()
    params.normal = gymapi.Vec3(0.0, 1.0, 0.0)
    with pytest.raises(UserError, match="planes are level here"):
        gym.add_ground(gym.create_sim(0, -1, gymapi.SIM_PHYSX, gymapi.SimParams()), params)


@pytest.mark.parametrize(
    ("generator", "settings"),
    [
        ("stairs_terrain", (0.0, 0.1)),
        ("pyramid_stairs_terrain", (0.0, 0.1)),
        ("stepping_stones_terrain", (0.0, 0.1, 0.1)),
        ("random_uniform_terrain", (0.1, -0.1, 0.005)),
        ("random_uniform_terrain", (-0.1, 0.1, 0.0)),
        ("discrete_obstacles_terrain", (0.1, 2.0, 1.0, 5)),
        ("discrete_obstacles_terrain", (0.1, 1.0, 2.0, -5)),
        ("pit_terrain", (1.0e4,)),
    ],
)
def test_terrains_that_cannot_be_made(generator, settings):
    ground = terrain_utils.SubTerrain("x", 40, 40, vertical_scale=0.005, horizontal_scale=0.1)
    with pytest.raises(UserError, match="cannot be made"):
        getattr(terrain_utils, generator)(ground, *settings)


def test_grids_that_are_none():
    with pytest.raises(UserError, match="-4 x 256 cells"):
        terrain_utils.SubTerrain("x", width=-4)
    with pytest.raises(UserError, match="cells of 0 m"):
        terrain_utils.SubTerrain("x", horizontal_scale=0)
    with pytest.raises(UserError, match=r"a mesh of \(5,\)"):
        terrain_utils.convert_heightfield_to_trimesh(np.zeros(5), 0.1, 0.005)


def test_a_flag_without_a_name():
    with pytest.raises(ValueError, match="a custom parameter has no name"):
        gymutil.parse_arguments(custom_parameters=[{"type": int}])
