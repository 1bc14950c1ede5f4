"""The candidates of a study, handed out to workers: each once, and none lost.

Candidates change their state under the database's lock alone, and every step leaves the study so that any worker can go
on from it. A candidate whose worker is gone (its heartbeat is old, or it never got as far as `HOST`) fails without an
`ERROR`, and so does one that was interrupted; what failed without an error and has no other after it gets one: a new
candidate with the same values. One that crashed has an `ERROR`, and is not run again.
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
"""What a candidate's attributes tell: the machine, the run's folder, why it failed, the candidate it repeats, how often
its worker was lost before, and that the user stopped it."""

MAX_TIMES_LOST = 3
"""A candidate that has cost so many workers is not tried again."""

logger = logging.getLogger(__name__)


class CandidateQueue:
    """Hands out candidates, and takes their results."""

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
            study: where the candidates are.
            database: where the study is.
            definition: the sweep.
            distributions: of all parameters.
            idle: time between two looks at the candidates of others, s.
            stop: set when no more are wanted.
        """
        self._study, self._database, self._definition = study, database, definition
        self._distributions = dict(distributions)
        self._idle, self._stop = idle, stop

    def take(self) -> Trial | None:
        """The next candidate to run, or None when there will be no more.

        While others still run the last ones, this waits: one of theirs may get lost.
        """
        waits = False
        while not self._stop.is_set():
            with self._database.lock():
                self._fail_lost()
                candidates = self._study.get_trials(deepcopy=False)
                if self._requeue(candidates) or _any(candidates, TrialState.WAITING) or self._enqueue_new(candidates):
                    return self._begin()
            if not _any(candidates, TrialState.RUNNING):
                return None
            if not waits:
                logger.info("all candidates have begun; waiting for those of other workers")
            waits = True
            self._stop.wait(self._idle)
        return None

    def beat(self, candidate: Trial) -> None:
        """Give a sign of life of a candidate."""
        with self._database.errors():
            self._database.storage.record_heartbeat(candidate._trial_id)

    def report(self, candidate: Trial, value: float, step: int) -> bool:
        """Note the metric at an iteration, and tell whether to go on.

        Raises:
            UpdateFinishedTrialError: the candidate was taken for lost.
        """
        with self._database.errors():
            candidate.report(value, step)
            return not candidate.should_prune()

    def finish(self, candidate: Trial, state: TrialState, value: float | None = None, **attributes: Any) -> None:
        """Record how a candidate ended, unless it was taken for lost meanwhile: then another takes its place."""
        with self._database.lock():
            if self._database.storage.get_trial(candidate._trial_id).state != TrialState.RUNNING:
                logger.warning(
                    "candidate %d was taken for lost and is run again: its result does not count", candidate.number
                )
                return
            for name, attribute in attributes.items():
                candidate.set_user_attr(name, attribute)
            self._study.tell(candidate, value, state)

    def _begin(self) -> Trial:
        candidate = self._study.ask(self._distributions)
        self._database.storage.record_heartbeat(candidate._trial_id)
        candidate.set_user_attr(HOST, socket.gethostname())
        return candidate

    def _fail_lost(self) -> None:
        optuna.storages.fail_stale_trials(self._study)
        for candidate in self._study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
            if HOST not in candidate.user_attrs:
                self._study.tell(candidate.number, state=TrialState.FAIL)

    def _requeue(self, candidates: list[FrozenTrial]) -> bool:
        """Queue what was lost or interrupted once more; return whether there was anything."""
        rerun = {candidate.user_attrs.get(RERUN_OF) for candidate in candidates}
        lost = [candidate for candidate in candidates if is_lost(candidate) and candidate.number not in rerun]
        again = [candidate for candidate in lost if times_lost(candidate) < MAX_TIMES_LOST]
        for candidate in again:
            logger.info("candidate %d is run again", candidate.number)
            # What was chosen for it; if the worker was lost at that, what it had been given.
            values = {**candidate.system_attrs.get("fixed_params", {}), **candidate.params}
            attributes = {RERUN_OF: candidate.number, TIMES_LOST: times_lost(candidate)}
            self._study.enqueue_trial(values, user_attrs=attributes)
        return bool(again)

    def _enqueue_new(self, candidates: list[FrozenTrial]) -> bool:
        """Queue a candidate that is no rerun; return False if there are enough."""
        count = sum(RERUN_OF not in candidate.user_attrs for candidate in candidates)
        limit = self._definition.num_candidates
        if limit is not None and count >= limit:
            return False
        grid = self._definition.method == "grid"
        self._study.enqueue_trial(dict(combination(self._definition.space, count)) if grid else {})
        return True


def is_lost(candidate: FrozenTrial) -> bool:
    """Whether a candidate ended without a result and without a fault of its own."""
    return candidate.state == TrialState.FAIL and ERROR not in candidate.user_attrs


def times_lost(candidate: FrozenTrial) -> int:
    """How often a candidate that is lost, and those it repeats, cost a worker."""
    return candidate.user_attrs.get(TIMES_LOST, 0) + (not candidate.user_attrs.get(INTERRUPTED, False))


def _any(candidates: list[FrozenTrial], state: TrialState) -> bool:
    return any(candidate.state == state for candidate in candidates)
