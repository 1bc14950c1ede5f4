"""What a training logs, found out by one of a single iteration, whose run folder is temporary."""

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from legged_gym.sweeps.candidate import ScalarLog
from legged_gym.utils.errors import UserError

NUM_ENVS = 64
EPISODE_LENGTH, EPISODE_LENGTH_S = "env.episode_length_s", 0.05
"""So short that episodes end within the iteration: much is logged of episodes alone."""
OWN_FLAGS = ("--num_envs", "--max_iterations", "--log_root", "--disable_wandb", "--wandb_entity", "--wandb_project")
"""What this training says itself."""
OWN_SETTINGS = ("env.num_envs", "train.runner.max_iterations")
"""Settings that some of these flags are for: said by both, they are refused."""


def logged_tags(command: Sequence[str], settings: Iterable[str]) -> list[str]:
    """The tags in the log of a training.

    Args:
        command: the training program and its flags; its size, length and account are left aside.
        settings: further texts for `--set`.

    Raises:
        UserError: the training does not start.
    """
    settings = [text for text in settings if _key(text) not in OWN_SETTINGS]
    if not any(_key(text) == EPISODE_LENGTH for text in settings):
        settings.append(f"{EPISODE_LENGTH}={EPISODE_LENGTH_S}")
    flags = [f"--num_envs={NUM_ENVS}", "--max_iterations=1", "--disable_wandb"]
    flags += [text for setting in settings for text in ("--set", setting)]
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run([*_kept(command), *flags, f"--log_root={folder}"], capture_output=True, text=True)
        if result.returncode != 0:
            reason = (result.stderr.strip().splitlines() or ["it said nothing"])[-1].removeprefix("error: ")
            raise UserError(f"a training with these settings does not start: {reason}")
        runs = Path(folder).glob("*/*/")
        return sorted({scalar.tag for run in runs for scalar in ScalarLog(run).read()})


def _kept(command: Sequence[str]) -> list[str]:
    """A command without what this training says itself."""
    kept: list[str] = []
    for text in command:
        if kept[-1:] == ["--set"] and _key(text) in (EPISODE_LENGTH, *OWN_SETTINGS):
            kept.pop()
        elif _key(text) not in OWN_FLAGS:
            kept.append(text)
    return kept


def _key(text: str) -> str:
    return text.partition("=")[0].strip()
