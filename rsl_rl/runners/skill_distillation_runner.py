"""The training loop of a student that learns from several teachers."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tensordict import TensorDict

from rsl_rl.algorithms import Algorithm, Dagger
from rsl_rl.env import VecEnv
from rsl_rl.modules import DepthStudent, SkillTeacher
from rsl_rl.runners.layouts import part_of
from rsl_rl.runners.on_policy_runner import CHECKPOINT_KEYS, OnPolicyRunner, check_weights
from rsl_rl.runners.pretrain_dataset import PretrainDataset
from rsl_rl.runners.training_config import require_iterations, section
from rsl_rl.storage import SequenceStorage
from rsl_rl.storage.feeds import DataSetFeed, ScanFeed
from rsl_rl.storage.trajectories import schema_of
from rsl_rl.storage.trajectory_folder import TrajectoryFolder
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError, StoppedEarlyError
from rsl_rl.utils.logger import Logger, require_writable
from rsl_rl.utils.registry import build, resolve
from rsl_rl.utils.timer import PhaseTimer

DEPTH_STUDENTS: dict[str, type[DepthStudent]] = {"DepthStudent": DepthStudent}
"""The students a configuration can choose from; it may also name one as "module:Class"."""

NEEDED_GROUPS = ("policy", "skill", "student")
"""What ``obs_groups`` has to name; it may also name "privileged"."""

STUDENT_KEYS = ("iteration", "progress", "policy", "finished")
"""What collectors are told of a student."""

DAGGERS: dict[str, type[Dagger]] = {"Dagger": Dagger}
"""The algorithms a configuration can choose from; it may also name one as "module:Class"."""


class SkillDistillationRunner(OnPolicyRunner):
    """Trains a student by imitation of teachers, one for each skill.

    The environment names the skills in the order of their indicators: an attribute ``skills``; a table
    ``recorded`` says what else trajectories have to agree in; ``image_shape``, if there is one, are rows and columns of
    the student's image. A student's checkpoint holds its teachers too, so that training can go on from it alone.
    """

    algorithm: Dagger

    def __init__(
        self,
        env: VecEnv,
        train_cfg: Mapping[str, Any],
        log_dir: str | Path | None = None,
        device: torch.device | str = "cpu",
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Seed the random number generators and build policies and algorithm.

        Args:
            env: The environments.
            train_cfg: Settings as for :class:`OnPolicyRunner`, where ``policy`` is the class of all teachers; further

                - ``obs_groups``: the groups of "policy" (the teachers'), "student" and "skill", which is one group;
                  perhaps those that the student is to know, "privileged".
                - ``student``: keywords of :class:`DepthStudent`, or of a ``class_name`` as "module:Class".
                - ``distillation``: keywords of :class:`Dagger`, or of a ``class_name`` as "module:Class".
                - ``runner.sub_policy_paths``: a teacher for each of its keys.
                - ``runner.max_iterations``: as there; learning rate and teachers' share are what changes.
                - ``pretrain_dataset``: keywords of :class:`PretrainDataset`.
            log_dir: Folder for logs and checkpoints; None to write neither.
            device: Device of the policies and of learning.
            config: The full configuration of the run, plain data to be kept in checkpoints; ``train_cfg`` if None.

        Raises:
            ConfigError: A setting is unknown or out of its range.
        """
        self._dataset = build("pretrain_dataset", PretrainDataset, section(train_cfg, "pretrain_dataset", {}))
        self._data: DataSetFeed | None = None
        self._scan: ScanFeed | None = None
        self._teachers_are_known = False
        super().__init__(env, train_cfg, log_dir, device, config)

    @property
    def student_layout(self) -> dict[str, Any] | None:
        """What the student's observations and actions mean, and whose they are, as far as the environment says."""
        if self.layout is None:
            return None
        return {**part_of(self.layout, self.algorithm.policy.trained_groups), **getattr(self.env, "recorded", {})}

    @property
    def schema(self) -> dict[str, Any]:
        """What trajectories for this student have to be like: of its sizes, and labelled by its teachers."""
        teachers = self.algorithm.teacher.policies.items()
        fingerprints = {skill: checkpoint.fingerprint(policy.state_dict()) for skill, policy in teachers}
        return schema_of(self.algorithm.storage, self.student_layout, fingerprints)

    @property
    def skills(self) -> list[str]:
        """The skills that have teachers."""
        return list(self.algorithm.teacher.policies)

    def learn(self, num_learning_iterations: int, init_at_random_ep_len: bool = False) -> None:
        """Train for a number of iterations, or until asked to stop; then save.

        Raises:
            CheckpointError: The student has no teachers yet.
            ConfigError: It is no number of iterations, or as for :meth:`open_feeds`.
            LoggingError: The log folder cannot be written to.
        """
        require_iterations(num_learning_iterations)
        self.require_teachers()
        last_iteration = self.iteration + num_learning_iterations
        with contextlib.ExitStack() as at_the_end:
            at_the_end.callback(self._release)
            self.open_feeds()
            if self._scan is not None:
                self._publish(self._scan)  # before collectors can begin: an earlier training here may be finished
                if self._model_path is not None:
                    require_writable(self._model_path.parent)
                    self.save(self._model_path)  # for collectors to begin with
            with contextlib.suppress(StoppedEarlyError):
                super().learn(num_learning_iterations, init_at_random_ep_len)
            if self._scan is not None:
                self._publish(self._scan, finished=self.iteration >= last_iteration)

    def load(self, path: str | Path, load_optimizer: bool = True, resume: bool = True) -> int:
        """Read a student's checkpoint. Its teachers come with its optimiser."""
        iteration = super().load(path, load_optimizer, resume)
        self._teachers_are_known |= load_optimizer
        return iteration

    def load_teachers(self, paths: Mapping[str, str | Path]) -> None:
        """Read the student's teachers. With several processes, only the main one reads.

        Args:
            paths: A checkpoint of each skill: of the class ``policy``, and of a layout that has this one's group or
                groups "policy". One to be handed on will do.

        Raises:
            CheckpointError: A file is damaged, or belongs to another layout or policy.
            ConfigError: A skill has no teacher.
        """
        weights: dict[str, Any] = {}
        if self.distributed.is_main:
            for skill in self.skills:
                if skill not in paths:
                    raise ConfigError(f"the skill {skill!r} has no teacher; there are {', '.join(paths) or 'none'}")
                weights[skill] = self._read_teacher(paths[skill])
        self.algorithm.load_teachers(weights)
        self._teachers_are_known = True

    def _read_teacher(self, path: str | Path) -> Mapping[str, torch.Tensor]:
        state = checkpoint.load(path, self.device, CHECKPOINT_KEYS)
        if state["layout"] is not None and self.layout is not None:
            groups = self.algorithm.teacher.actor_input.groups[:-1]
            saved, present = (part_of(layout, groups) for layout in (state["layout"], self.layout))
            checkpoint.check_same(path, "layout", saved, present)
        check_weights(path, "teacher", state["policy"], self._teacher_model)
        return state["policy"]

    def _build_algorithm(self, train_cfg: Mapping[str, Any]) -> Algorithm:
        groups, widths = dict(section(train_cfg, "obs_groups")), self._obs_widths()
        _check_groups(groups)
        skills = getattr(self.env, "skills", None)
        if skills is None:
            raise ConfigError("the environment names no skills")
        teacher_groups = {"policy": groups["policy"], "critic": groups["policy"]}  # a teacher is not criticised
        teacher_cfg = {**train_cfg, "obs_groups": teacher_groups}
        names = list(section(train_cfg, "runner").get("sub_policy_paths", {}))
        if not names:
            raise ConfigError("runner.sub_policy_paths names no skill")
        models = {name: self._build_policy(teacher_cfg, widths) for name in names}
        self._teacher_model = models[names[0]]
        actors = {name: model.acting_part() for name, model in models.items()}
        teacher = SkillTeacher(widths, groups["skill"][0], skills, actors)

        settings = section(train_cfg, "student")
        student_class = resolve("student", settings.get("class_name", "DepthStudent"), DEPTH_STUDENTS)
        given = widths, groups["student"], self.env.num_actions
        student = build("student", student_class, settings, *given, privileged=groups.get("privileged", ()))
        _check_image(student, getattr(self.env, "image_shape", None))
        student = student.to(self.device)
        used = {name: widths[name] for name in student.trained_groups}
        num_envs = self._num_envs_per_rollout
        state = student.initial_state(num_envs)
        storage = SequenceStorage(self.num_steps_per_env, num_envs, used, self.env.num_actions, state, self.device)
        settings = section(train_cfg, "distillation")
        algorithm_class = resolve("distillation", settings.get("class_name", "Dagger"), DAGGERS)
        return build("distillation", algorithm_class, settings, student, teacher, storage, self.distributed)

    def _begin_iteration(self) -> dict[str, float]:
        """Tell the algorithm how far the training is, and collectors what the student is."""
        scalars = super()._begin_iteration()
        if self._scan is not None:
            self._scan.iteration = self.iteration
            self._publish(self._scan)
        return scalars

    @property
    def _num_envs_per_rollout(self) -> int:
        return self._dataset.num_trajectories if self._dataset.scan_dir else super()._num_envs_per_rollout

    def open_feeds(self) -> None:
        """Find the folders of trajectories that are still to be learned from, once.

        Raises:
            ConfigError: A folder is of another schema, or several trainers or processes would share one.
        """
        dataset, schema = self._dataset, self.schema
        if dataset.data_dir and self._data is None and self.iteration < dataset.pretrain_iterations:
            self._data = DataSetFeed(TrajectoryFolder(dataset.data_dir, schema, make=False))
        if dataset.scan_dir and self._scan is None:
            if self.distributed.world_size > 1:
                raise ConfigError("several processes have robots of their own: leave pretrain_dataset.scan_dir out")
            limits = {name: getattr(dataset, name) for name in ("keep_latest", "max_uses", "patience")}
            self._scan = ScanFeed(TrajectoryFolder(dataset.scan_dir, schema), **limits)
        if self._scan is not None:
            self._scan.folder.claim()

    def _release(self) -> None:
        if self._scan is not None:
            self._scan.folder.release()

    def roll_out(self, obs: TensorDict) -> TensorDict:
        """Fill the storage with a rollout of the environments, and return the observations after it."""
        return super()._collect(obs)

    def _collect(self, obs: TensorDict) -> TensorDict:
        """Fill the storage with a rollout, of whatever source there is for this iteration."""
        storage = self.algorithm.storage
        if self._data is not None and self.iteration < self._dataset.pretrain_iterations:
            self._data.fill(storage)
        elif self._scan is not None:
            self._scan.fill(
                storage, lambda: self._stop_requested, lambda: self._try_to_save(self._model_path, self.save)
            )
        else:
            return self.roll_out(obs)
        return obs

    def _publish(self, scan: ScanFeed, finished: bool = False) -> None:
        """Give the student to collectors, or warn."""
        weights = {name: value.cpu() for name, value in self.policy.state_dict().items()}
        values = (self.iteration, self.progress, weights, finished)
        self._try_to_save(scan.folder.path, lambda _: scan.folder.publish(dict(zip(STUDENT_KEYS, values, strict=True))))

    def save(self, path: str | Path) -> None:
        """Write a checkpoint from which training can go on; then trajectories that it has learned from may go.

        Raises:
            CheckpointError: It could not be written. An older file of that name stays as it was.
        """
        super().save(path)
        if self._scan is not None:
            self._scan.discard()

    def _report(self, log: Logger, timer: PhaseTimer, extra: dict[str, float]) -> None:
        if self._scan is not None:
            extra |= {
                "Trajectories/files": float(self._scan.num_files),
                "Trajectories/bad_files": float(self._scan.folder.num_bad),
                "Trajectories/iterations_old": self.iteration - 1 - self._scan.policy_iteration,
                "Trajectories/waited_s": self._scan.waited,
            }
        super()._report(log, timer, extra)

    def _check(self, path: str | Path, state: Mapping[str, Any]) -> None:
        super()._check(path, state)
        if state["algorithm"] is not None:
            teacher = state["algorithm"].get("teacher") if isinstance(state["algorithm"], Mapping) else None
            check_weights(path, "teacher", teacher, self.algorithm.teacher)

    def require_teachers(self) -> None:
        """See that there are teachers.

        Raises:
            CheckpointError: There are none.
        """
        if not self._teachers_are_known:
            raise CheckpointError("the student has no teachers to learn from: load those of its skills first")


def _check_groups(groups: Mapping[str, Sequence[str]]) -> None:
    """Refuse groups of observations for nobody: a mistyped "privileged" would be a student without a decoder."""
    for name in NEEDED_GROUPS:
        if name not in groups:
            raise ConfigError(f"obs_groups lacks {name!r}")
    known = (*NEEDED_GROUPS, "privileged")
    for name in groups:
        if name not in known:
            raise ConfigError(f"obs_groups has {name!r}, which nobody reads; there are {', '.join(known)}")
    if len(groups["skill"]) != 1:
        raise ConfigError(f"obs_groups: 'skill' must be one group, not {list(groups['skill'])}")


def _check_image(student: DepthStudent, shape: Sequence[int] | None) -> None:
    """Refuse an image of as many pixels in other rows: its width alone does not tell."""
    if shape is None or student.is_blind or tuple(shape) == student.image_encoder.shape:
        return
    rows, cols = student.image_encoder.shape
    raise ConfigError(
        f"the image is {shape[0]} x {shape[1]} pixels, but the student's network is for image_shape = {rows} x {cols}"
    )
