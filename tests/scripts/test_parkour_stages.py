"""The chain of a parkour skill: walking, soft obstacles, hard ones, each from the weights of the one before."""

import json

import pytest
import torch
import yaml

from legged_gym.envs.parkour.parkour_robot import PENETRATION_REWARDS
from legged_gym.runs import folders as runs
from legged_gym.runs import seeds
from legged_gym.scripts import evaluate, train

TINY = (
    "--sim=mujoco", "--num_envs=4", "--max_iterations=1", "--set=terrain.num_rows=2", "--set=terrain.num_cols=1",
    "--set=train.runner.num_steps_per_env=2", "--set=train.policy.actor_hidden_dims=[8]",
    "--set=train.policy.critic_hidden_dims=[8]", "--set=train.policy.rnn_hidden_size=8",
    "--set=train.algorithm.learning_rate=1e-9", "--set=train.algorithm.schedule=fixed",
)  # fmt: skip


def stored(run):
    return torch.load(runs.find_checkpoint(run), weights_only=True)


def all_runs(root, task):
    return sorted((root / task).iterdir(), key=runs.created)


def came_from(run):
    return yaml.safe_load((run / "run.yaml").read_text())["weights_from"]


@pytest.fixture
def field(run_script, tmp_path):
    """A run on rough ground."""
    assert run_script(train, "--task=a1_field", *TINY) == 0
    return all_runs(tmp_path, "a1_field")[0]


def test_a_skill_is_learned_soft_then_hard(field, run_script, tmp_path, capsys):
    assert run_script(train, "--task=a1_climb", *TINY, "--stage=all", "--run_name=up") == 0
    soft, hard = all_runs(tmp_path, "a1_climb")
    assert soft.name.endswith("_up_soft") and hard.name.endswith("_up_hard")
    assert came_from(field) is None and came_from(soft) == str(field / "model_1.pt")
    assert came_from(hard) == str(soft / "model_1.pt")
    for run, dynamics in ((soft, "soft"), (hard, "hard")):
        config, begun = stored(run)["config"], stored(run)
        assert config["env"]["parkour"]["dynamics"] == dynamics and config["train"]["runner"]["stage"] == dynamics
        assert begun["iteration"] == 1
        assert config["env"]["terrain"]["lengths"] == ({"climb": [0.1, 0.2]} if run is soft else {})
        for name in PENETRATION_REWARDS:
            assert config["env"]["rewards"]["scales"][name] == (-0.01 if run is soft else 0.0)
        before = stored(field)["policy"]
        for name, weights in begun["policy"].items():
            torch.testing.assert_close(weights, before[name], atol=1e-5, rtol=0.0)

    # Alone, a stage begins with the newest run of what comes before it, or with the run that is named.
    assert run_script(train, "--task=a1_climb", *TINY, "--stage=hard") == 0
    assert came_from(all_runs(tmp_path, "a1_climb")[-1]) == str(soft / "model_1.pt")
    assert run_script(train, "--task=a1_leap", *TINY, "--stage=soft", f"--load_run={hard}") == 0
    assert came_from(all_runs(tmp_path, "a1_leap")[-1]) == str(hard / "model_1.pt")
    file = str(soft / "model_1.pt")  # as those that are shipped, which have no run
    assert run_script(train, "--task=a1_leap", *TINY, "--stage=soft", f"--load_run={file}") == 0
    assert came_from(all_runs(tmp_path, "a1_leap")[-1]) == file

    # The weights of another robot are refused, what a stage sets is changed there, and asked for as it is set.
    assert run_script(train, "--task=go2_leap", *TINY, "--stage=soft", f"--load_run={hard}") == 2
    assert "is one of the robot {ROOT}/resources/robots/a1/urdf/a1.urdf, not of" in capsys.readouterr().err
    own = '--set=train.stages.hard.terrain.lengths={"climb": [0.6, 0.6]}'
    asked = ("--set=parkour.dynamics=hard", own, "--stage=hard")
    assert run_script(train, "--task=a1_climb", *TINY, *asked, f"--load_run={soft}") == 0
    changed = stored(all_runs(tmp_path, "a1_climb")[-1])["config"]
    assert changed["env"]["terrain"]["lengths"] == {"climb": [0.6, 0.6]}

    # Runs of several seeds are of one stage, and may have begun with weights that were named.
    named = ("--seed=2", "--stage=soft", f"--load_run={field}")
    assert run_script(train, "--task=a1_climb", *TINY, *named) == 0
    short = ("--sim=mujoco", "--num_envs=4", "--set=env.episode_length_s=0.1")
    assert run_script(evaluate, "--task=a1_climb", "--seeds=2,1", *short, f"--json={tmp_path / 'seeds.json'}") == 0
    judged = json.loads((tmp_path / "seeds.json").read_text())["checkpoint"]
    assert judged == [str(run / "model_1.pt") for run in (all_runs(tmp_path, "a1_climb")[-1], soft)]
    capsys.readouterr()
    assert run_script(evaluate, "--task=a1_climb", "--seeds=1,2", *short) == 2
    assert "has a checkpoint of a hard with seed 2" in capsys.readouterr().err

    # Resumed is resumed: iteration and optimizer too.
    assert run_script(train, "--task=a1_climb", "--sim=mujoco", "--resume", "--max_iterations=1", "--stage=hard") == 0
    last = all_runs(tmp_path, "a1_climb")[-1]
    assert stored(last)["iteration"] == 2 and came_from(last) is None

    # Success is told for each size of the obstacle.
    flags = ("--sim=mujoco", "--num_envs=4", "--set=env.episode_length_s=0.4", f"--json={tmp_path / 'found.json'}")
    sizes = '--set=terrain.sizes={"climb_track": [0.25, 0.4]}'
    assert run_script(evaluate, "--task=a1_climb", f"--load_run={last.name}", *flags, sizes) == 0
    assert "climb_track" in capsys.readouterr().out
    assert "0.25" in json.dumps(json.loads((tmp_path / "found.json").read_text()))


