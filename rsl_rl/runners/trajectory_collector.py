"""Recording of what a student does and its teachers would do, for a trainer elsewhere or for a data set."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from robust_parallel.saved import is_iteration
from rsl_rl.runners.on_policy_runner import check_weights
from rsl_rl.runners.skill_distillation_runner import STUDENT_KEYS, SkillDistillationRunner
from rsl_rl.storage.trajectory_folder import STUDENT_FILE, Recorder, TrajectoryFolder
from rsl_rl.utils.errors import CheckpointError
from rsl_rl.utils.signals import stop_on_signals

logger = logging.getLogger(__name__)

REPORT = 30.0
"""Seconds between two lines of a report."""
RETRY = 5.0
"""Seconds to wait after a file could not be written."""
RESUMED_WITHIN = 120.0
"""Seconds that who comes when the training is finished waits for it to go on: a trainer is about to begin, too."""
POLL = 0.5
"""Seconds between two looks at the student while waiting."""


class TrajectoryCollector:
    """Lets the robots of a runner act and writes rollout after rollout into a folder.

    Each is made by the newest student that the folder has. Nothing here waits for the trainer: where there is none, it
    goes on with the student that it has.
    """

    def __init__(
        self, runner: SkillDistillationRunner, folder: str | Path, quota: int | None = None, follow: bool = True
    ) -> None:
        """Find the folder, or make it.

        Args:
            runner: With robots, student and teachers.
            folder: Where to write.
            quota: Bytes of this collector's files that may lie there, see :class:`Recorder`.
            follow: Whether to take up the students that a trainer puts there; else it is a data set, that stays.

        Raises:
            CheckpointError: The runner has no teachers.
            ConfigError: The folder is one of another schema, of the other kind, or cannot be written.
        """
        self._runner, self._follows = runner, follow
        runner.require_teachers()
        self.folder = TrajectoryFolder(folder, runner.schema)
        (self.folder.require_passing if follow else self.folder.keep)()
        self.recorder = Recorder(self.folder, quota)
        self.num_rollouts = 0
        """Rollouts that were written."""
        self.is_finished = False
        """Whether the trainer said that it needs no more."""
        self._stop_requested = False
        self.stopped_by: int | None = None
        """Number of the signal that asked to stop, if one did."""

    def request_stop(self, number: int | None = None) -> None:
        """Ask to stop after the present rollout."""
        self._stop_requested, self.stopped_by = True, number

    def collect(self, num_rollouts: int | None = None) -> None:
        """Record until asked to stop, until the training is finished, or a number of rollouts.

        Raises:
            CheckpointError: A data set, where nobody makes room, cannot be written.
        """
        runner = self._runner
        runner.algorithm.set_progress(0.0 if not self._follows else runner.progress)
        obs = runner.env.get_observations()
        began = told = time.monotonic()
        with stop_on_signals(self.request_stop, "after this rollout"):
            while not self._stop_requested and (num_rollouts is None or self.num_rollouts < num_rollouts):
                if self._follows:
                    self._take_newest()
                if self.is_finished and self.num_rollouts == 0:
                    self._await_trainer()
                if self.is_finished:
                    logger.info("the training in %s is finished: iteration %d", self.folder.path, runner.iteration)
                    break
                obs = runner.roll_out(obs)
                self._write()
                getattr(runner.env, "on_iteration", lambda: None)()
                if time.monotonic() - told > REPORT:
                    told = time.monotonic()
                    self._tell(told - began)
        self._tell(time.monotonic() - began)

    def _take_newest(self) -> None:
        """Take up the student in the folder, if it is another one.

        Raises:
            CheckpointError: It is none of this network.
        """
        student = self.folder.newest_student(STUDENT_KEYS)
        if student is None:
            return
        runner, path = self._runner, self.folder.path / STUDENT_FILE
        check_weights(path, "student", student["policy"], runner.policy)
        _check_training(path, student)
        runner.policy.load_state_dict(student["policy"])
        runner.iteration = student["iteration"]
        runner.algorithm.set_progress(student["progress"])
        self.is_finished = student["finished"]

    def _await_trainer(self) -> None:
        """Wait for a training that goes on: what was found may be an earlier one's last word."""
        logger.info(
            "the training in %s is finished; waiting %.0f s for one that goes on", self.folder.path, RESUMED_WITHIN
        )
        end = time.monotonic() + RESUMED_WITHIN
        while self.is_finished and not self._stop_requested and time.monotonic() < end:
            time.sleep(POLL)
            self._take_newest()

    def _write(self) -> None:
        storage = self._runner.algorithm.storage
        storage.leave_out_faulty(self._runner.algorithm.needed_groups)
        try:
            self.recorder.write(storage, self._runner.iteration)
            self.num_rollouts += 1
        except CheckpointError as error:
            if not self._follows:
                raise
            logger.warning("%s; this rollout is lost", error)
            time.sleep(RETRY)

    def _tell(self, seconds: float) -> None:
        storage = self._runner.algorithm.storage
        rate = self.num_rollouts * storage.num_steps * storage.num_envs / max(seconds, 1e-9)
        logger.info(
            "rollout %d, %.0f steps/s, student of iteration %d", self.num_rollouts, rate, self._runner.iteration
        )
        if (left_out := int(storage.num_left_out)) > 0:
            logger.warning("left out %d steps which were not finite", left_out)


def _check_training(path: Path, student: Mapping[str, Any]) -> None:
    """Refuse a student whose training is nowhere that one comes to: teachers would act by it, and files tell it.

    Raises:
        CheckpointError: It is.
    """
    iteration, progress, finished = (student[name] for name in ("iteration", "progress", "finished"))
    if not is_iteration(iteration):
        raise CheckpointError(f"{path} is of iteration {iteration!r}, which no training comes to")
    if not isinstance(progress, float) or not 0.0 <= progress <= 1.0:
        raise CheckpointError(f"{path} has the progress {progress!r}, which no training comes to")
    if not isinstance(finished, bool):
        raise CheckpointError(f"{path} is finished or not, not {finished!r}")
