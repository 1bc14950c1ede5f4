"""Workers on a shared study, with a stand-in for train.py."""

import dataclasses
import sqlite3
from collections import Counter

import pytest
from optuna.pruners import HyperbandPruner

from legged_gym.sweeps import optuna_backend
from legged_gym.sweeps.candidate_queue import ERROR, RUN
from legged_gym.utils.errors import UserError
from tests.sweeps.candidates import in_state, values
from tests.sweeps.stub_training import CRASH, SHORT, SILENT


def test_a_grid_is_run_once_by_many_workers_and_the_last_value_counts(stub_sweep):
    sweep = stub_sweep([1, 2, 3, 4, 5, 6])
    sweep.work(4)
    study = sweep.study
    assert Counter(values(in_state(study, "COMPLETE"))) == Counter(range(1, 7)) == Counter(sweep.notes("start"))
    assert all(candidate.value == 3 * candidate.params["env_cfg.x"] for candidate in study.trials)
    assert all(
        candidate.intermediate_values == {s: s * candidate.params["env_cfg.x"] for s in (1, 2, 3)}
        for candidate in study.trials
    )
    assert all((sweep.plan.runs / candidate.user_attrs[RUN]).is_dir() for candidate in study.trials)

    sweep.work(2)  # all is done: nothing is run again
    assert len(sweep.notes("start")) == 6


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_run_cap_bounds_all_workers_and_can_be_raised(stub_sweep, method):
    sweep = stub_sweep([1, 2, 3], steps=1, method=method, run_cap=3)
    sweep.work(4)
    assert len(sweep.study.trials) == len(sweep.notes("end")) == 3
    more = dataclasses.replace(sweep.plan, definition=dataclasses.replace(sweep.plan.definition, run_cap=5))
    optuna_backend.work(more, 2, [])
    assert len(sweep.study.trials) == len(sweep.notes("end")) == 5


def test_candidates_that_crash_are_recorded_and_the_sweep_goes_on(stub_sweep):
    sweep = stub_sweep([CRASH, SILENT, 1, SHORT])
    sweep.work(2)
    study = sweep.study
    assert values(in_state(study, "COMPLETE")) == [1]
    assert {candidate.params["env_cfg.x"]: candidate.user_attrs[ERROR] for candidate in in_state(study, "FAIL")} == {
        CRASH: "exit status 1: first line\nValueError: x is bad",
        SILENT: "Train/metric was never logged: if it is of episodes, none ended (--max_iterations, --num_envs)",
        SHORT: "ended after iteration 2 of 3",
    }
    sweep.work()
    assert len(sweep.notes("start")) == 4  # a fault of its own is no reason to try again


def test_a_sweep_whose_candidates_all_failed_ends_with_an_error(stub_sweep):
    sweep = stub_sweep([CRASH, SILENT])
    sweep.work()
    with pytest.raises(UserError, match="all 2 candidates failed; the last one: (ValueError: x is bad|Train/metric)"):
        optuna_backend.check_success(sweep.plan)


def test_a_sweep_with_one_success_is_none_that_failed(stub_sweep):
    sweep = stub_sweep([CRASH, 1])
    sweep.work()
    optuna_backend.check_success(sweep.plan)


def test_bad_candidates_end_early(stub_sweep):
    sweep = stub_sweep(
        [5, 6, 1, 8], steps=8, step_time=0.15, early_terminate={"type": "median", "min_iter": 2, "min_trials": 2}
    )
    sweep.work()
    study = sweep.study
    assert values(in_state(study, "PRUNED")) == [1] and values(in_state(study, "COMPLETE")) == [5, 6, 8]
    (candidate,) = in_state(study, "PRUNED")
    assert candidate.value == candidate.intermediate_values[candidate.last_step] and candidate.last_step < 8
    assert sorted(sweep.notes("end")) == [5, 6, 8]


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


def test_a_locked_database_is_told(stub_sweep):
    sweep = stub_sweep([1])
    optuna_backend.begin_study(sweep.plan, optuna_backend.open_database(sweep.plan))
    plan = dataclasses.replace(sweep.plan, storage=f"{sweep.plan.storage}?timeout=0.5")
    for suffix in ("", ".lock"):
        holder = sqlite3.connect(sweep.plan.storage.removeprefix("sqlite:///") + suffix, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError, match=r"sweep database sqlite:.*: database is locked; another process holds it"):
            optuna_backend.open_database(plan)
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
