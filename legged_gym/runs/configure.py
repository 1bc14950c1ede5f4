"""From flags and checkpoints to a run's settings."""

import argparse
import contextlib
import logging
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from legged_gym.config.idle import reason_of
from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import DEFAULT, Asked, Mode, Settings, resolve_settings
from legged_gym.config.overrides import LEARNERS, SET_FLAG, TRAIN_PREFIX, read_overrides
from legged_gym.runs.edited import tell_edited
from legged_gym.runs.folders import checkpoints as checkpoints_of
from legged_gym.runs.folders import is_iteration, resolve_checkpoint
from legged_gym.sim.devices import Placement
from legged_gym.sim.placing import place
from legged_gym.tasks import all_tasks, check_task, get_cfgs
from legged_gym.utils.errors import UserError
from rsl_rl.utils import checkpoint as checkpoints
from rsl_rl.utils.errors import CheckpointError, DamagedError

logger = logging.getLogger(__name__)

FLAGS = {
    "num_envs": "env.num_envs",
    "seed": "train.seed",
    "experiment_name": "train.runner.experiment_name",
    "run_name": "train.runner.run_name",
    "max_iterations": "train.runner.max_iterations",
    "load_run": "train.runner.load_run",
    "resume": "train.runner.resume",
    "stage": "train.runner.stage",
    "teacher": "train.runner.teacher",
}
"""Flags that are a setting's own."""
SAVED = {"task": str, "env": dict, "train": dict}
"""What the configuration in a checkpoint has, and of which kind."""
STAGE_FLAGS = ("stage", "teacher")
_OF_LEARNING = (
    "rewards.",
    *(f"{TRAIN_PREFIX}.{name}." for name in (*LEARNERS, "student_curriculum", "teacher_curriculum")),
)
"""Beginnings of the names of settings that nothing but learning reads."""
_OF_BEGINNING = (
    "train.policy.init_noise_std", "train.policy.init_action_scale", "train.algorithm.learning_rate",
    "train.runner.sub_policy_paths",
)  # fmt: skip
"""Settings of a training's first step: a checkpoint has what became of them, its teachers among it."""
_REWARDS_BEGIN = "train.reinforcement.begins_at"
_OF_REWARDS = (_REWARDS_BEGIN, "train.reinforcement.init_noise_std", "train.reinforcement.learning_rate")
"""When rewards begin to teach a student; and with it settings of their first step, as `_OF_BEGINNING` from then on."""
_OF_WEIGHTS = (".activation",)
"""Endings of the names of settings that a network's weights were learned with and their shapes do not tell."""
RETIRED_FIELDS = ("train.runner.logger", "terrain.measure_heights")
"""Fields of older checkpoints that had no say in the training, or only said what follows from others: ignored without a
word."""


UNTOLD_FIELDS = ("env.torch_compile",)
"""Fields that say how something is computed, and not what: a checkpoint may lack them without a word."""
LATER_FIELDS: dict[str, dict[str, Any]] = {
    "algorithm": {"final_entropy_factor": 1.0, "entropy_anneal": [0.5, 0.6]},
    "policy": {"init_action_scale": 1.0},
    "teacher_curriculum": {"lateness_anneal": [0.0, 0.0]},
    "distillation": {"teacher_share": 0.0, "teacher_until": 1.0},
    "reinforcement": {"begins_at": 1.0},
}
"""By section of `train`: fields that older checkpoints lack, all of them, and tasks have set since: what those were
trained with."""


def chosen_task(args: argparse.Namespace) -> str:
    """The task that `--task` names, or else the one of the checkpoint file that `--checkpoint` names.

    Raises:
        UserError: missing or unknown task.
    """
    if args.task is None and args.checkpoint is not None and not is_iteration(args.checkpoint):
        return check_task(saved_config(Path(args.checkpoint)).get("task"))
    return check_task(args.task)


def check_distinct(checkpoints: Sequence[Path]) -> None:
    """See that each checkpoint is a training of its own.

    Raises:
        UserError: a file is named twice.
    """
    if len({*map(os.path.realpath, checkpoints)}) < len(checkpoints):
        raise UserError("--checkpoint: a file is named twice; each is to be a training of its own")


def check_experiment(args: argparse.Namespace) -> None:
    """See that `--experiment_name` and `--load_run` say where a checkpoint is, in a program that makes no run.

    Raises:
        UserError: `--checkpoint` names a file.
    """
    if args.checkpoint is None or is_iteration(args.checkpoint):
        return
    for flag in ("experiment_name", "load_run"):
        if getattr(args, flag) is not None:
            raise UserError(f"--{flag}: --checkpoint names a file; leave one of them out")


