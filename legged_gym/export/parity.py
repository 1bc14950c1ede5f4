"""The parity check of an exported network: it must act as the original does, over recorded steps."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch

from legged_gym.export.exportable import STATE_NAMES, policy_outputs
from legged_gym.utils.errors import UserError
from rsl_rl.modules import Policy
from rsl_rl.modules.memory import clear_state

TOLERANCE = 1.0e-4
"""Largest difference of an output: rad times the action scale, m, or a share."""

StepFunction = Callable[..., tuple[torch.Tensor, ...]]
"""(obs [N, O], *state) -> (actions [N, A], further outputs, *next state), on the CPU."""


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
def check_parity(policy: Policy, step: StepFunction, recording: Recording) -> float:
    """Run a policy and its export side by side, each with its own hidden state.

    Args:
        policy: the original, on any device; run on the CPU.
        step: the export.
        recording: what both see; states are zeroed where an episode ended, and if none did, once halfway.

    Returns:
        The largest difference of an output, the hidden state included.

    Raises:
        UserError: it is above `TOLERANCE`, or not finite, or the outputs are not those of the policy.
    """
    policy = copy.deepcopy(policy).cpu().eval()
    groups = policy.actor_input.groups
    num_steps, num_envs = recording.dones.shape
    policy_state, export_state = policy.initial_state(num_envs), policy.acting_part().initial_state(num_envs)
    names = STATE_NAMES[: len(export_state)]
    ends = recording.dones.clone()
    ends[num_steps // 2 - 1] |= ~ends[:-1].any()
    largest: dict[str, torch.Tensor] = {}
    for index, ended in enumerate(ends):
        observations = {name: recording.observations[name][index] for name in groups}
        expected, policy_state = policy_outputs(policy, observations, policy_state)
        outputs = step(torch.cat([observations[name] for name in groups], dim=-1), *export_state)
        export_state = outputs[len(expected) :]
        expected |= dict(zip(names, policy_state, strict=False))
        if len(outputs) != len(expected):
            raise UserError(f"it has {len(outputs)} outputs, not {len(expected)}")
        for (name, value), output in zip(expected.items(), outputs, strict=True):
            if output.shape != value.shape:
                raise UserError(f"its output {name} has the shape {list(output.shape)}, not {list(value.shape)}")
            difference = (output - value).abs().max()
            largest[name] = torch.maximum(largest.get(name, difference), difference)
        policy_state, export_state = clear_state(policy_state, ended), clear_state(export_state, ended)
    for name, difference in largest.items():
        if not difference <= TOLERANCE:
            limits = f"up to {difference:.1e} (allowed: {TOLERANCE:.0e})"
            raise UserError(f"its output {name} differs from torch's by {limits}")
    return float(max(largest.values()))
