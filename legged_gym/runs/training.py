"""Training, given its configuration and where to write: one stage, or one after the other."""

import contextlib
import gc
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legged_gym.config.io import class_to_dict
from legged_gym.runs import folders as runs
from legged_gym.runs.known import known_of
from legged_gym.runs.skills import check_skills, learns_skills, scan_dir, skill_teachers
from legged_gym.runs.stages import STUDENT, chosen_teacher, first_weights, stage_configs
from legged_gym.sim.devices import Placement, use_available_cores
from legged_gym.tasks import make_env, make_runner
from legged_gym.utils.address import Address
from legged_gym.utils.errors import StoppedError
from legged_gym.utils.seeding import set_seed
from legged_gym.viewing.training_film import TrainingFilm
from legged_gym.viewing.web.training_view import looking_on
from robust_parallel.processes import place_of_process
from rsl_rl.runners import OnPolicyRunner, SkillDistillationRunner, TeacherStudentRunner
from rsl_rl.utils.writers import TensorBoardWriter, WriterFactory

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Output:
    """What a training writes beside its checkpoints, and where."""

    log_root: Path = runs.LOG_ROOT
    """Folder of all experiments."""
    writers: Sequence[WriterFactory] = (TensorBoardWriter,)
    """What writes the log."""
    film_interval: int | None = None
    """Iterations between two films of the robots; None: no films."""
    viewer: Address | None = None
    """Where a viewer of the robots listens; None: there is none."""
    command: Sequence[str] = ()
    """The command that trains, for the run's metadata."""


@dataclass(frozen=True)
class Start:
    """What a training begins with; nothing: a policy that has learned nothing."""

    checkpoint: Path | None = None
    """What it goes on from."""
    teacher: Path | None = None
    """Checkpoint of the teacher, for a student that begins."""
    weights: Path | None = None
    """Checkpoint whose policy it begins with; all else begins anew."""

    def __str__(self) -> str:
        """What follows a training's description."""
        if self.checkpoint is not None:
            return f", going on from {self.checkpoint}"
        if self.weights is not None:
            return f", with the weights of {self.weights}"
        return "" if self.teacher is None else f", a student of {self.teacher}"

    def load_into(self, runner: OnPolicyRunner) -> None:
        """Read it."""
        if self.checkpoint is not None:
            runner.load(self.checkpoint)
        if self.weights is not None:
            runner.load(self.weights, load_optimizer=False, resume=False)
        if self.teacher is not None:
            assert isinstance(runner, TeacherStudentRunner)
            runner.load_teacher(self.teacher)


def train_stages(
    task: str,
    env_cfg: Any,
    train_cfg: Any,
    stages: Sequence[str | None],
    placement: Placement,
    output: Output,
    checkpoint: Path | None = None,
    max_iterations: int | None = None,
) -> Path | None:
    """Train stage after stage, each into a run folder of its own.

    A student's teacher is that of the stage before; where one policy goes through several stages, its weights are.

    Args:
        task: its name.
        env_cfg: configuration of the environment.
        train_cfg: configuration of the training.
        stages: see `stages.stages_to_train`.
        placement: where to compute.
        output: what to write, and where.
        checkpoint: what the first stage goes on from, or None to begin.
        max_iterations: what the user asked for of each stage, if anything; of one that goes on, so many more.

    Returns:
        The last checkpoint; None if the runner was asked to stop before its time.

    Raises:
        UserError: a student has no teacher, a later stage cannot begin, or a folder cannot be written.
        StoppedError: a signal ended the training before its time, after a checkpoint.
    """
    resumed, *others = stages
    configs = [stage_configs(env_cfg, train_cfg, resumed, checkpoint is not None, max_iterations)]
    configs += [stage_configs(env_cfg, train_cfg, stage, False, max_iterations) for stage in others]
    trained = None
    for index, stage in enumerate(stages):
        env_stage, train_stage = configs[index]
        if checkpoint is not None:
            start, more = Start(checkpoint), max_iterations
        elif stage == STUDENT:
            start, more = Start(teacher=trained or chosen_teacher(train_cfg, task, output.log_root)), None
        else:
            start, more = Start(weights=trained or first_weights(env_cfg, train_cfg, stage, output.log_root)), None
        later = [later for _, later in configs[index + 1 :]]
        trained = train(task, env_stage, train_stage, placement, output, start, more, later)
        if trained is None:
            break
        checkpoint = None
        gc.collect()  # CUDA graphs of this stage must not be freed while those of the next are captured
    return trained


