"""ONNX files, loaded for one robot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from legged_gym.utils.errors import UserError


def load_session(path: Path, what: str) -> onnxruntime.InferenceSession:
    """Load an ONNX file to run on one core.

    Args:
        path: the file.
        what: it is, for messages.

    Raises:
        UserError: the file is missing, or is no ONNX.
    """
    if not path.is_file():
        raise UserError(f"{what} not found: {path}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no base class of their own
        raise UserError(f"{path} is no ONNX model: {' '.join(str(error).split())}") from error


def shapes(nodes: Sequence[Any]) -> dict[str, list[Any]]:
    """Shape by name of a model's inputs or outputs; a length that is no number may be any."""
    return {node.name: list(node.shape) for node in nodes}


def fits(shape: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Whether two shapes agree, but for lengths that may be any."""
    pairs = zip(shape, expected, strict=False)
    return len(shape) == len(expected) and all(
        a == b or not (isinstance(a, int) and isinstance(b, int)) for a, b in pairs
    )
