"""play.py on a policy of one iteration: what it writes, and what it refuses."""

import json
import shutil

import onnx
import pytest
import torch

from legged_gym.runs import folders as runs
from legged_gym.scripts import play, train
from legged_gym.scripts.programs import play as program
from legged_gym.tasks import make_env
from legged_gym.viewing.web import viewer as web_viewer
from rsl_rl.utils.progress import LateLineProgress
from tests.opengl import needs_opengl

TINY = (
    "--sim=mujoco", "--num_envs=4", "--max_iterations=1", "--set", "train.runner.num_steps_per_env=4",
    "--set", "train.policy.actor_hidden_dims=[8]", "--set", "train.policy.critic_hidden_dims=[8]",
    "--set", "control.stiffness.joint=21.3",
)  # fmt: skip
PLAY = ("--sim=mujoco", "--headless", "--steps=6")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Copies of the runs so far: flags -> folder."""
    return {}, tmp_path_factory.mktemp("kept")


@pytest.fixture
def trained(run_script, kept, tmp_path):
    """Train one iteration of a task, unless it was done before; returns the run's folder, fresh for each test."""
    copies, folder = kept

    def make(task, *flags):
        if (task, *flags) in copies:
            copy = copies[task, *flags]
            return shutil.copytree(copy, tmp_path / task / copy.name)
        assert run_script(train, f"--task={task}", *TINY, *flags) == 0
        run = runs.find_run(task, root=tmp_path)
        copies[task, *flags] = shutil.copytree(run, folder / str(len(copies)) / run.name)
        return run

    return make


def test_plays_plots_and_exports_with_the_runs_own_configuration(trained, run_script, tmp_path, capsys, monkeypatch):
    run = trained("go2_flat_deploy")
    picture = tmp_path / "plot.png"
    monkeypatch.setattr(LateLineProgress, "INTERVAL", 0.0)
    assert run_script(play, "--task=go2_flat_deploy", *PLAY, f"--plot={picture}") == 0
    assert "step 6/6, " in capsys.readouterr().out
    assert picture.stat().st_size > 10_000
    assert sorted(path.name for path in (run / "exported" / "model_1").iterdir()) == [
        "model_1.pt",
        "policy.onnx",
        "policy.pt",
        "policy_stateful.pt",
    ]
    model = onnx.load(run / "exported" / "model_1" / "policy.onnx")
    metadata = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert metadata["actuator"]["stiffness"] == pytest.approx([21.3] * 12, rel=1e-6)
    assert metadata["joint_names"][:3] == ["FL_hip_joint", "FL_thigh_joint", "FL_calf_joint"]
    assert [port.name for port in model.graph.input] == [port["name"] for port in metadata["inputs"]]
    assert sum(term["width"] for term in metadata["observations"]) == 45
    assert metadata["deployable"] is True and metadata["control_dt"] == 0.02 and metadata["iteration"] == 1
    assert metadata["evaluation"] is None
    assert f"config_hash: {metadata['config_hash']}" in (run / "config.yaml").read_text()


def test_a_policy_that_no_robot_can_feed_gets_no_controller_file(trained, run_script, capsys, caplog):
    run = trained("go2_flat")
    assert run_script(play, "--task=go2_flat", *PLAY) == 0
    assert sorted(path.name for path in (run / "exported" / "model_1").iterdir()) == [
        "model_1.pt",
        "policy.pt",
        "policy_stateful.pt",
    ]
    assert "no controller file: the policy observes base_lin_vel, which a robot cannot measure" in caplog.text
    # By path alone the task is that of the checkpoint.
    assert run_script(play, f"--checkpoint={run / 'model_1.pt'}", *PLAY, "--allow_privileged") == 0
    model = onnx.load(run / "exported" / "model_1" / "policy.onnx")
    assert {entry.key: entry.value for entry in model.metadata_props}["deployable"] == "false"
    # The next export, which may write none, leaves none of the last one; it keeps what is not its own.
    (run / "exported" / "model_1" / "notes.txt").touch()
    assert run_script(play, "--task=go2_flat", *PLAY) == 0
    assert sorted(path.name for path in (run / "exported" / "model_1").iterdir()) == [
        "model_1.pt",
        "notes.txt",
        "policy.pt",
        "policy_stateful.pt",
    ]
    assert run_script(play, "--task=go2_rough", f"--checkpoint={run / 'model_1.pt'}", *PLAY) == 2
    assert "is of the task 'go2_flat', not of 'go2_rough'" in capsys.readouterr().err


