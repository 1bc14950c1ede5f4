"""A student of several skills, from teachers to evaluation."""

import json

import pytest
import torch
import yaml

from legged_gym.runs import folders as runs
from legged_gym.scripts import collect, evaluate, play, sim2sim, train
from legged_gym.tasks import get_cfgs, make_env, make_runner
from rsl_rl.runners import trajectory_collector
from rsl_rl.utils import checkpoint
from tests.opengl import needs_opengl

SMALL = {
    "policy": {"actor_hidden_dims": [8], "critic_hidden_dims": [8], "rnn_hidden_size": 8},
    "student": {"image_shape": [24, 32], "rnn_hidden_size": 8, "hidden_dims": [8], "image_dim": 8},
    "distillation": {"truncation_length": 2, "num_mini_batches": 2},
    "runner": {"num_steps_per_env": 4},
}
TINY = (
    "--sim=mujoco", "--num_envs=4", "--max_iterations=1", "--set=terrain.num_rows=2", "--set=terrain.num_cols=2",
    '--set=terrain.terrain_proportions={"climb_track": 0.5, "leap_track": 0.5}', "--set=depth_camera.shape=[24, 32]",
    *(f"--set=train.{name}.{key}={value}" for name, section in SMALL.items() for key, value in section.items()),
)  # fmt: skip


def teacher(task, path):
    """A teacher of a skill with random weights, as its run would leave it."""
    env_cfg, train_cfg = get_cfgs(task)
    env_cfg.env.num_envs, env_cfg.sim.engine = 2, "mujoco"
    env_cfg.terrain.num_rows = env_cfg.terrain.num_cols = 1
    for key, value in SMALL["policy"].items():
        setattr(train_cfg.policy, key, value)
    train_cfg.algorithm.num_mini_batches = 1
    env = make_env(task, env_cfg, "cpu", 1)
    runner = make_runner(env, train_cfg, None, "cpu")
    ground = {"terrain_proportions": env_cfg.terrain.terrain_proportions}
    runner.config = {"task": task, "env": {"asset": {"file": env_cfg.asset.file}, "terrain": ground}, "train": {}}
    runner.save(path)
    env.close()
    return path


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teachers")
    return {skill: teacher(f"a1_{skill}", folder / f"{skill}.pt") for skill in ("climb", "leap")}


def taught_by(**paths):
    table = ", ".join(f'"{skill}": "{path}"' for skill, path in paths.items())
    return f"--set=train.runner.sub_policy_paths={{{table}}}"


def test_a_student_is_trained_resumed_and_judged(teachers, run_script, tmp_path, capsys, caplog):
    assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers)) == 0
    run = next((tmp_path / "a1_distill").iterdir())
    state = checkpoint.load(run / "model_1.pt")
    for skill, path in teachers.items():
        mine = state["algorithm"]["teacher"][f"policies.{skill}.actor.0.weight"]
        torch.testing.assert_close(mine, checkpoint.load(path)["policy"]["actor.0.weight"])
    assert state["config"]["train"]["runner"]["sub_policy_paths"]["leap"] == str(teachers["leap"])
    assert "alone" not in caplog.text
    assert f"teachers: climb {teachers['climb']}, leap {teachers['leap']}" in caplog.text
    assert yaml.safe_load((run / "run.yaml").read_text())["teachers"] == {k: str(v) for k, v in teachers.items()}

    other = f"--set=train.runner.sub_policy_paths.climb={teachers['leap']}"
    assert run_script(train, "--task=a1_distill", "--sim=mujoco", "--resume", "--max_iterations=1", other) == 0
    assert "--set train.runner.sub_policy_paths.climb has no effect: " in caplog.text  # teachers are in the checkpoint
    last = sorted((tmp_path / "a1_distill").iterdir(), key=runs.created)[-1]
    assert checkpoint.load(runs.find_checkpoint(last))["iteration"] == 2

    capsys.readouterr()
    ground = '--set=terrain.terrain_proportions={"crawl_track": 1.0}'  # of no skill that it is taught
    assert run_script(train, "--task=a1_distill", "--sim=mujoco", "--resume", "--max_iterations=1", ground) == 2
    assert "the map has blocks of 'crawl', but train.runner.sub_policy_paths has no" in capsys.readouterr().err
    flags = ("--sim=mujoco", "--num_envs=4", "--set=env.episode_length_s=0.4")
    assert run_script(evaluate, "--task=a1_distill", *flags) == 0
    told = capsys.readouterr().out
    assert "climb_track" in told and "leap_track" in told


