"""Export of a trained policy to TorchScript and ONNX, checked against the original over recorded steps.

An exported policy maps observations [N, O] (the actor's groups side by side, as training saw them) and, if it has
memory, its hidden state to actions [N, A] and the next hidden state. The normalizer is inside. Nothing is kept between
calls: begin an episode with zeros, and feed each returned state back.
"""

import copy
import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import torch
from torch import nn

from legged_gym.utils.errors import UserError
from legged_gym.utils.parity import Recording, StepFunction, check_parity
from rsl_rl.modules import ActorCritic

logger = logging.getLogger(__name__)


class ExportableActor(nn.Module):
    """The actor of a policy with tensors alone going in and out; lives on the CPU."""

    def __init__(self, policy: ActorCritic) -> None:
        super().__init__()
        self.normalizer = copy.deepcopy(policy.actor_input.normalizer)
        self.memory = copy.deepcopy(policy.actor_memory)
        self.actor = copy.deepcopy(policy.actor)
        self.obs_dim = policy.actor_input.dim
        self.cpu().eval().requires_grad_(False)

    def forward(self, obs: torch.Tensor, *state: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Actions [N, A] and next hidden state (tensors [L, N, H]) for observations [N, O] and hidden state."""
        features, next_state = self.memory.step(self.normalizer(obs), state)
        return (self.actor(features), *next_state)

    def example_inputs(self) -> tuple[torch.Tensor, ...]:
        """Observations and state of two environments, at an episode's start."""
        return (torch.zeros(2, self.obs_dim), *self.memory.initial_state(2))


def export_torchscript(policy: ActorCritic, path: Path, recording: Recording) -> float:
    """Write a policy as TorchScript; `forward(obs, *state) -> (actions, *next_state)`.

    Args:
        policy: trained policy.
        path: file to write.
        recording: steps to check the file over.

    Returns:
        The largest difference of an action between file and original.

    Raises:
        UserError: the file's actions differ from the original's; it is removed.
    """
    actor = ExportableActor(policy)
    with _quiet(), torch.no_grad():
        torch.jit.save(torch.jit.trace(actor, actor.example_inputs()), str(path))
        module = torch.jit.load(str(path), map_location="cpu")
    return _gate(path, policy, recording, module)


def export_onnx(
    policy: ActorCritic, path: Path, recording: Recording, metadata: Mapping[str, Any] | None = None
) -> float:
    """Write a policy as one ONNX file: inputs `obs`, `state_0`...; outputs `actions`, `next_state_0`...

    Args:
        policy: trained policy.
        path: file to write.
        recording: steps to check the file over.
        metadata: plain data by name, stored in the model's metadata as JSON (full precision).

    Returns:
        The largest difference of an action between ONNX Runtime and torch.

    Raises:
        UserError: ONNX Runtime's actions differ from torch's; the file is removed.
    """
    actor = ExportableActor(policy)
    num_states = actor.memory.num_state_tensors
    batch = torch.export.Dim("batch")
    state_shapes = (tuple({1: batch} for _ in range(num_states)),) if num_states else ()
    with _quiet():
        program = torch.onnx.export(
            actor,
            actor.example_inputs(),
            input_names=["obs", *(f"state_{i}" for i in range(num_states))],
            output_names=["actions", *(f"next_state_{i}" for i in range(num_states))],
            dynamic_shapes=({0: batch}, *state_shapes),
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _forget_origin(model)
    onnx.helper.set_model_props(model, {name: json.dumps(value) for name, value in (metadata or {}).items()})
    onnx.save(model, str(path))
    return _gate(path, policy, recording, _onnx_step(path))


def _onnx_step(path: Path) -> StepFunction:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]

    def step(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        arrays = [tensor.contiguous().numpy() for tensor in inputs]
        outputs = session.run(None, dict(zip(names, arrays, strict=True)))
        return tuple(torch.from_numpy(array) for array in outputs)

    return step


def _gate(path: Path, policy: ActorCritic, recording: Recording, step: StepFunction) -> float:
    """Check a written file; remove it when it fails."""
    try:
        difference = check_parity(policy, step, recording)
    except UserError as error:
        path.unlink()
        raise UserError(f"{path.name} was not exported: {error}") from error
    logger.info("%s: largest action difference %.1e over %d observations", path, difference, recording.size)
    return difference


def _forget_origin(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes on each node: stack traces with this machine's paths."""
    del model.graph.metadata_props[:]
    for node in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info):
        del node.metadata_props[:]
    for function in model.functions:
        del function.metadata_props[:]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporters' notes on torchvision, deprecations and the like."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
