"""train.py from the command line to the run folder, on a tiny problem."""

import json

import pytest
import torch
import yaml

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.runs import folders as runs
from legged_gym.runs import seeds as program
from legged_gym.runs import training
from legged_gym.runs.slots import Slot
from legged_gym.scripts import evaluate, train
from legged_gym.sim.devices import Placement
from legged_gym.viewing import training_film
from legged_gym.viewing.web import viewer
from rsl_rl.runners import OnPolicyRunner
from tests.opengl import needs_opengl
from tests.pythonpath import extended

TINY = (
    "--task=go2_flat", "--sim=mujoco", "--num_envs=4", "--max_iterations=1",
    "--set", "train.runner.num_steps_per_env=8", "--set", "train.policy.actor_hidden_dims=[8]",
    "--set", "train.policy.critic_hidden_dims=[8]", "--set", "train.algorithm.num_learning_epochs=1",
)  # fmt: skip


def weights(run):
    path = runs.find_checkpoint(run)
    return torch.load(path, weights_only=True)["policy"]


def test_run_folder_resume_and_seed(run_script, tmp_path, monkeypatch, caplog, capsys):
    assert run_script(train, *TINY, "--run_name=one", "--seed=5") == 0
    one = runs.find_run("go2_flat", root=tmp_path)
    assert [path.name for path in runs.checkpoints(one).values()] == ["model_1.pt"]
    config = yaml.safe_load((one / "config.yaml").read_text())
    assert (config["task"], config["env"]["env"]["num_envs"], config["train"]["seed"]) == ("go2_flat", 4, 5)
    assert config["train"]["policy"]["actor_hidden_dims"] == [8]
    assert yaml.safe_load((one / "run.yaml").read_text())["engine"] == "mujoco"
    saved = torch.load(one / "model_1.pt", weights_only=True)["config"]
    assert saved == {key: value for key, value in config.items() if key != "config_hash"}

    # The seed decides: the same one gives the same weights, another one others (legged_gym's --seed had no effect).
    assert run_script(train, *TINY, "--run_name=same", "--seed=5") == 0
    same = weights(runs.find_run("go2_flat", root=tmp_path))
    assert run_script(train, *TINY, "--run_name=other", "--seed=6") == 0
    other = weights(runs.find_run("go2_flat", root=tmp_path))
    assert all(torch.equal(same[name], tensor) for name, tensor in weights(one).items())
    assert not torch.equal(same["actor.0.weight"], other["actor.0.weight"])

    # Resuming goes on from the named run with its own configuration: no --num_envs, no --set.
    arguments = ("--task=go2_flat", "--sim=mujoco", "--resume", f"--load_run={one.name}", "--run_name=more")
    ages, begin = [], OnPolicyRunner._begin_iteration

    def look_then_begin(runner):
        ages.append(runner.env.episode_length_buf.tolist())
        return begin(runner)

    monkeypatch.setattr(OnPolicyRunner, "_begin_iteration", look_then_begin)
    assert run_script(train, *arguments, "--max_iterations=2") == 0
    assert len(set(ages[0])) == 4  # in lockstep, all time out at once, for good
    more = runs.find_run("go2_flat", root=tmp_path)
    assert more.name.endswith("_more") and list(runs.checkpoints(more)) == [3]
    resumed = yaml.safe_load((more / "config.yaml").read_text())
    assert (resumed["env"]["env"]["num_envs"], resumed["train"]["policy"]["actor_hidden_dims"]) == (4, [8])
    assert resumed["train"]["runner"]["max_iterations"] == 1  # what schedules follow is the training as it was begun
    assert yaml.safe_load((more / "run.yaml").read_text())["resumed_from"] == str(one / "model_1.pt")
    assert f", going on from {one / 'model_1.pt'}" in caplog.text

    # What a training begins with is the checkpoint's by now, and its weights are of one activation alone.
    assert run_script(train, *arguments, "--max_iterations=1", "--set=train.algorithm.learning_rate=0.01") == 0
    assert f"--set train.algorithm.learning_rate has no effect: {one / 'model_1.pt'} has what became" in caplog.text
    capsys.readouterr()
    assert run_script(train, *arguments, "--set=train.policy.activation=relu") == 2
    told = f"error: --set train.policy.activation: the weights of {one / 'model_1.pt'} were learned with elu\n"
    assert capsys.readouterr().err == told