def test_a_blind_student_is_trained_and_judged_without_cameras(teachers, run_script, tmp_path, capsys, monkeypatch):
    blind = '--set=train.obs_groups={"policy": ["policy"], "skill": ["skill"], "student": ["proprioception"]}'
    data, flags = tmp_path / "data", ("--task=a1_distill", "--sim=mujoco", "--num_envs=4")
    with monkeypatch.context() as patched:
        patched.setattr("legged_gym.envs.base.ground_sensors.DepthCamera", None)  # none can be made
        assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers), blind) == 0
        assert run_script(evaluate, *flags, "--set=env.episode_length_s=0.4") == 0
        assert run_script(collect, *flags, "--load_run=-1", f"--data_dir={data}", "--rollouts=1") == 0
        assert [path.name[:9] for path in data.glob("0*.pt")] == ["00000001-"]  # the student's iteration
        capsys.readouterr()
        assert run_script(evaluate, *flags, "--image=black") == 2
    assert "--image=black: the policy sees no depth image" in capsys.readouterr().err
    state = checkpoint.load(next((tmp_path / "a1_distill").iterdir()) / "model_1.pt")
    assert state["config"]["env"]["observations"]["depth"] == ["depth_image"]
    assert [*state["layout"]["observations"]] == ["policy", "skill", "proprioception"]

    seeing = f"--set=train.pretrain_dataset.data_dir={data}"  # what has no images teaches nobody to see
    assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers), seeing) == 2
    assert "was saved with another schema: " in capsys.readouterr().err


def test_mistakes_end_with_one_line_and_status_2(teachers, run_script, tmp_path, capsys, caplog):
    stranger = teacher("go2_leap", tmp_path / "stranger.pt")
    both = taught_by(**teachers)
    cases = [
        ((taught_by(climb=teachers["climb"]),), "has no 'leap' (it has climb): name its teacher there, or leave"),
        ((taught_by(**{**teachers, "leap": stranger}),), f"the teacher of 'leap', {stranger}, is one of the robot "),
        ((taught_by(**{**teachers, "leap": "nowhere"}),), "no teacher of 'leap': no runs in"),
        ((taught_by(**{**teachers, "leap": "no/where"}),), "no teacher of 'leap': there is no no/where; train it, or"),
        ((taught_by(**teachers, fly=teachers["leap"]),), "no block needs the skill 'fly'; there are none, climb"),
        ((both, "--set=depth_camera.shape=[12, 16]"), "has 192 pixels, but the student's network is for image_shape ="),
        ((both, "--set=depth_camera.shape=[32, 24]"), "the image is 32 x 24 pixels, but the student's network is for"),
        ((both, "--set=train.policy.rnn_hidden_size=16"), "was saved with another teacher: "),
    ]
    for flags, message in cases:
        assert run_script(train, "--task=a1_distill", *TINY, *flags) == 2, flags
        error = capsys.readouterr().err
        assert message in error and error.count("error: ") == 1, error
    assert not list(tmp_path.glob("a1_distill/*"))
    swapped = taught_by(climb=teachers["leap"], leap=teachers["leap"])
    assert run_script(train, "--task=a1_distill", *TINY, swapped) == 0
    assert f"the teacher of 'climb', {teachers['leap']}, was trained on leap_track alone" in caplog.text
    assert f"the teacher of 'leap', {teachers['leap']}, was" not in caplog.text


def test_a_data_set_is_collected_and_learned_from(teachers, run_script, tmp_path, capsys, caplog):
    """By teachers alone, without a run."""
    data = f"--data_dir={tmp_path / 'data'}"
    iterations = "--max_iterations=1"
    collected = [flag for flag in TINY if flag != iterations]
    assert run_script(collect, "--task=a1_distill", *collected, taught_by(**teachers), data, "--rollouts=2") == 0
    assert f"4 environments on cpu, trajectories of teachers alone to {tmp_path / 'data'}" in caplog.text
    assert "2 rollouts" in capsys.readouterr().err or len(list((tmp_path / "data").glob("*.pt"))) == 2
    learned = f"--set=train.pretrain_dataset.data_dir={tmp_path / 'data'}"
    assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers), learned) == 0

    (run,) = (tmp_path / "a1_distill").iterdir()
    longer = "--set=train.runner.num_steps_per_env=6"
    capsys.readouterr()
    assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers), learned, longer) == 2
    error = capsys.readouterr().err
    assert "was saved with another schema: num_steps is 4 there, 6 here; use another folder" in error
    assert error.count("error: ") == 1
    assert list((tmp_path / "a1_distill").iterdir()) == [run]  # none was begun

    schema = tmp_path / "data" / "schema.json"
    assert "robots/a1/urdf/a1.urdf" in schema.read_text()
    of_another = schema.read_text().replace("a1.urdf", "go2.urdf")  # whose joints have the same names and angles
    (tmp_path / "another").mkdir()
    (tmp_path / "another" / "schema.json").write_text(of_another)
    another = f"--set=train.pretrain_dataset.data_dir={tmp_path / 'another'}"
    assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers), another) == 2
    assert "another schema: layout.robot is" in capsys.readouterr().err
    elsewhere = "--set=depth_camera.position=[0.3, 0, 0.1]"
    assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers), learned, elsewhere) == 2
    assert "another schema: layout.camera.position" in capsys.readouterr().err

    (tmp_path / "data").rename(tmp_path / "gone")
    assert run_script(train, "--task=a1_distill", "--sim=mujoco", "--resume", "--max_iterations=1") == 2
    again = "--set=train.pretrain_dataset.pretrain_iterations=1"  # what is behind needs no data set
    assert run_script(train, "--task=a1_distill", "--sim=mujoco", "--resume", "--max_iterations=1", again) == 0


