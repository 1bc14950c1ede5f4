"""sim2sim.py on hand-made policies: what it prints and writes, without torch, and what it refuses."""

import json
import subprocess
import sys
from functools import partial

import imageio.v2 as imageio
import numpy as np
import pytest

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.scripts import sim2sim
from legged_gym.scripts.programs import sim2sim as program
from tests.deploy import policies
from tests.deploy.policies import go2_metadata, map_metadata, write_drives

WITHOUT_TORCH = """
import sys
sys.modules["torch"] = sys.modules["legged_gym.envs"] = None  # every import of them fails
from legged_gym.scripts import sim2sim
sim2sim.main(sys.argv[1:])
"""
KEYS = [
    "task", "policy", "sim", "num_envs", "seed", "episodes", "fall_rate", "lin_vel_error", "ang_vel_error",
    "lin_vel_x_error", "lin_vel_y_error", "torque_rms", "power", "stuck_rate", "success", "size",
]  # fmt: skip
"""Keys of evaluate.py's results on a map."""
SCAN = map_metadata()


@pytest.fixture
def write_controller(tmp_path):
    return partial(policies.write_controller, tmp_path)


@pytest.fixture(autouse=True)
def one_core(monkeypatch):
    monkeypatch.setattr(program, "available_cores", lambda: 1)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_runs_without_torch_and_environments(write_controller, tmp_path):
    path, results = write_controller(bias=2.0), tmp_path / "results.json"
    flags = ["--trials=1", "--headless", f"--json={results}"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(path), *flags],
        capture_output=True, text=True, timeout=300, cwd=LEGGED_GYM_ROOT_DIR,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = json.loads(results.read_text())
    assert list(summary) == KEYS
    assert summary["episodes"] == summary["num_envs"] == 6 and summary["fall_rate"] == 1.0
    assert summary["success"] == {"slope_up": [0.0, 0.0], "slope_down": [0.0, 0.0], "stairs_up": [0.0, 0.0]}
    assert "fall_rate         1.000" in done.stdout and "stairs_up" in done.stdout
    assert done.stdout.startswith("trial 1/6, ") and "\ntrial 6/6, " in done.stdout


def test_one_terrain_one_level_one_seed(write_controller, run_script, tmp_path, capsys):
    path, results = write_controller(SCAN, bias=2.0), tmp_path / "results.json"
    flags = ("--terrain=stairs_up", "--level=1", "--trials=2", "--seed=7", "--map_noise=large", "--map_latency=0.1")
    assert run_script(sim2sim, str(path), *flags, f"--json={results}") == 0
    summary = json.loads(results.read_text())
    assert summary["seed"] == 7 and summary["episodes"] == 2 and summary["task"] == "go2_rough"
    assert summary["success"] == {"stairs_up": [None, 0.0]}
    assert run_script(sim2sim, str(path), "--terrain=plane", "--trials=2", f"--json={results}") == 0
    assert list(json.loads(results.read_text())) == [
        key for key in KEYS if key not in ("stuck_rate", "success", "size")
    ]


def test_a_file_that_tells_of_no_way_across_is_told(write_controller, run_script, caplog):
    told = "policy.onnx tells of no way across gap: robots go straight ahead however they face; if go2_rough has"
    path, gap = str(write_controller(bias=2.0)), ("--terrain=gap", "--level=0", "--trials=1")
    assert run_script(sim2sim, path, *gap) == 0
    assert caplog.text.count(told) == 1
    metadata = go2_metadata()
    metadata["simulation"]["crossing"] = {"speed": [0.7, 1.5], "patience": 3.0}
    for file, flags in [
        (path, ("--terrain=slope_up", "--level=0", "--trials=1")),
        (path, (*gap, "--command", "0", "0", "0")),
        (str(write_controller(metadata, bias=2.0, name="newer.onnx")), gap),
    ]:
        caplog.clear()
        assert run_script(sim2sim, file, *flags) == 0
        assert "way across" not in caplog.text


