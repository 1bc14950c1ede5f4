import argparse
import builtins
import errno
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from legged_gym.scripts import (
    benchmark,
    evaluate,
    play,
    plot_terrain,
    rehearse_robot,
    run_robot,
    sim2sim,
    simulate_robot,
    sweep,
    train,
    train_actuator,
)
from legged_gym.scripts import command_line as cli
from legged_gym.sim.opengl import require_opengl
from legged_gym.tasks import TASKS, check_task
from legged_gym.utils.errors import StoppedError, UserError
from rsl_rl.utils.errors import RslRlError

FILE = __file__
"""A file that is there, of whatever kind."""


def parse(*argv):
    return train.make_parser().parse(argv)


def test_all_flags_of_legged_gym():
    args = parse(
        "--task=go2", "--resume", "--experiment_name", "e", "--run_name", "r", "--load_run", "-1", "--checkpoint", "-1",
        "--headless", "--sim_device=cpu", "--rl_device=cuda:0", "--num_envs", "64", "--seed", "-1",
        "--max_iterations=3", "--sim", "mujoco", "--set", "a.b=1", "--set", "c=-2",
    )  # fmt: skip
    assert (args.task, args.resume, args.load_run, args.checkpoint, args.num_envs) == ("go2", True, "-1", "-1", 64)
    assert (args.seed, args.max_iterations, args.sim, args.overrides) == (-1, 3, "mujoco", ["a.b=1", "c=-2"])
    assert (args.experiment_name, args.run_name, args.sim_device, args.rl_device) == ("e", "r", "cpu", "cuda:0")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--num_env=4"], r"unknown argument --num_env; did you mean --num_envs\?"),
        (["--num-envs", "4"], "did you mean --num_envs"),
        (["go2"], "unknown argument go2"),
        (["--num_envs=0"], "--num_envs: must be positive, got 0"),
        (["--resume=true"], "argument --resume: takes no value: leave 'true' out"),
        (["--num_envs=-5"], "must be positive"),
        (["--num_envs=many"], "expected an integer, got 'many'"),
        (["--max_iterations=0"], "must be positive"),
        (["--seed=-2"], "--seed: must be -1 or"),
        (["--checkpoint=-7"], "must be an iteration, -1 or a path"),
        (["--sim=isaac"], "unknown engine 'isaac'"),
        (["--task"], "expected one argument"),
        (["--stage=pupil"], "--stage: invalid choice: 'pupil' .*teacher.*student.*all"),
    ],
)
def test_refusals(argv, message):
    with pytest.raises(UserError, match=message) as error:
        parse(*argv)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("parser", "argv", "message"),
    [
        (play.make_parser, ["--record", "--video=a.mp4"], "argument --video: not allowed with argument --record"),
        (play.make_parser, ["--original_cfg", "--map_noise=none"], "not allowed with argument --original_cfg"),
        (play.make_parser, ["--video=a.gif"], "the video a.gif must end in .mp4"),
        (play.make_parser, ["--video=/dev/null/a.mp4"], "cannot write /dev/null/a.mp4: Not a directory"),
        (play.make_parser, ["--plot=a.txt"], "the picture a.txt must end in .png"),
        (evaluate.make_parser, ["--json=/dev/null/a.json"], "cannot write /dev/null/a.json: Not a directory"),
        (benchmark.make_parser, ["--json=/"], "cannot write /: Is a directory"),
        (sim2sim.make_parser, [FILE, "--json=/"], "cannot write /: Is a directory"),
        (sim2sim.make_parser, [FILE, "--terrain=stair_up"], r"unknown terrain 'stair_up'; did you mean stairs_up\?"),
        (sim2sim.make_parser, [FILE, "--map_noise=noise"], r"unknown map noise 'noise'; did you mean noisy\?"),
        (sim2sim.make_parser, ["none.onnx"], "argument POLICY.onnx: there is no none.onnx"),
        (evaluate.make_parser, ["--checkpoint", FILE, "none.pt"], "argument --checkpoint: there is no none.pt"),
        (train.make_parser, ["--record_interval=0"], "must be positive"),
        (train.make_parser, ["--log_root="], "argument --log_root: a value is missing"),
        (train.make_parser, ["--load_run="], "argument --load_run: a value is missing"),
        (sim2sim.make_parser, [""], "argument '': a value is missing"),
        (
            play.make_parser,
            ["--headless", "--viewer=window"],
            "--viewer window: beside --headless there is none",
        ),
        (sim2sim.make_parser, [FILE, "--video=a.mp4", "--viewer=window"], "window: beside --video there is"),
        (train.make_parser, ["--seed=1", "--seed", "2"], "argument --seed is given twice: leave one of them out"),
        (evaluate.make_parser, ["--checkpoint", "a", "--checkpoint", "b"], "--checkpoint is given twice"),
        (train_actuator.make_parser, ["--data=a", "--data=b", "--out=c"], "--data is given twice"),
        (sweep.make_parser, ["--config=a", "--wandb_sweep_config=a"], "--config/--wandb_sweep_config is given twice"),
        (train.make_parser, ["--viewer_address=127.0.0.1:9000"], "--viewer_address is where a viewer listens: add"),
        (sweep.make_parser, ["--name", ""], "argument --name: a value is missing"),
        (plot_terrain.make_parser, ["--out="], "argument --out: a value is missing"),
        (plot_terrain.make_parser, ["--tiles=a", "--out=b.png"], "--out: not allowed with argument --tiles"),
        (plot_terrain.make_parser, ["--seed=-3"], "--seed: must be -1 or"),
        (simulate_robot.make_parser, [FILE, "--loss=-0.5"], "--loss: must be a number of at least 0 and at m"),
        (rehearse_robot.make_parser, [FILE, "--loss=2"], "of at least 0 and at most 1, got 2"),
        (simulate_robot.make_parser, [FILE, "--latency=1e9"], "at most 10 s, got 1e9"),
        (rehearse_robot.make_parser, [FILE], "nothing to rehearse: add --walk S, --responses, --faults or"),
        (rehearse_robot.make_parser, [FILE, "--walk=0"], "nothing to rehearse"),
        (rehearse_robot.make_parser, [FILE, "--walk=1e30"], "--walk: must be a number of at least 0 and at"),
        (rehearse_robot.make_parser, [FILE, "--kills=999999999"], "--kills: must be from 1 to 10000"),
        (train_actuator.make_parser, ["--stiffness=1e30"], r"--stiffness: must be .* at most 10000 N m/rad, got 1e30"),
        (train_actuator.make_parser, ["--damping=-1"], "--damping: must be a number of at least 0 and"),
        (train_actuator.make_parser, ["--torque_limit=0"], "--torque_limit: must be a number of at least 0.001 and"),
        (evaluate.make_parser, ["--trials=999999999"], "--trials: must be from 1 to 1000000"),
    ],
)
def test_refusals_of_one_program(parser, argv, message):
    with pytest.raises(UserError, match=message) as error:
        parser().parse(argv)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("parser", "argv"), [(play.make_parser, []), (sim2sim.make_parser, [FILE])])
