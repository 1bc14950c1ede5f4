"""Processes that take turns, with small programs in the place of trainings."""

import ast
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from legged_gym.runs import processes
from legged_gym.runs.processes import Job, Queue, visible_gpus
from legged_gym.runs.seeds import _without
from legged_gym.runs.slots import Slot
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from tests.pythonpath import extended

LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a process of its parent's death"
)


def job(number: int, code: str) -> Job:
    return Job(f"seed {number}", [sys.executable, "-c", code])


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Processes of their own find the package."""
    monkeypatch.setenv("PYTHONPATH", extended(LEGGED_GYM_ROOT_DIR))


@pytest.fixture
def begun(monkeypatch):
    """Names of the jobs that were begun, as they are."""
    names = []

    class Noted(processes._Process):
        def __init__(self, job, slot, is_alone):
            super().__init__(job, slot, is_alone)
            names.append(job.name)

    monkeypatch.setattr(processes, "_Process", Noted)
    return names


def test_one_that_fails_is_told_and_does_not_keep_others_from_running(tmp_path, caplog):
    codes = {seed: f"open({str(tmp_path / str(seed))!r}, 'w'); exit({seed == 2} * 7)" for seed in (1, 2, 3)}
    queue = Queue([job(seed, code) for seed, code in codes.items()], [Slot()])
    queue.run()
    assert queue.statuses == {"seed 1": 0, "seed 2": 7, "seed 3": 0} and queue.stopped_by is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "3"]
    assert "seed 2 failed with status 7" in caplog.messages


def test_at_the_same_time_each_has_a_gpu_and_its_lines_its_name(tmp_path, capfd):
    """Three on two GPUs: the third has the one that is free first. The first goes on until the third is there."""
    third = str(tmp_path / "third")
    tell = "import os, time; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    wait = f"{tell}\nwhile not os.path.exists({third!r}): time.sleep(0.01)"
    Queue([job(1, wait), job(2, tell), job(3, f"{tell}\nopen({third!r}, 'w')")], [Slot("0"), Slot("5")]).run()
    assert sorted(capfd.readouterr().out.splitlines()) == ["seed 1: 0", "seed 2: 5", "seed 3: 5"]


def test_what_is_no_text_does_not_end_the_lines(capfd):
    """A reader that gave up would leave the pipe to fill, and the process to wait for ever."""
    tell = "import sys; sys.stdout.buffer.write(b'\\xff\\n' + b'more\\n')"
    Queue([job(1, tell), job(2, "")], [Slot(), Slot()]).run()
    assert capfd.readouterr().out.splitlines() == ["seed 1: \\xff", "seed 1: more"]


def test_the_last_lines_come_before_the_end(capfd):
    """Here from a process that the job leaves behind."""
    late = "import time; time.sleep(1.0); print('late')"
    leave = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {late!r}])"
    Queue([job(1, leave), job(2, "")], [Slot(), Slot()]).run()
    assert capfd.readouterr().out == "seed 1: late\n"


def test_a_log_has_what_is_printed_and_the_console_nothing(tmp_path, capfd):
    code = "import os, sys; print(sys.argv[1:], os.environ['CUDA_VISIBLE_DEVICES']); sys.exit('why')"
    queue = Queue([Job("a", [sys.executable, "-c", code], tmp_path / "log")], [Slot("", ("--cores", "0,1"))])
    queue.run()
    assert set((tmp_path / "log").read_text().splitlines()) == {"['--cores', '0,1'] ", "why"}
    assert queue.statuses == {"a": 1} and capfd.readouterr().out == ""


def test_slots_that_become_free_together_are_filled_again(begun, monkeypatch):
    monkeypatch.setattr(processes, "POLL", 0.6)  # both are done at each look
    Queue([job(number, "") for number in range(4)], [Slot(), Slot()]).run()
    assert begun == [f"seed {number}" for number in range(4)]


def test_none_is_begun_after_the_end(begun, monkeypatch):
    clock = SimpleNamespace(sleep=time.sleep, monotonic=lambda: 10.0 * len(begun))  # each beginning takes 10 s
    monkeypatch.setattr(processes, "time", clock)
    queue = Queue([job(number, "") for number in range(4)], [Slot(), Slot(), Slot()], until=15.0)
    queue.run()
    assert begun == ["seed 0", "seed 1"] and queue.statuses == {"seed 0": 0, "seed 1": 0}


STOPPED = """
import signal, sys
from legged_gym.runs.processes import Job, Queue
from legged_gym.runs.slots import Slot
child = '''
import signal, sys, time
saved = []
def save(number, frame):
    with open(sys.argv[1], "a") as file:
        file.write("saved")
    saved.append(number)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, save)
open(sys.argv[1], "w").close()
while not saved or sys.argv[2] == "stays":
    time.sleep(0.05)
time.sleep(1.0)  # some looks of the queue, which must not send it again
sys.exit(128 + saved[0])
'''
for number, handler in (  # whatever runs these tests may ignore them
    (signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL), (signal.SIGHUP, signal.SIG_DFL)
):
    signal.signal(number, handler)