@pytest.mark.parametrize(("stage", "is_told"), [("all", False), ("soft", False), ("hard", True)])
def test_a_setting_that_no_trained_stage_reads_is_told(run_script, caplog, stage, is_told):
    asked = (f"--stage={stage}", "--set=parkour.harder_below=1.0")
    assert run_script(train, "--task=a1_climb", *TINY, *asked) == 2  # there is nothing to begin with
    told = "--set parkour.harder_below has no effect: parkour.dynamics is hard: levels follow the distance"
    assert (told in caplog.messages) == is_told


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--task=a1_climb",), "no weights to begin with: no runs in"),
        (("--task=a1_climb", "--set=train.runner.begins_with="), "train.runner.begins_with names no experiment"),
        (("--task=a1_climb",), "train --task=a1_field first, or name a run or a checkpoint with --"),
        (("--task=a1_climb", "--stage=hard"), "train --stage=soft first, or name a run or a checkpoint with --"),
        (
            ("--task=a1_climb", "--stage=teacher"),
            "train.runner.stage = 'teacher' must be a text, one of soft, hard, all",
        ),
        (("--task=a1_climb", '--set=train.stages.soft={"parkour.dynamic": "soft"}'), "did you mean parkour.dynamics"),
        (("--task=a1_climb", '--set=train.stages.soft={"nope": 1}'), "train.stages.soft nope: unknown key\n"),
        (
            ("--task=a1_climb", '--set=train.stages.soft={"train.runner.stage": "hard"}'),
            "train.stages.soft: train.runner.stage says which stages there are, not what holds in one\n",
        ),
        (("--task=a1_climb", '--set=train.stages.soft={"lenghts": 1}'), "lenghts: unknown key; did you mean terrain."),
        (("--task=a1_climb", "--teacher=x"), "error: --teacher: the task has no student"),
        (("--task=a1_distill", "--teacher=x"), "error: --teacher: its teachers are those of train.runner.sub_policy_"),
        (("--task=a1_climb", "--checkpoint=3"), "add --resume, or name it with --load_run to begin with its weights"),
        (("--task=a1_field", "--stage=soft"), "error: --stage: the task has no stages"),
        (
            ("--task=a1_climb", '--set=terrain.lengths={"climb": [0.6, 0.6]}'),
            "--set terrain.lengths has no effect: the stage 'soft' sets {'climb': [0.1, 0.2]}; set train.stages.",
        ),
        (("--task=a1_climb", "--stage=hard", "--set=parkour.dynamics=soft"), "has no effect: the stage 'hard' sets"),
        (("--task=a1_field", "--set=parkour.dynamics=firm"), "parkour.dynamics = 'firm' must be a text, one of soft"),
    ],
)
def test_mistakes_end_with_one_line_and_status_2(run_script, tmp_path, capsys, flags, message):
    assert run_script(train, *TINY, *flags) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("error: ") == 1
    assert not list(tmp_path.glob("*/*"))


def test_each_of_several_seeds_begins_with_the_run_of_its_own(field, run_script, tmp_path, monkeypatch, caplog):
    """Three seeds of a skill are three trainings from the beginning, where walking was learned with each."""
    jobs = []

    class Queue:
        statuses, stopped_by = {}, None

        def __init__(self, given, slots, has_begun):
            jobs[:] = [[flag for flag in job.command if flag.startswith("--load_run")] for job in given]

        def run(self):
            pass

    monkeypatch.setattr(seeds, "Queue", Queue)
    assert run_script(train, "--task=a1_field", *TINY, "--seed=2") == 0
    newest = all_runs(tmp_path, "a1_field")[-1]
    assert run_script(train, "--task=a1_climb", *TINY, "--seeds=2,1,3") == 0
    assert jobs == [[f"--load_run={newest}"], [f"--load_run={field}"], []]
    assert "seeds that nothing to begin with was trained with: 3; they begin with the" in caplog.text
    assert run_script(train, "--task=a1_climb", *TINY, "--seeds=2,1", f"--load_run={field}") == 0
    assert jobs == [[f"--load_run={field}"]] * 2
    assert run_script(train, "--task=a1_field", *TINY, "--seeds=2,1") == 0
    assert jobs == [[], []]
    assert run_script(train, "--task=a1_climb", *TINY, "--stage=soft", "--seed=2", f"--load_run={field}") == 0
    soft = all_runs(tmp_path, "a1_climb")[-1]
    assert run_script(train, "--task=a1_climb", *TINY, "--stage=hard", "--seeds=2,1") == 0
    assert jobs == [[f"--load_run={soft}"], []]
