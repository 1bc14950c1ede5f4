"""Run folders: `logs/<experiment>/<Mon%d_%H-%M-%S>_<run_name>/` with checkpoints, configuration and code version."""

import contextlib
import importlib.metadata
import logging
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from legged_gym.config.io import config_hash, load_yaml, save_yaml
from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_folder, write_file
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR, POLICIES
from legged_gym.version import __version__
from robust_parallel.files import remove_leftovers

logger = logging.getLogger(__name__)

LOG_ROOT = Path("logs")
"""Folder of all experiments, in the working folder, unless another is named."""
CONFIG_FILE = "config.yaml"
METADATA_FILE = "run.yaml"
SWEEPS = "sweeps"
"""Folder among an experiment's runs for what its sweeps keep."""
SHIPPED = "shipped"
"""Folder among the experiments for what is made of the package's own policies."""
_CHECKPOINT = re.compile(r"model_([0-9]{1,12})\.pt")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def check_writable(experiment: str, root: Path = LOG_ROOT) -> None:
    """Fail now, not after an hour, when an experiment's folder cannot be written.

    Raises:
        UserError: says why not.
    """
    output_folder(_experiment_folder(experiment, root))


def create_run(
    experiment: str, run_name: str, config: dict[str, Any], metadata: dict[str, Any], root: Path = LOG_ROOT
) -> Path:
    """Make a run's folder, never an existing one.

    It gets `config.yaml` (with the configuration's hash), `run.yaml` (creation time and metadata) and
    `code_version.txt`. The temporary files of trainings that were killed are removed from the others.

    Args:
        experiment: folder under `root`.
        run_name: ending of the folder's name.
        config: the full configuration as plain data.
        metadata: plain data about this run that does not belong to its configuration, such as engine and device.
        root: folder of all experiments.

    Raises:
        UserError: the names hold a path separator, or the folder cannot be written.
    """
    if "/" in run_name or "\\" in run_name:
        raise UserError(f"run name {run_name!r} must not hold a path separator")
    now = datetime.now().astimezone()
    stamp = f"{_MONTHS[now.month - 1]}{now:%d_%H-%M-%S}"
    name = f"{stamp}_{run_name}" if run_name else stamp
    parent = _experiment_folder(experiment, root)
    for earlier in parent.glob("*/"):
        remove_leftovers(earlier)
        remove_leftovers(earlier / "videos")
    try:
        run = _make_unique(parent, name)
        save_yaml(run / METADATA_FILE, {"created": now.astimezone(UTC).isoformat(), **metadata})
        save_yaml(run / CONFIG_FILE, {**config, "config_hash": config_hash(config)})
        write_file(run / "code_version.txt", code_version().encode())
    except OSError as error:
        raise UserError(f"cannot write to {parent}: {error.strerror}") from error
    return run


def _experiment_folder(experiment: str, root: Path) -> Path:
    if not experiment or Path(experiment).name != experiment or experiment == "..":
        raise UserError(f"experiment name {experiment!r} must be a plain folder name")
    return root / experiment


def _make_unique(parent: Path, name: str) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        run = parent / (name if number == 1 else f"{name}_{number}")
        try:
            run.mkdir()
            return run
        except FileExistsError:
            number += 1


def find_run(experiment: str, load_run: str = "-1", root: Path = LOG_ROOT, stage: str | None = None) -> Path:
    """The folder of a run.

    Args:
        experiment: folder under `root`.
        load_run: a run's name, a path to a run's folder, or `-1`: the newest run that has a checkpoint.
        root: folder of all experiments.
        stage: the newest run is sought among those that trained this stage; None: among all.

    Raises:
        UserError: there is none; names the runs that exist.
    """
    if load_run != "-1" and ("/" in load_run) and os.path.isdir(load_run):
        return Path(load_run)
    if os.path.isfile(load_run):  # Path.is_file raises an error for a name that no file can have
        raise UserError(f"no run {load_run}: it is a file, which --checkpoint takes")
    folder = _experiment_folder(experiment, root)
    runs = _runs(folder)
    if not runs:
        raise UserError(f"no runs in {folder}{_shipped(experiment) or _other_experiments(folder)}")
    names = [run.name for run in runs]
    if load_run == "-1":
        trained = [run for run in runs if checkpoints(run) and (stage is None or trained_stage(run) == stage)]
        if not trained:
            kind = f" of a {stage}" if stage else ""
            raise UserError(f"no run{kind} in {folder} has a checkpoint yet; runs: {_some(names)}")
        return trained[-1]
    if load_run not in names:
        raise UserError(f"no run {load_run!r} in {folder}{nearest(load_run, names)} (newest: {_some(names)})")
    return folder / load_run


def find_run_of_seed(experiment: str, seed: int, root: Path = LOG_ROOT, stage: str | None = None) -> Path:
    """The newest run with a checkpoint that was trained with a seed.

    Args:
        experiment: folder under `root`.
        seed: of the training.
        root: folder of all experiments.
        stage: the run is sought among those that trained this stage; None: among all.

    Raises:
        UserError: there is none.
    """
    folder = _experiment_folder(experiment, root)
    for run in reversed(_runs(folder)):
        if checkpoints(run) and trained_seed(run) == seed and (stage is None or trained_stage(run) == stage):
            return run
    raise UserError(f"no run in {folder} has a checkpoint of {f'a {stage} with ' if stage else ''}seed {seed}")