folder, at_once, end = sys.argv[1:]
jobs = [Job(f"seed {seed}", [sys.executable, "-c", child, f"{folder}/{seed}", end]) for seed in (1, 2, 3)]
queue = Queue(jobs, [Slot()] * int(at_once))
queue.run()
print(queue.statuses, queue.stopped_by)
"""


def wait_for(condition) -> None:
    deadline = time.monotonic() + 300
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def started(folder: Path, at_once: int, end: str = "ends") -> subprocess.Popen:
    """Three jobs, so many at the same time, each of which ends at a signal or "stays"; returns when they have begun."""
    arguments = [sys.executable, "-c", STOPPED, str(folder), str(at_once), end]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    wait_for(lambda: len(list(folder.iterdir())) == at_once)
    return process


def children(process: subprocess.Popen) -> list[Path]:
    """Folders in /proc of what a process has begun."""
    numbers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [Path(f"/proc/{number}") for number in numbers]


def runs(process: Path) -> bool:
    """Whether it does: of one that is dead, the folder stays until somebody asks for its status."""
    try:
        return bool((process / "cmdline").read_bytes())
    except OSError:
        return False


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_goes_on_once_to_those_that_run_and_no_other_begins(tmp_path, at_once, number):
    process = started(tmp_path, at_once)
    process.send_signal(number)
    output, _ = process.communicate(timeout=300)
    statuses = {f"seed {seed}": 128 + number for seed in range(1, at_once + 1)}
    told, stopped_by = output.splitlines()[-1].rsplit(maxsplit=1)
    assert ast.literal_eval(told) == statuses and int(stopped_by) == number  # in the order in which they ended
    saved = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert saved == {str(seed): "saved" for seed in range(1, at_once + 1)}


@LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_all_at_once(tmp_path, number):
    """Those, too, that do not heed the first one, which they were told of once."""
    process = started(tmp_path, 2, end="stays")
    running = children(process)
    assert len(running) == 2
    process.send_signal(number)
    wait_for(lambda: all(path.read_text() == "saved" for path in tmp_path.iterdir()))
    process.send_signal(number)
    assert process.wait(timeout=300) != 0
    wait_for(lambda: not any(map(runs, running)))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["saved", "saved"]


def test_a_signal_while_one_is_begun_reaches_it_and_begins_no_other(begun, monkeypatch):
    """As it was begun, its queue did not know of it yet."""
    noted = processes._Process

    def begin_and_stop(*args):
        process = noted(*args)
        signal.raise_signal(signal.SIGTERM)
        return process

    monkeypatch.setattr(processes, "_Process", begin_and_stop)
    queue = Queue([job(number, "import time; time.sleep(300)") for number in (1, 2)], [Slot(), Slot()])
    former = signal.getsignal(signal.SIGTERM)
    queue.run()
    assert queue.statuses == {"seed 1": 128 + signal.SIGTERM} and begun == ["seed 1"]
    assert queue.stopped_by == signal.SIGTERM and signal.getsignal(signal.SIGTERM) is former


@LINUX
def test_none_outlives_the_program_that_started_it(tmp_path):
    process = started(tmp_path, 1)
    (child,) = children(process)
    process.kill()
    process.communicate()
    wait_for(lambda: not runs(child))


def test_gpus_that_are_visible_are_shared_out(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_gpus(2) == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-1f,5")
    assert visible_gpus(3) == ["3", "GPU-1f", "5"]


def test_flags_go_on_without_those_of_the_seeds():
    flags = ["--task=a", "--seeds", "1,2", "--set", "x=--seeds", "--run_name=b", "--headless", "--run_name", "--seeds"]
    assert _without(flags, ("--seeds", "--run_name")) == ["--task=a", "--set", "x=--seeds", "--headless"]


def test_where_the_first_fails_before_its_work_no_other_begins(begun):
    queue = Queue([job(seed, "exit(2)") for seed in (1, 2, 3)], [Slot(), Slot()], has_begun=lambda: False)
    queue.run()
    assert begun == ["seed 1"] and queue.statuses == {"seed 1": 2}


def test_others_begin_once_the_first_does_its_work(begun, tmp_path):
    """The first goes on until the second is there."""
    ready, second = tmp_path / "ready", tmp_path / "second"
    wait = f"import os, time; open({str(ready)!r}, 'w')\nwhile not os.path.exists({str(second)!r}): time.sleep(0.01)"
    jobs = [job(1, wait), job(2, f"open({str(second)!r}, 'w')")]
    queue = Queue(jobs, [Slot(), Slot()], has_begun=ready.exists)
    queue.run()
    assert begun == ["seed 1", "seed 2"] and set(queue.statuses.values()) == {0}


TRIED = """
import os, time
gpu = os.environ["CUDA_VISIBLE_DEVICES"]
with open({file!r}, "a") as file:
    file.write(f"{number}{{gpu}} ")
