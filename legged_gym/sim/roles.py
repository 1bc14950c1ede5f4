"""Which bodies and joints play a part: found by their names, once, for the engines and all that stands above them."""

from collections.abc import Sequence
from dataclasses import dataclass

from legged_gym.config.suggest import nearest
from legged_gym.sim.config import AssetCfg
from legged_gym.utils.errors import UserError
from robust_parallel.urdf import Robot


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

    A body without a collision shape cannot touch anything: it is no foot, and if it is the root, those that are welded
    to it stand for it.

    Raises:
        UserError: a name matches nothing, or nothing that can touch, or to stand ends the episode.
    """
    feet = [] if asset.foot_name == "None" else asset.foot_name
    shaped = _shaped(robot)
    default = str(AssetCfg.hip_name)
    terminating = _bodies("terminate_after_contacts_on", asset.terminate_after_contacts_on, robot, body_names)
    standing = [index for index in _bodies("foot_name", feet, robot, body_names) if body_names[index] in shaped]
    if standing and {*standing} <= {*terminating}:
        raise UserError("asset.terminate_after_contacts_on has all of asset.foot_name: no episode would last")
    has_hips = asset.hip_name != default or any(default in name for name in dof_names)
    return Roles(
        feet=standing,
        penalised=_bodies("penalize_contacts_on", asset.penalize_contacts_on, robot, body_names),
        terminating=terminating,
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


def _bodies(role: str, keys: str | Sequence[str], robot: Robot, body_names: list[str]) -> list[int]:
    """Bodies of a role, some of which can touch something."""
    chosen = [body_names[index] for index in _named(role, keys, body_names, ("body", "bodies"))]
    shaped, root = _shaped(robot), robot.root.name
    bodies = list(chosen)
    if root in chosen and root not in shaped:
        place = chosen.index(root)
        bodies[place : place + 1] = [name for name in robot.welded_to(root) if name in shaped and name not in chosen]
    if chosen and not shaped.intersection(bodies):
        able = ", ".join(name for name in body_names if name in shaped)
        raise UserError(f"asset.{role}: {', '.join(chosen)} cannot touch anything, having no <collision>; {able} can")
    return [body_names.index(name) for name in bodies]


def _shaped(robot: Robot) -> set[str]:
    """Links that can touch something."""
    return {link.name for link in robot.links if link.collisions}