def asked_for(args: argparse.Namespace, train_cfg: Any, without: Collection[str] = ()) -> list[Asked]:
    """What the flags ask for: `--set`, and the flags of their own.

    Args:
        args: parsed by `command_line.task_parser` or a parser made from it.
        train_cfg: the task's training configuration.
        without: flags that ask for no setting here.

    Raises:
        UserError: a text of `--set` is of another form or says what a flag says, or the task has no stages for
            `--stage` and `--teacher`.
    """
    given = {name: value for name in FLAGS if (value := vars(args).get(name)) is not None and value is not False}
    for name in STAGE_FLAGS:
        if name in given and not hasattr(train_cfg.runner, name):
            raise UserError(f"--{name}: {_lacking(name, train_cfg)}")
    overrides = read_overrides(args.overrides)
    said = {name: FLAGS[name] for name in given} | ({"sim": "sim.engine"} if args.sim else {})
    for name, key in said.items():
        if key in overrides:
            raise UserError(f"--{name} and {SET_FLAG} {key} say the same: leave one of them out")
    flags = [Asked({FLAGS[name]: value}, source=f"--{name}") for name, value in given.items() if name not in without]
    return [Asked(overrides), *flags]


def _lacking(flag: str, train_cfg: Any) -> str:
    """What a task lacks that one of `STAGE_FLAGS` is for."""
    if flag == "stage":
        return "the task has no stages"
    of_skills = hasattr(train_cfg.runner, "sub_policy_paths")
    return "its teachers are those of train.runner.sub_policy_paths" if of_skills else "the task has no student"


def flag_settings(args: argparse.Namespace, task: str) -> Settings:
    """A task's defaults and what the flags ask for.

    Raises:
        UserError: an unknown key, or a value that does not fit.
    """
    env_cfg, train_cfg = get_cfgs(task)
    settings = resolve_settings(env_cfg, train_cfg, asked=asked_for(args, train_cfg))
    settings.makes_all = all_tasks()[task].makes_all
    return settings


def check_effects(settings: Settings, args: argparse.Namespace) -> None:
    """Refuse what a training that was asked for would leave aside: nobody names a checkpoint without a reason.

    Raises:
        UserError: `--checkpoint`, `--load_run` or `--teacher` has no say.
    """
    runner, has_weights = settings.train_cfg.runner, hasattr(settings.train_cfg, "stages")
    named = {name for name in ("load_run", "checkpoint", "teacher") if _is_asked(settings, args, name)}
    if not runner.resume and "checkpoint" in named:
        weights = ", or name it with --load_run to begin with its weights" if has_weights else ""
        raise UserError(f"--checkpoint says what to go on from: add --resume{weights}")
    if not runner.resume and "load_run" in named and not has_weights:
        raise UserError("--load_run says what to go on from: add --resume")
    if "teacher" in named and (runner.resume or runner.stage != "student"):
        raise UserError("--teacher is for a student that begins: add --stage=student, and leave --resume out")


def _is_asked(settings: Settings, args: argparse.Namespace, name: str) -> bool:
    return vars(args).get(name) is not None or settings.source(f"{TRAIN_PREFIX}.runner.{name}") != DEFAULT


def trained_settings(args: argparse.Namespace, task: str, checkpoint: Path, mode: Mode | None = None) -> Settings:
    """The settings of a checkpoint, those of a mode (none: learning goes on from it), and what the flags ask for.

    How long the training was to be stays as it was, which is what its schedules follow: `--max_iterations` says how
    many iterations more are to be done.

    Raises:
        UserError: the checkpoint is of another task; an unknown key, or a value that does not fit.
    """
    env_cfg, train_cfg = get_cfgs(task)
    stored = task_config(checkpoint, task)
    asked = asked_for(args, train_cfg, without=("max_iterations",))
    settings = resolve_settings(env_cfg, train_cfg, stored, mode, asked)
    settings.makes_all = all_tasks()[task].makes_all
    _tell_differences(settings, checkpoint)
    _check_asked(settings, stored["train"], checkpoint, resumes=mode is None)
    return settings


