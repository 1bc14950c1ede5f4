"""A task of two stages from the command line: teacher, student, playing, and what is refused."""

import json
import shutil

import numpy as np
import onnx
import pytest
import torch
import yaml

from legged_gym.export.exports import FileNames
from legged_gym.runs import folders as runs
from legged_gym.runs import speed
from legged_gym.scripts import benchmark, play, train
from legged_gym.scripts.programs import play as program
from legged_gym.viewing import video
from rsl_rl.runners import OnPolicyRunner, TeacherStudentRunner
from tests.opengl import needs_opengl

TASK = "--task=go2_perceptive"
TINY = (
    "--sim=mujoco", "--num_envs=4", "--max_iterations=2", "--set=terrain.num_rows=2", "--set=terrain.num_cols=2",
    "--set=train.runner.num_steps_per_env=4", "--set=train.student_curriculum.num_steps_per_env=4",
    "--set=train.distillation.truncation_length=2", "--set=train.policy.actor_hidden_dims=[8]",
    "--set=train.policy.critic_hidden_dims=[8]",
)  # fmt: skip
PLAY = ("--sim=mujoco", "--headless", "--steps=6", "--num_envs=2", *TINY[3:5])


def stored(run):
    return torch.load(runs.find_checkpoint(run), weights_only=True)


def run_settings(run):
    return yaml.safe_load((run / "config.yaml").read_text())["train"]


def all_runs(root):
    return sorted((path for path in (root / "go2_perceptive").iterdir()), key=runs.created)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the runs of both stages are kept once they are trained."""
    return tmp_path_factory.mktemp("kept") / "go2_perceptive"


@pytest.fixture
def chain(run_script, kept, tmp_path):
    """Train both stages, unless it was done before; returns the runs of teacher and student, fresh for each test."""
    if not kept.exists():
        assert run_script(train, TASK, *TINY, "--run_name=both", "--seed=3") == 0
        shutil.copytree(tmp_path / "go2_perceptive", kept)
    else:
        shutil.copytree(kept, tmp_path / "go2_perceptive")
    teacher, student = all_runs(tmp_path)
    return teacher, student


def test_both_stages_then_resume_then_play(chain, run_script, tmp_path, monkeypatch, capsys):
    teacher, student = chain
    assert teacher.name.endswith("_both_teacher") and student.name.endswith("_both_student")
    assert stored(teacher)["stage"] == "teacher" and stored(student)["stage"] == "student"
    assert run_settings(teacher)["runner"]["stage"] == "teacher"
    settings = run_settings(student)
    assert settings["runner"]["stage"] == "student" and settings["seed"] == 3
    assert settings["runner"]["teacher"] == f"{teacher.name}/model_2.pt"
    assert settings["student_curriculum"]["max_iterations"] == settings["runner"]["max_iterations"] == 2
    assert stored(student)["iteration"] == 2
    frozen, weights = stored(student)["algorithm"]["teacher"], stored(teacher)["policy"]
    assert frozen.keys() == weights.keys() and all(torch.equal(frozen[name], weights[name]) for name in weights)
    assert stored(student)["config"]["env"]["sim"]["engine"] == "auto"  # bound to no machine, in the second stage too

    # A resumed student goes on with its own teacher and course; a resumed teacher goes on to a student.
    assert run_script(train, TASK, "--sim=mujoco", "--resume", "--max_iterations=1", "--run_name=more") == 0
    (more,) = all_runs(tmp_path)[2:]
    assert more.name.endswith("_more_student") and stored(more)["iteration"] == 3
    assert run_settings(more)["student_curriculum"]["max_iterations"] == 2
    assert run_settings(more)["runner"]["teacher"] == f"{teacher.name}/model_2.pt"
    flags = ("--resume", f"--load_run={teacher.name}", "--max_iterations=1", "--run_name=on")
    assert run_script(train, TASK, "--sim=mujoco", *flags) == 0
    on_teacher, on_student = all_runs(tmp_path)[3:]
    assert stored(on_teacher)["iteration"] == 3 and stored(on_student)["iteration"] == 1
    assert run_settings(on_student)["runner"]["teacher"] == f"{on_teacher.name}/model_3.pt"
    assert run_settings(on_student)["runner"]["resume"] is False

    # The stage of a named run rules; noise that a student did not learn under is refused.
    flags = ("--resume", f"--load_run={student.name}")
    count = len(all_runs(tmp_path))
    assert run_script(train, TASK, *flags, "--stage=teacher") == 2
    assert "is of the stage 'student', not of 'teacher'" in capsys.readouterr().err
    z = "[0.004, 0.005, 0.01, 0.04, 0.03, 0.05, 0.2, 0.2]"
    noise = f"--set=map_noise.conditions={{nominal: {{probability: 1.0, z: {z}}}}}"
    assert run_script(train, TASK, "--sim=mujoco", *flags, noise) == 2
    error = capsys.readouterr().err
    assert "was trained with other map_noise.conditions" in error and error.count("\n") == 1
    assert len(all_runs(tmp_path)) == count  # and nothing was begun


def test_rewards_that_begin_after_a_training_are_told(chain, run_script, caplog):
    """Half of one iteration's training is over after it; a second one is theirs."""
    later = ("--set=train.reinforcement.begins_at=0.5", "--max_iterations=1")
    assert run_script(train, TASK, *TINY, "--stage=student", *later) == 0
    told = "ends after iteration 1, and rewards begin to teach after iteration 1 (train.reinforcement.begins_at)"
    assert caplog.text.count(told) == 1
    assert run_script(train, TASK, "--sim=mujoco", "--resume", "--max_iterations=1") == 0
    assert caplog.text.count("rewards begin") == 1


