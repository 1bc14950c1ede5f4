"""Real collectors: what is counted of them, and that nothing of them stays."""

import os
import sys
import time

import pytest

from benchmarks import children
from benchmarks.children import Children, Place, places
from benchmarks.collectors import TRAINER, Meter
from legged_gym.utils.errors import UserError
from rsl_rl.storage.trajectory_folder import TrajectoryFolder

HERE = Place(None, None)
WAITS = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_rollouts_are_counted_by_their_numbers(tmp_path):
    folder = TrajectoryFolder(tmp_path, {})
    meter = Meter(folder)
    for name in ("00000000-a-b-11-00000000", "00000001-a-b-11-00000001", "00000000-other-22-00000000"):
        (tmp_path / f"{name}.pt").touch()
    folder.publish({"iteration": 5, "progress": 0.0, "policy": {}, "finished": False})
    meter.look()
    assert {name: marks[-1][1] for name, marks in meter.marks.items()} == {"11": 2, "22": 1, TRAINER: 5}
    assert meter.collectors == {"11", "22"}


def test_a_rate_is_from_the_first_to_the_last_change(tmp_path):
    meter = Meter(TrajectoryFolder(tmp_path, {}))
    for now, count in ((1.0, 1), (2.0, 2), (3.0, 2), (4.0, 3), (9.0, 6), (9.5, 6)):
        meter.note("who", count, now)
    assert meter.rate("who", since=1.5) == pytest.approx(4 / 7)  # from 2 at 2 s to 6 at 9 s
    assert meter.rate("who", since=2.5) == pytest.approx(3 / 5)
    with pytest.raises(UserError, match="who: less than two rollouts"):
        meter.rate("who", since=5.0)


def test_one_that_ends_is_told_and_the_others_end(tmp_path):
    with pytest.raises(UserError, match=r"the second ended with status 3: no robots$"), Children(tmp_path) as running:
        running.begin("first", WAITS, HERE)
        running.begin("second", [sys.executable, "-c", "print('no robots'); raise SystemExit(3)"], HERE)
        pid = running._running["first"].pid
        for _ in running.watch(20.0):
            pass
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_those_that_run_on_are_watched_for_so_long(tmp_path):
    began = time.monotonic()
    with Children(tmp_path) as running:
        running.begin("first", WAITS, HERE)
        assert sum(1 for _ in running.watch(0.3)) >= 1
    assert 0.3 <= time.monotonic() - began < 10.0


def test_a_process_runs_on_its_cores_alone(tmp_path):
    present = os.sched_getaffinity(0)
    core = max(present)
    with Children(tmp_path) as running:
        running.begin("first", WAITS, Place("", [core]))
        assert os.sched_getaffinity(running._running["first"].pid) == {core}
    assert os.sched_getaffinity(0) == present


def test_places_share_no_core(monkeypatch):
    monkeypatch.setattr(children, "cpu_of_each_core", lambda: [0, 2, 4, 6, 8])
    monkeypatch.setattr(children, "check_gpus", lambda names: None)
    assert places(2, 2, None) == [("", [0, 2]), ("", [4, 6])]
    assert places(2, 2, ["1", "3", "4"]) == [("1", [0, 2]), ("3", [4, 6])]
    assert places(2, None, ["1", "3"]) == [("1", None), ("3", None)]
    assert places(2, None, None) == [(None, None), (None, None)]
    with pytest.raises(UserError, match="--cores_each 2: 3 processes, and 5 cores"):
        places(3, 2, None)