def _check_asked(settings: Settings, stored: Mapping[str, Any], checkpoint: Path, resumes: bool) -> None:
    """Name what somebody set that a checkpoint has already.

    Args:
        settings: those that hold.
        stored: those of the training in the checkpoint.
        checkpoint: its path.
        resumes: whether learning goes on from it.

    Raises:
        UserError: its weights were learned with another setting.
    """
    asked = dict(settings.asked())
    of_rewards = asked.keys() & _OF_REWARDS if resumes else set()
    if of_rewards and not _is_reinforced(checkpoint):
        of_rewards.clear()
    for key, source in asked.items():
        was = _stored_value(stored, key)
        is_other = was is not None and settings.value(key) != was
        if key.startswith(_OF_BEGINNING) or (key in of_rewards and key != _REWARDS_BEGIN):
            logger.warning("%s %s has no effect: %s has what became of it", source, key, checkpoint)
        elif is_other and key.endswith(_OF_WEIGHTS):
            raise UserError(f"{source} {key}: the weights of {checkpoint} were learned with {was}")
        elif is_other and key in of_rewards:
            raise UserError(f"{source} {key}: rewards teach the student of {checkpoint} already, since {was:g}")


def _is_reinforced(checkpoint: Path) -> bool:
    """Whether a checkpoint is of a student that rewards teach."""
    algorithm = checkpoints.load(checkpoint).get("algorithm")
    return isinstance(algorithm, Mapping) and algorithm.get("reinforcement") is not None


def _stored_value(stored: Any, key: str) -> Any:
    """A setting of the training in a checkpoint; None if it has none."""
    for name in key.split(".")[1:]:
        stored = stored.get(name) if isinstance(stored, dict) else None
    return stored


def place_run(args: argparse.Namespace, settings: Settings) -> Placement:
    """Engine and devices that the flags choose, see `placing.place`."""
    return place(settings, args.sim, args.sim_device, args.rl_device)


def chosen_checkpoint(args: argparse.Namespace, train_cfg: Any) -> Path:
    """The checkpoint that the flags and the training configuration name; without a name that of the newest run.

    Raises:
        UserError: there is none.
    """
    runner = train_cfg.runner
    checkpoint = str(runner.checkpoint) if args.checkpoint is None else args.checkpoint
    stage = getattr(runner, "stage", "all")
    stage = None if stage == "all" else stage
    return resolve_checkpoint(runner.experiment_name, runner.load_run, checkpoint, args.log_root, stage)


def saved_config(checkpoint: Path) -> dict[str, Any]:
    """The configuration in a checkpoint: `task`, `env` and `train` as plain data.

    Raises:
        CheckpointError: no checkpoint, one without a task's configuration, or a damaged one; names the last whole one
            before it in its folder, if there is one.
    """
    try:
        data = checkpoints.load(checkpoint, required=("config",))["config"]
    except DamagedError as error:
        raise DamagedError(f"{error}{_whole_before(checkpoint)}") from error
    for name, kind in SAVED.items():
        if not isinstance(data, dict) or not isinstance(data.get(name), kind):
            raise CheckpointError(f"{checkpoint} holds no configuration of a task with {', '.join(SAVED)}")
    tell_edited(checkpoint, data)
    return data


def check_robot(what: str, checkpoint: Path, env_cfg: Any) -> dict[str, Any]:
    """See that a policy was trained for a robot: another one's would do, as far as shapes say.

    Args:
        what: the beginning of the message, such as "the policy in x".
        checkpoint: of the policy.
        env_cfg: configuration of the environment with the robot.

    Returns:
        `saved_config` of the checkpoint.

    Raises:
        UserError: it was trained for another one.
    """
    config = saved_config(checkpoint)
    asset = config["env"].get("asset")
    saved = str(asset.get("file")) if isinstance(asset, Mapping) else "unknown"
    if saved != env_cfg.asset.file:
        raise UserError(f"{what} is one of the robot {saved}, not of {env_cfg.asset.file}")
    return config


def _whole_before(checkpoint: Path) -> str:
    """The end of a message on a damaged checkpoint of a run: which one to take in its place."""
    others = checkpoints_of(checkpoint.parent) if checkpoint.parent.is_dir() else {}
    earlier = [path for path in others.values() if path.name != checkpoint.name]
    for path in reversed(earlier):
        with contextlib.suppress(CheckpointError):
            checkpoints.load(path, required=("config",))
            return f"; {path} is whole"
    return ""


