"""What a training logs, found out by one of a single iteration, whose run folder is temporary."""

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from legged_gym.sweeps.candidate import ScalarLog
from legged_gym.utils.errors import UserError

NUM_ENVS = 64
EPISODE_LENGTH_S = 0.05
"""So short that episodes end within the iteration: much is logged of episodes alone."""


def logged_tags(command: Sequence[str], settings: Iterable[str]) -> list[str]:
    """The tags in the log of a training.

    Args:
        command: the training program and its flags; an account is left aside.
        settings: further texts for `--set`.

    Raises:
        UserError: the training does not start.
    """
    settings = [f"env.episode_length_s={EPISODE_LENGTH_S}", *settings]
    flags = [f"--num_envs={NUM_ENVS}", "--max_iterations=1", "--disable_wandb"]
    flags += [text for setting in settings for text in ("--set", setting)]
    with tempfile.TemporaryDirectory() as folder:
        here = [text for text in command if not text.startswith("--wandb_")]
        result = subprocess.run([*here, *flags, f"--log_root={folder}"], capture_output=True, text=True)
        if result.returncode != 0:
            reason = (result.stderr.strip().splitlines() or ["it said nothing"])[-1].removeprefix("error: ")
            raise UserError(f"a training with these settings does not start: {reason}")
        runs = Path(folder).glob("*/*/")
        return sorted({scalar.tag for run in runs for scalar in ScalarLog(run).read()})
