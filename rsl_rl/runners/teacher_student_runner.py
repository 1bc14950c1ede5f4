"""The training loop of a privileged teacher, and of the student that learns from it."""

from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rsl_rl.algorithms import Algorithm, Distillation, ReinforcedImitation, StudentPPO
from rsl_rl.env import VecEnv
from rsl_rl.modules import StudentActorCritic, StudentPolicy, TeacherActorCritic
from rsl_rl.runners.curricula import StudentCurriculum, TeacherCurriculum
from rsl_rl.runners.on_policy_runner import OnPolicyRunner, check_weights
from rsl_rl.runners.training_config import section
from rsl_rl.storage import RolloutStorage, SequenceStorage
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError
from rsl_rl.utils.registry import build, resolve

STUDENTS: dict[str, type[StudentPolicy]] = {"StudentPolicy": StudentPolicy}
"""The students a configuration can choose from; it may also name one as "module:Class"."""

IMITATIONS: dict[str, type[Distillation]] = {"Distillation": Distillation}
"""The algorithms of students a configuration can choose from; it may also name one as "module:Class"."""

REINFORCEMENTS: dict[str, type[StudentPPO]] = {"StudentPPO": StudentPPO}
"""The algorithms that rewards teach a student by; a configuration may also name one as "module:Class"."""

STAGES = ("teacher", "student")
"""What a runner can train."""


