"""Tasks that are trained in stages: a teacher, and a student that learns from it; or one policy, under other settings.

The latter have a section `stages` in their training configuration: of each stage, in the order of training, the
settings that hold in it. Each begins with the weights of the one before.
"""

import contextlib
import copy
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from legged_gym.config.checks import check_config
from legged_gym.config.io import field_names
from legged_gym.config.layers import Settings
from legged_gym.config.overrides import TRAIN_PREFIX, apply_overrides
from legged_gym.runs import folders as runs
from legged_gym.runs.configure import check_robot, saved_stage
from legged_gym.utils.errors import UserError
from rsl_rl.runners.teacher_student_runner import STAGES

TEACHER, STUDENT = STAGES
ALL = "all"
_OF_STAGES = ("train.runner.stage.", "train.stages.")


def stage_names(train_cfg: Any) -> Sequence[str]:
    """The stages of a task that has some, in order."""
    return field_names(train_cfg.stages) if hasattr(train_cfg, "stages") else STAGES


def wanted_stages(train_cfg: Any) -> Sequence[str | None]:
    """The stages that `runner.stage` asks for, in order; of a task without stages, None alone.

    Raises:
        UserError: there is no such stage.
    """
    wanted = getattr(train_cfg.runner, "stage", None)
    if wanted is None:
        return [None]
    known = stage_names(train_cfg)
    if wanted not in (*known, ALL):
        raise UserError(f"runner.stage must be {', '.join(known)} or {ALL}, not {wanted!r}")
    return list(known) if wanted == ALL else [wanted]


def stages_to_train(train_cfg: Any, task: str, checkpoint: Path | None) -> Sequence[str | None]:
    """The stages of a training, in order; of a task without stages, None alone.

    Args:
        train_cfg: training configuration; `runner.stage` is a stage, or `all`.
        task: its name.
        checkpoint: what the first stage goes on from, if anything: it is that of the checkpoint.

    Raises:
        UserError: there is no such stage, or the checkpoint is of another, or of another task.
    """
    stages = wanted_stages(train_cfg)
    if checkpoint is None or stages == [None]:
        return stages
    wanted, saved = train_cfg.runner.stage, saved_stage(checkpoint, task)
    if saved is None or saved not in stages:
        raise UserError(f"{checkpoint} is of the stage {saved!r}, not of {wanted!r}")
    return stages[stages.index(saved) :]


def stage_settings(settings: Settings, stages: Sequence[str | None]) -> dict[str, Settings]:
    """What holds in each stage of a task that sets some otherwise, by its name; of another task, nothing.

    Args:
        settings: those of a training.
        stages: what is trained.

    Raises:
        UserError: what is set for a stage is no setting.
    """
    found: dict[str, Settings] = {}
    for stage in stages if hasattr(settings.train_cfg, "stages") else ():
        cfgs = copy.deepcopy((settings.env_cfg, settings.train_cfg))
        _enter(*cfgs, str(stage))
        found[str(stage)] = Settings(*cfgs, makes_all=settings.makes_all)
    return found


def check_asked(settings: Settings) -> None:
    """See that nobody asked for something that one of its stages sets otherwise, and that these hold together.

    Raises:
        UserError: somebody did, or they do not.
    """
    for stage, in_stage in settings.stages.items():
        _check(in_stage.env_cfg, in_stage.train_cfg)
        for name in getattr(in_stage.train_cfg.stages, stage):
            asked = [at for key, at in settings.asked() if f"{key}.".startswith(f"{name}.")]  # or an entry of a table
            if asked and settings.value(name) != in_stage.value(name):
                raise UserError(
                    f"{asked[0]} {name} has no effect: the stage {stage!r} sets {in_stage.value(name)!r}; set "
                    f"train.stages.{stage}.{name}"
                )


def _enter(env_cfg: Any, train_cfg: Any, stage: str) -> None:
    """Set what holds in a stage.

    Raises:
        UserError: what is set for it is no setting.
    """
    train_cfg.runner.stage = stage
    if hasattr(train_cfg, "stages"):
        own, place = getattr(train_cfg.stages, stage), f"train.stages.{stage}"
        if of_stages := [name for name in own if f"{name}.".startswith(_OF_STAGES)]:
            raise UserError(f"{place}: {of_stages[0]} says which stages there are, not what holds in one")
        apply_overrides(env_cfg, train_cfg, own, place)


def _check(env_cfg: Any, train_cfg: Any) -> None:
    check_config(env_cfg)
    check_config(train_cfg, f"{TRAIN_PREFIX}.")


