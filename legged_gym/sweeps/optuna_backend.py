"""Sweeps with Optuna: workers on any number of machines share a database."""

import contextlib
import logging
import secrets
import signal
import threading
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from types import FrameType
from typing import Any, NamedTuple, NoReturn

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import Trial, TrialState

from legged_gym.sweeps.candidate import Training
from legged_gym.sweeps.candidate_queue import ERROR, INTERRUPTED, RUN, CandidateQueue
from legged_gym.sweeps.database import Database, is_there
from legged_gym.sweeps.definition import EarlyTerminate
from legged_gym.sweeps.plan import Plan
from legged_gym.sweeps.space import Choices, Range, overrides
from legged_gym.utils.errors import StoppedError, UserError

IDENTITY = "identity"
"""Attribute of a study: what its candidates have in common."""

NUM_REPORTS = 100
"""Points of a candidate's metric that are kept and judged, about."""

logger = logging.getLogger(__name__)


def open_database(plan: Plan) -> Database:
    """Connect to the database of a sweep; a file's folder is made if there is none.

    Raises:
        UserError: it cannot be used.
    """
    _quiet()
    with contextlib.suppress(OSError):  # the database says what is wrong with its file
        plan.folder.mkdir(parents=True, exist_ok=True)
    return Database(plan.storage, plan.timing.heartbeat, plan.timing.grace)


def require_database(plan: Plan) -> Database:
    """Connect to the database of a sweep that has begun.

    Raises:
        UserError: there is none, or it cannot be used.
    """
    if not is_there(plan.storage):
        raise UserError(f"there is no sweep {plan.name!r} in {plan.storage}")
    return open_database(plan)


def load_study(plan: Plan, database: Database) -> optuna.Study | None:
    """The study of a sweep, or None if it has not begun."""
    with database.errors():
        if plan.name not in optuna.get_all_study_names(database.storage):
            return None
        return optuna.load_study(
            study_name=plan.name, storage=database.storage, sampler=_sampler(plan), pruner=_pruner(plan)
        )


def check_identity(plan: Plan, study: optuna.Study) -> None:
    """See that a study's candidates have what all candidates of this plan have in common.

    Raises:
        UserError: they have not.
    """
    if study.user_attrs.get(IDENTITY, plan.identity) != plan.identity:
        raise UserError(
            f"the sweep {plan.name!r} was begun with other flags, or another content of its file; "
            "begin a new one with --name"
        )


def begin_study(plan: Plan, database: Database) -> None:
    """Make the study of a sweep, unless another worker did.

    Raises:
        UserError: another worker did, with other settings.
    """
    with database.lock():
        study = optuna.create_study(
            study_name=plan.name, storage=database.storage, direction=plan.definition.goal, load_if_exists=True
        )
        check_identity(plan, study)
        study.set_user_attr(IDENTITY, plan.identity)


def work(plan: Plan, num_workers: int, gpus: Sequence[str]) -> None:
    """Run candidates until there are no more, some at a time; what Ctrl-C or SIGTERM ends is run again next time.

    Args:
        plan: the sweep, whose study has begun.
        num_workers: candidates at the same time.
        gpus: numbers of GPUs that workers take in turn; empty: no choice is made for them.

    Raises:
        UserError: the database cannot be used any more.
        KeyboardInterrupt: Ctrl-C ended it.
        StoppedError: SIGTERM did.
    """
    stop = threading.Event()
    former = signal.signal(signal.SIGTERM, _end)
    try:
        with ThreadPoolExecutor(num_workers) as pool:
            environments = [{"CUDA_VISIBLE_DEVICES": gpus[i % len(gpus)]} if gpus else {} for i in range(num_workers)]
            workers = [pool.submit(_Worker(plan, stop, environment).run) for environment in environments]
            try:
                wait(workers, return_when=FIRST_EXCEPTION)
            finally:
                stop.set()
        for worker in workers:
            worker.result()
    finally:
        signal.signal(signal.SIGTERM, former)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    raise StoppedError(number)


def check_success(plan: Plan) -> None:
    """See that not all candidates failed.

    Raises:
        UserError: they did; the message ends with what the last one said.
    """
    database = open_database(plan)
    study = load_study(plan, database)
    with database.errors():
        ended = [trial for trial in (study.trials if study else []) if trial.state.is_finished()]
    errors = [trial.user_attrs[ERROR] for trial in ended if ERROR in trial.user_attrs]
    if errors and len(errors) == len(ended):
        raise UserError(f"all {len(ended)} candidates failed; the last one: {errors[-1].splitlines()[-1]}")


class _Outcome(NamedTuple):
    """How a candidate ended."""

    state: TrialState
    value: float | None
    attributes: dict[str, Any]
    """See `candidate_queue`."""