def task_config(checkpoint: Path, task: str) -> dict[str, Any]:
    """The configuration in a checkpoint of a task, with `LATER_FIELDS`; rewards that it does not know had no weight.

    Raises:
        CheckpointError: no checkpoint, or a damaged one.
        UserError: the checkpoint is of another task.
    """
    data = saved_config(checkpoint)
    if data.get("task") != task:
        raise UserError(f"{checkpoint} is of the task {data.get('task')!r}, not of {task!r}")
    env_cfg, train_cfg = get_cfgs(task)
    rewards = data["env"].get("rewards")
    if isinstance(rewards, dict) and isinstance(rewards.get("scales"), dict):
        rewards["scales"] = dict.fromkeys(class_to_dict(env_cfg.rewards.scales), 0.0) | rewards["scales"]
    for name, fields in LATER_FIELDS.items():
        section = data["train"].get(name, {})
        known = {key: value for key, value in fields.items() if hasattr(getattr(train_cfg, name, None), key)}
        if known and isinstance(section, dict) and not section.keys() & fields:
            data["train"][name] = known | section
    return data


def saved_stage(checkpoint: Path, task: str) -> str | None:
    """The stage that a checkpoint of a task was trained in, if it says.

    Raises:
        CheckpointError: no checkpoint, or a damaged one.
        UserError: the checkpoint is of another task.
    """
    runner = task_config(checkpoint, task)["train"].get("runner")
    return runner.get("stage") if isinstance(runner, dict) else None


def trained_run(args: argparse.Namespace, mode: Mode) -> tuple[str, Path, Settings]:
    """What the flags ask to play or to evaluate: task, checkpoint and settings.

    Args:
        args: parsed by `command_line.task_parser` or a parser made from it.
        mode: what playing or judging needs.

    Raises:
        UserError: there is no such task or checkpoint, or the checkpoint is of another task.
    """
    task = chosen_task(args)
    check_experiment(args)
    checkpoint = chosen_checkpoint(args, flag_settings(args, task).train_cfg)
    settings = trained_settings(
        args, task, checkpoint, lambda env_cfg, train_cfg: {**unlearning(train_cfg), **mode(env_cfg, train_cfg)}
    )
    tell_unlearned(settings)
    return task, checkpoint, settings


def unlearning(train_cfg: Any) -> Mapping[str, Any]:
    """Settings where nothing is learned: no mini-batches, since few environments cannot be split, and no folders."""
    algorithms = (name for name in LEARNERS if hasattr(train_cfg, name))
    folders = ("data_dir", "scan_dir") if hasattr(train_cfg, "pretrain_dataset") else ()
    return {
        **{f"train.{name}.num_mini_batches": 1 for name in algorithms},
        **{f"train.pretrain_dataset.{name}": "" for name in folders},
    }


def tell_unlearned(settings: Settings, read: Collection[str] = ()) -> None:
    """Name what somebody set that only learning would ask for, but for settings that are read without it."""
    for key, source in settings.asked():
        if key.startswith(_OF_LEARNING) and not key.startswith(_OF_BEGINNING) and key not in read:
            logger.warning("%s %s has no effect: nothing is learned", source, key)


def trained_configs(checkpoint: Path, task: str) -> tuple[Any, Any]:
    """The configurations a checkpoint was trained with, over today's defaults of its task.

    Returns:
        New environment and training configuration instances.

    Raises:
        UserError: the checkpoint is of another task.
    """
    settings = resolve_settings(*get_cfgs(task), task_config(checkpoint, task))
    _tell_differences(settings, checkpoint)
    return settings.env_cfg, settings.train_cfg


def _tell_differences(settings: Settings, checkpoint: Path) -> None:
    """Name the fields that a checkpoint has and today's configurations lack, and the other way round.

    A reward that came later and that the task does not use is none to tell of, and neither are `UNTOLD_FIELDS` and what
    has no effect.
    """
    if unknown := [name for name in settings.unknown if name not in RETIRED_FIELDS]:
        logger.warning("ignored fields of %s that no longer exist: %s", checkpoint, ", ".join(unknown))
    unused = {name for name in settings.missing if name.startswith("rewards.scales.") and settings.value(name) == 0.0}
    idle = settings.idle()
    lacking = [name for name in settings.missing if settings.source(name) == DEFAULT and not reason_of(name, idle)]
    if missing := [name for name in lacking if name not in unused and name not in UNTOLD_FIELDS]:
        defaults = ", ".join(f"{name} = {settings.value(name)!r}" for name in missing)
        logger.warning("%s lacks fields, whose defaults hold: %s", checkpoint, defaults)
