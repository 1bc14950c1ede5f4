"""A candidate as an agent of Weights & Biases starts it.

`python -m legged_gym.sweeps.wandb_candidate MODULE FLAGS JSON`

The module is the training program, the flags are its own, and the last argument holds the values of the parameters by
key.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from legged_gym.sweeps.space import Value, overrides
from legged_gym.utils.bound_process import end_with_parent


def main(argv: Sequence[str] | None = None) -> None:
    """Become the training with these values."""
    end_with_parent(signal.SIGTERM)  # should the agent be killed
    command = training_command(sys.argv[1:] if argv is None else argv)
    os.execv(command[0], command)


def training_command(arguments: Sequence[str]) -> list[str]:
    """The training that the agent's arguments ask for."""
    module, *flags, values = arguments
    settings = overrides({key: _value(value) for key, value in json.loads(values).items()})
    return [sys.executable, "-m", module, *flags, *(text for setting in settings for text in ("--set", setting))]


def _value(value: Any) -> Value:
    """The server gives a quantized integer as a float."""
    if isinstance(value, list | dict):
        return json.dumps(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


if __name__ == "__main__":
    main()