"""


def test_a_gpu_on_which_all_fail_is_given_up_and_costs_no_job(tmp_path):
    """GPU 3 fails at once; GPU 0 ends none before two have failed there."""
    file = str(tmp_path / "tried")
    tried = f"open({file!r}).read().count"
    rest = f"if gpu == '3': exit(1)\nwhile {tried}('3') < 2: time.sleep(0.01)"
    jobs = [job(number, TRIED.format(file=file, number="abcde"[number]) + rest) for number in range(5)]
    queue = Queue(jobs, [Slot("0"), Slot("3")])
    queue.run()
    assert queue.statuses == {f"seed {number}": 0 for number in range(5)}
    places = Path(file).read_text().split()
    assert sorted(places[:3]) == ["a0", "b3", "c3"] and places[3:] == ["c0", "b0", "d0", "e0"]


def test_a_job_that_fails_on_two_gpus_is_at_fault_itself(tmp_path, caplog):
    file = str(tmp_path / "tried")
    codes = {name: TRIED.format(file=file, number=name) + f"exit({name == 'a'})" for name in "abcd"}
    queue = Queue([job(name, code) for name, code in codes.items()], [Slot("0"), Slot("3")])
    queue.run()
    assert queue.statuses == {f"seed {name}": int(name == "a") for name in codes}
    places = Path(file).read_text().split()
    assert {"a0", "a3"} < set(places) and len(places) == 5
    assert "failed on GPU" not in caplog.text


@pytest.mark.parametrize("gpus", ["0", "03"])
def test_where_no_slot_is_left_it_stops_and_says_so(gpus, caplog, begun):
    queue = Queue([job(number, "exit(1)") for number in range(8)], [Slot(gpu) for gpu in gpus])
    queue.run()
    assert len(begun) == 2 * len(gpus)  # none was done on any of them
    num_left = 8 - len(set(begun))
    assert f"{num_left} not begun: no slot is left in which jobs do not fail" in caplog.messages


def test_one_that_fails_late_says_nothing_of_its_slot(begun, monkeypatch):
    monkeypatch.setattr(processes, "SOON", 0.0)
    queue = Queue([job(number, "exit(1)") for number in range(4)], [Slot("0")])
    queue.run()
    assert begun == [f"seed {number}" for number in range(4)]


HEEDLESS = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({ready!r}, 'w'); "


def test_one_that_hangs_is_killed_and_has_failed(tmp_path, monkeypatch):
    """500 s are over as soon as it is deaf."""
    ready, start = tmp_path / "ready", time.monotonic()
    late = SimpleNamespace(sleep=time.sleep, monotonic=lambda: time.monotonic() + 1000.0 * ready.exists())
    monkeypatch.setattr(processes, "time", late)
    monkeypatch.setattr(processes, "GRACE", 0.1)
    command = [sys.executable, "-c", HEEDLESS.format(ready=str(ready)) + "time.sleep(300)"]
    queue = Queue([Job("hangs", command, limit=500.0), job(2, "")], [Slot("0")])
    queue.run()
    assert queue.statuses == {"hangs": 128 + signal.SIGKILL, "seed 2": 0}
    assert time.monotonic() - start < 100.0


def test_one_with_a_limit_that_is_deaf_to_the_signal_that_stops_all_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE", 0.1)
    tell = "import os; os.kill(os.getppid(), signal.SIGTERM); time.sleep(300)"
    command = [sys.executable, "-c", HEEDLESS.format(ready=str(tmp_path / "ready")) + tell]
    queue = Queue([Job("deaf", command, limit=500.0)], [Slot("0")])
    queue.run()
    assert queue.statuses == {"deaf": 128 + signal.SIGKILL} and queue.stopped_by == signal.SIGTERM


def test_the_log_of_a_first_trial_is_kept(tmp_path):
    code = "import os, sys; gpu = os.environ['CUDA_VISIBLE_DEVICES']; sys.exit(gpu == '0' and 'dead')"
    queue = Queue([Job("a", [sys.executable, "-c", code], tmp_path / "a.log")], [Slot("0"), Slot("1")])
    queue.run()
    assert queue.statuses == {"a": 0}
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.first.log": "dead\n", "a.log": ""}
