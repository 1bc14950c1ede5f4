"""The gate of an export: an exported policy must act as the original does, over recorded steps."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch

from legged_gym.utils.errors import UserError
from rsl_rl.modules import ActorCritic
from rsl_rl.modules.memory import clear_state

TOLERANCE = 1.0e-4
"""Largest difference of an action."""

StepFunction = Callable[..., tuple[torch.Tensor, ...]]
"""(obs [N, O], *state) -> (actions [N, A], *next state), on the CPU."""


@dataclass(frozen=True)
class Recording:
    """Consecutive steps of N environments."""

    observations: dict[str, torch.Tensor]
    """Observation groups [T, N, width], CPU."""
    dones: torch.Tensor
    """Whether an episode ended with the step [T, N] bool, CPU."""

    @property
    def size(self) -> int:
        """Number of observations, T * N."""
        return self.dones.numel()


class Recorder:
    """Collects the first steps of a rollout."""

    def __init__(self, max_steps: int) -> None:
        self.max_steps = max_steps
        self._observations: list[dict[str, torch.Tensor]] = []
        self._dones: list[torch.Tensor] = []

    def record(self, observations: dict[str, torch.Tensor], dones: torch.Tensor) -> None:
        """Keep one step: the groups [N, width] the policy acted on, and the dones [N] that followed."""
        if len(self._dones) < self.max_steps:
            self._observations.append({name: group.cpu().clone() for name, group in observations.items()})
            self._dones.append((dones != 0).cpu())

    def finish(self) -> Recording:
        """The steps kept.

        Raises:
            UserError: there is none.
        """
        if not self._dones:
            raise UserError("no steps were recorded to check the export with")
        names = self._observations[0]
        observations = {name: torch.stack([step[name] for step in self._observations]) for name in names}
        return Recording(observations, torch.stack(self._dones))


@torch.no_grad()
def check_parity(policy: ActorCritic, step: StepFunction, recording: Recording) -> float:
    """Run a policy and its export side by side, each with its own hidden state.

    Args:
        policy: the original, on any device; run on the CPU.
        step: the export.
        recording: what both see; states are zeroed where an episode ended.

    Returns:
        The largest difference of an action.

    Raises:
        UserError: it is above `TOLERANCE`, or not finite.
    """
    policy = copy.deepcopy(policy).cpu().eval()
    groups = policy.actor_input.groups
    num_envs = recording.dones.shape[1]
    policy_state, export_state = policy.initial_state(num_envs), policy.actor_memory.initial_state(num_envs)
    largest = torch.zeros(())
    for index, ended in enumerate(recording.dones):
        observations = {name: recording.observations[name][index] for name in groups}
        expected, policy_state = policy.act_inference(observations, policy_state)
        actions, *export_state = step(torch.cat([observations[name] for name in groups], dim=-1), *export_state)
        if actions.shape != expected.shape:
            raise UserError(f"its actions have the shape {list(actions.shape)}, not {list(expected.shape)}")
        largest = torch.maximum(largest, (actions - expected).abs().max())
        policy_state = clear_state(policy_state, ended)
        export_state = clear_state(tuple(export_state), ended)
    difference = float(largest)
    if not difference <= TOLERANCE:
        raise UserError(f"its actions differ from torch's by up to {difference:.1e} (allowed: {TOLERANCE:.0e})")
    return difference