def _runs(folder: Path) -> list[Path]:
    """The runs of an experiment, the newest last."""
    found = folder.glob("*") if os.path.isdir(folder) else ()  # of a name that no folder can have, glob raises an error
    return sorted((path for path in found if path.is_dir() and path.name != SWEEPS), key=created)


def created(run: Path) -> float:
    """When a run was made, seconds since the epoch: what its metadata says, or else the oldest time stamp in it."""
    try:
        return datetime.fromisoformat(str(load_yaml(run / METADATA_FILE)["created"])).timestamp()
    except (UserError, KeyError, ValueError, OverflowError):
        return min(_times(run))


def _times(run: Path) -> Iterator[float]:
    """When a folder and what is in it changed; a file may be gone again, as a database's journal is."""
    for path in (run, *run.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            yield path.lstat().st_mtime


def trained_stage(run: Path) -> str | None:
    """What a run trained (`teacher`, `student`); None if its task has no stages, or it does not say."""
    try:
        return load_yaml(run / CONFIG_FILE)["train"]["runner"].get("stage")
    except (UserError, KeyError, TypeError, AttributeError):
        return None


def trained_seed(run: Path) -> int | None:
    """The seed of a run; None if it does not say."""
    try:
        return load_yaml(run / CONFIG_FILE)["train"].get("seed")
    except (UserError, KeyError, TypeError, AttributeError):
        return None


def checkpoints(run: Path) -> dict[int, Path]:
    """A run's checkpoints by iteration, in rising order."""
    files = (path for path in run.iterdir() if path.is_file())  # no folder, and no link to nowhere
    found = {int(match[1]): path for path in files if (match := _CHECKPOINT.fullmatch(path.name))}
    return dict(sorted(found.items()))


def find_checkpoint(run: Path, checkpoint: int = -1) -> Path:
    """A checkpoint of a run by iteration; -1 is the one of the highest iteration.

    Raises:
        UserError: there is none; names those that exist.
    """
    found = checkpoints(run)
    if not found:
        raise UserError(f"no checkpoint in {run}")
    if checkpoint == -1:
        newest = list(found.values())[-1]
        for lost in (path for path in run.iterdir() if path.is_symlink() and not path.exists()):
            logger.warning("%s leads nowhere; the newest checkpoint is %s", lost, newest)
        return newest
    if checkpoint not in found:
        raise UserError(f"no checkpoint {checkpoint} in {run}; there are {_some([str(key) for key in found])}")
    return found[checkpoint]


def resolve_checkpoint(
    experiment: str,
    load_run: str = "-1",
    checkpoint: str = "-1",
    root: Path = LOG_ROOT,
    stage: str | None = None,
) -> Path:
    """The checkpoint that `--load_run` and `--checkpoint` (an iteration, -1 or a path) mean; see `find_run`.

    Raises:
        UserError: there is none.
    """
    if is_iteration(checkpoint):
        return find_checkpoint(find_run(experiment, load_run, root, stage), int(checkpoint))
    if not os.path.isfile(checkpoint):
        raise UserError(f"no checkpoint file {checkpoint}")
    if load_run != "-1":
        raise UserError(f"--load_run {load_run}: --checkpoint names a file; name its iteration, or leave one out")
    return Path(checkpoint)


def outputs_of(checkpoint: Path, root: Path = LOG_ROOT) -> Path:
    """Where playing a checkpoint writes: beside it, or, of a policy that came with the package, in `root/shipped`."""
    resources = Path(LEGGED_GYM_ROOT_DIR, "resources").resolve()
    return root / SHIPPED if checkpoint.resolve().is_relative_to(resources) else checkpoint.parent


def is_iteration(checkpoint: str) -> bool:
    """Whether `--checkpoint` is an iteration number (or -1), not a path."""
    return checkpoint == "-1" or checkpoint.isascii() and checkpoint.isdigit()


def code_version() -> str:
    """Commit of the checkout (with a mark when files differ from it), and the versions of this and of what computes."""
    lines = [f"commit: {_commit()}", f"legged_gym: {__version__}"]
    for package in ("torch", "mujoco", "mujoco-warp", "warp-lang", "numpy"):
        try:
            lines.append(f"{package}: {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{package}: not installed")
    return "\n".join(lines) + "\n"


def _commit() -> str:
    def git(*args: str) -> str:
        command = ["git", "-C", LEGGED_GYM_ROOT_DIR, *args]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    if not Path(LEGGED_GYM_ROOT_DIR, ".git").exists():
        return "unknown"  # a wheel: the folder may lie in a repository of the user's
    try:
        return git("rev-parse", "HEAD") + (" (dirty)" if git("status", "--porcelain") else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _shipped(experiment: str) -> str:
    """Where the package's own policy of an experiment is, if it has one."""
    policy = POLICIES / f"{experiment}.pt"
    return f"; trained already: {policy}" if os.path.isfile(policy) else ""


def _other_experiments(folder: Path) -> str:
    others = [path.name for path in folder.parent.glob("*") if path.is_dir()]
    others = [name for name in others if name not in (folder.name, SHIPPED)]
    return nearest(folder.name, others) or (f"; experiments: {_some(sorted(others))}" if others else "")


def _some(names: list[str]) -> str:
    """The last few of a list, newest first."""
    tail = names[::-1][:5]
    return ", ".join(tail) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