def test_stages_alone_and_their_teachers(run_script, tmp_path, capsys):
    assert run_script(train, TASK, *TINY, "--stage=student") == 2
    error = capsys.readouterr().err
    assert "error: no teacher: no runs in" in error and "train one with --stage=teacher" in error
    assert run_script(train, TASK, *TINY, "--stage=teacher") == 0
    (teacher,) = all_runs(tmp_path)
    assert run_script(train, TASK, *TINY, "--stage=student") == 0
    student = all_runs(tmp_path)[1]
    assert student.name.endswith("_student")

    # The newest teacher is taken although a student's run is newer; a name and a file will do.
    for named in (teacher.name, str(teacher / "model_2.pt")):
        assert run_script(train, TASK, *TINY, "--stage=student", f"--teacher={named}") == 0
        assert run_settings(all_runs(tmp_path)[-1])["runner"]["teacher"] == f"{teacher.name}/model_2.pt"
    count = len(all_runs(tmp_path))
    mistakes = (
        ((f"--teacher={student.name}",), "is of a student, not of a teacher"),
        ((f"--teacher={tmp_path}/none.pt",), f"error: no teacher: there is no {tmp_path}/none.pt; "),
        ((f"--teacher={teacher / 'config.yaml'}",), "is no checkpoint"),
        (("--set=train.policy.actor_hidden_dims=[9]",), "was saved with another teacher: "),
        (("--set=control.action_scale=0.3",), "was saved with another layout: action_scale is 0.25 there, 0.3 here"),
        (("--set=train.student_curriculum.num_steps_per_env=5",), "error: "),
    )
    for flags, message in mistakes:
        assert run_script(train, TASK, *TINY, "--stage=student", *flags) == 2
        error = capsys.readouterr().err
        assert message in error and error.count("error: ") == 1
    assert len(all_runs(tmp_path)) == count
    assert run_script(train, "--task=go2_flat", "--sim=mujoco", "--num_envs=4", "--max_iterations=1") == 0
    flat = runs.find_checkpoint(runs.find_run("go2_flat", root=tmp_path))
    for flags in (("--stage=student", f"--teacher={flat}"), ("--resume", f"--checkpoint={flat}")):
        assert run_script(train, TASK, *TINY, *flags) == 2
        assert "is of the task 'go2_flat', not of 'go2_perceptive'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--task=go2_flat", "--stage=student"], "error: --stage: the task has no stages"),
        (["--task=go2_flat", "--teacher=x"], "error: --teacher: the task has no student"),
        ([TASK, "--stage=teacher", "--teacher=x"], "error: --teacher is for a student that begins"),
        ([TASK, "--teacher=x"], "error: --teacher is for a student that begins"),
        ([TASK, "--stage=pupil"], "--stage: invalid choice: 'pupil'"),
        ([TASK, "--set=train.runner.stage=pupil"], "train.runner.stage = 'pupil' must be a text, one of teacher"),
        ([TASK, "--set=train.runner.class_name=TeacherStudent"], "unknown runner 'TeacherStudent', did you mean"),
        (
            [TASK, "--set=train.student.gate=shut"],
            "train.student.gate = 'shut' must be a text, one of learned",
        ),
        ([TASK, "--set=train.policy.class_name=Teacher"], "unknown policy 'Teacher'"),
        # Of the student's stage, before its teacher is trained.
        ([TASK, "--set=train.distillation.truncation_length=9"], "num_steps_per_env is 40, no multiple of the chunk"),
        ([TASK, "--set=train.distillation.num_mini_batches=9"], "num_mini_batches is 9, but there are 4"),
    ],
)
def test_mistakes_end_with_one_line_and_status_2(run_script, tmp_path, capsys, flags, message):
    assert run_script(train, *flags, *TINY[:5]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("*/*"))


