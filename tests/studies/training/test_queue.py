import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from legged_gym.utils.errors import StoppedError
from studies.training import queue
from studies.training.grids import STUDIES
from studies.training.point import Point
from studies.training.queue import Slot
from studies.training.tasks import register_tasks

SLOW = "import time; time.sleep(0.3); "


def points(count):
    return [Point(f"variant_{index}", "go2_flat", 1) for index in range(count)]


@pytest.fixture
def begun(monkeypatch):
    """Trainings that were begun, with their slots; each takes 0.3 s, and variant_1 fails."""
    found = []

    def begin(point, slot, folder):
        found.append((point.variant, slot, time.perf_counter()))
        code = "raise SystemExit(3)" if point.variant == "variant_1" else "open(sys.argv[1], 'w').write('{}')"
        path = str(queue.result_file(folder, point))
        return subprocess.Popen([sys.executable, "-c", f"import sys; {SLOW}{code}", path])

    monkeypatch.setattr(queue, "_begin", begin)
    monkeypatch.setattr(queue, "POLL", 0.02)
    return found


def test_each_slot_has_one_training_at_a_time_and_a_failure_stops_no_other(tmp_path, begun):
    slots = queue.gpu_slots(["0", "3"])
    failed = queue.run(points(5), slots, tmp_path)
    assert [point.variant for point in failed] == ["variant_1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"go2_flat_variant_{i}_seed_1.json" for i in (0, 2, 3, 4)
    ]
    assert [variant for variant, _, _ in begun] == [f"variant_{index}" for index in range(5)]
    for slot in slots:
        times = [when for _, where, when in begun if where == slot]
        assert len(times) >= 2 and all(later - earlier >= 0.3 for earlier, later in zip(times, times[1:], strict=False))


def test_slots_that_become_free_together_are_filled_again(tmp_path, begun, monkeypatch):
    monkeypatch.setattr(queue, "POLL", 0.6)  # both are done at each look
    queue.run([point for point in points(5) if point.variant != "variant_1"], queue.gpu_slots(["0", "1"]), tmp_path)
    assert len(begun) == 4


def test_what_has_a_result_is_not_repeated(tmp_path, begun):
    queue.run(points(1), [Slot()], tmp_path)
    queue.run([*points(1), Point("other", "go2_flat", 2)], [Slot()], tmp_path)
    assert [variant for variant, _, _ in begun] == ["variant_0", "other"]


def test_none_is_begun_after_the_end(tmp_path, begun, monkeypatch):
    monkeypatch.setattr(queue.time, "monotonic", lambda: 10.0 * len(begun))  # each beginning takes 10 s
    assert queue.run(points(4), [Slot("0"), Slot("1"), Slot("2")], tmp_path, until=15.0) == [points(2)[1]]
    assert [variant for variant, _, _ in begun] == ["variant_0", "variant_1"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_trainings_and_begins_no_other(tmp_path, begun, monkeypatch, number):
    begin = queue._begin

    def begin_and_stop(*args):
        process = begin(*args)
        if len(begun) == 2:
            signal.raise_signal(number)
        return process

    monkeypatch.setattr(queue, "_begin", begin_and_stop)
    monkeypatch.setattr("tests.studies.training.test_queue.SLOW", "import time; time.sleep(60); ")
    former = signal.signal(number, signal.SIG_DFL)  # whatever runs these tests may ignore it
    try:
        with pytest.raises(StoppedError) as stop:
            queue.run(points(5), queue.gpu_slots(["0", "1", "2"]), tmp_path)
        assert stop.value.number == number and signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, former)
    assert len(begun) == 2 and not list(tmp_path.iterdir())


def test_trainings_do_not_outlive_their_study(tmp_path):
    """Killed, it takes them with it."""
    code = (
        "import sys, pathlib; from studies.training import queue; from studies.training.point import Point\n"
        f"begun = queue._begin(Point('a', 'go2_flat', 1), queue.Slot(), pathlib.Path({str(tmp_path)!r}))\n"
        "print(begun.pid, flush=True)\n"
        "sys.stdin.read()"
    )
    study = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert study.stdout is not None
    training = int(study.stdout.readline())
    study.kill()
    study.wait()
    end = time.monotonic() + 30.0
    while Path(f"/proc/{training}/cmdline").exists() and time.monotonic() < end:
        if not Path(f"/proc/{training}/cmdline").read_bytes():  # it is dead, and nobody has asked for its status
            break
        time.sleep(0.05)
    assert time.monotonic() < end


def test_slots_of_cores():
    slots = queue.core_slots([0, 1, 4, 5, 8], each=2)
    assert [slot.cores for slot in slots] == [(0, 1), (4, 5)]
    assert slots[0].flags() == ["--cores", "0,1"] and slots[0].environment()["CUDA_VISIBLE_DEVICES"] == ""
    assert Slot("2").flags() == [] and Slot("2").environment()["CUDA_VISIBLE_DEVICES"] == "2"


def test_a_point_survives_the_way_to_its_process():
    point = Point("a", "go2_flat", 3, {"env.num_envs": 64, "train.algorithm.schedule": "fixed"}, (1e6, 2e6), (60.0,))
    assert Point.from_json(point.to_json()) == point
    assert json.loads(point.to_json())["settings"]["env.num_envs"] == 64


@pytest.mark.parametrize("study", STUDIES)
def test_every_point_of_a_study_has_a_name_of_its_own_and_settings_that_exist(study):
    from legged_gym.config.layers import Asked, resolve_settings
    from legged_gym.tasks import get_cfgs

    register_tasks()
    found = STUDIES[study]()
    assert len({point.name for point in found}) == len(found)
    assert {point.seed for point in found} == {1, 2, 3}
    for point in found:
        assert point.samples or point.seconds
        resolve_settings(*get_cfgs(point.task), asked=[Asked(point.settings)])
