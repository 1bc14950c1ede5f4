"""Modules written as ONNX files that a robot's older runtime still reads."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

from legged_gym.utils.digest import sealed
from legged_gym.utils.outputs import write_file

OPSET = 18
"""Version of the operators. ONNX Runtime 1.16, the newest that some robots' computers have, reads up to 19."""
IR_VERSION = 9
"""Version of the file's format: the newest that ONNX Runtime 1.16 reads."""


def write_onnx(
    module: nn.Module,
    inputs: tuple[torch.Tensor, ...],
    input_names: Sequence[str],
    output_names: Sequence[str],
    path: Path,
    metadata: Mapping[str, Any],
    dynamic: Mapping[str, dict[int, Any]] | None = None,
) -> None:
    """Trace a module and write it.

    Args:
        module: takes tensors (`*inputs`), and gives a tuple of them.
        inputs: examples.
        input_names: of the inputs.
        output_names: of the outputs.
        path: file to write.
        metadata: plain data by name, stored in the model's metadata as JSON (full precision); the file's digest
            follows it (see `utils.digest`).
        dynamic: dimensions that may vary, by the name of the input.

    Raises:
        UserError: the file cannot be written.
    """
    shapes = tuple((dynamic or {}).get(name, {}) for name in input_names)
    with quiet():
        program = torch.onnx.export(
            _Flat(module),
            inputs,
            input_names=list(input_names),
            output_names=list(output_names),
            dynamic_shapes=(shapes,),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    model.ir_version = IR_VERSION
    _forget_origin(model)
    onnx.helper.set_model_props(model, {name: json.dumps(value) for name, value in metadata.items()})
    write_file(path, sealed(model.SerializeToString()))


class _Flat(nn.Module):
    """A module whose inputs are a tuple, whatever they are called inside."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.module(*inputs)


def _forget_origin(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes on each node: stack traces with this machine's paths."""
    del model.graph.metadata_props[:]
    for node in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info):
        del node.metadata_props[:]
    for function in model.functions:
        del function.metadata_props[:]


@contextmanager
def quiet() -> Iterator[None]:
    """Without the exporters' notes on torchvision, deprecations and the like."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
