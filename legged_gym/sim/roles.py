"""Which bodies and joints play a part: found by their names, once, for the engines and all that stands above them."""

from collections.abc import Sequence
from dataclasses import dataclass

from legged_gym.config.suggest import nearest
from legged_gym.sim.config import AssetCfg
from legged_gym.urdf import Robot
from legged_gym.utils.errors import UserError


@dataclass(frozen=True)
class Roles:
    """Indices in `body_names` and `dof_names`, in the order of the configuration's names, then of the robot's."""

    feet: list[int]
    """Bodies whose contacts are the gait."""
    penalised: list[int]
    """Bodies whose contacts cost reward."""
    terminating: list[int]
    """Bodies whose contacts end the episode."""
    hips: list[int]
    """Joints that abduct the legs."""


def find_roles(asset: AssetCfg, robot: Robot, body_names: list[str], dof_names: list[str]) -> Roles:
    """The parts that a configuration names.

    Bodies that cannot touch anything, having no collision shape, are left out; the root stands for what is welded to
    it.

    Raises:
        UserError: a name matches nothing, or nothing that can touch.
    """
    feet = [] if asset.foot_name == "None" else asset.foot_name
    default = str(AssetCfg.hip_name)
    has_hips = asset.hip_name != default or any(default in name for name in dof_names)
    return Roles(
        feet=_touching("foot_name", feet, robot, body_names),
        penalised=_touching("penalize_contacts_on", asset.penalize_contacts_on, robot, body_names),
        terminating=_touching("terminate_after_contacts_on", asset.terminate_after_contacts_on, robot, body_names),
        hips=_named("hip_name", asset.hip_name, dof_names, ("joint", "joints")) if has_hips else [],
    )


def _named(role: str, keys: str | Sequence[str], names: list[str], kind: tuple[str, str]) -> list[int]:
    """Indices of the names that a role's keys choose: the one of that name, or else all that have it in theirs."""
    found = []
    for key in [keys] if isinstance(keys, str) else keys:
        matches = [names.index(key)] if key in names else [i for i, name in enumerate(names) if key in name]
        if not matches:
            one, many = kind
            hint = nearest(key, names)
            raise UserError(f"asset.{role}: no {one} has {key!r} in its name{hint}; {many}: {', '.join(names)}")
        found += matches
    return list(dict.fromkeys(found))


def _touching(role: str, keys: str | Sequence[str], robot: Robot, body_names: list[str]) -> list[int]:
    """Bodies of a role that can touch something."""
    shaped = {link.name for link in robot.links if link.collisions}
    chosen = [body_names[index] for index in _named(role, keys, body_names, ("body", "bodies"))]
    root = robot.root.name
    bodies = [name for one in chosen for name in (robot.welded_to(root) if one == root not in shaped else [one])]
    touching = [body_names.index(name) for name in dict.fromkeys(bodies) if name in shaped]
    if chosen and not touching:
        able = ", ".join(name for name in body_names if name in shaped)
        raise UserError(f"asset.{role}: {', '.join(chosen)} cannot touch anything, having no <collision>; {able} can")
    return touching