def test_a_window_where_nobody_would_see_it_is_refused(parser, argv, monkeypatch):
    monkeypatch.setattr(cli, "has_display", lambda: False)
    with pytest.raises(UserError, match="--viewer window: there is no display"):
        parser().parse([*argv, "--viewer=window"])
    monkeypatch.setattr(cli, "has_display", lambda: True)
    assert parser().parse([*argv, "--viewer=window"]).viewer == "window"


@pytest.mark.parametrize(
    "program", [train, play, evaluate, benchmark], ids=lambda program: program.__name__.rpartition(".")[2]
)
def test_the_list_of_tasks_ends_the_program(program, capsys):
    with pytest.raises(SystemExit) as stop:
        program.make_parser().parse(["--task=unknown", "--list_tasks", "--nonsense"])
    assert stop.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(TASKS) and lines == sorted(lines)
    column = max(map(len, TASKS)) + 2
    assert {line[:column].strip(): line[column:] for line in lines} == {
        name: task.description for name, task in TASKS.items()
    }


def test_task_names():
    assert check_task("go2_flat") == "go2_flat"
    with pytest.raises(UserError, match=r"unknown task 'go2_flatt'; did you mean go2_flat\?"):
        check_task("go2_flatt")
    with pytest.raises(UserError, match="unknown task 'xyz'; tasks: a1_climb, .*, go2_flat, .*qmini"):
        check_task("xyz")
    with pytest.raises(UserError, match="--task is missing; tasks: a1_climb, .*, go2_flat, .*qmini"):
        check_task(None)


@pytest.mark.parametrize("error", [UserError, RslRlError])
def test_errors_of_the_user_end_with_status_2_and_one_line(error, capsys):
    def main():
        raise error("the disk is full")

    with pytest.raises(SystemExit) as stop:
        cli.run_program(main)
    assert stop.value.code == 2
    assert capsys.readouterr().err == "error: the disk is full\n"


