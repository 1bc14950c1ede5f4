"""What a training logs, found out by one of a single iteration: `python -m legged_gym.sweeps.dry_run FLAGS`.

Takes the flags of train.py. Prints the tags as JSON. The run's folder is temporary.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from legged_gym.runs import folders as runs
from legged_gym.sweeps.candidate import ScalarLog
from legged_gym.utils.errors import UserError

NUM_ENVS = 64
EPISODE_LENGTH_S = 0.05
"""So short that episodes end within the iteration: much is logged of episodes alone."""


def logged_tags(train_flags: Sequence[str], settings: Iterable[str]) -> list[str]:
    """The tags in the log of a training.

    Args:
        train_flags: flags of train.py.
        settings: further texts for `--set`.

    Raises:
        UserError: the training does not start.
    """
    settings = [f"env.episode_length_s={EPISODE_LENGTH_S}", *settings]
    flags = [f"--num_envs={NUM_ENVS}", "--max_iterations=1", "--disable_wandb"]
    flags += [text for setting in settings for text in ("--set", setting)]
    command = [sys.executable, "-m", __name__, *train_flags, *flags]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["it said nothing"])[-1].removeprefix("error: ")
        raise UserError(f"a training with these settings does not start: {reason}")
    return json.loads(result.stdout.splitlines()[-1])


def main() -> None:
    """Train, and print the tags of the log."""
    from legged_gym.scripts import train

    with tempfile.TemporaryDirectory() as folder:
        runs.LOG_ROOT = Path(folder)
        train.main()
        written = [run for experiment in runs.LOG_ROOT.iterdir() for run in experiment.iterdir()]
        print(json.dumps(sorted({scalar.tag for run in written for scalar in ScalarLog(run).read()})))


if __name__ == "__main__":
    from legged_gym.scripts.command_line import run_program

    run_program(main)
