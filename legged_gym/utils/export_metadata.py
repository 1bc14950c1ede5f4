"""What a robot must know of an exported policy, and whether a robot can feed it at all."""

from collections.abc import Mapping, Sequence
from typing import Any

from legged_gym.utils.errors import UserError


def actor_terms(layout: Mapping[str, Any], groups: Sequence[str]) -> list[dict[str, Any]]:
    """The observation terms of an actor in the order of its input.

    Args:
        layout: an environment's `layout`.
        groups: the observation groups that the actor reads, in order.
    """
    return [term for group in groups for term in layout["observations"][group]]


def privileged_terms(layout: Mapping[str, Any], groups: Sequence[str]) -> list[str]:
    """Names of the actor's terms that no robot can measure."""
    return [term["name"] for term in actor_terms(layout, groups) if term["privileged"]]


def check_deployable(layout: Mapping[str, Any], groups: Sequence[str]) -> None:
    """Refuse an actor that observes what a robot cannot measure.

    Raises:
        UserError: names the terms.
    """
    names = privileged_terms(layout, groups)
    if names:
        raise UserError(
            f"the policy observes {', '.join(names)}, which a robot cannot measure; train a task without it, "
            "or export for simulation only with --allow_privileged"
        )


def policy_metadata(env: Any, groups: Sequence[str], config_hash: str) -> dict[str, Any]:
    """Everything a controller needs besides the network, as plain data.

    Args:
        env: the environment that the policy was trained in (its `layout`, nominal gains and clip limits are read).
        groups: the observation groups that the actor reads, in order.
        config_hash: of the run's configuration.

    Returns:
        The layout (joint order, default pose, action scale, control step ...), with `observations` the actor's terms in
        the order of its input; `stiffness` and `damping` per joint (N m/rad, N m s/rad); clip limits; `deployable`.
    """
    layout = env.layout
    normalization = env.cfg.normalization
    return {
        "format": 1,
        **layout,
        "observations": actor_terms(layout, groups),
        "stiffness": env.sim.read("stiffness")[0].tolist(),
        "damping": env.sim.read("damping")[0].tolist(),
        "clip_actions": normalization.clip_actions,
        "clip_observations": normalization.clip_observations,
        "deployable": not privileged_terms(layout, groups),
        "config_hash": config_hash,
    }