def test_one_recurrent_robot(trained, run_script, caplog):
    run = trained("go2_flat_deploy", "--set", "train.policy.class_name=ActorCriticRecurrent")
    assert run_script(play, "--task=go2_flat_deploy", *PLAY, "--num_envs=1", "--allow_privileged") == 0
    assert "--allow_privileged has no effect: robots can measure all that the policy observes" in caplog.text
    model = onnx.load(run / "exported" / "model_1" / "policy.onnx")
    state = json.loads({entry.key: entry.value for entry in model.metadata_props}["state"])
    assert [part["name"] for part in state["parts"]] == ["started", "joint_targets", "actions", "h"]


def test_an_evaluation_is_kept_and_a_named_checkpoint_names_its_files(trained, run_script, tmp_path, capsys):
    run = trained("go2_flat_deploy")
    named, result, other = run / "walker.pt", tmp_path / "result.json", tmp_path / "other.json"
    shutil.copy(run / "model_1.pt", named)
    result.write_text('{"task": "go2_flat_deploy", "episodes": 4, "fall_rate": 0.25}')
    other.write_text('{"uphill": {"task": "go2_flat_deploy"}, "downhill": {"task": "go2_flat"}}')
    flags = (f"--checkpoint={named}", *PLAY)
    assert run_script(play, *flags, f"--evaluation={other}") == 2
    assert "other.json is no result of evaluate.py for the task go2_flat_deploy" in capsys.readouterr().err
    other.write_text('{"task": "go2_flat_deploy"}')
    assert run_script(play, *flags, f"--evaluation={other}") == 2
    assert "other.json is no result of evaluate.py" in capsys.readouterr().err
    for name, value in (("fall_rate", 7), ("iteration", 999), ("config_hash", "000000000000")):
        other.write_text(json.dumps({**json.loads(result.read_text()), name: value}))
        assert run_script(play, *flags, f"--evaluation={other}") == 2
        told = "is no result" if name == "fall_rate" else f"is of another policy: {name} is {value} there, "
        assert told in capsys.readouterr().err
    assert run_script(play, *flags, f"--evaluation={result}") == 0
    assert sorted(path.name for path in (run / "exported" / "walker").iterdir()) == [
        "policy.pt",
        "policy_stateful.pt",
        "walker.onnx",
        "walker.pt",
    ]
    model = onnx.load(run / "exported" / "walker" / "walker.onnx")
    kept = json.loads({entry.key: entry.value for entry in model.metadata_props}["evaluation"])
    assert kept == {"task": "go2_flat_deploy", "episodes": 4, "fall_rate": 0.25}


def test_each_checkpoint_of_a_folder_has_files_of_its_own(trained, run_script):
    run = trained("go2_flat")
    shutil.copy(run / "model_1.pt", run / "model_2.pt")
    for number in (1, 2):
        assert run_script(play, f"--checkpoint={run / f'model_{number}.pt'}", *PLAY) == 0
    assert sorted(path.name for path in (run / "exported").iterdir()) == ["model_1", "model_2"]
    files = [sorted(path.name for path in (run / "exported" / name).iterdir()) for name in ("model_1", "model_2")]
    assert files[0] == ["model_1.pt", "policy.pt", "policy_stateful.pt"]
    assert files[1] == ["model_2.pt", *files[0][1:]]


@pytest.fixture
def played(monkeypatch):
    """The environments that play.py makes."""
    made = []

    def make(*args):
        made.append(make_env(*args))
        return made[-1]

    monkeypatch.setattr(program, "make_env", make)
    return made


