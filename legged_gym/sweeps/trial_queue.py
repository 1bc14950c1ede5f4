"""The trials of a study, handed out to workers: each once, and none lost.

Trials change their state under the database's lock alone, and every step leaves the study so that any worker can go on
from it. A trial whose worker is gone (its heartbeat is old, or it never got as far as `HOST`) fails without an `ERROR`,
and so does one that was interrupted; what failed without an error and has no trial after it gets one: a new trial with
the same values. One that crashed has an `ERROR`, and is not run again.
"""

import logging
import socket
import threading
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

from legged_gym.sweeps.database import Database
from legged_gym.sweeps.definition import Definition
from legged_gym.sweeps.space import combination

HOST, RUN, ERROR, RERUN_OF, TIMES_LOST, INTERRUPTED = "host", "run", "error", "rerun_of", "times_lost", "interrupted"
"""What a trial's attributes tell: the machine, the run's folder, why it failed, the trial it repeats, how often its
worker was lost before, and that the user stopped it."""

MAX_TIMES_LOST = 3
"""A trial that has cost so many workers is not tried again."""

logger = logging.getLogger(__name__)


class TrialQueue:
    """Hands out trials, and takes their results."""

    def __init__(
        self,
        study: optuna.Study,
        database: Database,
        definition: Definition,
        distributions: Mapping[str, BaseDistribution],
        idle: float,
        stop: threading.Event,
    ) -> None:
        """Join a study.

        Args:
            study: where the trials are.
            database: where the study is.
            definition: the sweep.
            distributions: of all parameters.
            idle: time between two looks at the trials of others, s.
            stop: set when no more are wanted.
        """
        self._study, self._database, self._definition = study, database, definition
        self._distributions = dict(distributions)
        self._idle, self._stop = idle, stop

    def take(self) -> Trial | None:
        """The next trial to run, or None when there will be no more.

        While others still run the last ones, this waits: one of theirs may get lost.
        """
        waits = False
        while not self._stop.is_set():
            with self._database.lock():
                self._fail_lost()
                trials = self._study.get_trials(deepcopy=False)
                if self._requeue(trials) or _any(trials, TrialState.WAITING) or self._enqueue_new(trials):
                    return self._begin()
            if not _any(trials, TrialState.RUNNING):
                return None
            if not waits:
                logger.info("all trials have begun; waiting for those of other workers")
            waits = True
            self._stop.wait(self._idle)
        return None

    def beat(self, trial: Trial) -> None:
        """Give a sign of life of a trial."""
        with self._database.errors():
            self._database.storage.record_heartbeat(trial._trial_id)

    def report(self, trial: Trial, value: float, step: int) -> bool:
        """Note the metric at an iteration, and tell whether to go on.

        Raises:
            UpdateFinishedTrialError: the trial was taken for lost.
        """
        with self._database.errors():
            trial.report(value, step)
            return not trial.should_prune()

    def finish(self, trial: Trial, state: TrialState, value: float | None = None, **attributes: Any) -> None:
        """Record how a trial ended, unless it was taken for lost meanwhile: then another takes its place."""
        with self._database.lock():
            if self._database.storage.get_trial(trial._trial_id).state != TrialState.RUNNING:
                logger.warning("trial %d was taken for lost and is run again: its result does not count", trial.number)
                return
            for name, attribute in attributes.items():
                trial.set_user_attr(name, attribute)
            self._study.tell(trial, value, state)

    def _begin(self) -> Trial:
        trial = self._study.ask(self._distributions)
        self._database.storage.record_heartbeat(trial._trial_id)
        trial.set_user_attr(HOST, socket.gethostname())
        return trial

    def _fail_lost(self) -> None:
        optuna.storages.fail_stale_trials(self._study)
        for trial in self._study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
            if HOST not in trial.user_attrs:
                self._study.tell(trial.number, state=TrialState.FAIL)

    def _requeue(self, trials: list[FrozenTrial]) -> bool:
        """Queue what was lost or interrupted once more; return whether there was anything."""
        rerun = {trial.user_attrs.get(RERUN_OF) for trial in trials}
        lost = [trial for trial in trials if is_lost(trial) and trial.number not in rerun]
        again = [trial for trial in lost if times_lost(trial) < MAX_TIMES_LOST]
        for trial in again:
            logger.info("trial %d is run again", trial.number)
            # What was chosen for it; if the worker was lost at that, what it had been given.
            values = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
            attributes = {RERUN_OF: trial.number, TIMES_LOST: times_lost(trial)}
            self._study.enqueue_trial(values, user_attrs=attributes)
        return bool(again)

    def _enqueue_new(self, trials: list[FrozenTrial]) -> bool:
        """Queue a trial that is no rerun; return False if there are enough."""
        count = sum(RERUN_OF not in trial.user_attrs for trial in trials)
        limit = self._definition.num_trials
        if limit is not None and count >= limit:
            return False
        grid = self._definition.method == "grid"
        self._study.enqueue_trial(dict(combination(self._definition.space, count)) if grid else {})
        return True


def is_lost(trial: FrozenTrial) -> bool:
    """Whether a trial ended without a result and without a fault of its own."""
    return trial.state == TrialState.FAIL and ERROR not in trial.user_attrs


def times_lost(trial: FrozenTrial) -> int:
    """How often a trial that is lost, and those it repeats, cost a worker."""
    return trial.user_attrs.get(TIMES_LOST, 0) + (not trial.user_attrs.get(INTERRUPTED, False))


def _any(trials: list[FrozenTrial], state: TrialState) -> bool:
    return any(trial.state == state for trial in trials)
