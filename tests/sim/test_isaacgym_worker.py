"""The worker of the isaacgym engine: what can be wrong at its start, and what can go wrong with it later, in a line."""

import ast
import contextlib
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from legged_gym.sim.config import SimCfg
from legged_gym.sim.isaacgym import simulator, worker_process
from legged_gym.sim.isaacgym.simulator import IsaacGymSimulator
from legged_gym.sim.isaacgym.worker import arrays, wire
from legged_gym.sim.isaacgym.worker_process import PYTHON_VARIABLE, WorkerProcess, find_interpreter
from legged_gym.utils.errors import UserError
from tests.sim.robots import Go2Asset, StiffControl, flat_terrain, place
from tests.sim.workers import interpreter

WORKER = Path(worker_process.__file__).with_name("worker")
Write = Callable[..., WorkerProcess]


@pytest.fixture
def worker(tmp_path):
    """Start a worker whose isaacgym, torch and numpy are some lines of code."""
    started = []

    def start(isaacgym: str = "", torch: str = "__version__ = '1.0'", **modules: str) -> WorkerProcess:
        for name, code in {"isaacgym/gymapi": isaacgym, "isaacgym/gymtorch": "", "torch": torch, **modules}.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(code))
        started.append(WorkerProcess(str(interpreter(tmp_path, tmp_path))))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def program(tmp_path):
    """Start a worker that is some Python code instead."""

    def start(code: str) -> WorkerProcess:
        path = tmp_path / "program"
        path.write_text(f"#!{sys.executable} -IS\nimport os, sys, time\n{textwrap.dedent(code)}")
        path.chmod(0o755)
        return WorkerProcess(str(path))

    return start


def told(worker: WorkerProcess, limit_s: float = 60.0, do: str = "begin") -> str:
    """The one line of a request that fails; the worker is gone then, and the line stays."""
    with pytest.raises(UserError) as caught:
        worker.ask(do, limit_s, device="cuda:0")
    line = str(caught.value)
    assert "\n" not in line
    assert is_gone(worker.pid)
    with pytest.raises(UserError) as again:
        worker.ask("step", 1.0)
    assert str(again.value) == line
    return line


def is_gone(pid: int) -> bool:
    """Whether a process has ended and was waited for."""
    return not Path(f"/proc/{pid}").exists()


# -- the interpreter --------------------------------------------------------------------------------------------------


def test_an_interpreter_that_is_not_told_or_not_there(monkeypatch, tmp_path):
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    with pytest.raises(UserError, match="name it by the environment variable ISAACGYM_PYTHON"):
        find_interpreter()
    for name in ("no/python", str(tmp_path), __file__):
        monkeypatch.setenv(PYTHON_VARIABLE, name)
        with pytest.raises(UserError, match="there is no such program to run"):
            find_interpreter()


def test_a_file_that_no_computer_runs(tmp_path):
    path = tmp_path / "python"
    path.write_bytes(b"\x7fELF nonsense")
    path.chmod(0o755)
    with pytest.raises(UserError, match="python does not start: Exec format error"):
        WorkerProcess(str(path))


def test_a_program_that_never_answers_is_no_interpreter(tmp_path, monkeypatch):
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)
    monkeypatch.setenv(PYTHON_VARIABLE, str(path))
    monkeypatch.setattr(simulator, "GREETING_LIMIT", 0.1)
    monkeypatch.setattr(worker_process, "_GRACE", 0.1)
    with pytest.raises(UserError, match="did not answer to 'greet' within 0.1 s and was ended"):
        IsaacGymSimulator(Go2Asset(), StiffControl(), SimCfg(), flat_terrain(), 1, "cpu")


def test_an_old_python_is_told_in_its_own_syntax(program):
    worker = program(f"""
        sys.version_info = (3, 5, 2)
        import runpy
        sys.argv = sys.argv[1:]
        runpy.run_path({str(WORKER / "__main__.py")!r})
    """)
    assert "status 1 in 'begin'; it printed last: Python 3.5; Isaac Gym is for 3.6 to 3.8" in told(worker)
    entry = (WORKER / "__main__.py").read_text()
    assert 'f"' not in entry and "print(" not in entry  # nothing that Python 2 would stumble over first


