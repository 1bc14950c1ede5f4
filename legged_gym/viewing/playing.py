"""Watching a policy: the settings for it, and the loop."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch

from legged_gym.config.suggest import nearest
from legged_gym.envs.base.agile_commands import without_agility
from legged_gym.envs.base.nominal import nominal_settings
from legged_gym.export.parity import Recorder
from legged_gym.utils.errors import UserError
from rsl_rl.modules import InferencePolicy, PolicyInference

logger = logging.getLogger(__name__)

MAX_ENVS = 50
"""Robots at most."""


class Screen(Protocol):
    """Something that shows the robots: a window or a video file."""

    def before_step(self) -> None:
        """Called before each control step: the time to give commands."""

    def show(self) -> bool:
        """Show the present state, once the policy has seen it; False when the user has closed the window."""
        ...

    def close(self) -> None:
        """Close window or file."""


class View(Protocol):
    """Something that wants to know what the policy makes of what it sees."""

    def see(self, inference: PolicyInference) -> PolicyInference:
        """Take, and return, what it makes of the robots' present observations."""
        ...


def hand_steered(cfg: Any) -> dict[str, Any]:
    """Settings that leave all commands of a task to the user: none is drawn, and no heading turns the robots."""
    return {"commands.heading_command": False, "commands.resampling_time": 1.0e9, **without_agility(cfg)}


def calm_settings(cfg: Any, map_noise: str | None = None) -> dict[str, Any]:
    """What to watch a policy with: a small terrain, and nothing random but the commands; sensors that see are noisy.

    Args:
        cfg: configuration of a training run's environment.
        map_noise: condition of the map, see `map_noise_settings`; None: all of them, as in training.

    Returns:
        Settings by dotted key.

    Raises:
        UserError: there is no such condition.
    """
    sees = hasattr(cfg, "map_noise") or hasattr(cfg, "depth_camera")
    settings = nominal_settings(cfg) | {"noise.add_noise": sees}
    return settings if map_noise is None else settings | map_noise_settings(cfg, map_noise)


def map_noise_settings(cfg: Any, name: str) -> dict[str, Any]:
    """What puts the robots' maps in one condition.

    Args:
        cfg: the environment's configuration.
        name: of a condition of `cfg.map_noise`, or `none`: a perfect map.

    Returns:
        Settings by dotted key.

    Raises:
        UserError: there is no such condition.
    """
    if not hasattr(cfg, "map_noise"):
        raise UserError("--map_noise: the robots of this task have no map of their own")
    conditions = cfg.map_noise.conditions
    if name == "none":
        return {"map_noise.factor": 0.0, "map_noise.missing_probability": 0.0}
    if name in conditions:
        return {"map_noise.conditions": {name: {**conditions[name], "probability": 1.0}}}
    raise UserError(f"--map_noise {name}: there are none, {', '.join(conditions)}{nearest(name, conditions)}")


@torch.no_grad()
def rollout(
    env: Any,
    policy: InferencePolicy,
    steps: int | None,
    recorder: Recorder,
    screen: Screen | None = None,
    view: View | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> int:
    """Let a policy drive the environments.

    Args:
        env: the environments.
        policy: what `OnPolicyRunner.get_inference_policy` gives.
        steps: control steps; None goes on until the screen is closed.
        recorder: keeps the first steps for the export's check.
        screen: shows the robots.
        view: is told what the policy believes.
        on_step: called after each step.

    Returns:
        The number of steps done.

    Raises:
        UserError: an action is not finite.
    """
    groups = policy.policy.actor_input.groups
    observations = env.get_observations()
    done, is_open, has_map = 0, True, True
    while is_open and (steps is None or done < steps):
        if screen is not None:
            screen.before_step()
        seen = {name: observations[name] for name in groups}
        if has_map and _lacks_a_group(seen):
            logger.warning("some robots have no map now: they walk blind")
            has_map = False
        actions = policy(seen) if view is None else view.see(policy.infer(seen)).actions
        if not actions.isfinite().all():
            raise UserError(f"the policy's actions are not finite in control step {done}")
        if screen is not None:
            is_open = screen.show()
        observations, _, ended, _ = env.step(actions)
        recorder.record(seen, ended)
        policy.reset(ended)
        on_step()
        done += 1
    return done


def _lacks_a_group(observations: Mapping[str, torch.Tensor]) -> bool:
    """Whether a whole group of some robot's observations is missing: NaN, as a foot scan without a map."""
    return any(bool(group.isnan().all(dim=-1).any()) for group in observations.values())
