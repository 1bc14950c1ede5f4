"""Watching a policy: the configuration for it, and the loop."""

import os
import sys
from collections.abc import Callable
from typing import Any, Protocol

import torch

from legged_gym.utils.config_io import field_names
from legged_gym.utils.parity import Recorder
from rsl_rl.modules import InferencePolicy

MAX_ENVS = 50
"""Robots at most."""
TERRAIN_TILES = 5
"""Rows and columns of the terrain."""


class Screen(Protocol):
    """Something that shows the robots: a window or a video file."""

    def before_step(self) -> None:
        """Called before each control step: the time to give commands."""

    def after_step(self) -> bool:
        """Show the present state; False when the user has closed the window."""
        ...

    def close(self) -> None:
        """Close window or file."""


def has_display() -> bool:
    """Whether a window can be opened here."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def prepare(cfg: Any, train_cfg: Any) -> None:
    """Turn the configurations of a training run into those to watch it with, in place.

    The terrain is small, and nothing is random but the commands.
    """
    cfg.terrain.num_rows = cfg.terrain.num_cols = TERRAIN_TILES
    cfg.terrain.curriculum = False
    cfg.commands.curriculum = False
    cfg.noise.add_noise = False
    for name in field_names(cfg.domain_rand):
        if isinstance(getattr(cfg.domain_rand, name), bool):
            setattr(cfg.domain_rand, name, False)
    train_cfg.algorithm.num_mini_batches = 1  # nothing is learned, and one robot cannot be split


def steer_by_hand(cfg: Any) -> None:
    """Leave all commands to the user, in place: none is drawn, and no heading turns the robots."""
    cfg.commands.heading_command = False
    cfg.commands.resampling_time = 1.0e9


@torch.no_grad()
def rollout(
    env: Any,
    policy: InferencePolicy,
    steps: int | None,
    recorder: Recorder,
    screen: Screen | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> int:
    """Let a policy drive the environments.

    Args:
        env: the environments.
        policy: what `OnPolicyRunner.get_inference_policy` gives.
        steps: control steps; None goes on until the screen is closed.
        recorder: keeps the first steps for the export's check.
        screen: shows the robots.
        on_step: called after each step.

    Returns:
        The number of steps done.
    """
    groups = policy.policy.actor_input.groups
    observations = env.get_observations()
    done = 0
    while steps is None or done < steps:
        if screen is not None:
            screen.before_step()
        actions = policy(observations)
        seen = {name: observations[name] for name in groups}
        observations, _, ended, _ = env.step(actions)
        recorder.record(seen, ended)
        policy.reset(ended)
        on_step()
        done += 1
        if screen is not None and not screen.after_step():
            break
    return done
