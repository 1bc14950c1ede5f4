"""Export of a trained policy to TorchScript and ONNX, checked against the original over recorded steps.

An exported policy maps observations [N, O] (the actor's groups side by side, as training saw them) and, if it has
memory, its hidden state to actions [N, A] and the next hidden state; a student also tells its belief, and a policy with
an estimator its estimate (see `exportable`). The normalizer is inside. Nothing is kept between calls: begin an episode
with zeros, and feed each returned state back.
"""

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

from legged_gym.export.exportable import ExportableActor, ExportableEstimator, ExportablePolicy
from legged_gym.export.parity import Recording, StepFunction, check_parity
from legged_gym.utils.errors import UserError
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
    with _quiet(), torch.no_grad():
        module = torch.jit.trace(actor, actor.example_inputs())
        with _writing(path):
            torch.jit.save(module, str(path))
        module = torch.jit.load(str(path), map_location="cpu")
    return _gate(path, policy, recording, module)


def export_onnx(policy: Policy, path: Path, recording: Recording, metadata: Mapping[str, Any] | None = None) -> float:
    """Write a policy as one ONNX file.

    Inputs are `obs` and, with memory, `h_in` (LSTM: and `c_in`) [L, N, H]; outputs `actions`, of a policy with an
    estimator `estimate`, of a student `belief`, `decoded_heights` and `gate`, and `h_out` (and `c_out`). A runner may
    ask for some of the outputs alone.

    Args:
        policy: trained policy.
        path: file to write.
        recording: steps to check the file over.
        metadata: plain data by name, stored in the model's metadata as JSON (full precision).

    Returns:
        The largest difference of an output between ONNX Runtime and torch.

    Raises:
        UserError: the file cannot be written, or ONNX Runtime's outputs differ from torch's; it is removed.
    """
    actor = ExportablePolicy(policy)
    inputs = ["obs", *(f"{name}_in" for name in actor.state_names)]
    outputs = [*actor.output_names, *(f"{name}_out" for name in actor.state_names)]
    _write_onnx(actor, inputs, outputs, path, metadata)
    return _gate(path, policy, recording, _onnx_step(path))


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
    _write_onnx(estimator, ["obs"], ["estimate"], estimator_path, metadata)
    tell = _onnx_step(estimator_path)
    difference = _gate(estimator_path, policy, recording, _in_a_row(tell, actor))
    _write_onnx(actor, ["obs_estimate"], ["actions"], actor_path, metadata)
    return max(difference, _gate(actor_path, policy, recording, _in_a_row(tell, _onnx_step(actor_path))))


def _in_a_row(estimator: StepFunction, actor: StepFunction) -> StepFunction:
    """The two halves of a policy as one."""

    def step(obs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        (estimate,) = estimator(obs)
        return *actor(torch.cat((obs, estimate), dim=-1)), estimate

    return step


def _write_onnx(
    module: ExportablePolicy | ExportableEstimator | ExportableActor,
    input_names: list[str],
    output_names: list[str],
    path: Path,
    metadata: Mapping[str, Any] | None,
) -> None:
    """Write a module whose first input is [N, ...] and whose further ones are hidden states [L, N, H]."""
    batch = torch.export.Dim("batch")
    state_shapes = (tuple({1: batch} for _ in input_names[1:]),) if input_names[1:] else ()
    with _quiet():
        program = torch.onnx.export(
            module,
            module.example_inputs(),
            input_names=input_names,
            output_names=output_names,
            dynamic_shapes=({0: batch}, *state_shapes),
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _forget_origin(model)
    onnx.helper.set_model_props(model, {name: json.dumps(value) for name, value in (metadata or {}).items()})
    with _writing(path):
        onnx.save(model, str(path))


def _onnx_step(path: Path) -> StepFunction:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]

    def step(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        arrays = [tensor.contiguous().numpy() for tensor in inputs]
        outputs = session.run(None, dict(zip(names, arrays, strict=True)))
        return tuple(torch.from_numpy(array) for array in outputs)

    return step


def _gate(path: Path, policy: Policy, recording: Recording, step: StepFunction) -> float:
    """Check a written file; remove it when it fails."""
    try:
        difference = check_parity(policy, step, recording)
    except UserError as error:
        path.unlink()
        raise UserError(f"{path.name} was not exported: {error}") from error
    logger.info("%s: largest difference %.1e over %d observations", path, difference, recording.size)
    return difference


def _forget_origin(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes on each node: stack traces with this machine's paths."""
    del model.graph.metadata_props[:]
    for node in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info):
        del node.metadata_props[:]
    for function in model.functions:
        del function.metadata_props[:]


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """A failure to write as an error that a user can act on."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # TorchScript reports a failed write as a RuntimeError of several lines
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise UserError(f"cannot write {path}: {reason}") from error


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
