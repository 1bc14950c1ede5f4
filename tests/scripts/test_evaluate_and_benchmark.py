"""evaluate.py and benchmark.py, from the command line to the numbers."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.config.io import config_hash
from legged_gym.config.layers import set_fields
from legged_gym.evaluation import trials as evaluation
from legged_gym.evaluation.summary import summarize
from legged_gym.runs import speed
from legged_gym.scripts import benchmark, evaluate, train
from legged_gym.scripts.programs import benchmark as measuring
from legged_gym.scripts.programs import evaluate as judging
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.errors import UserError
from rsl_rl.utils.progress import LateLineProgress
from studies.belief import program
from tests.evaluation.acting import acting

SMALL = ("--set=terrain.num_rows=2", "--set=terrain.num_cols=5", "--set=env.episode_length_s=1.0")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the policy's run is kept once it is trained."""
    return tmp_path_factory.mktemp("kept") / "go2_rough"


@pytest.fixture
def checkpoint(run_script, kept, tmp_path):
    """A barely trained rough policy, in a run of each test's own."""
    if not kept.exists():
        flags = ("--task=go2_rough", "--num_envs=8", "--max_iterations=1", "--run_name=tiny", *SMALL)
        assert run_script(train, *flags, "--set=train.policy.actor_hidden_dims=[16]") == 0
        shutil.copytree(tmp_path / "go2_rough", kept)
    else:
        shutil.copytree(kept, tmp_path / "go2_rough")
    return next(tmp_path.glob("go2_rough/*_tiny/model_1.pt"))


def test_evaluation_is_whole_and_repeatable(run_script, checkpoint, tmp_path, capsys):
    files = [tmp_path / f"{name}.json" for name in "ab"]
    for file in files:
        flags = (f"--checkpoint={checkpoint}", "--num_envs=40", "--seed=3", f"--json={file}", *SMALL)
        assert run_script(evaluate, "--task=go2_rough", *flags, f"--plot={tmp_path / 'plot.png'}") == 0
    first, second = (json.loads(file.read_text()) for file in files)
    assert first == second
    expected = {"task", "sim", "num_envs", "seed", "episodes", "fall_rate", "lin_vel_error", "ang_vel_error"}
    expected |= {"checkpoint", "iteration", "config_hash"}
    assert expected | {"success", "torque_rms", "power"} <= first.keys()
    assert first["episodes"] == 40 and first["sim"] == "mujoco" and first["seed"] == 3
    assert set(first["success"]) == {"slope_up", "stairs_up", "stairs_down", "discrete"}
    assert all(len(rates) == 2 for rates in first["success"].values())
    assert (tmp_path / "plot.png").stat().st_size > 1000
    assert first["seeds"] == [1] and first["trials"]["stairs_up"] == [5, 5]
    assert first["size"]["stairs_up"] == pytest.approx([0.05, 0.14]) and "slope_up" not in first["size"]
    assert first["record"].keys() == first["size"].keys() and first["stuck_rate"] == 0.0
    saved = torch.load(checkpoint, weights_only=True)
    assert (first["checkpoint"], first["iteration"]) == (str(checkpoint), 1)
    assert first["config_hash"] == config_hash(saved["config"])
    lines = {line[:20].strip(): line[20:].strip() for line in capsys.readouterr().out.splitlines()}
    assert (lines["checkpoint"], lines["config_hash"]) == (str(checkpoint), first["config_hash"])
    assert lines["trials of a cell"] == "5" and any(head.startswith("success, % by level") for head in lines)


def test_fewer_robots_than_cells_are_refused(run_script, checkpoint, capsys):
    """Each of four types and two levels needs one; the share of trials that succeed would be of none."""
    assert run_script(evaluate, f"--checkpoint={checkpoint}", "--num_envs=7", *SMALL) == 2
    assert "--num_envs 7: the map has 2 levels of 4 terrain types, so that there must be at least 8 robots" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("task, kinds", [("go2_rough", 7), ("go2_sight", 16)])
def test_each_terrain_type_and_level_has_its_trials(task, kinds):
    cfg, _ = get_cfgs(task)
    assert judging._default_num_envs(cfg, False) == kinds * 10 * 10
    assert judging._default_num_envs(cfg, True) == kinds * 10 * 100