@pytest.mark.parametrize("path", sorted(WORKER.glob("*.py")), ids=lambda path: path.name)
def test_the_worker_is_written_for_old_pythons(path):
    """Its syntax, and the modules that it needs."""
    tree = ast.parse(path.read_text(), feature_version=(3, 6))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    own = {each.stem for each in WORKER.glob("*.py")}
    assert {name.partition(".")[0] for name in names} <= own | set(sys.stdlib_module_names) | {
        "numpy",
        "torch",
        "isaacgym",
    }


# -- what is installed in it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise ImportError('libpython3.8.so.1.0: cannot open shared object file')", "/lib:$LD_LIBRARY_PATH"),
        ("raise RuntimeError('none')", "isaacgym.gymapi does not load: RuntimeError: none; Isaac Gym is for"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV in 'begin'"),
        ("import os; os._exit(3)", "ended with status 3 in 'begin'"),
        ("import another", "isaacgym.gymapi does not load: ModuleNotFoundError: No module named 'another'"),
    ],
)  # fmt: skip
def test_isaac_gym_that_does_not_load(worker, code, expected):
    assert expected in told(worker(code))


def test_modules_that_are_missing(worker, tmp_path):
    assert "there is no torch in it (ModuleNotFoundError" in told(
        worker(torch="raise ModuleNotFoundError('', name='torch')")
    )
    assert "no CUDA GPU; use --sim_device=cpu" in told(
        worker(torch="__version__ = '1.0'\nclass cuda: is_available = staticmethod(lambda: False)")
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    line = told(WorkerProcess(str(interpreter(tmp_path, empty))))
    assert "there is no isaacgym in it" in line and "and this is 3." in line


# -- faults in between ------------------------------------------------------------------------------------------------


def test_a_worker_that_hangs_is_ended(worker):
    start = time.monotonic()
    assert "did not answer to 'begin' within 1 s" in told(worker("import time; time.sleep(60)"), 1.0)
    assert time.monotonic() - start < 30.0


def test_a_worker_that_ignores_its_alarm_is_ended(worker, monkeypatch):
    monkeypatch.setattr(worker_process, "_GRACE", 0.1)
    hang = "import signal, time; signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(60)"
    assert "did not answer to 'begin' within 1 s" in told(worker(hang), 1.0)


def test_a_worker_that_is_killed(worker):
    hung = worker("import time; time.sleep(60)")
    threading.Timer(0.5, os.kill, (hung.pid, signal.SIGKILL)).start()
    assert "was ended by SIGKILL in 'begin'" in told(hung)


def test_what_it_prints_is_no_answer_and_does_not_stop_it(worker):
    chatty = worker("import os, sys; print('x' * 1000000); print('IGYM' * 1000); sys.exit('last words')")
    assert "status 1 in 'begin'; it printed last: last words" in told(chatty)


@pytest.mark.parametrize(
    "code",
    [
        "os.write(int(sys.argv[3]), b'Welcome!'); time.sleep(60)",
        "os.write(int(sys.argv[3]), b'IG'); os.write(int(sys.argv[3]), b'Y?'); time.sleep(60)",
        "os.write(int(sys.argv[3]), b'IGYM' + bytes([255] * 4)); time.sleep(60)",
        "os.write(int(sys.argv[3]), b'IGYM' + bytes([3, 0, 0, 0]) + b'{a:'); time.sleep(60)",
        "os.write(int(sys.argv[3]), b'IGYM' + bytes([2, 0, 0, 0]) + b'[]'); time.sleep(60)",
    ],
)
def test_garbage_on_the_pipe(program, code):
    assert "answered to 'begin' what is no message" in told(program(code))


def test_half_an_answer_and_a_closed_pipe(program):
    assert "ended with status 0 in 'begin'" in told(program("os.write(int(sys.argv[3]), b'IGYM')"))


def test_garbage_for_the_worker_ends_it(worker):
    asked = worker()
    os.write(asked._requests, b"GET / HTTP/1.1\r\n")
    assert "it printed last: the pipe broke: b'GET / HTTP/1.1" in told(asked)


def test_a_request_that_it_does_not_know(worker):
    assert "there is no request 'dance'" in told(worker(), do="dance")


def test_messages_come_in_any_pieces():
    ends = os.pipe()
    frame = wire.pack({"do": "step", "values": [1.5, None, "é"]}) * 2
    reader, messages = wire.Reader(ends[0]), []
    for byte in frame:
        os.write(ends[1], bytes([byte]))
        reader.fill()
        messages.append(reader.message())
    assert [message for message in messages if message] == [{"do": "step", "values": [1.5, None, "é"]}] * 2
    assert not reader.ended
    os.close(ends[1])
    reader.fill()
    assert reader.ended and reader.message() is None
    os.close(ends[0])


def test_arrays_do_not_overlap(tmp_path):
    shapes = {"a": ("<f4", (3, 5)), "b": ("|u1", (7,)), "c": ("<i4", (0, 4)), "d": ("<f4", (1,))}
    places, size = arrays.layout(shapes)
    (tmp_path / "block").write_bytes(bytes(size))
    first, second = (arrays.map_arrays(str(tmp_path / "block"), places, size) for _ in range(2))
    for value, (name, (kind, shape)) in enumerate(shapes.items()):
        assert first[name].shape == shape and first[name].dtype == kind
        first[name][...] = value + 1
    for value, name in enumerate(shapes):
        assert (second[name] == value + 1).all()


# -- whose end is whose -----------------------------------------------------------------------------------------------


def test_the_worker_ends_with_the_one_that_asks(worker, tmp_path):
    """Killed while the worker waits; a child of it that still holds the pipes makes no difference."""
    worker(torch="__version__ = '1.0'\nTensor = device = None")  # writes the modules
    program = f"""
        import os, subprocess, sys
        from legged_gym.sim.isaacgym.worker_process import WorkerProcess
        worker = WorkerProcess({str(tmp_path / "python")!r})
        worker.ask("begin", 60.0, device="cpu")
        print(worker.pid, flush=True)
        if {{}}:
            print(os.fork(), flush=True)
        import time
        time.sleep(60)
    """
    for forks in (False, True):
        command = [sys.executable, "-c", textwrap.dedent(program).format(forks)]
        asking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        assert asking.stdout is not None
        pids = [int(asking.stdout.readline())]
        pids += [int(asking.stdout.readline())] if forks else []
        asking.kill()
        asking.wait()
        deadline = time.monotonic() + 30.0
        while _alive(pids[0]) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _alive(pids[0])
        for child in pids[1:]:
            with contextlib.suppress(ProcessLookupError):  # it may have slept long enough
                os.kill(child, signal.SIGKILL)
        asking.stdout.close()


def _alive(pid: int) -> bool:
    """Whether a process runs: it may have ended and wait for the system to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_simulator_outlives_neither_its_worker_nor_its_worker_it(monkeypatch, tmp_path):
    """Frozen, killed, forgotten: a line, no hang, nothing left behind."""
    monkeypatch.setenv(PYTHON_VARIABLE, str(interpreter(tmp_path)))

    def make() -> IsaacGymSimulator:
        return IsaacGymSimulator(Go2Asset(), StiffControl(), SimCfg(), flat_terrain(), 1, "cpu")

    frozen = make()
    targets = place(frozen)
    frozen.step_physics()
    pid = frozen._worker.pid
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(simulator, "STEP_LIMIT", 0.5)
    for _ in range(2):
        with pytest.raises(UserError, match=r"worker \(.*python\): did not answer to 'step' within 0.5 s"):
            frozen.step(targets)
    assert is_gone(pid)
    frozen.close()
    frozen.close()

    monkeypatch.setattr(simulator, "STEP_LIMIT", 60.0)
    forgotten = make()
    forgotten.step_physics()
    pid, held = forgotten._worker.pid, forgotten.root_states
    del forgotten
    gc.collect()
    assert is_gone(pid)
    assert held[0, 6] > 0.9  # tensors stay


def test_a_program_that_prints_without_an_end_is_ended(program):
    line = told(program("while True: os.write(1, b'y\\n' * 1000)"), limit_s=0.5)
    assert "did not answer to 'begin' within 0.5 s and was ended" in line