def test_an_error_is_one_line_whatever_names_are_in_it(capsys: pytest.CaptureFixture) -> None:
    def main() -> None:
        raise UserError("no run 'a\nb'")

    with pytest.raises(SystemExit):
        cli.run_program(main)
    assert capsys.readouterr().err == "error: no run 'a b'\n"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (StoppedError(15), 143, ""),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141, ""),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "error: cannot write the output: No space left on dev"),
        (OSError(errno.ENOSPC, "No space left", "/a/b"), 2, "error: cannot write /a/b: No space left\n"),
        (OSError(errno.EMFILE, "Too many open files"), 2, "error: ulimit -n: Too many open files\n"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "/x"), 2, "error: /x: File name too long\n"),
        (SystemExit(3), 3, ""),
    ],
)
def test_what_ends_a_program_tells_by_its_status(error, status, line, capsys):
    def main():
        raise error

    with pytest.raises(SystemExit) as stop:
        cli.run_program(main)
    assert stop.value.code == status
    assert capsys.readouterr().err.startswith(line)


PROGRAMS = [path.stem for path in Path(train.__file__).parent.glob("*.py") if "main(argv" in path.read_text()]


@pytest.mark.parametrize("name", [*(f"legged_gym.scripts.{name}" for name in PROGRAMS), "studies.training.__main__"])
def test_no_number_is_without_a_bound(name: str) -> None:
    """Each flag that is refused a word is one of numbers, and refuses a huge one, too."""
    parser = importlib.import_module(name).make_parser()
    for action in parser._actions:
        if (
            action.type is None
            or action.nargs == 0
            or not refusal(action, "wordy").startswith(("expected an integer", "expected a number"))
        ):
            continue
        assert "must be" in refusal(action, "9" * 30) and "must be" in refusal(action, f"-{'9' * 30}"), action.dest


