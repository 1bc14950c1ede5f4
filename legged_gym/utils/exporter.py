"""Export of a trained policy to TorchScript and ONNX, checked against the original over recorded steps.

An exported policy maps observations [N, O] (the actor's groups side by side, as training saw them) and, if it has
memory, its hidden state to actions [N, A] and the next hidden state; a student also tells its belief (see
`exportable`). The normalizer is inside. Nothing is kept between calls: begin an episode with zeros, and feed each
returned state back.
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

from legged_gym.utils.errors import UserError
from legged_gym.utils.exportable import ExportablePolicy
from legged_gym.utils.parity import Recording, StepFunction, check_parity
from rsl_rl.modules import Policy

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

    Inputs are `obs` and, with memory, `h_in` (LSTM: and `c_in`) [L, N, H]; outputs `actions`, of a student `belief`,
    `decoded_heights` and `gate`, and `h_out` (and `c_out`). A runner may ask for some of the outputs alone.

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
    batch = torch.export.Dim("batch")
    state_shapes = (tuple({1: batch} for _ in actor.state_names),) if actor.state_names else ()
    with _quiet():
        program = torch.onnx.export(
            actor,
            actor.example_inputs(),
            input_names=["obs", *(f"{name}_in" for name in actor.state_names)],
            output_names=[*actor.output_names, *(f"{name}_out" for name in actor.state_names)],
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
    return _gate(path, policy, recording, _onnx_step(path))


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