def test_films_its_trials(write_controller, run_script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(program, "Film", partial(program.Film, width=64, height=48))
    film = tmp_path / "films" / "fall.mp4"
    path = write_controller(SCAN, bias=2.0)
    assert run_script(sim2sim, str(path), "--terrain=plane", f"--video={film}") == 0
    with imageio.get_reader(film) as reader:
        assert reader.count_frames() >= 5
        assert np.ptp(reader.get_data(0)) > 100
    assert "step 1000/1000, " in capsys.readouterr().out  # a fall ends the trial's steps


def test_walks_blind_and_says_so(write_controller, run_script, caplog):
    path = write_controller(SCAN, bias=2.0)
    assert run_script(sim2sim, str(path), "--no_map", "--trials=1", "--terrain=slope_up") == 0
    assert caplog.text.count("no map: walking blind") == 1


def test_a_network_that_fails_ends_in_one_line(write_controller, run_script, capsys):
    path = write_controller(bias=np.inf)
    assert run_script(sim2sim, str(path), "--trials=1", "--terrain=slope_up", "--level=0") == 2
    assert capsys.readouterr().err.endswith("error: what the network of policy.onnx says is not finite\n")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--terrain=stair_up",), "error: unknown terrain 'stair_up'; did you mean stairs_up?"),
        (("--level=5",), "error: there is no terrain level 5; levels are 0 to 1"),
        (("--map_noise=small",), "error: this policy reads no map"),
        (("--no_map", "--map_noise=small"), "error: --no_map: there is no map that --map_noise or --map_latency"),
        (("--map_latency=-1",), "must be a number of at least 0 and at most 10 s, got -1"),
        (("--command", "1", "x", "0"), "expected a number, got 'x'"),
        (("--command", "1", "0", "nan"), "expected a number, got 'nan'"),
        (("--trial=2",), "error: unknown argument --trial; did you mean --trials?"),
        (("--video=film.avi",), "error: the video film.avi must end in .mp4"),
        (("--trials=1", "--terrain=plane", "--json=/dev/null/out.json"), "error: cannot write /dev/null/out.json: Not"),
    ],
)
def test_what_it_refuses(write_controller, run_script, capsys, flags, message):
    assert run_script(sim2sim, str(write_controller(bias=2.0)), *flags) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_files_it_refuses(write_controller, run_script, tmp_path, capsys):
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "model_5.pt").write_text("weights")
    metadata = go2_metadata(readings={"lidar": [3]})
    lacking = go2_metadata()
    del lacking["simulation"]["domain_rand"]["friction_range"]
    for path, message in [
        (tmp_path / "missing.onnx", "argument POLICY.onnx: there is no"),
        (tmp_path / "text.onnx", "is no ONNX model"),
        (tmp_path / "model_5.pt", "model_5.pt is no ONNX model; play.py --checkpoint exports that of a checkpoint"),
        (write_drives(tmp_path / "bare.onnx", 1.0, 1.0, 1.0), "has no metadata of its robot"),
        (write_controller(go2_metadata(format=2), name="older.onnx"), "has format 2, this program reads 3; export the"),
        (write_controller(lacking, name="lacking.onnx"), "simulation.domain_rand.friction_range is missing"),
        (write_controller(metadata, name="lidar.onnx"), "takes the reading 'lidar', which sim2sim has not"),
    ]:
        assert run_script(sim2sim, str(path)) == 2
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    assert run_script(sim2sim) == 2
    assert "the following arguments are required: POLICY.onnx" in capsys.readouterr().err


def test_shows_its_trials_in_a_browser(write_controller, run_script, tmp_path, capsys, caplog):
    pytest.importorskip("viser")
    flags = ("--trials=1", "--terrain=plane", "--viewer=web")
    assert run_script(sim2sim, str(write_controller(bias=2.0)), *flags) == 0
    assert "viewer: http://127.0.0.1:" in caplog.text and "fall_rate         1.000" in capsys.readouterr().out
    assert run_script(sim2sim, str(write_controller()), *flags, f"--video={tmp_path / 'a.mp4'}") == 2
    assert "leave out one of them" in capsys.readouterr().err
