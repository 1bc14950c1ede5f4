import json
import signal
import sys

import pytest

from legged_gym.runs.processes import Job
from legged_gym.runs.slots import Slot
from legged_gym.utils.errors import StoppedError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from studies.training import queue
from studies.training.grids import STUDIES
from studies.training.point import Point
from studies.training.tasks import register_tasks
from tests.pythonpath import extended

CHILD = """
import os, signal, sys
name, out, folder = sys.argv[1:4]
with open(f"{folder}/begun", "a") as file:
    file.write(f"{name}\\n")
if name == "stops":
    os.kill(os.getppid(), signal.SIGTERM)
    signal.pause()
if name == "fails":
    sys.exit("why")
open(out, "w").write("")
"""


CPU = [Slot("")]


def points(*variants):
    return [Point(variant, "go2_flat", 1, samples=(1.0,)) for variant in variants]


@pytest.fixture
def begun(monkeypatch, tmp_path):
    """The variants that were begun, in the place of whose trainings small programs run."""
    job = queue._job

    def small(point, folder, slots):
        known = job(point, folder, slots)
        arguments = [point.variant, str(queue.result_file(folder, point)), str(tmp_path)]
        return Job(known.name, [sys.executable, "-c", CHILD, *arguments], known.log)

    monkeypatch.setattr(queue, "_job", small)
    monkeypatch.setenv("PYTHONPATH", extended(LEGGED_GYM_ROOT_DIR))
    return lambda: (tmp_path / "begun").read_text().split()


def test_a_failure_is_returned_has_a_log_and_stops_no_other(tmp_path, begun):
    folder = tmp_path / "results"
    assert queue.run(points("a", "fails", "b"), {}, CPU, folder) == points("fails")
    assert begun() == ["a", "fails", "b"]
    names = {path.name for path in folder.glob("*.json")}
    assert names == {"go2_flat_a_seed_1.json", "go2_flat_b_seed_1.json"}
    assert (folder / "go2_flat_fails_seed_1.log").read_text() == "why\n"


@pytest.mark.parametrize(
    ("result", "slots", "repeated"),
    [
        ({"finished": True, "device": "cpu"}, CPU, False),
        ({"device": "cpu"}, CPU, False),  # earlier versions wrote at the end alone
        ({"finished": False, "device": "cpu"}, CPU, True),  # it was ended before its last mark
        ({"finished": True, "device": "cpu"}, [Slot("0")], True),
        ({"finished": True, "device": "NVIDIA H100"}, CPU, True),
        ({"finished": True, "device": "NVIDIA H100"}, [Slot("0")], False),
    ],
)
def test_what_has_a_result_of_such_a_device_is_not_repeated(result, slots, repeated, tmp_path, begun):
    queue.run(points("a", "b"), {"go2_flat_a_seed_1": result}, slots, tmp_path)
    assert begun() == (["a", "b"] if repeated else ["b"])


def test_a_signal_ends_the_trainings_and_begins_no_other(tmp_path, begun):
    with pytest.raises(StoppedError) as stop:
        queue.run(points("a", "stops", "b"), {}, CPU, tmp_path)
    assert stop.value.number == signal.SIGTERM and begun() == ["a", "stops"]


def test_a_training_gets_its_point_and_a_log_beside_its_result(tmp_path):
    (point,) = points("a")
    job = queue._job(point, tmp_path, queue.gpu_slots(["0"]))
    assert job.name == point.name and job.log == tmp_path / "go2_flat_a_seed_1.log"
    flags = dict(zip(job.command[3::2], job.command[4::2], strict=True))
    assert flags == {"--point": point.to_json(), "--out": str(tmp_path / "go2_flat_a_seed_1.json")}


def test_slots_have_a_gpu_or_cores_and_none():
    alone, sharing = (("--device", "cuda", "--sharing", each) for each in "12")
    assert queue.gpu_slots(["0", "3"]) == [Slot("0", alone), Slot("3", alone)]
    assert queue.gpu_slots(["0", "3"], each=2) == [Slot(gpu, sharing) for gpu in ("0", "3", "0", "3")]
    cores = [Slot("", ("--device", "cpu", "--cores", own)) for own in ("0,1", "4,5")]
    assert queue.core_slots([0, 1, 4, 5, 8], each=2) == cores


def test_a_training_may_take_several_times_what_it_takes():
    by_time, by_samples = Point("a", "go2_rough", 1, {}, (1e8,), (180.0,)), Point("a", "go2_flat", 1, {}, (1e6, 2e6))
    one, two, cores = queue.gpu_slots(["0", "1"]), queue.gpu_slots(["0", "1"], each=2), queue.core_slots([0, 1], 1)
    assert queue._limit(by_time, one) == 600 + 360 and queue._limit(by_time, cores) == 1800 + 360
    assert queue._limit(by_time, two) == 600 + 2 * 1e8 / 2e4  # its seconds fall away
    assert queue._limit(by_samples, one) == 600 + 100 and queue._limit(by_samples, cores) == 1800 + 2000


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
