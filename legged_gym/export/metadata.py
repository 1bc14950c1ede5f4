"""What a controller file says of itself, its robot and its training; plain data."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
import onnx
import torch

from legged_gym.actuators.models import DELAYED_PD, ENGINE_PD
from legged_gym.config.io import class_to_dict
from legged_gym.export.ports import ports
from legged_gym.interface.action import ACTED, TORQUE, ActionMap, MixedActionMap
from legged_gym.interface.controller import Controller
from legged_gym.interface.observations import ObservationTerm
from legged_gym.utils.errors import UserError
from legged_gym.version import __version__
from rsl_rl.modules import Policy

FORMAT = 3
"""Version of the metadata."""
LICENCE = "BSD-3-Clause"
"""Licence of the trained policies, as of the code that trained them."""
TRAINING_SECTIONS = ("commands", "domain_rand", "map_noise", "noise", "terrain")
"""Sections of the environment's configuration, where it has them, that tell what the policy was trained on."""
SIMULATION_SECTIONS = (
    "asset", "control", "sim", "init_state", "terrain", "commands", "domain_rand", "termination", "map_noise",
    "crossing",
)  # fmt: skip
"""What rebuilds its simulation."""


@dataclass(frozen=True)
class Provenance:
    """Where a policy is from."""

    task: str
    trained_in: Mapping[str, Any]
    """The environment's configuration in training, as plain data."""
    config_hash: str
    iteration: int
    evaluation: Mapping[str, Any] | None = None
    """What evaluate.py found of it."""


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


def controller_metadata(
    env: Any, policy: Policy, controller: Controller, provenance: Provenance, drives_file: str | None
) -> dict[str, Any]:
    """Everything that its user has to know of a controller file.

    Args:
        env: of `rehearsal.make_rehearsal`.
        policy: the policy.
        controller: made of both.
        provenance: where the policy is from.
        drives_file: name of the file with the robot's drives beside the controller's; None if they are a PD law.

    Returns:
        See docs/controller.md, which describes every key.
    """
    parts = controller.parts
    return {
        "format": FORMAT,
        "task": provenance.task,
        "deployable": not controller.privileged,
        "licence": LICENCE,
        "versions": {
            "robust_parallel": __version__,
            "torch": torch.__version__,
            "onnx": onnx.__version__,
            "mujoco": mujoco.__version__,
        },
        "iteration": provenance.iteration,
        "config_hash": provenance.config_hash,
        "evaluation": provenance.evaluation,
        **_robot(env),
        "control_dt": env.dt,
        "physics_dt": env.sim.physics_dt,
        "decimation": env.sim.decimation,
        "action": _action(env, controller.action_map),
        "actuator": _actuator(env, drives_file),
        **ports(controller),
        "state": controller.state.as_data(),
        "observations": _observations(env, parts.groups),
        "history": parts.frames,
        **_estimate(env, policy),
        **({} if parts.view is None else {"map": parts.view.layout}),
        **({"depth_camera": class_to_dict(env.cfg.depth_camera)} if "depth_image" in parts.reads else {}),
        **({} if parts.clock is None else {"gait_clock": _clock(env)}),
        "training": {name: provenance.trained_in[name] for name in TRAINING_SECTIONS if name in provenance.trained_in},
        "simulation": {
            name: provenance.trained_in[name] for name in SIMULATION_SECTIONS if name in provenance.trained_in
        },
    }


def _robot(env: Any) -> dict[str, Any]:
    """The robot's joints; limits that there are none of are null."""
    robot, model = env.sim.robot, env.sim.robot.model
    joints = [model.joint(name).id for name in robot.dof_names]
    return {
        "joint_names": list(robot.dof_names),
        "joint_axes": model.jnt_axis[joints].tolist(),
        "dof_pos_limits": _finite(robot.dof_pos_limits),
        "dof_vel_limits": _finite(robot.dof_vel_limits),
        "torque_limits": _finite(robot.torque_limits),
        "default_dof_pos": env.layout["default_dof_pos"],
        "drive_modes": _drive_modes(env),
    }


def _drive_modes(env: Any) -> list[str]:
    """What each joint's drive is told."""
    return [TORQUE] * len(env.dof_names) if env.sim.takes_torques else list(env.sim.drive_modes)


def _action(env: Any, action_map: ActionMap) -> dict[str, Any]:
    """What the actions mean; joints with scales of their own have a list of them, one an action."""
    acted = [joint for joint, mode in enumerate(_drive_modes(env)) if mode in ACTED]
    scale: Any = action_map.scale
    if isinstance(action_map, MixedActionMap):
        scale = action_map.scales[acted].tolist()
    names = [env.dof_names[joint] for joint in acted]
    held = {} if env.target_hold is None else {"max_torque": env.target_hold.max_torque}
    return {"scale": scale, "clip": action_map.clip, "target": action_map.target, "names": names, **held}


def _actuator(env: Any, drives_file: str | None) -> dict[str, Any]:
    """How the drives turn targets into torques."""
    model, robot = env.cfg.control.actuator.model, env.sim.robot
    gains = {"stiffness": robot.stiffness.tolist(), "damping": robot.damping.tolist()}
    if model == ENGINE_PD:
        return {"model": model, **gains}
    return {"model": model, **(gains if model == DELAYED_PD else {}), "file": drives_file}


def _observations(env: Any, groups: Iterable[str]) -> list[dict[str, Any]]:
    """The terms of a frame; in groups that training told the truth, none has noise or comes late."""
    noisy = env.cfg.noise.groups
    return [_term(term, group in noisy) for group in groups for term in env.observations.group_terms(group)]


def _term(term: ObservationTerm, is_noisy: bool) -> dict[str, Any]:
    return {
        "name": term.name,
        "width": term.width,
        "scale": term.scale if isinstance(term.scale, float | int) else list(term.scale),
        "needs": term.needs,
        "privileged": term.privileged,
        "noise": term.noise if is_noisy else 0.0,
        "sensed": term.sensed and is_noisy,
    }


def _estimate(env: Any, policy: Policy) -> dict[str, Any]:
    """What the columns of a policy's estimate mean, if it has one."""
    targets = policy.estimate_targets
    if targets is None:
        return {}
    terms = [term for group in targets.groups for term in env.observations.group_terms(group)]
    return {"estimate": [{"name": term.name, "width": term.width} for term in terms]}


def _clock(env: Any) -> dict[str, Any]:
    """The legs' clock: strides a second, and the gait of the controller, the first of those in training."""
    return {"frequency": env.gait_clock.frequency, "offsets": list(env.cfg.gait.offsets[0])}


def _finite(values: np.ndarray) -> list[Any]:
    """Nested lists; None in the place of what is not finite, which JSON does not know."""
    return [_finite(row) if row.ndim else (float(row) if math.isfinite(row) else None) for row in values]
