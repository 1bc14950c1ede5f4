"""Workers that are killed, interrupted or late: no candidate is lost, and none counts twice."""

import dataclasses
import os
import signal
import threading
import time
from collections import Counter

import optuna
import pytest
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState

from legged_gym.sweeps import optuna_backend
from legged_gym.sweeps.candidate_queue import HOST, INTERRUPTED, RERUN_OF, CandidateQueue
from tests.sweeps.candidates import in_state, values

DISTRIBUTIONS = {"env_cfg.x": CategoricalDistribution([1, 2])}


def wait_for(condition, seconds=300.0):
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


def test_one_of_two_workers_is_killed_and_no_candidate_is_lost_or_run_twice(stub_sweep):
    sweep = stub_sweep([1, 2, 3, 4, 5], steps=8, step_time=0.25)
    workers = [sweep.start(), sweep.start()]
    wait_for(lambda: sweep.notes("end"))
    before = set(sweep.pids("start"))
    (running, *_) = wait_for(lambda: set(sweep.pids("start")) - before)  # it has just begun
    with open(f"/proc/{running}/stat") as file:
        parent = int(file.read().rpartition(")")[2].split()[1])
    victim = next(worker for worker in workers if worker.pid == parent)
    victim.send_signal(signal.SIGKILL)
    survivor = next(worker for worker in workers if worker is not victim)
    wait_for(lambda: not is_alive(running))  # a training does not outlive its worker
    sweep.silence(dict(map(reversed, sweep.ran("start")))[running])
    assert survivor.wait(300) == 0

    study = sweep.study
    lost = in_state(study, "FAIL")
    assert len(lost) == 1 and lost[0].user_attrs.keys() == {HOST}
    again = [candidate for candidate in study.trials if RERUN_OF in candidate.user_attrs]
    assert [candidate.user_attrs[RERUN_OF] for candidate in again] == [lost[0].number]
    assert values(again) == values(lost)
    assert sorted(values(in_state(study, "COMPLETE"))) == [1, 2, 3, 4, 5]
    assert sorted(sweep.notes("end")) == [1, 2, 3, 4, 5]
    assert Counter(sweep.notes("start")) == Counter([1, 2, 3, 4, 5]) + Counter(values(lost))
    for worker in workers:
        worker.communicate()


def test_an_interrupted_sweep_goes_on_where_it_was(stub_sweep):
    sweep = stub_sweep([1, 2, 3], steps=200, step_time=0.1)  # it is ended long before its end
    worker = sweep.start()
    wait_for(lambda: sweep.notes("start"))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(300) == 143
    assert not any(map(is_alive, sweep.pids("start"))) and sweep.notes("end") == []
    (candidate,) = sweep.study.trials
    assert candidate.user_attrs[INTERRUPTED] and candidate.state.name == "FAIL"

    quick = dataclasses.replace(
        sweep.plan, command=tuple("0" if part == "0.1" else part for part in sweep.plan.command)
    )
    optuna_backend.work(quick, 3, [])
    study = sweep.study
    assert sorted(values(in_state(study, "COMPLETE"))) == [1, 2, 3] == sorted(sweep.notes("end"))
    assert [candidate.user_attrs.get(RERUN_OF) for candidate in study.trials if candidate.params["env_cfg.x"] == 1] == [
        None,
        0,
    ]


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
    assert [candidate.value for candidate in sweep.study.trials] == [None, 3, 6]


def test_a_candidate_that_costs_worker_after_worker_is_given_up(stub_sweep):
    sweep = stub_sweep([1, 2])
    database = optuna_backend.open_database(sweep.plan)
    optuna_backend.begin_study(sweep.plan, database)
    study = sweep.study
    queue = CandidateQueue(study, database, sweep.plan.definition, DISTRIBUTIONS, 0.1, threading.Event())
    for _ in range(3):
        candidate = queue.take()
        assert candidate is not None and candidate.params == {"env_cfg.x": 1}
        study.tell(candidate, state=TrialState.FAIL)
    sweep.work()
    assert [candidate.state.name for candidate in sweep.study.trials] == ["FAIL", "FAIL", "FAIL", "COMPLETE"]
    assert sweep.notes("start") == [2]


def test_a_result_that_comes_after_the_candidate_was_taken_for_lost_does_not_count(stub_sweep, caplog):
    sweep = stub_sweep([1])
    database = optuna_backend.open_database(sweep.plan)
    optuna_backend.begin_study(sweep.plan, database)
    study = sweep.study
    queue = CandidateQueue(
        study, database, sweep.plan.definition, {"env_cfg.x": CategoricalDistribution([1])}, 0.1, threading.Event()
    )
    candidate = queue.take()
    assert candidate is not None
    sweep.silence(1)  # asleep
    sweep.work()
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        queue.report(candidate, 1.0, 1)
    queue.finish(candidate, TrialState.COMPLETE, 1000.0)
    assert "its result does not count" in caplog.text
    assert [candidate.value for candidate in sweep.study.trials] == [None, 3]
