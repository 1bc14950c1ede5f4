"""ONNX files, loaded for one robot."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from legged_gym.utils.digest import KEY, is_sealed
from legged_gym.utils.errors import UserError
from robust_parallel.files import read_bytes

logger = logging.getLogger(__name__)


def load_session(path: Path, what: str) -> onnxruntime.InferenceSession:
    """Load an ONNX file to run on one core.

    Args:
        path: the file.
        what: it is, for messages.

    Raises:
        UserError: the file is missing, is no ONNX, or its bytes are not those that were written.
    """
    if not path.is_file():
        raise UserError(f"{what} not found: {path}")
    if path.suffix == ".pt":
        raise UserError(f"{path} is no ONNX model; play.py --checkpoint exports that of a checkpoint, policy.onnx")
    try:
        content = read_bytes(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    has_digest = is_sealed(content, str(path))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no base class of their own
        raise UserError(f"{path} is no ONNX model: {' '.join(str(error).split())}") from error
    if not has_digest:
        logger.info("%s has no %s: nothing tells whether its bytes are those that were written", path, KEY)
    return session


def shapes(nodes: Sequence[Any]) -> dict[str, list[Any]]:
    """Shape by name of a model's inputs or outputs; a length that is no number may be any."""
    return {node.name: list(node.shape) for node in nodes}


def fits(shape: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Whether two shapes agree, but for lengths that may be any."""
    pairs = zip(shape, expected, strict=False)
    return len(shape) == len(expected) and all(
        a == b or not (isinstance(a, int) and isinstance(b, int)) for a, b in pairs
    )
