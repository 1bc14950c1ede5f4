"""What a fork asks for and is not there, told in one line."""

_LACKS = {
    "forces beside the centre of mass": "apply_rigid_body_force_at_pos_tensors apply_body_forces",
    "jacobians and mass matrices": (
        "acquire_jacobian_tensor refresh_jacobian_tensors acquire_mass_matrix_tensor refresh_mass_matrix_tensors"
    ),
    "assets that are no URDF": "create_box create_sphere create_capsule",
    "actors of several sizes": "set_actor_scale get_actor_scale",
    "states of single bodies that can be read and set": (
        "get_actor_rigid_body_states set_actor_rigid_body_states get_env_rigid_body_states set_env_rigid_body_states "
        "get_rigid_transform set_rigid_body_state_tensor RigidBodyState"
    ),
    "targets and torques of single joints": (
        "apply_dof_effort apply_actor_dof_efforts set_dof_target_position set_dof_target_velocity get_dof_position"
    ),
    "contacts one by one": "get_rigid_contacts get_env_rigid_contacts draw_env_rigid_contacts",
    "a window": "get_viewer_mouse_position get_viewer_size subscribe_viewer_mouse_event",
    "textures": "create_texture_from_file create_texture_from_buffer set_rigid_body_texture",
    "soft bodies, tendons and attractors": (
        "acquire_particle_state_tensor get_soft_contacts create_rigid_body_attractor AttractorProperties "
        "get_asset_tendon_properties get_actor_tendon_properties set_actor_tendon_properties"
    ),
}
_NEEDS = {name: what for what, names in _LACKS.items() for name in names.split()}
"""What a name that is not there yet would need."""


class UnknownSymbolError(AttributeError):
    """A name of Isaac Gym that is not there. An `AttributeError`, so that `hasattr` answers."""


def need_of(name: str) -> str:
    """What there would have to be for a name that is not there."""
    return f"it would need {_NEEDS[name]}" if name in _NEEDS else "docs/isaacgym.md lists what is"


def unknown(owner: str, name: str) -> UnknownSymbolError:
    """The error to raise for a name.

    Args:
        owner: where it was looked for: a module or class.
        name: what was asked for.
    """
    return UnknownSymbolError(f"isaacgym: {owner}.{name} is not there; {need_of(name)}")