def test_the_worst_of_several_trainings_counts(run_script, checkpoint, tmp_path, capsys):
    """The same policy under another seed is as good, and one of another task is refused."""
    other, out = tmp_path / "other.pt", tmp_path / "out.json"
    state = torch.load(checkpoint, weights_only=True)
    state["config"]["train"]["seed"] = 7
    torch.save(state, other)
    flags = ("--task=go2_rough", "--num_envs=40", "--sim=mujoco", f"--json={out}", *SMALL)
    assert run_script(evaluate, *flags, "--checkpoint", str(checkpoint), str(other)) == 0
    found = json.loads(out.read_text())
    first, second = found["policies"]
    assert found["seeds"] == [1, 7] == [first.pop("seed"), second.pop("seed")] and found["trials"] == first["trials"]
    assert first["success"].keys() == second["success"].keys() == found["success"].keys()
    assert found["fall_rate"] == pytest.approx((first["fall_rate"] + second["fall_rate"]) / 2)
    assert found["checkpoint"] == [str(checkpoint), str(other)] and found["iteration"] == [1, 1]
    assert found["config_hash"][0] != found["config_hash"][1]
    assert "of the worst of 2 trainings" in capsys.readouterr().out
    state["config"]["task"] = "go2_flat"
    torch.save(state, other)
    assert run_script(evaluate, *flags, "--checkpoint", str(checkpoint), str(other)) == 2
    assert "is of the task 'go2_flat', not of 'go2_rough'" in capsys.readouterr().err
    assert run_script(evaluate, *flags, "--responses", "--checkpoint", str(checkpoint), str(other)) == 2
    assert "--responses is of one policy" in capsys.readouterr().err
    assert run_script(evaluate, *flags, "--checkpoint", str(checkpoint), str(checkpoint)) == 2
    assert "a file is named twice" in capsys.readouterr().err


def test_trials_tell_falls_from_success():
    """Two robots carried over the edge of their tile, one thrown on its back, one left standing."""
    cfg, _ = get_cfgs("go2_rough")
    cfg.env.num_envs, cfg.sim.engine = 40, "mujoco"
    cfg.terrain.num_rows, cfg.terrain.num_cols = 2, 5
    set_fields(evaluation.evaluation_settings(cfg) | {"env.episode_length_s": 0.4}, cfg)
    env = make_env("go2_rough", cfg, "cpu", 1)
    steps = 0

    def policy(obs):
        nonlocal steps
        steps += 1
        if steps == 3:
            root = env.root_states.clone()
            root[:2, 0] = env.env_origins[:2, 0] + 4.2
            root[:2, 2] += 2.0
            root[2, 3:7] = torch.tensor([1.0, 0.0, 0.0, 0.0])
            env.sim.reset(torch.arange(40) < 3, root, env.dof_pos.clone(), env.dof_vel.clone())
        return torch.zeros(40, 12)

    trials = evaluation.run_trials(env, acting(policy))
    assert trials.left_tile.tolist() == [True, True] + [False] * 38
    assert trials.fell.tolist() == [False, False, True] + [False] * 37
    assert trials.steps[:3].tolist() == [2.0, 2.0, 2.0] and (trials.steps[3:] == 19.0).all()
    summary = summarize(env, trials)
    assert summary["fall_rate"] == pytest.approx(1 / 40)
    columns = [env.terrain.type_names[column] for column in trials.types.tolist()]
    assert columns[0] == columns[1] == "slope_up" and trials.levels[:2].tolist() == [0, 1]
    count = sum(kind == "slope_up" and level == 0 for kind, level in zip(columns, trials.levels.tolist(), strict=True))
    assert summary["success"]["slope_up"][0] == pytest.approx(1 / count)
    env.close()


@pytest.mark.parametrize("flag", ["--json=/dev/null/out.json", "--plot=/dev/null/out.png", "--plot=out.txt"])
def test_results_that_cannot_be_written_stop_before_the_run(run_script, checkpoint, flag, monkeypatch, capsys):
    for script in (judging, measuring):
        monkeypatch.setattr(script, "make_env", None)
    assert run_script(evaluate, f"--checkpoint={checkpoint}", flag) == 2
    error = capsys.readouterr().err
    assert ("error: cannot write /dev/null/out." in error or "must end in .png" in error) and error.count("\n") == 1
    if "json" in flag:
        assert run_script(benchmark, "--task=go2_flat", flag) == 2
        assert "error: cannot write /dev/null/out.json: Not a directory\n" in capsys.readouterr().err


def test_a_suites_folder_that_cannot_be_written_stops_before_the_run(run_script, monkeypatch, capsys):
    monkeypatch.setattr(program, "find_policies", None)
    assert run_script(evaluate, "--suite=belief", "--plot=/dev/null") == 2
    assert capsys.readouterr().err == "error: cannot write to /dev/null: Not a directory\n"