def test_several_seeds_are_trained_and_judged_together(run_script, tmp_path, monkeypatch, caplog, capsys):
    """Each in a process of its own, which gets all flags but those of the seeds."""
    monkeypatch.setenv("PYTHONPATH", extended(LEGGED_GYM_ROOT_DIR))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert run_script(train, *TINY, "--run_name", "both", "--seeds=3,4") == 0
    folders = sorted(path.name.partition("_both_")[2] for path in (tmp_path / "go2_flat").glob("*_both_*"))
    assert folders == ["seed_3", "seed_4"]
    assert f"judge them together with evaluate.py --task=go2_flat --log_root={tmp_path} --seeds 3,4" in caplog.text
    for seed in (3, 4):
        run = runs.find_run_of_seed("go2_flat", seed, root=tmp_path)
        config = yaml.safe_load((run / "config.yaml").read_text())
        assert run.name.endswith(f"seed_{seed}") and config["train"]["seed"] == seed
        assert config["train"]["policy"]["actor_hidden_dims"] == [8]
    flags = ("--task=go2_flat", "--sim=mujoco", "--num_envs=4", "--set=env.episode_length_s=0.5")
    assert run_script(evaluate, *flags, "--seeds=4,3", f"--json={tmp_path / 'out.json'}") == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["seeds"] == [4, 3] and "seed_4" in found["checkpoint"][0]
    errors = [policy["lin_vel_error"] for policy in found["policies"]]
    assert found["trainings"]["lin_vel_error"]["worst"] == max(errors)
    assert found["trainings"]["lin_vel_error"]["worst_seed"] == (4, 3)[errors.index(max(errors))]
    assert run_script(evaluate, *flags, "--seeds=3,5") == 2
    assert "has a checkpoint of seed 5" in capsys.readouterr().err


def test_a_run_of_several_is_known_by_its_name_which_is_no_pattern(tmp_path, monkeypatch):
    seen = []

    class Queue:
        statuses, stopped_by = {"seed 3": 0}, None

        def __init__(self, jobs, slots, has_begun):
            self.has_begun = has_begun

        def run(self):
            for name in ("Nov28_10-00-00_x1_seed_3", "Nov28_10-00-00_x[1]_seed_3"):
                (tmp_path / "exp" / name).mkdir(parents=True)
                seen.append(self.has_begun())

    monkeypatch.setattr(program, "Queue", Queue)
    args = train.make_parser().parse(["--task=go2_flat", "--run_name=x[1]", "--seeds=3", f"--log_root={tmp_path}"])
    program.train_seeds(args, [], "go2_flat", "exp", [Slot()], {})
    assert seen == [False, True]