def test_building_the_student_beforehand_leaves_the_teacher_as_it_is(chain, run_script, tmp_path):
    assert run_script(train, TASK, *TINY, "--stage=teacher", "--seed=3") == 0
    alone, beside = stored(all_runs(tmp_path)[-1])["policy"], stored(chain[0])["policy"]
    torch.testing.assert_close(alone, beside, rtol=0.0, atol=0.0)


def test_a_stopped_teacher_gets_no_student(run_script, tmp_path, monkeypatch):
    learn = OnPolicyRunner.learn

    def stop_after_one(runner, iterations, **kwargs):
        report = runner._report
        monkeypatch.setattr(runner, "_report", lambda *args: (report(*args), runner.request_stop()))
        learn(runner, iterations, **kwargs)

    monkeypatch.setattr(TeacherStudentRunner, "learn", stop_after_one)
    assert run_script(train, TASK, *TINY) == 0
    (run,) = all_runs(tmp_path)
    assert stored(run)["iteration"] == 1 and run.name.endswith("_teacher")


def test_playing_a_student_exports_its_belief(chain, run_script, monkeypatch, caplog):
    teacher, student = chain
    assert run_script(play, TASK, *PLAY) == 0
    folder = student / "exported" / "model_2"
    assert sorted(path.name for path in folder.iterdir()) == [
        "model_2.pt",
        "policy.onnx",
        "policy.pt",
        "policy_stateful.pt",
    ]
    metadata = {entry.key: json.loads(entry.value) for entry in onnx.load(folder / "policy.onnx").metadata_props}
    assert metadata["deployable"] is True and metadata["task"] == "go2_perceptive"
    assert np.shape(metadata["map"]["points"]) == (52, 2) and len(metadata["map"]["feet"]) == 4
    assert metadata["control_dt"] == metadata["decimation"] * metadata["physics_dt"]
    trained_on = metadata["training"]
    assert trained_on["terrain"]["num_rows"] == 2 and trained_on["map_noise"]["factor"] == 1.0  # as in training
    assert metadata["config_hash"] == yaml.safe_load((student / "config.yaml").read_text())["config_hash"]
    shapes = {port["name"]: port["shape"] for port in metadata["outputs"]}
    assert shapes["belief"] == [120] and shapes["decoded_heights"] == [4, 52] and shapes["gate"] == [96]

    # What is handed on holds no teacher, and can be played as it is.
    handed_on = torch.load(folder / "model_2.pt", weights_only=True)
    assert handed_on["algorithm"] is None and handed_on["stage"] == "student"
    assert not any("teacher" in name or "critic" in name for name in handed_on["policy"])
    assert (folder / "model_2.pt").stat().st_size < 0.7 * (student / "model_2.pt").stat().st_size
    exports = []
    with monkeypatch.context() as patch:
        patch.setattr(program, "export_policy", lambda *given: (exports.append(given), given[5].mkdir(parents=True)))
        assert run_script(play, f"--checkpoint={folder / 'model_2.pt'}", *PLAY, "--map_noise=none") == 0
    ((policy, _, _, provenance, _, again, names, _),) = exports  # all that its files would be made of
    assert provenance.config_hash == metadata["config_hash"] and provenance.iteration == metadata["iteration"] == 2
    assert again == folder / "exported" / "model_2" and names == FileNames()
    weights = policy.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in handed_on["policy"].items())

    # A teacher sees what no robot measures.
    assert run_script(play, TASK, *PLAY, f"--load_run={teacher.name}") == 0
    assert sorted(path.name for path in (teacher / "exported" / "model_2").iterdir()) == [
        "model_2.pt",
        "policy.pt",
        "policy_stateful.pt",
    ]
    assert "no controller file: the policy observes feet_contact, feet_contact_forces, " in caplog.text