class TeacherStudentRunner(OnPolicyRunner):
    """Trains a teacher as :class:`OnPolicyRunner` does, or a student by imitation of one, then perhaps by rewards.

    Before each iteration the environment is told what the curriculum asks for, if it has ``set_curriculum``, see
    :class:`rsl_rl.env.VecEnv`. A student's checkpoint holds its teacher too, so that training can go on from it alone.
    """

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
            train_cfg: Settings as for :class:`OnPolicyRunner`, with a :class:`TeacherActorCritic` for ``policy``;
                ``runner`` has a ``stage`` of ``STAGES`` too, and ``teacher_curriculum`` may have the keywords of
                :class:`TeacherCurriculum`. For the stage "student", further

                - ``obs_groups``: also the groups of "student".
                - ``student``: keywords of :class:`StudentPolicy`, or of a ``class_name`` as "module:Class".
                - ``distillation``: keywords of :class:`Distillation`, or of a ``class_name`` as "module:Class".
                - ``student_curriculum``: keywords of :class:`StudentCurriculum`; its ``num_steps_per_env`` stands for
                  that of ``runner``.
                - ``reinforcement``: keywords of :class:`StudentPPO`, ``begins_at``, the share of the training after
                  which rewards teach the student (1: never), and ``init_noise_std``, that of its actions then.
            log_dir: Folder for logs and checkpoints; None to write neither.
            device: Device of the policies and of learning.
            config: The full configuration of the run, plain data to be kept in checkpoints; ``train_cfg`` if None.

        Raises:
            ConfigError: A setting is unknown or out of its range.
        """
        self.stage: str = section(train_cfg, "runner").get("stage", "teacher")
        """What is being trained."""
        if self.stage not in STAGES:
            raise ConfigError(f"stage must be one of {', '.join(STAGES)}, not '{self.stage}'")
        self._curriculum: StudentCurriculum | None = None
        self._teacher_curriculum = build(
            "teacher_curriculum", TeacherCurriculum, section(train_cfg, "teacher_curriculum", {})
        )
        self._teacher_is_known = False
        super().__init__(env, train_cfg, log_dir, device, config)
        if self.stage == "teacher" and not isinstance(self.policy, TeacherActorCritic):
            raise ConfigError(f"{type(self).__name__} trains a TeacherActorCritic, not a {type(self.policy).__name__}")

    @property
    def teacher(self) -> TeacherActorCritic:
        """The teacher, in training or as the student's model."""
        imitation = self._imitation
        teacher = self.algorithm.policy if imitation is None else imitation.teacher
        assert isinstance(teacher, TeacherActorCritic)
        return teacher

    @property
    def _imitation(self) -> Distillation | None:
        """What the student learns by at first; None where a teacher is trained."""
        algorithm = self.algorithm.imitation if isinstance(self.algorithm, ReinforcedImitation) else self.algorithm
        return algorithm if isinstance(algorithm, Distillation) else None

    @property
    def progress(self) -> float:
        """How much of the stage's training is done, from 0 to 1: a student's is as long as its curriculum."""
        return super().progress if self._curriculum is None else self._curriculum.progress(self.iteration)

    @property
    def rewards_begin(self) -> int | None:
        """After how many iterations rewards begin to teach a student; None where they never do, or do already."""
        algorithm = self.algorithm
        if self._curriculum is None or not isinstance(algorithm, ReinforcedImitation) or algorithm.is_reinforced:
            return None
        iterations = range(self._curriculum.max_iterations)
        return bisect_left(iterations, algorithm.begins_at, key=self._curriculum.progress)

    def learn(self, num_learning_iterations: int, init_at_random_ep_len: bool = False) -> None:
        """Train for a number of iterations, or until asked to stop; then save.

        Raises:
            CheckpointError: A student has no teacher yet.
            LoggingError: The log folder cannot be written to.
        """
        if self.stage == "student" and not self._teacher_is_known:
            raise CheckpointError("the student has no teacher to learn from: load a teacher's checkpoint first")
        super().learn(num_learning_iterations, init_at_random_ep_len)

    def load(self, path: str | Path, load_optimizer: bool = True, resume: bool = True) -> int:
        """Read a checkpoint of the same stage. A student's teacher comes with its optimiser."""
        iteration = super().load(path, load_optimizer, resume)
        self._teacher_is_known |= load_optimizer
        return iteration

    def load_teacher(self, path: str | Path) -> None:
        """Read the student's teacher. The student starts anew from the teacher's networks and statistics.

        A student's own checkpoint is to be read after its teacher's, or without.

        Args:
            path: A checkpoint of the stage "teacher", of the same layout. One to be handed on will do.

        Raises:
            CheckpointError: The file is damaged, or belongs to a student, another layout or policy.
            ConfigError: No student is being trained here.
        """
        imitation = self._imitation
        if imitation is None:
            raise ConfigError("only a runner of stage 'student' takes a teacher")
        state = super()._read_checkpoint(path)
        if state.get("stage") == "student":
            raise CheckpointError(f"{path} is a student's checkpoint, not a teacher's")
        check_weights(path, "teacher", state["policy"], self.teacher)
        imitation.load_teacher(state["policy"])
        self._teacher_is_known = True

    def _build_algorithm(self, train_cfg: Mapping[str, Any]) -> Algorithm:
        groups = dict(section(train_cfg, "obs_groups"))
        student_groups = groups.pop("student", [])
        teacher_cfg = {**train_cfg, "obs_groups": groups}
        if self.stage == "teacher":
            return super()._build_algorithm(teacher_cfg)

        self._curriculum = build("curriculum", StudentCurriculum, section(train_cfg, "student_curriculum"))
        self.num_steps_per_env = self._curriculum.num_steps_per_env
        widths, num_envs = self._obs_widths(), self.env.num_envs
        teacher = self._build_policy(teacher_cfg, widths)
        if not isinstance(teacher, TeacherActorCritic):
            raise ConfigError(f"a student needs a policy of class TeacherActorCritic, not {type(teacher).__name__}")
        settings = section(train_cfg, "student")
        student_class = resolve("student", settings.get("class_name", "StudentPolicy"), STUDENTS)
        student = build("student", student_class, settings, widths, student_groups, teacher).to(self.device)

        used = {name: widths[name] for name in Distillation.stored_groups(student, teacher)}
        state = student.initial_state(num_envs)
        storage = SequenceStorage(self.num_steps_per_env, num_envs, used, self.env.num_actions, state, self.device)
        settings = section(train_cfg, "distillation")
        algorithm_class = resolve("distillation", settings.get("class_name", "Distillation"), IMITATIONS)
        imitation = build("distillation", algorithm_class, settings, student, teacher, storage, self.distributed)
        return self._reinforced(imitation, section(train_cfg, "reinforcement", {}), widths)

    def _reinforced(
        self, imitation: Distillation, settings: Mapping[str, Any], widths: Mapping[str, int]
    ) -> Distillation | ReinforcedImitation:
        """Let rewards follow the imitation, if the settings say so."""
        settings = dict(settings)
        begins_at = settings.pop("begins_at", 1.0)
        if begins_at == 1.0:
            return imitation
        of_policy = {name: settings.pop(name) for name in ("init_noise_std",) if name in settings}
        policy = build("reinforcement", StudentActorCritic, of_policy, imitation.policy, imitation.teacher)
        used = {name: widths[name] for name in policy.stored_groups}
        unknown, state = policy.may_be_unknown, policy.initial_state(self.env.num_envs)
        sizes = self.num_steps_per_env, self.env.num_envs
        storage = RolloutStorage(*sizes, used, self.env.num_actions, state, self.device, unknown)
        algorithm_class = resolve("reinforcement", settings.get("class_name", "StudentPPO"), REINFORCEMENTS)
        reinforcement = build(
            "reinforcement", algorithm_class, settings, policy, storage, self.distributed, self.layout
        )
        return build("reinforcement", ReinforcedImitation, {"begins_at": begins_at}, imitation, reinforcement)

    def _begin_iteration(self) -> dict[str, float]:
        """Tell the algorithm how far the training is, and the environment what the curriculum asks for."""
        scalars = super()._begin_iteration()
        of_student, of_teacher = self._curriculum, self._teacher_curriculum
        settings = of_teacher.at(self.progress) if of_student is None else of_student.at(self.iteration)
        set_curriculum = getattr(self.env, "set_curriculum", None)
        if set_curriculum is None:
            return scalars
        set_curriculum(**settings._asdict())
        return scalars | {f"Curriculum/{name}": float(value) for name, value in settings._asdict().items()}

    def _checkpoint(self) -> dict[str, Any]:
        return {**super()._checkpoint(), "stage": self.stage}

    def _read_checkpoint(self, path: str | Path) -> dict[str, Any]:
        state = super()._read_checkpoint(path)
        checkpoint.check_same(path, "stage", state.get("stage"), self.stage)
        return state

    def _check(self, path: str | Path, state: Mapping[str, Any]) -> None:
        super()._check(path, state)
        if self.stage == "student" and state["algorithm"] is not None:
            check_weights(path, "teacher", _part(state["algorithm"], "teacher"), self.teacher)
        reinforcement = _part(state["algorithm"], "reinforcement")
        if reinforcement is not None and isinstance(self.algorithm, ReinforcedImitation):
            for name, network in self.algorithm.reinforcement.policy.critic_parts.items():
                check_weights(path, name, _part(reinforcement, name), network)

    def _resume(self, state: Mapping[str, Any]) -> None:
        if _part(state["algorithm"], "reinforcement") is not None and isinstance(self.algorithm, Distillation):
            raise ValueError("rewards teach the student already: reinforcement.begins_at has to be below 1")
        super()._resume(state)


def _part(state: Any, name: str) -> Any:
    """Return a part of a state from a checkpoint; None if it has none."""
    return state.get(name) if isinstance(state, Mapping) else None
