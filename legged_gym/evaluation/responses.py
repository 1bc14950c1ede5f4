"""What comes of each of a set of commands on level ground: to stand, creep, walk, run, and turn on the spot."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.evaluation.trials import EPISODE_LENGTH, evaluation_settings, run_trials
from legged_gym.utils.errors import UserError
from rsl_rl.modules import InferencePolicy

Command = tuple[float, float, float]
"""Forward, sideways and yaw velocity, m/s and rad/s."""

SPEEDS = ((0.05, 0.1, 0.2, 0.5, 1.0, 2.0), (0.05, 0.1, 0.2, 0.5, 1.0), (0.05, 0.1, 0.2, 0.5, 1.0, 2.0))
"""Speeds along each axis of a command, each of them in both directions."""
ROBOTS = 20
"""Default number of robots of each command."""


def commands() -> Iterator[Command]:
    """No velocity, and each of `SPEEDS` along its axis alone."""
    yield (0.0, 0.0, 0.0)
    for axis, speeds in enumerate(SPEEDS):
        for speed in (signed for size in speeds for signed in (size, -size)):
            forward, sideways, turning = (speed if axis == other else 0.0 for other in range(3))
            yield forward, sideways, turning


def check_number(num_envs: int) -> None:
    """See that there is a robot for each command.

    Raises:
        UserError: there are fewer.
    """
    least = len(list(commands()))
    if num_envs < least:
        raise UserError(f"--num_envs {num_envs}: there are {least} commands, so that there must be as many robots")


def response_settings(cfg: LeggedRobotCfg) -> dict[str, Any]:
    """What a task is judged with: level ground, and commands that nothing but `measure_responses` sets."""
    return evaluation_settings(cfg, (0.0, 0.0, 0.0)) | {
        "terrain.mesh_type": "plane",
        "env.episode_length_s": EPISODE_LENGTH,
        "commands.resampling_time": 1.0e9,
    }


def measure_responses(
    env: LeggedRobot, policy: InferencePolicy, on_step: Callable[[], None] = lambda: None
) -> list[dict[str, Any]]:
    """Run one episode in every environment, whose commands are spread over `commands`.

    Args:
        env: freshly made from a configuration with `response_settings`.
        policy: drives them.
        on_step: called after each control step.

    Returns:
        Of each command: `command` and `achieved`, the mean velocity (m/s, m/s, rad/s) over the time before a fall;
        `fall_rate`, and `power`, W.
    """
    asked = list(commands())
    index = torch.arange(env.num_envs, device=env.device) % len(asked)
    outcome = run_trials(env, policy, torch.tensor(asked, device=env.device)[index], on_step=on_step)
    responses = []
    for number, command in enumerate(asked[: env.num_envs]):
        chosen = index == number
        weight = outcome.steps[chosen] / outcome.steps[chosen].sum().clamp(min=1)
        responses.append({
            "command": list(command),
            "achieved": (outcome.velocity[chosen] * weight[:, None]).sum(dim=0).tolist(),
            "fall_rate": outcome.fell[chosen].float().mean().item(),
            "power": (outcome.power[chosen] * weight).sum().item(),
        })  # fmt: skip
    return responses


def response_table(responses: Sequence[dict[str, Any]]) -> str:
    """Responses as text, one line a command."""
    lines = ["command, m/s, m/s, rad/s     achieved                   falls, %   power, W"]
    for response in responses:
        asked, came = ("".join(f"{value:>8.2f}" for value in response[key]) for key in ("command", "achieved"))
        lines.append(f"{asked}   {came}   {100 * response['fall_rate']:>8.0f} {response['power']:>10.1f}")
    return "\n".join(lines)