@needs_opengl
def test_a_student_is_filmed_with_its_map_and_belief(chain, run_script, tmp_path, monkeypatch, caplog):
    frames = []
    film = video.VideoRecorder.show

    def show(recorder):
        frames.append((recorder._view.markers(), recorder._view.lines()))
        return film(recorder)

    monkeypatch.setattr(video.VideoRecorder, "show", show)
    monkeypatch.setattr(program, "export_policy", lambda *arguments: arguments[5].mkdir(parents=True))  # no need here
    flags = (*PLAY, f"--video={tmp_path / 'film.mp4'}", "--set=map_noise.missing_probability=1.0")
    assert run_script(play, TASK, *flags) == 0
    assert (tmp_path / "film.mp4").stat().st_size > 1000 and len(frames) == 6
    samples, *beliefs = frames[0][0]
    assert len(samples.positions) == 0 and [len(foot.positions) for foot in beliefs] == [52] * 4
    assert caplog.text.count("some robots have no map now: they walk blind") == 1
    assert frames[0][1][1].splitlines()[-4:] == ["0.00"] * 4


def test_an_onnx_file_that_cannot_be_written(chain, run_script, capsys):
    _, student = chain
    (student / "exported" / "model_2" / "policy.onnx").mkdir(parents=True)
    assert run_script(play, TASK, *PLAY) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: cannot write") and "policy.onnx" in error


@pytest.mark.parametrize("name", ["snow", "small"])
def test_an_unknown_condition_of_the_map(chain, run_script, capsys, name):
    assert run_script(play, TASK, *PLAY, f"--map_noise={name}") == 2
    assert f"error: --map_noise {name}: there are none, nominal, offset, noisy" in capsys.readouterr().err


def test_the_benchmark_trains_the_teacher(run_script, monkeypatch, capsys):
    monkeypatch.setattr(speed, "STEPS", {"cpu": 2})
    monkeypatch.setattr(speed, "WARM_UP_STEPS", 1)
    monkeypatch.setattr(speed, "TRAIN_ITERATIONS", {"cpu": 2})
    flags = [flag for flag in TINY if not flag.startswith("--max_iterations")]
    assert run_script(benchmark, TASK, "--train", *flags) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["train_steps_per_s"] > 0.0
