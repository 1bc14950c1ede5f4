"""A network that remembers for itself, as TorchScript: one frame of observations in, actions out, and `reset()`.

It is for programs that know no histories and hidden states. Frames [N, W] are the policy's observations of a single
control step, scaled as in training; its own robots, any number of them, are told apart by their row.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

import torch
from torch import nn

from legged_gym.export.exportable import ExportablePolicy
from legged_gym.export.onnx_file import quiet
from legged_gym.export.parity import TOLERANCE, Recording
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_file
from robust_parallel.files import in_memory
from rsl_rl.modules import Policy

CHECKED_ROBOTS = 3
"""Robots of a recording that a file is checked over, one after the other."""


class _PackedPolicy(nn.Module):
    """An exported policy whose hidden state is one tensor [M, N, H]: its tensors on top of each other."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self.network = ExportablePolicy(policy)
        _, *state = self.network.example_inputs()
        self.layers = [len(part) for part in state]
        self.hidden_dim = state[0].shape[-1] if state else 0

    def forward(self, obs: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions [N, A] and the next memory for observations [N, O]."""
        state = memory.split(self.layers) if self.layers else ()
        outputs = self.network(obs, *state)
        return outputs[0], torch.cat(outputs[-len(state) :]) if state else memory

    def example_inputs(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Observations and memory of two robots, at an episode's start."""
        return self.network.example_inputs()[0], torch.zeros(sum(self.layers), 2, self.hidden_dim)


class _StatefulPolicy(nn.Module):
    """What is scripted: a packed policy with its history and memory. No row of a history: an episode begins."""

    def __init__(self, network: nn.Module, frames: int, width: int, memory: torch.Tensor) -> None:
        super().__init__()
        self.network, self.frames, self.width = network, frames, width
        self.register_buffer("history", torch.zeros(0, frames * width))
        self.register_buffer("memory", memory[:, :0])

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        """Actions [N, A] for a frame [N, W]."""
        if self.history.shape[0] == frame.shape[0]:
            self.history = torch.cat((frame, self.history[:, : -self.width]), dim=1)
        else:
            self.history = frame.repeat(1, self.frames)
            self.memory = torch.zeros(self.memory.shape[0], frame.shape[0], self.memory.shape[2], device=frame.device)
        actions, self.memory = self.network(self.history, self.memory)
        return actions

    @torch.jit.export
    def reset(self) -> None:
        """Forget: an episode begins."""
        self.history = self.history[:0]


def export_stateful(policy: Policy, frames: int, path: Path, recording: Recording) -> float:
    """Write a policy with what it remembers.

    Args:
        policy: trained policy.
        frames: frames in its observations, newest first.
        path: file to write.
        recording: steps to check the file over, from an episode's start on.

    Returns:
        The largest difference of an action between file and original.

    Raises:
        UserError: the file cannot be written, or acts differently; it is removed.
    """
    packed = _PackedPolicy(policy)
    inputs = packed.example_inputs()
    with quiet(), torch.no_grad():
        network = cast(nn.Module, torch.jit.trace(packed, inputs))
        module = torch.jit.script(_StatefulPolicy(network, frames, inputs[0].shape[1] // frames, inputs[1]))
        write_file(path, in_memory(partial(torch.jit.save, module)))
    difference = _largest_difference(path, packed, frames, policy.actor_input.groups, recording)
    if not difference <= TOLERANCE:
        path.unlink()
        raise UserError(f"{path.name} was not exported: its actions differ from torch's by {difference:.1e}")
    return difference


@torch.no_grad()
def _largest_difference(
    path: Path, packed: _PackedPolicy, frames: int, groups: Sequence[str], recording: Recording
) -> float:
    """Largest difference of an action, robot after robot; each begins anew where its episode ended."""
    with quiet():
        module = torch.jit.load(str(path), map_location="cpu")
    observations = torch.cat([recording.observations[name] for name in groups], dim=-1)
    width = observations.shape[-1] // frames
    start = packed.example_inputs()[1][:, :1]
    largest = torch.zeros(())
    for robot in range(min(CHECKED_ROBOTS, observations.shape[1])):
        module.reset()
        memory = start
        for seen, ended in zip(observations[:, robot, None], recording.dones[:, robot], strict=True):
            expected, memory = packed(seen, memory)
            largest = torch.maximum(largest, (module(seen[:, :width]) - expected).abs().max())
            if ended:
                module.reset()
                memory = start
    return float(largest)
