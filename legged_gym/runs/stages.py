"""Tasks that are trained in two stages: a teacher, and a student that learns from it."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from legged_gym.runs import folders as runs
from legged_gym.runs.configure import task_config
from legged_gym.utils.errors import UserError
from rsl_rl.runners.teacher_student_runner import STAGES

TEACHER, STUDENT = STAGES
ALL = "all"


def stages_to_train(train_cfg: Any, task: str, checkpoint: Path | None) -> Sequence[str | None]:
    """The stages of a training, in order; of a task without stages, None alone.

    Args:
        train_cfg: training configuration; `runner.stage` is a stage, or `all`.
        task: its name.
        checkpoint: what the first stage goes on from, if anything: it is that of the checkpoint.

    Raises:
        UserError: there is no such stage, or the checkpoint is of another, or of another task.
    """
    wanted = getattr(train_cfg.runner, "stage", None)
    if wanted is None:
        return [None]
    if wanted not in (*STAGES, ALL):
        raise UserError(f"runner.stage must be {', '.join(STAGES)} or {ALL}, not {wanted!r}")
    stages = list(STAGES) if wanted == ALL else [wanted]
    if checkpoint is None:
        return stages
    saved = task_config(checkpoint, task)["train"]["runner"]["stage"]
    if saved not in stages:
        raise UserError(f"{checkpoint} is of the stage {saved!r}, not of {wanted!r}")
    return stages[stages.index(saved) :]


def stage_configs(
    env_cfg: Any, train_cfg: Any, stage: str | None, resumes: bool, max_iterations: int | None
) -> tuple[Any, Any]:
    """Copies of the configurations for one stage.

    A student's run is as long as its curriculum; one that is resumed goes on for `runner.max_iterations`.

    Args:
        env_cfg: environment configuration.
        train_cfg: training configuration.
        stage: what is trained.
        resumes: whether it goes on from a checkpoint.
        max_iterations: what the user asked for, if anything.
    """
    env_cfg, train_cfg = copy.deepcopy((env_cfg, train_cfg))
    train_cfg.runner.resume = resumes
    if stage is not None:
        train_cfg.runner.stage = stage
    if stage == STUDENT and not resumes:
        curriculum = train_cfg.student_curriculum
        curriculum.max_iterations = max_iterations or curriculum.max_iterations
        train_cfg.runner.max_iterations = curriculum.max_iterations
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
        if Path(runner.teacher).is_file():
            checkpoint = Path(runner.teacher)
        else:
            run = runs.find_run(runner.experiment_name, runner.teacher, log_root, TEACHER)
            checkpoint = runs.find_checkpoint(run)
    except UserError as error:
        raise UserError(f"no teacher: {error}; train one with --stage={TEACHER} or name one with --teacher") from error
    stage = task_config(checkpoint, task)["train"]["runner"]["stage"]
    if stage != TEACHER:
        raise UserError(f"{checkpoint} is of a {stage}, not of a {TEACHER}")
    return checkpoint