def train(
    task: str,
    env_cfg: Any,
    train_cfg: Any,
    placement: Placement,
    output: Output,
    start: Start = Start(),  # noqa: B008  (frozen)
    more: int | None = None,
    later: Sequence[Any] = (),
) -> Path | None:
    """Train into a new run folder.

    Args:
        task: its name.
        env_cfg: configuration of the environment; its engine becomes that of the placement.
        train_cfg: configuration of the training; a seed of -1 becomes the one drawn.
        placement: where to compute.
        output: what to write, and where.
        start: what it begins with.
        more: iterations to do; `train_cfg.runner.max_iterations`, those of the whole training, if None.
        later: configurations of the trainings that follow on such robots: what keeps their learners from being built
            is told before this training, not after it.

    Returns:
        The last checkpoint; None if the runner was asked to stop before its time.

    Raises:
        UserError: a learner cannot be built, or the run's folder cannot be written.
        StoppedError: a signal ended the training before its time, after a checkpoint.
    """
    use_available_cores()
    rank = place_of_process().rank
    has_skills = learns_skills(train_cfg)
    begins_skills = start.checkpoint is None and has_skills
    skills = skill_teachers(env_cfg, train_cfg, output.log_root) if begins_skills and rank == 0 else {}
    train_cfg.seed = set_seed(train_cfg.seed, rank)
    if start.teacher is not None:
        train_cfg.runner.teacher = "/".join(start.teacher.parts[-2:])
    config = {"task": task, **class_to_dict({"env": env_cfg, "train": train_cfg})}
    env_cfg.sim.engine = placement.engine
    folder = scan_dir(train_cfg)
    if folder:
        env_cfg.env.num_envs = 1  # others act: this one is for the sizes of things
    env = make_env(task, env_cfg, placement.sim_device, train_cfg.seed, train_cfg)
    if has_skills:
        check_skills(env.terrain, train_cfg.runner.sub_policy_paths)
    for settings in later:
        make_runner(env, settings, None, placement.rl_device)
    runner = make_runner(env, train_cfg, None, placement.rl_device)
    start.load_into(runner)
    if begins_skills:
        assert isinstance(runner, SkillDistillationRunner)
        runner.load_teachers(skills)
    if isinstance(runner, SkillDistillationRunner):
        runner.open_feeds()
    run = None if rank > 0 else _create_run(train_cfg, config, placement, output, start, skills)
    runner.config, runner.log_dir, runner.writers = config, run, list(output.writers)
    known = known_of(task, env_cfg, train_cfg, env.num_envs * place_of_process().world_size)
    runner.good_at = known and known.iterations
    source = f"trajectories of {folder}" if folder else f"{env.num_envs} environments"
    logs = "" if run is None else f", logs in {run}"
    logger.info("%s: %s on %s (%s)%s%s", task, source, placement.sim_device, placement.engine, logs, start)
    iterations = more or train_cfg.runner.max_iterations
    last_iteration = runner.iteration + iterations
    rewards_begin = runner.rewards_begin if isinstance(runner, TeacherStudentRunner) else None
    if rewards_begin is not None and rewards_begin >= last_iteration:
        logger.warning(
            "the student imitates alone: this training ends after iteration %d, and rewards begin to teach after "
            "iteration %d (train.reinforcement.begins_at)", last_iteration, rewards_begin,
        )  # fmt: skip
    with (
        _filming(runner, env, run, output.film_interval, last_iteration),
        looking_on(runner, env, task, output.viewer if rank == 0 else None),
    ):
        runner.learn(iterations, init_at_random_ep_len=True)  # where one goes on, robots are reset, too
    env.close()
    if runner.iteration < last_iteration:
        if runner.stopped_by is not None:
            raise StoppedError(runner.stopped_by)
        return None
    return runner.distributed.from_main(run and runs.find_checkpoint(run))


def _filming(
    runner: OnPolicyRunner, env: Any, run: Path | None, interval: int | None, last_iteration: int
) -> contextlib.AbstractContextManager[object]:
    """Films into a run's folder, if there is to be one, until the training ends."""
    if run is None or interval is None:
        return contextlib.nullcontext()
    return contextlib.closing(TrainingFilm(runner, env, run / "videos", interval, last_iteration))


def _create_run(
    train_cfg: Any,
    config: dict[str, Any],
    placement: Placement,
    output: Output,
    start: Start,
    skills: Mapping[str, Path],
) -> Path:
    settings = train_cfg.runner
    metadata = {
        "command": list(output.command),
        "engine": placement.engine,
        "device": placement.sim_device,
        "resumed_from": None if start.checkpoint is None else str(start.checkpoint),
        "weights_from": None if start.weights is None else str(start.weights),
        "teachers": {skill: str(path) for skill, path in skills.items()},
    }
    name = "_".join(filter(None, (settings.run_name, getattr(settings, "stage", ""))))
    return runs.create_run(settings.experiment_name, name, config, metadata, output.log_root)