def stage_configs(
    env_cfg: Any, train_cfg: Any, stage: str | None, resumes: bool, max_iterations: int | None
) -> tuple[Any, Any]:
    """Copies of the configurations for one stage.

    A student's run is as long as its curriculum. A run that is resumed keeps the `max_iterations` it was begun with,
    which its schedules follow. What is set for the stage holds over all else.

    Args:
        env_cfg: environment configuration.
        train_cfg: training configuration.
        stage: what is trained.
        resumes: whether it goes on from a checkpoint.
        max_iterations: what the user asked for, if anything.

    Raises:
        UserError: what is set for the stage is no setting, or does not fit.
    """
    env_cfg, train_cfg = copy.deepcopy((env_cfg, train_cfg))
    train_cfg.runner.resume = resumes
    if not resumes:
        course = train_cfg.student_curriculum if stage == STUDENT else train_cfg.runner
        course.max_iterations = max_iterations or course.max_iterations
        train_cfg.runner.max_iterations = course.max_iterations
    if stage is not None:
        _enter(env_cfg, train_cfg, stage)
        _check(env_cfg, train_cfg)
    return env_cfg, train_cfg


def chosen_teacher(train_cfg: Any, task: str, log_root: Path) -> Path:
    """The checkpoint of the teacher that `--teacher` means: a file, or the last one of a run.

    Args:
        train_cfg: training configuration.
        task: its name.
        log_root: folder of all experiments.

    Raises:
        UserError: there is none, or it is of another task, or of a student.
    """
    runner = train_cfg.runner
    try:
        if os.path.isfile(runner.teacher):  # Path.is_file raises an error for a name that no file can have
            checkpoint = Path(runner.teacher)
        elif "/" in runner.teacher and not os.path.exists(runner.teacher):
            raise UserError(f"there is no {runner.teacher}")
        else:
            run = runs.find_run(runner.experiment_name, runner.teacher, log_root, TEACHER)
            checkpoint = runs.find_checkpoint(run)
    except UserError as error:
        raise UserError(f"no teacher: {error}; train one with --stage={TEACHER} or name one with --teacher") from error
    stage = saved_stage(checkpoint, task)
    if stage != TEACHER:
        raise UserError(f"{checkpoint} is of {f'a {stage}' if stage else 'no stage'}, not of a {TEACHER}")
    return checkpoint


def runs_of_seeds(train_cfg: Any, stage: str | None, seeds: Sequence[int], log_root: Path) -> dict[int, Path | None]:
    """The runs that a stage of several seeds begins with, so that these are trainings of their own from the beginning.

    Args:
        train_cfg: training configuration.
        stage: what is trained first.
        seeds: of the trainings.
        log_root: folder of all experiments.

    Returns:
        Of each seed the newest run with it, None where there is none; empty if the stage begins anew, or with what
        `--load_run` names.
    """
    before = _before(train_cfg, stage)
    if before is None or train_cfg.runner.load_run != "-1":
        return {}
    found: dict[int, Path | None] = dict.fromkeys(seeds)
    for seed in seeds:
        with contextlib.suppress(UserError):
            found[seed] = runs.find_run_of_seed(before[0], seed, log_root, before[1])
    return found


def _before(train_cfg: Any, stage: str | None) -> tuple[str, str | None] | None:
    """Experiment and stage whose weights a stage begins with, unless others are named; None if it begins anew."""
    if stage is None or not hasattr(train_cfg, "stages"):
        return None
    stages = stage_names(train_cfg)
    index = stages.index(stage)
    return (train_cfg.runner.experiment_name, stages[index - 1]) if index else (train_cfg.runner.begins_with, None)


def first_weights(env_cfg: Any, train_cfg: Any, stage: str | None, log_root: Path) -> Path | None:
    """The checkpoint whose policy a stage begins with; None if it begins anew.

    That of the run, or the file, that `--load_run` names; else, for the first stage, of the newest run of the
    experiment `runner.begins_with`, and for another one, of the newest run of the stage before it.

    Args:
        env_cfg: environment configuration.
        train_cfg: training configuration.
        stage: what is trained.
        log_root: folder of all experiments.

    Raises:
        UserError: there is no such run, or it is of another robot.
    """
    before = _before(train_cfg, stage)
    if before is None:
        return None
    runner, (experiment, of_stage) = train_cfg.runner, before
    if not experiment and "/" not in runner.load_run:
        raise UserError("train.runner.begins_with names no experiment whose weights the first stage begins with")
    try:
        is_file = os.path.isfile(runner.load_run)  # Path.is_file raises an error for a name that no file can have
        run = None if is_file else runs.find_run(experiment, runner.load_run, log_root, of_stage)
        checkpoint = Path(runner.load_run) if run is None else runs.find_checkpoint(run)
    except UserError as error:
        first = f"--task={experiment}" if of_stage is None else f"--stage={of_stage}"
        raise UserError(
            f"no weights to begin with: {error}; train {first} first, or name a run or a checkpoint with --load_run"
        ) from error
    check_robot(f"the policy in {checkpoint}", checkpoint, env_cfg)
    return checkpoint