def test_trainings_share_a_gpu_after_there_is_one_on_each(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    flags, placement = (
        ["--task=go2_flat", "--seeds=1,2", "--per_gpu", "2"],
        Placement("mujoco_warp", "cuda:0", "cuda:0"),
    )
    args = train.make_parser().parse(flags)
    slots = program.seed_slots(args, placement)
    assert [slot.gpu for slot in slots] == ["4", "7", "4", "7"]
    jobs = []

    class Queue:
        statuses, stopped_by = {}, None

        def __init__(self, given, its, has_begun):
            jobs.extend(given)
            assert its is slots

        def run(self):
            pass

    monkeypatch.setattr(program, "Queue", Queue)
    program.train_seeds(args, flags, "go2_flat", "go2_flat", slots, {})
    assert [job.command[3:] for job in jobs] == [
        ["--task=go2_flat", f"--seed={seed}", f"--run_name=seed_{seed}"] for seed in (1, 2)
    ]  # none is told of the others
    named = train.make_parser().parse([*flags, "--sim_device=cuda:1"])
    assert program.seed_slots(named, placement) == [Slot(), Slot()]


@needs_opengl
def test_filming_changes_nothing(run_script, tmp_path, monkeypatch, caplog):
    """Every number of the checkpoint is the same with and without films, also the random states."""
    monkeypatch.setattr(training_film, "CLIP_DURATION", 0.2)  # 10 of 8 steps an iteration
    flags = (*TINY, "--max_iterations=5")
    assert run_script(train, *flags, "--run_name=plain") == 0
    plain = runs.find_run("go2_flat", root=tmp_path)
    assert run_script(train, *flags, "--run_name=filmed", "--record_interval=1") == 0
    filmed = runs.find_run("go2_flat", root=tmp_path)
    states = [torch.load(run / "model_5.pt", weights_only=True) for run in (plain, filmed)]
    for part in ("policy", "algorithm", "env", "random_state"):
        torch.testing.assert_close(*(state[part] for state in states), rtol=0.0, atol=0.0)
    assert not (plain / "videos").exists()
    names = [f"iteration_{number}.mp4" for number in (1, 3)]
    assert sorted(path.name for path in (filmed / "videos").iterdir()) == names
    assert all(f"recorded {filmed / 'videos' / name}" in caplog.messages for name in names)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--task=go2_flatt"], "error: unknown task 'go2_flatt'; did you mean go2_flat?"),
        (["--task=go2_flat", "--num_env=4"], "error: unknown argument --num_env; did you mean --num_envs?"),
        (["--task=go2_flat", "--set", "env.num_env=4"], "unknown key; did you mean env.num_envs?"),
        (["--task=go2_flat", "--set", "env.num_envs=0"], "env.num_envs = 0 must be a whole number of at least 1"),
        (["--task=go2_flat", "--resume"], "error: no runs in"),
        (["--checkpoint=/nowhere/model_1.pt"], "error: argument --checkpoint: there is no /nowhere/model_1.pt"),
        (["--task=go2_flat", "--experiment_name=../x", "--sim=mujoco"], "that can name a folder"),
        (["--task=go2_flat", "--checkpoint=5"], "--checkpoint says what to go on from: add --resume"),
        (["--task=go2_flat", "--load_run=-1"], "--load_run says what to go on from: add --resume"),
        (["--task=go2_flat", "--set=train.runner.load_run=x"], "--load_run says what to go on from"),
        (["--task=go2_flat", "--sim=mujoco", "--seeds=1,2", "--seed=3"], "leave --seed out"),
        (["--task=go2_rough", "--seeds=1,2", "--set=terrain.terrain_proportions={gpa: 1}"], "unknown kind 'gpa'"),
        (["--task=go2_rough", "--seeds=1,2", "--set=terrain.terrain_proportions={gap: 0}"], "all shares are 0"),
        (["--task=go2_flat", "--sim=mujoco", "--seeds=1,2", "--set=train.seed=3"], "leave --seed out"),
        (
            ["--task=a1_distill", "--seeds=1,2", "--set=train.pretrain_dataset.scan_dir=x"],
            "learn from each other's students",
        ),
        (
            ["--task=go2_flat", "--sim=mujoco", "--seeds=1", "--set=train.runner.run_name=a"],
            "use --run_name in the place",
        ),
        (["--task=go2_flat", "--sim=mujoco", "--seeds=1,20", f"--run_name={'x' * 195}"], "_seed_20' must be a text"),
        (["--task=go2_flat", "--sim=mujoco", "--seeds=1,2", "--wandb_entity=me"], "Weights & Biases: no project"),
        (["--task=go2_flat", "--sim=mujoco", "--seeds=1,2", "--set=asset.foot_name=zehe"], "no body has 'zehe' in its"),
        (["--task=go2_perceptive", "--sim=mujoco", "--seeds=1,2", "--stage=student"], "error: no teacher: no runs in"),
        (["--task=go2_flat", "--sim=mujoco", "--per_gpu=2"], "--per_gpu is of several trainings, with --seeds"),
        (["--task=go2_flat", "--sim=mujoco", "--seeds=1,2", "--per_gpu=2"], "these trainings are on the CPU"),
        (["--task=go2_flat", "--seeds=1,1"], "argument --seeds: names a seed twice: 1,1"),
        (["--task=go2_flat", "--seeds=1,-1"], "argument --seeds: must be seeds of at least 0"),
    ],
)
def test_mistakes_end_with_one_line_and_status_2(run_script, tmp_path, capsys, flags, message):
    assert run_script(train, *flags) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_unwritable_logs_stop_before_the_environment_is_built(run_script, tmp_path, capsys, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(training, "make_env", None)
    assert run_script(train, *TINY, f"--log_root={tmp_path / 'file'}") == 2
    assert "error: cannot write to" in capsys.readouterr().err


def test_training_is_shown_in_a_browser(run_script, tmp_path, monkeypatch, caplog, capsys):
    pytest.importorskip("viser")
    assert run_script(train, *TINY, "--viewer=web") == 0
    assert "viewer: http://127.0.0.1:" in caplog.text
    assert runs.find_checkpoint(runs.find_run("go2_flat", root=tmp_path)).name == "model_1.pt"
    monkeypatch.setattr(viewer, "PACKAGES", ("no_such_viser",))
    assert run_script(train, *TINY, "--viewer=web") == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: --viewer web needs no_such_viser: pip install -e '.[web]'"
    )
