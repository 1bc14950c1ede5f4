"""The controller of a trained policy, put together from what its environment declares."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from legged_gym.interface.controller import Clock, Controller, ControllerParts
from legged_gym.interface.observations import ObservationTerm
from legged_gym.interface.readings import readings_of
from legged_gym.sensors.ground_view import FootScanView, GroundView, HeightScanView
from legged_gym.sim.body_positions import BodyPositions
from legged_gym.utils.errors import UserError
from rsl_rl.modules import Policy


def make_controller(env: Any, policy: Policy) -> Controller:
    """The controller that acts as a policy does in an environment.

    Args:
        env: an environment of the policy's on the CPU and MuJoCo C, see `rehearsal.make_rehearsal`.
        policy: the policy, on any device; it is copied.

    Raises:
        UserError: the policy observes what a controller cannot compute.
    """
    acting = copy.deepcopy(policy.acting_part()).cpu().eval().requires_grad_(False)
    inputs, targets = acting.actor_input, policy.estimate_targets
    terms = [term for group in inputs.groups for term in env.observations.group_terms(group)]
    reads = frozenset(name for term in terms for name in _reads(term, env))
    parts = ControllerParts(
        terms=terms,
        reads=reads,
        groups=dict(zip(inputs.groups, inputs.widths, strict=True)),
        frames=frames_of(env.observations.history, inputs.groups),
        clip=env.cfg.normalization.clip_observations,
        action_map=env.action_map,
        clock=_clock(env) if "gait_phase" in reads else None,
        view=_view(env, reads, acting),
        estimate_scale=[] if targets is None else _factors(env, targets.groups),
        hold=copy.deepcopy(env.target_hold),
        num_feet=len(env.feet_indices),
        image_shape=(env.depth_camera.image.rows, env.depth_camera.image.cols) if "depth_image" in reads else (0, 0),
    )
    return Controller(acting, parts).eval().requires_grad_(False)


def _reads(term: ObservationTerm, env: Any) -> set[str]:
    """The readings that a term's formula uses."""
    if term.privileged:
        return set()
    reads = readings_of(term.compute, env.readings)
    if not reads:
        raise UserError(
            f"the observation {term.name!r} is no formula of the robot's readings, so that no robot can compute it; "
            "write it as one, or declare it privileged"
        )
    return reads


def frames_of(history: Mapping[str, int], groups: Sequence[str]) -> int:
    """Frames in the input of an actor that reads these groups, of which some have a history.

    Raises:
        UserError: one with a history is not alone.
    """
    frames = {history.get(group, 1) for group in groups}
    if len(groups) > 1 and frames != {1}:
        raise UserError(f"the policy observes {', '.join(groups)}; one with a history can be exported if it is alone")
    return frames.pop()


def _clock(env: Any) -> Clock:
    """The legs' clock, in the first of the gaits that were drawn in training."""
    return Clock(env.dt * env.gait_clock.frequency, env.cfg.gait.offsets[0], env.cfg.commands.dead_zone)


def _view(env: Any, reads: frozenset[str], policy: Policy) -> GroundView | None:
    """What sees the ground, if anything does."""
    if {"scan_heights", "foot_heights"} <= reads:
        raise UserError("the policy observes height_scan and foot_scan; one map at a time")
    if "scan_heights" in reads:
        return HeightScanView(env.height_scan)
    if "foot_heights" in reads:
        names = [env.body_names[i] for i in env.feet_indices.tolist()]
        feet = BodyPositions(env.sim.robot, names)
        return FootScanView(env.foot_scan, feet, names, takes_unknown=policy.takes_unknown_heights)
    return None


def _factors(env: Any, groups: Sequence[str]) -> list[float]:
    """Scale of every column of observation groups side by side."""
    return [factor for group in groups for term in env.observations.group_terms(group) for factor in term.factors]
