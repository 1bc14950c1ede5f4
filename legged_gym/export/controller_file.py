"""The controller file: a policy with everything between sensor readings and joint targets, as ONNX."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from legged_gym.export.onnx_file import write_onnx
from legged_gym.interface.controller import Controller

logger = logging.getLogger(__name__)


def write_controller(controller: Controller, path: Path, metadata: Mapping[str, Any]) -> None:
    """Write a controller as one ONNX file.

    Args:
        controller: see `assembly.make_controller`.
        path: file to write.
        metadata: plain data by name.

    Raises:
        UserError: the file cannot be written.
    """
    size = {0: torch.export.Dim("rows", min=2), 1: torch.export.Dim("cols", min=2)}
    write_onnx(
        controller,
        controller.example_inputs(),
        controller.input_names,
        controller.output_names,
        path,
        metadata,
        {"height_map": size},
    )
