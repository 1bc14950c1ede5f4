import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy

from legged_gym.sweeps import optuna_backend
from legged_gym.sweeps.definition import parse_definition
from legged_gym.sweeps.plan import Plan, Timing

HERE = Path(__file__).parent
FAST = Timing(poll=0.05, heartbeat=1, grace=120, idle=0.2)
"""However busy the machine is, no worker is taken for lost, unless it is silenced."""


@dataclass
class StubSweep:
    """A sweep of the stand-in for train.py, and what came of it."""

    plan: Plan

    def start(self, workers=1):
        """Begin or join it in a process of its own."""
        path = self.plan.runs / "plan.pickle"
        path.write_bytes(pickle.dumps(self.plan))
        return subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), str(path), str(workers)], stderr=subprocess.PIPE, text=True
        )

    def work(self, workers=1):
        """Do it all in this process."""
        optuna_backend.begin_study(self.plan, optuna_backend.open_database(self.plan))
        optuna_backend.work(self.plan, workers, [])

    @property
    def study(self):
        study = optuna_backend.load_study(self.plan, optuna_backend.open_database(self.plan))
        assert study is not None
        return study

    def notes(self, what):
        """Values of x of the trainings that noted this: "start" or "end"."""
        return [x for x, _ in self.ran(what)]

    def pids(self, what):
        """Processes of the trainings that noted this: "start" or "end"."""
        return [pid for _, pid in self.ran(what)]

    def silence(self, x):
        """Let the last sign of life of the running candidate with this value be of long ago."""
        (running,) = [
            trial for trial in self.study.trials if trial.state.name == "RUNNING" and trial.params == {"env_cfg.x": x}
        ]
        change = "UPDATE trial_heartbeats SET heartbeat = '2000-01-01 00:00:00.000000' WHERE trial_id = :trial"
        with optuna_backend.open_database(self.plan).storage.engine.begin() as connection:
            connection.execute(sqlalchemy.text(change), {"trial": running._trial_id})

    def ran(self, what):
        """Value of x and process of each training that noted this: "start" or "end"."""
        path = self.plan.runs / "notes.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(line.split()[1]), int(line.split()[2])) for line in lines if line.startswith(what)]


@pytest.fixture
def stub_sweep(tmp_path):
    def make(values, steps=3, step_time=0.01, **entries):
        definition = parse_definition(
            {
                "method": "grid",
                "metric": {"name": "Train/metric", "goal": "maximize"},
                "parameters": {"env_cfg.x": {"values": values}},
                **entries,
            }
        )
        runs = tmp_path / "runs"
        runs.mkdir(exist_ok=True)
        stub = (sys.executable, str(HERE / "stub_training.py"), "--runs", str(runs))
        return StubSweep(
            Plan(
                name="stub",
                storage=f"sqlite:///{tmp_path / 'sweep.db'}",
                runs=runs,
                definition=definition,
                command=(*stub, "--steps", str(steps), "--step_time", str(step_time)),
                max_iterations=steps,
                identity={"train": ["--task=stub"], "sweep": {"metric": {"name": "Train/metric"}}},
                timing=FAST,
            )
        )

    return make
