"""Networks of trained policies as files of their own, checked against the original over recorded steps.

A network maps observations [N, O] (the actor's groups side by side, as training saw them) and, if it has memory, its
hidden state to actions [N, A] and the next hidden state; a student also tells its belief, and a policy with an
estimator its estimate (see `exportable`). The normalizer is inside. Nothing is kept between calls: begin an episode
with zeros, and feed each returned state back. What a robot runs is the whole controller: see `controller_file`.
"""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import onnxruntime
import torch

from legged_gym.export.exportable import ExportableActor, ExportableEstimator, ExportablePolicy
from legged_gym.export.onnx_file import quiet, write_onnx
from legged_gym.export.parity import Recording, StepFunction, check_parity
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_file
from robust_parallel.files import in_memory
from rsl_rl.modules import EstimatorActorCritic, Policy

logger = logging.getLogger(__name__)


def export_torchscript(policy: Policy, path: Path, recording: Recording) -> float:
    """Write a policy as TorchScript; `forward(obs, *state) -> (actions, ..., *next_state)`.

    Args:
        policy: trained policy.
        path: file to write.
        recording: steps to check the file over.

    Returns:
        The largest difference of an output between file and original.

    Raises:
        UserError: the file cannot be written, or its outputs differ from the original's; it is removed.
    """
    actor = ExportablePolicy(policy)
    with quiet(), torch.no_grad():
        module = torch.jit.trace(actor, actor.example_inputs())
        write_file(path, in_memory(partial(torch.jit.save, module)))
        module = torch.jit.load(str(path), map_location="cpu")
    return _check(path, policy, recording, module)


def export_onnx_halves(
    policy: EstimatorActorCritic,
    estimator_path: Path,
    actor_path: Path,
    recording: Recording,
    metadata: Mapping[str, Any] | None = None,
) -> float:
    """Write a policy with an estimator as two ONNX files, to be run one after the other.

    The estimator's input is `obs`, its output `estimate`; the actor's input is `obs_estimate`, both side by side
    [N, O + E], its output `actions`.

    Args:
        policy: trained policy.
        estimator_path: file to write.
        actor_path: file to write.
        recording: steps to check the files over, one after the other.
        metadata: plain data by name, stored in both files.

    Returns:
        The largest difference of an output between ONNX Runtime and torch.

    Raises:
        UserError: a file cannot be written, or ONNX Runtime's outputs differ from torch's; it is removed.
    """
    estimator, actor = ExportableEstimator(policy), ExportableActor(policy)
    _write_half(estimator, "obs", "estimate", estimator_path, metadata)
    tell = _onnx_step(estimator_path)
    difference = _check(estimator_path, policy, recording, _in_a_row(tell, actor))
    _write_half(actor, "obs_estimate", "actions", actor_path, metadata)
    return max(difference, _check(actor_path, policy, recording, _in_a_row(tell, _onnx_step(actor_path))))


def _in_a_row(estimator: StepFunction, actor: StepFunction) -> StepFunction:
    """The two halves of a policy as one."""

    def step(obs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        (estimate,) = estimator(obs)
        return *actor(torch.cat((obs, estimate), dim=-1)), estimate

    return step


def _write_half(
    module: ExportableEstimator | ExportableActor,
    input_name: str,
    output_name: str,
    path: Path,
    metadata: Mapping[str, Any] | None,
) -> None:
    """Write a module that maps [N, ...] to [N, ...]."""
    batch = {input_name: {0: torch.export.Dim("batch")}}
    write_onnx(module, module.example_inputs(), [input_name], [output_name], path, metadata or {}, batch)


def _onnx_step(path: Path) -> StepFunction:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]

    def step(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        arrays = [tensor.contiguous().numpy() for tensor in inputs]
        outputs = session.run(None, dict(zip(names, arrays, strict=True)))
        return tuple(torch.from_numpy(array) for array in outputs)

    return step


def _check(path: Path, policy: Policy, recording: Recording, step: StepFunction) -> float:
    """Check a written file; remove it when it fails."""
    try:
        difference = check_parity(policy, step, recording)
    except UserError as error:
        path.unlink()
        raise UserError(f"{path.name} was not exported: {error}") from error
    logger.info("%s: largest difference %.1e over %d observations", path, difference, recording.size)
    return difference