def test_a_trainer_and_its_collector_meet_in_a_folder(teachers, run_script, tmp_path, capsys, caplog, monkeypatch):
    """What was collected for a run is there when it is resumed."""
    monkeypatch.setattr(trajectory_collector, "RESUMED_WITHIN", 0.0)
    dataset = {"scan_dir": tmp_path / "shared", "num_trajectories": 4, "keep_latest": 8, "patience": 0.2}
    scan = [f"--set=train.pretrain_dataset.{key}={value}" for key, value in dataset.items()]
    given = (*TINY, taught_by(**teachers), *scan, "--record")
    assert run_script(train, "--task=a1_distill", *given) == 2  # nobody collects yet
    for what in ("--record", "--num_envs env.num_envs"):
        assert f"{what} has no effect: collectors have the robots" in caplog.text
    assert "no new trajectories in" in capsys.readouterr().err
    assert f"a1_distill: trajectories of {tmp_path / 'shared'} on cpu" in caplog.text
    rate, share = ("--set=train.distillation.learning_rate=1e-3", "--set=train.distillation.teacher_share=0.1")
    assert run_script(collect, "--task=a1_distill", "--sim=mujoco", "--num_envs=4", "--rollouts=1", rate, share) == 0
    assert "--set train.distillation.learning_rate has no effect: nothing is learned" in caplog.text
    assert "teacher_share has no effect" not in caplog.text
    (begun,) = (tmp_path / "a1_distill").iterdir()
    assert f"trajectories of the student of {begun / 'model_0.pt'} to {tmp_path / 'shared'}" in caplog.text
    assert run_script(train, "--task=a1_distill", "--sim=mujoco", "--resume", "--max_iterations=1") == 0
    run = sorted((tmp_path / "a1_distill").iterdir(), key=runs.created)[-1]
    assert checkpoint.load(runs.find_checkpoint(run))["iteration"] == 1
    capsys.readouterr()
    assert run_script(collect, "--task=a1_distill", "--sim=mujoco") == 0
    assert run_script(collect, "--task=a1_climb") == 2
    assert "a1_climb has no student of several skills" in capsys.readouterr().err
    (tmp_path / "shared").rename(tmp_path / "elsewhere")
    assert run_script(collect, "--task=a1_distill", "--sim=mujoco") == 2
    assert f"there is no {tmp_path / 'shared'}, which the trainer of" in capsys.readouterr().err
    assert not (tmp_path / "shared").exists()


def test_teachers_record_a_data_set_alone_whenever_they_would_stop(teachers, run_script, tmp_path, monkeypatch, caplog):
    """Fault: where they were to act until 0 % of the training, an untrained student did."""
    made = []
    monkeypatch.setattr(trajectory_collector.TrajectoryCollector, "collect", lambda self, _: made.append(self))
    flags = [flag for flag in TINY if flag != "--max_iterations=1"]
    data = ("--rollouts=1", f"--data_dir={tmp_path / 'data'}", "--set=train.distillation.teacher_until=0")
    assert run_script(collect, "--task=a1_distill", *flags, taught_by(**teachers), *data) == 0
    algorithm = made[0]._runner.algorithm
    algorithm.set_progress(0.0)
    assert algorithm.share == 1.0
    assert "--set train.distillation.teacher_until has no effect: nothing is learned" in caplog.text


@needs_opengl
def test_its_controller_file_is_judged_alone_with_rendered_images(teachers, run_script, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("legged_gym.deploy.trial.EPISODE_LENGTH", 0.5)
    assert run_script(train, "--task=a1_distill", *TINY, taught_by(**teachers)) == 0
    run = next((tmp_path / "a1_distill").iterdir())
    flags = ("--sim=mujoco", "--num_envs=2", "--headless", "--steps=3")
    assert run_script(play, "--task=a1_distill", *flags) == 0
    (controller,) = run.glob("exported/model_1/policy.onnx")
    capsys.readouterr()
    found = tmp_path / "found.json"
    judged = ("--headless", "--trials=1", "--level=0", "--terrain=climb_track", f"--json={found}")
    assert run_script(sim2sim, str(controller), *judged) == 0
    assert "climb_track" in capsys.readouterr().out and json.loads(found.read_text())["num_envs"] == 1
