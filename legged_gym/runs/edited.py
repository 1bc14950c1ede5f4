"""A run's `config.yaml` that somebody has edited: the checkpoints hold a configuration of their own, which counts."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

from legged_gym.config.io import class_to_dict, config_hash, load_yaml
from legged_gym.runs.folders import CONFIG_FILE
from legged_gym.utils.errors import UserError
from rsl_rl.utils.differences import differences

_MOST_NAMED = 3
"""Fields that a message names."""

logger = logging.getLogger(__name__)


def tell_edited(checkpoint: Path, saved: dict[str, Any]) -> None:
    """Say once that the file beside a checkpoint has another configuration than the checkpoint, and which one counts.

    Args:
        checkpoint: its path.
        saved: the configuration that it holds.
    """
    file = checkpoint.parent / CONFIG_FILE
    written = _written(file, file.stat().st_mtime_ns) if file.is_file() else None
    if written is None or config_hash(written) == config_hash(saved):
        return
    fields = [place.removeprefix("env.") for place, *_ in differences(written, class_to_dict(saved))]
    named = ", ".join(fields[:_MOST_NAMED]) + (f" and {len(fields) - _MOST_NAMED} more" * (len(fields) > _MOST_NAMED))
    _tell(file, checkpoint.name, named)


@cache
def _tell(file: Path, checkpoint: str, fields: str) -> None:
    logger.warning("%s differs from what %s holds, which counts; in %s (--set changes one)", file, checkpoint, fields)


@cache
def _written(file: Path, changed_at: int) -> dict[str, Any] | None:
    """What a run's file says, last changed at some time; None where it cannot be read."""
    del changed_at  # a file that is changed is read anew
    try:
        written = load_yaml(file)
    except UserError:
        return None
    written.pop("config_hash", None)
    return written