def test_command_and_settings_of_the_user_hold_over_those_of_the_trials(run_script, monkeypatch, tmp_path, capsys):
    flags = ("--task=go2_flat", "--num_envs=8", "--set=train.policy.actor_hidden_dims=[16]")
    assert run_script(train, *flags, "--max_iterations=1") == 0
    judged, run_trials = [], evaluation.run_trials

    def watch(env, policy, on_step):
        judged.append(env)
        return run_trials(env, policy, on_step=on_step)

    monkeypatch.setattr(evaluation, "run_trials", watch)
    monkeypatch.setattr(LateLineProgress, "INTERVAL", 0.0)
    capsys.readouterr()
    changes = ["env.episode_length_s=0.4", "domain_rand.friction_range=[0.3,0.3]", "domain_rand.push_robots=true"]
    changes += ["domain_rand.randomize_base_mass=true", "domain_rand.added_mass_range=[2,2]"]
    flags = (
        "--task=go2_flat",
        "--num_envs=4",
        f"--json={tmp_path / 'out.json'}",
        *(f"--set={text}" for text in changes),
    )
    assert run_script(evaluate, *flags, "--command", "0.4", "0", "-0.3") == 0
    (env,) = judged
    torch.testing.assert_close(env.sim.read("friction"), torch.full((4,), 0.3))
    torch.testing.assert_close(env.sim.read("base_mass"), torch.full((4,), 6.921 + 2.0))
    assert env.max_episode_length == 20 and env.cfg.domain_rand.push_robots
    torch.testing.assert_close(env.commands[:, :3], torch.tensor([[0.4, 0.0, -0.3]]).expand(4, 3))
    summary = json.loads((tmp_path / "out.json").read_text())
    assert summary["command"] == [0.4, 0.0, -0.3] and len(summary["achieved"]) == 3
    assert {"diagonal_agreement", "stride_frequency"} <= summary.keys()
    told = capsys.readouterr().out
    assert "achieved" in told and "step 1/20, " in told and "step 20/20, " in told
    assert run_script(evaluate, "--suite=belief", "--command", "0.4", "0", "0") == 2


@pytest.mark.parametrize("flag", ["--trials=3", "--parts=1", "--policies=x", "--logs=x", f"--from_json={__file__}"])
def test_flags_of_a_suite_need_one(run_script, flag, capsys):
    assert run_script(evaluate, "--task=go2_rough", flag) == 2
    instead = "; without one, --num_envs says how many trials" if flag == "--trials=3" else ""
    assert capsys.readouterr().err == f"error: {flag.partition('=')[0]} needs --suite{instead}\n"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--suite=belief"], "--seeds: --suite=belief is not of several trainings of one task"),
        (["--suite=hardware"], "--seeds: --suite=hardware is not of several trainings of one task"),
        (
            ["--suite=sight", f"--from_json={__file__}"],
            "--seeds finds the newest run of each seed: leave --from_json out",
        ),
    ],
)
def test_seeds_are_of_what_judges_several_trainings(run_script, flags, message, capsys):
    """Told first, even before a missing task: naming one would not help."""
    assert run_script(evaluate, "--seeds=1,2", *flags) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_benchmark_ends_with_one_json_object(run_script, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(speed, "STEPS", {"cpu": 5})
    monkeypatch.setattr(speed, "WARM_UP_STEPS", 2)
    monkeypatch.setattr(speed, "TRAIN_ITERATIONS", {"cpu": 2})
    flags = ("--task=go2_flat", "--num_envs=16", "--train", f"--json={tmp_path / 'speed.json'}")
    assert run_script(benchmark, *flags) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result == json.loads((tmp_path / "speed.json").read_text())
    assert result["task"] == "go2_flat" and result["sim"] == "mujoco" and result["num_envs"] == 16
    assert result["physics_steps_per_s"] > result["env_steps_per_s"] > result["train_steps_per_s"] > 0.0
    assert result["env_over_physics"] == pytest.approx(result["env_steps_per_s"] / result["physics_steps_per_s"])
    assert set(result["seconds"]) == {"physics", "environment", "policy", "learning"}


def test_benchmark_measures_a_students_training_with_its_teacher(run_script, monkeypatch, capsys):
    for name, value in (("STEPS", {"cpu": 3}), ("WARM_UP_STEPS", 1), ("TRAIN_ITERATIONS", {"cpu": 2})):
        monkeypatch.setattr(speed, name, value)
    teacher = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies" / "go2_perceptive_teacher.pt"
    flags = ["--task=go2_perceptive", "--num_envs=8", "--train", "--set", "train.runner.stage=student"]
    flags += ["--set", "train.student_curriculum.num_steps_per_env=10", "--set", f"train.runner.teacher={teacher}"]
    assert run_script(benchmark, *flags) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["env_steps_per_s"] > result["train_steps_per_s"] > 0.0
    flags[-1] = "train.runner.teacher=resources/policies/none.pt"
    assert run_script(benchmark, *flags) == 2
    assert "no teacher" in capsys.readouterr().err


def test_a_command_where_robots_are_steered_is_refused_by_what_to_do() -> None:
    checkpoint = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies" / "go2_sight.pt"
    with pytest.raises(UserError, match=r"--command: .* along their way across; add --set terrain.mesh_type=plane"):
        evaluate.main([f"--checkpoint={checkpoint}", "--sim=mujoco", "--command", "0.5", "0", "0"])