def test_calm_or_in_the_original_configuration(trained, run_script, played):
    settings = [
        "terrain.num_rows=3",
        "terrain.num_cols=6",
        "terrain.max_init_terrain_level=2",
        "commands.curriculum=true",
        "domain_rand.randomize_base_mass=true",
    ]
    run = trained("go2_rough", *(part for setting in settings for part in ("--set", setting)))
    state = torch.load(run / "model_1.pt", weights_only=True)["env"]
    flags = ("--task=go2_rough", "--num_envs=4", *PLAY)
    assert run_script(play, *flags) == run_script(play, *flags, "--original_cfg") == 0
    calm, original = (env.cfg for env in played)
    assert (calm.terrain.num_rows, calm.terrain.num_cols, calm.terrain.curriculum) == (5, 5, False)
    assert (original.terrain.num_rows, original.terrain.num_cols, original.terrain.curriculum) == (3, 6, True)
    assert (calm.commands.curriculum, original.commands.curriculum) == (False, True)
    assert (calm.noise.add_noise, original.noise.add_noise) == (False, True)
    for switch in ("randomize_friction", "randomize_base_mass", "push_robots"):
        assert (getattr(calm.domain_rand, switch), getattr(original.domain_rand, switch)) == (False, True)
    for name in ("terrain_levels", "terrain_types", "command_ranges"):
        assert torch.equal(played[1].state_dict()[name], state[name])


def test_the_original_configuration_has_no_more_robots_than_can_be_watched(trained, run_script, played):
    trained("go2_flat")
    assert run_script(play, "--task=go2_flat", *PLAY, "--num_envs=60", "--original_cfg") == 0
    assert played[0].num_envs == 50


@needs_opengl
def test_a_film_in_the_runs_folder(trained, run_script, caplog):
    run = trained("go2_flat")
    assert run_script(play, "--task=go2_flat", *PLAY, "--record") == 0
    film = run / "videos" / "play_1.mp4"
    assert film.stat().st_size > 1000 and f"recorded {film}" in caplog.messages
    # A checkpoint that was given a name of its own gives it to the film.
    (run / "model_1.pt").rename(run / "walker.pt")
    assert run_script(play, f"--checkpoint={run / 'walker.pt'}", *PLAY, "--record") == 0
    assert (run / "videos" / "play_walker.mp4").is_file()


def test_a_folder_that_cannot_be_written_stops_before_the_environment_is_built(
    trained, run_script, monkeypatch, capsys
):
    run = trained("go2_flat")
    (run / "videos").touch()
    monkeypatch.setattr(program, "make_env", None)
    assert run_script(play, "--task=go2_flat", *PLAY, "--record") == 2
    assert f"error: cannot write {run / 'videos' / 'play_1.mp4'}: Not a directory\n" in capsys.readouterr().err


def test_a_plot_of_too_many_steps_is_refused_before_anything_is_looked_for(run_script, tmp_path, capsys):
    """There is no run, which would be told otherwise."""
    flags = ("--task=go2_flat", "--headless", "--steps=100001", f"--plot={tmp_path / 'plot.png'}")
    assert run_script(play, *flags) == 2
    told = capsys.readouterr().err
    assert told == "error: --plot: a picture of 100001 steps shows nothing; at most 100000 (--steps)\n"


def test_without_a_run_it_says_so(run_script, capsys):
    assert run_script(play, "--task=go2_flat", *PLAY) == 2
    assert "error: no runs in" in capsys.readouterr().err


def test_the_viewer_in_a_browser_is_refused_in_a_line(trained, run_script, monkeypatch, capsys):
    trained("go2_flat_deploy")
    monkeypatch.setattr(web_viewer, "PACKAGES", ("no_such_viser",))
    flags = ("--task=go2_flat_deploy", "--sim=mujoco", "--viewer=web")
    assert run_script(play, *flags) == 2
    assert capsys.readouterr().err == "error: --viewer web needs no_such_viser: pip install -e '.[web]'\n"
    assert run_script(play, *flags, "--record") == 2
    assert "leave out one of them" in capsys.readouterr().err
    assert run_script(play, *flags, "--viewer_address", "robot.local") == 2
    assert "argument --viewer_address: expected an address of this computer" in capsys.readouterr().err


def test_a_policy_is_played_in_a_browser_that_nobody_opens(trained, run_script, caplog):
    pytest.importorskip("viser")
    run = trained("go2_flat")
    assert run_script(play, "--task=go2_flat", "--sim=mujoco", "--viewer=web", "--steps=6") == 0
    assert "viewer: http://127.0.0.1:" in caplog.text
    assert (run / "exported" / "model_1" / "policy.pt").exists()
