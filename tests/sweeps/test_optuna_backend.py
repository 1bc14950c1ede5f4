"""Workers on a shared study, with a stand-in for train.py."""

import dataclasses
import os
import signal
import sqlite3
import threading
import time
from collections import Counter

import optuna
import pytest
from optuna.distributions import CategoricalDistribution
from optuna.pruners import HyperbandPruner
from optuna.trial import TrialState

from legged_gym.sweeps import optuna_backend
from legged_gym.sweeps.trial_queue import ERROR, HOST, INTERRUPTED, RERUN_OF, RUN, TrialQueue
from legged_gym.utils.errors import UserError
from tests.sweeps.stub_training import CRASH, SHORT, SILENT

DISTRIBUTIONS = {"env_cfg.x": CategoricalDistribution([1, 2])}


def values(trials):
    return [trial.params["env_cfg.x"] for trial in trials]


def in_state(study, state):
    return [trial for trial in study.trials if trial.state.name == state]


def wait_for(condition, seconds=60.0):
    """The first true value of a condition."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)
    return value


def is_alive(pid):
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_one_of_two_workers_is_killed_and_no_trial_is_lost_or_run_twice(stub_sweep):
    sweep = stub_sweep([1, 2, 3, 4, 5, 6], steps=8, step_time=0.25)
    workers = [sweep.start(), sweep.start()]
    wait_for(lambda: sweep.notes("end"))
    before = set(sweep.pids("start"))
    (running, *_) = wait_for(lambda: set(sweep.pids("start")) - before)  # it has just begun
    with open(f"/proc/{running}/stat") as file:
        parent = int(file.read().rpartition(")")[2].split()[1])
    victim = next(worker for worker in workers if worker.pid == parent)
    victim.send_signal(signal.SIGKILL)
    survivor = next(worker for worker in workers if worker is not victim)
    wait_for(lambda: not is_alive(running), 5.0)  # a training does not outlive its worker
    assert survivor.wait(120) == 0

    study = sweep.study
    lost = in_state(study, "FAIL")
    assert len(lost) == 1 and lost[0].user_attrs.keys() == {HOST}
    again = [trial for trial in study.trials if RERUN_OF in trial.user_attrs]
    assert [trial.user_attrs[RERUN_OF] for trial in again] == [lost[0].number]
    assert values(again) == values(lost)
    assert sorted(values(in_state(study, "COMPLETE"))) == [1, 2, 3, 4, 5, 6]
    assert sorted(sweep.notes("end")) == [1, 2, 3, 4, 5, 6]
    assert Counter(sweep.notes("start")) == Counter([1, 2, 3, 4, 5, 6]) + Counter(values(lost))
    for worker in workers:
        worker.communicate()


def test_a_grid_is_run_once_by_many_workers_and_the_last_value_counts(stub_sweep):
    sweep = stub_sweep([1, 2, 3, 4, 5, 6, 7, 8])
    sweep.work(4)
    study = sweep.study
    assert Counter(values(in_state(study, "COMPLETE"))) == Counter(range(1, 9)) == Counter(sweep.notes("start"))
    assert all(trial.value == 3 * trial.params["env_cfg.x"] for trial in study.trials)
    assert all(
        trial.intermediate_values == {s: s * trial.params["env_cfg.x"] for s in (1, 2, 3)} for trial in study.trials
    )
    assert all((sweep.plan.runs / trial.user_attrs[RUN]).is_dir() for trial in study.trials)

    sweep.work(2)  # all is done: nothing is run again
    assert len(sweep.notes("start")) == 8


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_run_cap_bounds_all_workers_and_can_be_raised(stub_sweep, method):
    sweep = stub_sweep([1, 2, 3], steps=1, method=method, run_cap=3)
    sweep.work(4)
    assert len(sweep.study.trials) == len(sweep.notes("end")) == 3
    more = dataclasses.replace(sweep.plan, definition=dataclasses.replace(sweep.plan.definition, run_cap=5))
    optuna_backend.work(more, 2, [])
    assert len(sweep.study.trials) == len(sweep.notes("end")) == 5


def test_trials_that_crash_are_recorded_and_the_sweep_goes_on(stub_sweep):
    sweep = stub_sweep([CRASH, SILENT, 1, SHORT])
    sweep.work(2)
    study = sweep.study
    assert values(in_state(study, "COMPLETE")) == [1]
    assert {trial.params["env_cfg.x"]: trial.user_attrs[ERROR] for trial in in_state(study, "FAIL")} == {
        CRASH: "exit status 1: first line\nValueError: x is bad",
        SILENT: "Train/metric was never logged",
        SHORT: "ended after iteration 2 of 3",
    }
    sweep.work()
    assert len(sweep.notes("start")) == 4  # a fault of its own is no reason to try again


def test_an_interrupted_sweep_goes_on_where_it_was(stub_sweep):
    sweep = stub_sweep([1, 2, 3], steps=20, step_time=0.1)
    worker = sweep.start()
    wait_for(lambda: sweep.notes("start"))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 130
    assert "interrupted" in worker.communicate()[1]
    assert not any(map(is_alive, sweep.pids("start"))) and sweep.notes("end") == []
    (trial,) = sweep.study.trials
    assert trial.user_attrs[INTERRUPTED] and trial.state.name == "FAIL"

    quick = dataclasses.replace(
        sweep.plan, command=tuple("0" if part == "0.1" else part for part in sweep.plan.command)
    )
    optuna_backend.work(quick, 3, [])
    study = sweep.study
    assert sorted(values(in_state(study, "COMPLETE"))) == [1, 2, 3] == sorted(sweep.notes("end"))
    assert [trial.user_attrs.get(RERUN_OF) for trial in study.trials if trial.params["env_cfg.x"] == 1] == [None, 0]


def test_what_a_worker_leaves_when_it_dies_at_any_point_of_a_change(stub_sweep):
    sweep = stub_sweep([1, 2])
    database = optuna_backend.open_database(sweep.plan)
    optuna_backend.begin_study(sweep.plan, database)
    study = sweep.study
    study.enqueue_trial({"env_cfg.x": 1})  # queued, and dead
    sweep.work()
    assert values(in_state(sweep.study, "COMPLETE")) == [1, 2]

    sweep = dataclasses.replace(sweep, plan=dataclasses.replace(sweep.plan, name="second"))
    optuna_backend.begin_study(sweep.plan, database)
    study = sweep.study
    study.enqueue_trial({"env_cfg.x": 1})
    study.ask()  # begun, and dead before it said where and drew its values
    sweep.work()
    lost, again, other = sweep.study.trials
    assert (lost.state.name, again.user_attrs[RERUN_OF]) == ("FAIL", 0)
    assert (again.params, again.value, other.params, other.value) == ({"env_cfg.x": 1}, 3, {"env_cfg.x": 2}, 6)

    sweep = dataclasses.replace(sweep, plan=dataclasses.replace(sweep.plan, name="third"))
    optuna_backend.begin_study(sweep.plan, database)
    study = sweep.study
    study.enqueue_trial({"env_cfg.x": 1})
    study.tell(study.ask(), state=TrialState.FAIL)  # found dead, and dead before it was queued again
    sweep.work()
    assert [trial.value for trial in sweep.study.trials] == [None, 3, 6]


def test_a_trial_that_costs_worker_after_worker_is_given_up(stub_sweep):
    sweep = stub_sweep([1, 2])
    database = optuna_backend.open_database(sweep.plan)
    optuna_backend.begin_study(sweep.plan, database)
    study = sweep.study
    queue = TrialQueue(study, database, sweep.plan.definition, DISTRIBUTIONS, 0.1, threading.Event())
    for _ in range(3):
        trial = queue.take()
        assert trial is not None and trial.params == {"env_cfg.x": 1}
        study.tell(trial, state=TrialState.FAIL)
    sweep.work()
    assert [trial.state.name for trial in sweep.study.trials] == ["FAIL", "FAIL", "FAIL", "COMPLETE"]
    assert sweep.notes("start") == [2]


def test_a_result_that_comes_after_the_trial_was_taken_for_lost_does_not_count(stub_sweep, caplog):
    sweep = stub_sweep([1])
    sweep.plan = dataclasses.replace(sweep.plan, timing=dataclasses.replace(sweep.plan.timing, grace=1))
    database = optuna_backend.open_database(sweep.plan)
    optuna_backend.begin_study(sweep.plan, database)
    study = sweep.study
    queue = TrialQueue(
        study, database, sweep.plan.definition, {"env_cfg.x": CategoricalDistribution([1])}, 0.1, threading.Event()
    )
    trial = queue.take()
    assert trial is not None
    time.sleep(3.0)  # asleep, without a sign of life
    sweep.work()
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        queue.report(trial, 1.0, 1)
    queue.finish(trial, TrialState.COMPLETE, 1000.0)
    assert "its result does not count" in caplog.text
    assert [trial.value for trial in sweep.study.trials] == [None, 3]


def test_bad_trials_end_early(stub_sweep):
    sweep = stub_sweep(
        [5, 6, 7, 1, 8], steps=8, step_time=0.15, early_terminate={"type": "median", "min_iter": 2, "min_trials": 3}
    )
    sweep.work()
    study = sweep.study
    assert values(in_state(study, "PRUNED")) == [1] and values(in_state(study, "COMPLETE")) == [5, 6, 7, 8]
    (trial,) = in_state(study, "PRUNED")
    assert trial.value == trial.intermediate_values[trial.last_step] and trial.last_step < 8
    assert sorted(sweep.notes("end")) == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({"min_iter": 10, "eta": 2}, (10, 300, 2)), ({"max_iter": 81, "s": 2}, (9, 81, 3))],
)
def test_hyperband_as_weights_and_biases_has_it(stub_sweep, settings, expected):
    plan = dataclasses.replace(
        stub_sweep([1, 2], early_terminate={"type": "hyperband", **settings}).plan, max_iterations=300
    )
    optuna_backend.begin_study(plan, optuna_backend.open_database(plan))
    study = optuna_backend.load_study(plan, optuna_backend.open_database(plan))
    assert study is not None and isinstance(study.pruner, HyperbandPruner)
    pruner = study.pruner
    assert (pruner._min_resource, pruner._max_resource, pruner._reduction_factor) == expected


def test_a_study_is_of_one_sweep(stub_sweep):
    sweep = stub_sweep([1, 2])
    database = optuna_backend.open_database(sweep.plan)
    optuna_backend.begin_study(sweep.plan, database)
    optuna_backend.begin_study(sweep.plan, database)
    other = dataclasses.replace(sweep.plan, identity={**sweep.plan.identity, "train": ["--task=other"]})
    with pytest.raises(UserError, match="'stub' was begun with other flags, .* begin a new one with --name"):
        optuna_backend.begin_study(other, database)


def test_a_locked_database_is_told_and_not_waited_for(stub_sweep):
    sweep = stub_sweep([1])
    optuna_backend.begin_study(sweep.plan, optuna_backend.open_database(sweep.plan))
    plan = dataclasses.replace(sweep.plan, storage=f"{sweep.plan.storage}?timeout=0.5")
    for suffix in ("", ".lock"):
        holder = sqlite3.connect(sweep.plan.storage.removeprefix("sqlite:///") + suffix, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        start = time.monotonic()
        with pytest.raises(UserError, match=r"sweep database sqlite:.*: database is locked; another process holds it"):
            optuna_backend.open_database(plan)
        assert time.monotonic() - start < 5.0
        holder.close()


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("sweep.db", "'sweep.db' is no database URL, such as sqlite:///sweep.db"),
        ("sqlite://", "in memory cannot be shared"),
        ("sqlite:////nowhere/sweep.db", "unable to open database file"),
        ("nosql://host/name", "Can't load plugin: sqlalchemy.dialects:nosql"),
        ("postgresql+nodriver://me:secret@host/name", r"Can't load plugin: sqlalchemy.dialects:postgresql.nodriver"),
    ],
)
def test_bad_databases(stub_sweep, storage, message):
    plan = dataclasses.replace(stub_sweep([1]).plan, storage=storage)
    with pytest.raises(UserError, match=message) as error:
        optuna_backend.open_database(plan)
    assert "\n" not in str(error.value) and "secret" not in str(error.value)


def test_each_worker_has_a_gpu_of_its_own(stub_sweep, monkeypatch):
    seen = []
    monkeypatch.setattr(optuna_backend._Worker, "run", lambda worker: seen.append(worker._environment))
    optuna_backend.work(stub_sweep([1]).plan, 3, ["0", "2"])
    optuna_backend.work(stub_sweep([1]).plan, 1, [])
    assert seen == [{"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "2"}, {"CUDA_VISIBLE_DEVICES": "0"}, {}]
