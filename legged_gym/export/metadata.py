"""What a robot must know of an exported policy, and whether a robot can feed it at all."""

from collections.abc import Mapping, Sequence
from typing import Any

from legged_gym.export.exportable import hidden_state_shapes
from legged_gym.utils.errors import UserError
from rsl_rl.modules import Policy

FORMAT = 2
"""Version of the metadata."""

SECTIONS = ("asset", "control", "sim", "init_state", "terrain", "commands", "domain_rand", "normalization", "map_noise")
"""Of the environment's configuration, where it has them: what rebuilds its physics and its observations."""


def actor_terms(layout: Mapping[str, Any], groups: Sequence[str]) -> list[dict[str, Any]]:
    """The observation terms of an actor in the order of its input.

    Args:
        layout: an environment's `layout`.
        groups: the observation groups that the actor reads, in order.
    """
    return [term for group in groups for term in layout["observations"][group]]


def privileged_terms(terms: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the observation terms that no robot can measure."""
    return [term["name"] for term in terms if term["privileged"]]


def check_deployable(terms: Sequence[Mapping[str, Any]]) -> None:
    """Refuse an actor with observation terms that a robot cannot measure.

    Raises:
        UserError: names the terms.
    """
    names = privileged_terms(terms)
    if names:
        raise UserError(
            f"the policy observes {', '.join(names)}, which a robot cannot measure; train a task without it, "
            "or export for simulation only with --allow_privileged"
        )


def policy_metadata(
    env: Any, policy: Policy, task: str, env_cfg: Mapping[str, Any], config_hash: str
) -> dict[str, Any]:
    """Everything besides the network that a controller needs, and what rebuilds its simulation; plain data.

    Args:
        env: the environment, made for the policy (its `layout`, terms, nominal gains and torque limits are read).
        policy: the policy.
        task: its name.
        env_cfg: the environment's configuration in training as plain data.
        config_hash: of the run's configuration.

    Returns:
        The layout (joint order, default pose, action scale, clip limits, control step, and where the samples of a foot
        scan lie), with `observations` the actor's terms in the order of its input, each with the `noise` +- of its
        unscaled value and whether it is `sensed`: a proprioceptive measurement, which may arrive late; `history`, the
        number of such frames that the input holds side by side, newest first; per joint
        `stiffness`, `damping` (N m/rad, N m s/rad; None if the drives have none) and `torque_limits` (N m);
        `hidden_state`, the shape of each input that carries it, for one robot; of a policy with an estimator, the terms
        of its `estimate`, each scaled by its `scale`; `physics_dt` and `decimation`; the configuration's `SECTIONS`
        and its `termination`, which tells what ends an episode; whether the policy is `deployable`.
    """
    layout, declared = env.layout, env.observations.terms
    terms = actor_terms(layout, policy.actor_input.groups)
    return {
        "format": FORMAT,
        "task": task,
        **layout,
        "history": _history(layout, policy.actor_input.groups),
        "observations": [
            {**term, "noise": declared[term["name"]].noise, "sensed": declared[term["name"]].sensed} for term in terms
        ],
        "stiffness": _gains(env.sim, "stiffness"),
        "damping": _gains(env.sim, "damping"),
        "torque_limits": env.torque_limits.tolist(),
        "hidden_state": hidden_state_shapes(policy),
        **_estimate(layout, policy),
        "physics_dt": env_cfg["sim"]["dt"],
        "decimation": env_cfg["control"]["decimation"],
        **{name: env_cfg[name] for name in SECTIONS if name in env_cfg},
        "termination": env_cfg["termination"],
        "deployable": not privileged_terms(terms),
        "config_hash": config_hash,
    }


def _estimate(layout: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """What the columns of a policy's estimate mean, if it has one."""
    targets = policy.estimate_targets
    return {} if targets is None else {"estimate": actor_terms(layout, targets.groups)}


def _history(layout: Mapping[str, Any], groups: Sequence[str]) -> int:
    """Frames in the input of an actor that reads these groups."""
    frames = {layout.get("history", {}).get(group, 1) for group in groups}
    if len(groups) > 1 and frames != {1}:
        raise UserError(f"the policy observes {', '.join(groups)}; one with a history can be exported if it is alone")
    return frames.pop()


def _gains(sim: Any, field: str) -> list[float] | None:
    """A gain of each joint's drive; None if the drives have no such thing."""
    return sim.read(field)[0].tolist() if field in sim.drive_fields else None
