"""What a fork asks for and is not there, told in one line."""

_LACKS = {
    "forces beside the centre of mass": "apply_rigid_body_force_at_pos_tensors apply_body_forces",
    "jacobians and mass matrices": (
        "acquire_jacobian_tensor refresh_jacobian_tensors acquire_mass_matrix_tensor refresh_mass_matrix_tensors"
    ),
    "assets that are no URDF": "create_box create_sphere create_capsule",
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
