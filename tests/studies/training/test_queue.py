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
open(out, "w").write("{}")
"""


def points(*variants):
    return [Point(variant, "go2_flat", 1) for variant in variants]


@pytest.fixture
def begun(monkeypatch, tmp_path):
    """The variants that were begun, in the place of whose trainings small programs run."""
    job = queue._job

    def small(point, folder):
        known = job(point, folder)
        arguments = [point.variant, str(queue.result_file(folder, point)), str(tmp_path)]
        return Job(known.name, [sys.executable, "-c", CHILD, *arguments], known.log)

    monkeypatch.setattr(queue, "_job", small)
    monkeypatch.setenv("PYTHONPATH", extended(LEGGED_GYM_ROOT_DIR))
    return lambda: (tmp_path / "begun").read_text().split()


def test_a_failure_is_returned_has_a_log_and_stops_no_other(tmp_path, begun):
    folder = tmp_path / "results"
    assert queue.run(points("a", "fails", "b"), [Slot()], folder) == points("fails")
    assert begun() == ["a", "fails", "b"]
    names = {path.name for path in folder.glob("*.json")}
    assert names == {"go2_flat_a_seed_1.json", "go2_flat_b_seed_1.json"}
    assert (folder / "go2_flat_fails_seed_1.log").read_text() == "why\n"


def test_what_has_a_result_is_not_repeated(tmp_path, begun):
    queue.run(points("a"), [Slot()], tmp_path)
    queue.run(points("a", "b"), [Slot()], tmp_path)
    assert begun() == ["a", "b"]


def test_what_was_ended_before_its_last_mark_is_trained_again(tmp_path, begun):
    for name, finished in (("a", True), ("b", False)):
        (tmp_path / f"go2_flat_{name}_seed_1.json").write_text(json.dumps({"finished": finished}))
    queue.run(points("a", "b"), [Slot()], tmp_path)
    assert begun() == ["b"]


def test_a_signal_ends_the_trainings_and_begins_no_other(tmp_path, begun):
    with pytest.raises(StoppedError) as stop:
        queue.run(points("a", "stops", "b"), [Slot()], tmp_path)
    assert stop.value.number == signal.SIGTERM and begun() == ["a", "stops"]


def test_a_training_gets_its_point_and_a_log_beside_its_result(tmp_path):
    (point,) = points("a")
    job = queue._job(point, tmp_path)
    assert job.name == point.name and job.log == tmp_path / "go2_flat_a_seed_1.log"
    flags = dict(zip(job.command[3::2], job.command[4::2], strict=True))
    assert flags == {"--point": point.to_json(), "--out": str(tmp_path / "go2_flat_a_seed_1.json")}


def test_slots_have_a_gpu_or_cores_and_none():
    alone, sharing = ("--sharing", "1"), ("--sharing", "2")
    assert queue.gpu_slots(["0", "3"]) == [Slot("0", alone), Slot("3", alone)]
    assert queue.gpu_slots(["0", "3"], each=2) == [Slot(gpu, sharing) for gpu in ("0", "3", "0", "3")]
    assert queue.core_slots([0, 1, 4, 5, 8], each=2) == [Slot("", ("--cores", "0,1")), Slot("", ("--cores", "4,5"))]


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