class _Worker:
    """Runs one candidate after the other."""

    def __init__(self, plan: Plan, stop: threading.Event, environment: dict[str, str]) -> None:
        self._plan, self._stop, self._environment = plan, stop, environment
        self._stride = max(1, plan.max_iterations // NUM_REPORTS)

    def run(self) -> None:
        plan = self._plan
        database = open_database(plan)
        study = load_study(plan, database)
        assert study is not None
        distributions = {key: distribution(parameter) for key, parameter in plan.definition.space.items()}
        queue = CandidateQueue(study, database, plan.definition, distributions, plan.timing.idle, self._stop)
        while (candidate := queue.take()) is not None:
            logger.info("candidate %d: %s", candidate.number, ", ".join(overrides(candidate.params)))
            try:
                outcome = self._train(candidate, queue)
                queue.finish(candidate, outcome.state, outcome.value, **outcome.attributes)
            except optuna.exceptions.UpdateFinishedTrialError:
                logger.warning("candidate %d was taken for lost, and is run again", candidate.number)
                continue
            logger.info("candidate %d: %s", candidate.number, self._told(outcome))

    def _train(self, candidate: Trial, queue: CandidateQueue) -> _Outcome:
        plan = self._plan
        command = [*plan.command, *(text for override in overrides(candidate.params) for text in ("--set", override))]
        run_name = f"{plan.name}-{candidate.number:04d}-{secrets.token_hex(2)}"
        with Training(command, run_name, plan.runs, plan.folder, self._environment) as training:
            outcome = self._watch(training, candidate, queue)
        if training.run is not None:
            outcome.attributes[RUN] = training.run.name
        return outcome

    def _watch(self, training: Training, candidate: Trial, queue: CandidateQueue) -> _Outcome:
        """Follow a training to its end, or to where it is to be ended."""
        metric, timing = self._plan.definition.metric, self._plan.timing
        value, ended, next_beat = None, False, time.monotonic() + timing.heartbeat
        while not ended:
            if self._stop.wait(timing.poll):
                return _Outcome(TrialState.FAIL, None, {INTERRUPTED: True})
            if time.monotonic() >= next_beat:
                queue.beat(candidate)
                next_beat += timing.heartbeat
            ended = training.ended()  # known before the log is read: then it is read to its end
            for scalar in training.read(metric):
                value = scalar.value
                if scalar.step % self._stride == 0 and not queue.report(candidate, value, scalar.step):
                    return _Outcome(TrialState.PRUNED, None, {})
        silent = f"{metric} was never logged: if it is of episodes, none ended (--max_iterations, --num_envs)"
        error = training.fault() or (silent if value is None else None)
        if error is not None:
            return _Outcome(TrialState.FAIL, None, {ERROR: error})
        return _Outcome(TrialState.COMPLETE, value, {})

    def _told(self, outcome: _Outcome) -> str:
        if outcome.state == TrialState.COMPLETE:
            return f"{self._plan.definition.metric} {outcome.value:.6g}"
        if outcome.state == TrialState.PRUNED:
            return "ended early"
        return outcome.attributes[ERROR].splitlines()[-1] if ERROR in outcome.attributes else "interrupted"


def distribution(parameter: Choices | Range) -> BaseDistribution:
    """A parameter as Optuna takes it."""
    if isinstance(parameter, Choices):
        return CategoricalDistribution(parameter.values)
    if parameter.integer:
        step = 1 if parameter.step is None else int(parameter.step)
        return IntDistribution(int(parameter.low), int(parameter.high), log=parameter.log, step=step)
    return FloatDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)


def _sampler(plan: Plan) -> BaseSampler:
    # Workers choose while the candidates of others run: those count as bad ones, so that not all try the same.
    return TPESampler(constant_liar=True) if plan.definition.method == "bayes" else RandomSampler()


def _pruner(plan: Plan) -> BasePruner:
    early = plan.definition.early_terminate
    if early is None:
        return NopPruner()
    settings = early.settings
    if early.type == "median":
        return MedianPruner(settings.get("min_trials", 5), settings.get("min_iter", 1))
    return _hyperband(early, plan.max_iterations)


def _hyperband(early: EarlyTerminate, max_iterations: int) -> HyperbandPruner:
    settings = early.settings
    eta = settings.get("eta", 3)
    longest = settings.get("max_iter", max_iterations)
    shortest = settings.get("min_iter") or max(1, longest // eta ** settings["s"])
    return HyperbandPruner(min_resource=shortest, max_resource=longest, reduction_factor=eta)


def _quiet() -> None:
    """Keep Optuna from telling what workers tell, and from warning of what is meant."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    warnings.filterwarnings("ignore", message="Heartbeat of storage is supposed to be used")