def refusal(action: argparse.Action, text: str) -> str:
    """What a flag's type says of a text; empty: it takes it."""
    assert callable(action.type)
    try:
        action.type(text)
    except (argparse.ArgumentTypeError, UserError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("flag", ["--help", "--list_tasks"])
def test_a_full_disk_behind_the_output(flag):
    command = [sys.executable, "-m", train.__name__, flag]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: cannot write the output: No space left on device\n")


def test_a_closed_pipe_behind_the_output():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", train.__name__, "--help"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_full_disk_behind_lines_on_the_way_is_told_at_the_end() -> None:
    code = """
import sys
from legged_gym.scripts.command_line import run_program
from robust_parallel.console import show
def main():
    show("a line", sys.stdout)
    print("went on", file=sys.stderr)
run_program(main)
"""
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "went on\nerror: cannot write the output: No space left on device\n"
    assert done.returncode == 2


def test_bugs_keep_their_traceback_and_success_is_zero():
    with pytest.raises(ZeroDivisionError):
        cli.run_program(lambda: 1 // 0)  # type: ignore[arg-type]
    with pytest.raises(SystemExit) as stop:
        cli.run_program(lambda: None)
    assert stop.value.code == 0


@pytest.mark.parametrize("text", ["１２", "٣", "²", "1_0", " 4", "4 ", "1e3", "4.0", "1" * 24])
def test_a_count_is_of_the_digits_0_to_9_and_no_machines_memory(text: str) -> None:
    with pytest.raises(UserError, match=r"--num_envs: (expected an integer, got|must be at most 1e\+09)"):
        parse(f"--num_envs={text}")


def test_too_little_memory_is_told_in_one_line(capsys: pytest.CaptureFixture) -> None:
    def main() -> None:
        torch.empty(1 << 60, dtype=torch.uint8)

    with pytest.raises(SystemExit) as ended:
        cli.run_program(main)
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "error: out of memory: use fewer environments (--num_envs) or smaller networks\n"
    )
    with pytest.raises(ValueError, match="another"):
        cli.run_program(lambda: int("another"))


def test_a_typo_is_told_before_anything_large_is_imported() -> None:
    assert len(PROGRAMS) == 17
    code = f"""
import importlib, sys
for name in {PROGRAMS}:
    program = importlib.import_module(f"legged_gym.scripts.{{name}}")
    for flags in ([sys.executable, "--hepl"], ["--help"]):
        try:
            program.main(flags)
        except (Exception, SystemExit) as error:
            print(error)
large = ("torch", "mujoco", "matplotlib", "numpy", "onnxruntime", "yaml")
print([name for name in large if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    # three programs need a flag, which is asked for first
    told = done.stdout.count("unknown argument") + done.stdout.count("arguments are required")
    assert told == len(PROGRAMS)


@pytest.mark.parametrize("program", [play, sim2sim], ids=["play", "sim2sim"])
def test_an_opengl_that_cannot_be_loaded_is_told_in_one_line(program: ModuleType) -> None:
    environment = {**os.environ, "MUJOCO_GL": "nonsense"}
    command = [sys.executable, "-m", program.__name__, *([] if program is play else [FILE])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("error: MuJoCo cannot be imported with MUJOCO_GL=nonsense")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("threads", ["100000", "0", "-1", "four", "", "4,", "\u0664"])
def test_threads_that_end_the_process_are_told_in_one_line(threads: str) -> None:
    """As a number of 100,000 did by a segmentation fault, without a word."""
    command = [sys.executable, "-m", play.__name__, "--task=go2_flat"]
    environment = {**os.environ, "OMP_NUM_THREADS": threads}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert done.stderr == f"error: OMP_NUM_THREADS = {threads!r} must be a number of threads from 1 to 1024\n"


def test_a_mujoco_that_is_not_there_is_no_matter_of_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(UserError, match="this needs MuJoCo: pip install mujoco"):
        require_opengl()


def test_ctrl_c_while_mujoco_is_imported_is_no_matter_of_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled module that is interrupted on its way reports an ImportError."""
    imported = builtins.__import__

    def interrupted(name: str, *args: Any, **kwargs: Any) -> Any:
        if name != "mujoco":
            return imported(name, *args, **kwargs)
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    monkeypatch.setattr("builtins.__import__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        require_opengl()


def test_a_working_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd {gone} && rmdir {gone} && exec {sys.executable} {train.__file__} --task=go2_flat"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: the working folder is gone: change into another one\n")


@pytest.mark.parametrize("name", ["loop", "x" * 500])
@pytest.mark.parametrize(
    ("program", "flags"),
    [
        (train, ["--task=go2_flat", "--resume", "--checkpoint"]),
        (train, ["--task=go2_flat", "--resume", "--load_run"]),
        (train, ["--task=go2_flat", "--log_root"]),
        (train, ["--task=go2_flat", "--run_name"]),
        (train, ["--task=go2_perceptive", "--stage=student", "--teacher"]),
        (play, ["--evaluation"]),
        (play, ["--task=go2_flat", "--plot"]),
        (evaluate, [f"--checkpoint={FILE}", "--json"]),
        (evaluate, ["--suite=sight", "--from_json"]),
        (evaluate, ["--suite=sight", "--checkpoint"]),
        (evaluate, ["--suite=belief", "--policies"]),
        (sim2sim, []),
        (sweep, ["--task=go2_flat", "--config"]),
        (train_actuator, ["--out=net.pt", "--data"]),
    ],
)
def test_a_name_that_no_file_can_have(program, flags, name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    if flags[-1:] == ["--run_name"] and name == "loop":
        pytest.skip("it names a folder beside")
    if flags[-1:] == ["--plot"]:
        name = f"{name}.png"
    with pytest.raises(SystemExit) as stop:
        cli.run_program(lambda: program.main([*flags, name]))
    told = capsys.readouterr().err
    assert stop.value.code == 2 and told.startswith("error: ") and told.count("\n") == 1


def test_no_file_is_written_that_another_flag_reads_or_writes(tmp_path: Path) -> None:
    policy = tmp_path / "policy.onnx"
    policy.write_bytes(b"weights")
    with pytest.raises(UserError, match=r"argument --json: .*policy\.onnx is what policy names: choose another"):
        sim2sim.make_parser().parse([str(policy), "--json", f"{tmp_path}/./policy.onnx"])
    assert policy.read_bytes() == b"weights"
    with pytest.raises(UserError, match=r"argument --json: .*a\.mp4 is what --video names"):
        sim2sim.make_parser().parse([str(policy), f"--video={tmp_path}/a.mp4", f"--json={tmp_path}/a.mp4"])
    train_actuator.make_parser().parse(["--data=/dev/null", "--out=/dev/null"])
    for flags in ([str(policy)], [FILE, f"--grid_map={policy}"], [FILE, f"--replay={policy}"]):
        with pytest.raises(
            UserError, match=r"argument --record: .*policy\.onnx is what (policy|--grid_map|--replay) n"
        ):
            run_robot.make_parser().parse([*flags, f"--record={policy}"])
    args = evaluate.make_parser().parse(["--task=go2_flat", f"--json={tmp_path}/go2_flat"])
    assert args.json == tmp_path / "go2_flat"
