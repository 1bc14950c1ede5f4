"""The names that training paths of 30 public forks use, by the level that brings them: how many forks need how much."""

LEVELS = {
    1: {
        "gym": """
            acquire_actor_root_state_tensor acquire_dof_state_tensor acquire_net_contact_force_tensor add_ground
            add_heightfield add_triangle_mesh create_actor create_env create_sim fetch_results
            find_actor_rigid_body_handle get_actor_rigid_body_properties get_asset_dof_count get_asset_dof_names
            get_asset_dof_properties get_asset_rigid_body_count get_asset_rigid_body_names
            get_asset_rigid_shape_properties load_asset prepare_sim refresh_actor_root_state_tensor
            refresh_dof_state_tensor refresh_net_contact_force_tensor
            set_actor_dof_properties set_actor_rigid_body_properties set_actor_root_state_tensor
            set_actor_root_state_tensor_indexed set_asset_rigid_shape_properties set_dof_actuation_force_tensor
            set_dof_state_tensor_indexed simulate
        """,
        "gymapi": """
            AssetOptions HeightFieldParams PlaneParams SIM_FLEX SIM_PHYSX SimParams Transform
            TriangleMeshParams Vec3 acquire_gym
        """,
        "gymtorch": "unwrap_tensor wrap_tensor",
        "gymutil": "parse_arguments parse_device_str parse_sim_config",
        "terrain_utils": """
            SubTerrain convert_heightfield_to_trimesh discrete_obstacles_terrain pyramid_sloped_terrain
            pyramid_stairs_terrain random_uniform_terrain stepping_stones_terrain
        """,
        "torch_utils": "get_axis_params normalize quat_apply quat_rotate_inverse to_torch torch_rand_float",
    },
    2: {
        "gym": """
            acquire_rigid_body_state_tensor create_camera_sensor find_actor_dof_handle get_elapsed_time get_sim_time
            refresh_rigid_body_state_tensor
        """,
        "terrain_utils": "gap_terrain pit_terrain wave_terrain",
        "torch_utils": "get_euler_xyz quat_from_euler_xyz",
    },
    3: {
        "gym": """
            acquire_dof_force_tensor apply_rigid_body_force_tensors attach_camera_to_body destroy_sim
            enable_actor_dof_force_sensors end_access_image_tensors find_actor_rigid_body_index get_actor_dof_forces
            get_actor_dof_properties get_actor_rigid_body_names get_actor_rigid_shape_properties get_camera_image
            get_sim_params refresh_dof_force_tensor render_all_camera_sensors set_actor_dof_states
            set_actor_rigid_shape_properties set_sim_params start_access_image_tensors
        """,
        "gymapi": """
            DOMAIN_ACTOR DOMAIN_ENV DOMAIN_SIM DofState ENV_SPACE FOLLOW_TRANSFORM LOCAL_SPACE Quat STATE_POS STATE_VEL
            UP_AXIS_Z
        """,
        "torch_utils": "quat_conjugate quat_from_angle_axis quat_mul quat_rotate tf_apply tf_inverse",
    },
    4: {
        "gym": """
            acquire_force_sensor_tensor create_asset_force_sensor find_asset_rigid_body_index
            refresh_force_sensor_tensor
        """,
        "gymapi": "Quat.from_euler_zyx",
        "torch_utils": "normalize_angle",
    },
    5: {
        "gym": "get_camera_image_gpu_tensor set_camera_location write_viewer_image_to_file",
        "gymapi": "CameraProperties IMAGE_COLOR IMAGE_DEPTH",
    },
}


def names(level: int) -> set[tuple[str, str]]:
    """What a level brings: the module, or `gym`, and the name."""
    return {(owner, name) for owner, text in LEVELS[level].items() for name in text.split()}
