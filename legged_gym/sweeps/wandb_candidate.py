"""A candidate as an agent of Weights & Biases starts it.

`python -m legged_gym.sweeps.wandb_candidate FLAGS OF train.py JSON`

The last argument holds the values of the parameters by key.
"""

import json
import signal
import sys
from typing import Any

from legged_gym.sweeps.bound_process import end_with_parent
from legged_gym.sweeps.space import Value, overrides


def main() -> None:
    """Train with these values."""
    end_with_parent(signal.SIGTERM)  # should the agent be killed
    from legged_gym.scripts import train

    *flags, values = sys.argv[1:]
    settings = overrides({key: _value(value) for key, value in json.loads(values).items()})
    sys.argv[1:] = [*flags, *(text for setting in settings for text in ("--set", setting))]
    train.main()


def _value(value: Any) -> Value:
    """The server gives a quantized integer as a float."""
    if isinstance(value, list | dict):
        return json.dumps(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


if __name__ == "__main__":
    from legged_gym.scripts.command_line import run_program

    run_program(main)
