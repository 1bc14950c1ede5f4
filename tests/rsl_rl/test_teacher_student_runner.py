import copy
from typing import Any

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rsl_rl.modules import StudentPolicy, TeacherActorCritic
from rsl_rl.runners import OnPolicyRunner, TeacherStudentRunner
from rsl_rl.runners.on_policy_runner import TRAINING_KEYS
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError
from tests.rsl_rl.cue_env import CueEnv, MirrorCueEnv, train_cfg


def make(stage, log_dir=None, env=None, **sections):
    return TeacherStudentRunner(env or CueEnv(), train_cfg(stage, **sections), log_dir)


def make_student(teacher_path, log_dir=None, env=None, **sections):
    runner = make("student", log_dir, env, **sections)
    runner.load_teacher(teacher_path)
    return runner


def assert_same(a, b):
    torch.testing.assert_close(a.state_dict(), b.state_dict(), rtol=0, atol=0)


@pytest.fixture(scope="module")
def teacher_path(tmp_path_factory):
    """A teacher that knows its way."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("teacher")
    TeacherStudentRunner(CueEnv(64), train_cfg("teacher"), folder).learn(20)
    return folder / "model_20.pt"


@pytest.fixture
def student_path(tmp_path, teacher_path):
    """A student after two iterations."""
    make_student(teacher_path, tmp_path / "student").learn(2)
    return tmp_path / "student" / "model_2.pt"


def handed_on(path, to):
    """Write a copy without what only training needs."""
    checkpoint.save(to, {**checkpoint.load(path), **dict.fromkeys(TRAINING_KEYS)})
    return to


@torch.no_grad()
def distances(act, reset, env):
    """Return the mean distance from the goal after an episode, and the mean squared action meanwhile."""
    for _ in range(env.max_episode_length):
        _, rewards, dones, _ = env.step(act(env.get_observations()))
        reset(dones)
    return -rewards.mean().item()


def test_a_student_needs_its_memory_to_do_as_the_teacher_does(teacher_path):
    """The goal is shown in the first step of ten, and the teacher sees it always."""
    errors, far = {}, {}
    for memory in ("gru", "mlp"):
        runner = make_student(
            teacher_path, env=CueEnv(64), student={"memory": memory}, student_curriculum={"max_iterations": 15}
        )
        runner.learn(15)
        errors[memory] = runner.algorithm.metrics()["Loss/behaviour"].item()
        act = runner.get_inference_policy()
        far[memory] = distances(act, act.reset, CueEnv(200))
    assert errors["gru"] < 0.05 * errors["mlp"]
    teacher = distances(lambda obs: runner.teacher.act_inference(obs)[0], lambda dones: None, CueEnv(200))
    assert teacher < 0.05
    assert far["gru"] < 0.1
    assert far["mlp"] > 0.3


def test_a_teacher_is_trained_as_by_the_plain_runner():
    runners = []
    for runner_class in (OnPolicyRunner, TeacherStudentRunner):
        cfg = train_cfg("teacher")
        if runner_class is OnPolicyRunner:
            cfg["obs_groups"].pop("student")
        torch.manual_seed(0)
        env = CueEnv()
        runners.append(runner_class(env, cfg))
        runners[-1].learn(3)
        assert env.asked_for == ([] if runner_class is OnPolicyRunner else 3 * [(False, 0.0)])
    assert isinstance(runners[1].policy, TeacherActorCritic)
    assert runners[1].teacher is runners[1].policy
    assert_same(runners[0].policy, runners[1].policy)


def test_a_teacher_that_learns_of_mirror_images_goes_to_either_side_alike(tmp_path):
    """And so does its student, which learns of nothing but its teacher's actions."""
    env = MirrorCueEnv(64)
    algorithm = {"class_name": "MirrorPPO", "schedule": "fixed", "learning_rate": 3e-3}
    teacher = make("teacher", tmp_path, env, algorithm=algorithm, policy={"init_action_scale": 0.01})
    teacher.learn(20)
    student = make_student(tmp_path / "model_20.pt", env=env, student_curriculum={"max_iterations": 15})
    student.learn(15)
    obs, mirrors = env.get_observations(), env.mirrors()
    image = {name: group[:, mirrors[name][0]] * torch.tensor(mirrors[name][1]) for name, group in obs.items()}
    for policy in (teacher.policy, student.policy):
        state = policy.initial_state(64)
        actions, of_image = (policy.act_inference(seen, state)[0] for seen in (obs, image))
        assert (actions + of_image).abs().mean() < 0.1 * actions.abs().mean()
    statistics = teacher.policy.actor_input.normalizer
    assert statistics.mean[[0, 1, 4]].abs().max() < 1e-6 and statistics.mean[2] == pytest.approx(statistics.mean[3])
    assert distances(lambda obs: teacher.policy.act_inference(obs)[0], lambda dones: None, CueEnv(200)) < 0.05


def test_the_student_starts_from_its_teacher(teacher_path, tmp_path):
    runner = make_student(teacher_path)
    saved = checkpoint.load(teacher_path)["policy"]
    assert isinstance(runner.policy, StudentPolicy)
    torch.testing.assert_close(dict(runner.teacher.state_dict()), dict(saved), rtol=0, atol=0)
    assert_same(runner.policy.trunk, runner.teacher.actor.trunk)
    assert_same(make_student(handed_on(teacher_path, tmp_path / "teacher.pt")).teacher, runner.teacher)


def test_what_the_curriculum_asks_for_in_each_iteration(teacher_path, tmp_path):
    env = CueEnv()
    make_student(teacher_path, tmp_path, env).learn(7)
    factors = [0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    assert env.asked_for == list(zip([True] + 6 * [False], factors, strict=True))
    events = EventAccumulator(str(tmp_path))
    events.Reload()

    def logged(tag):
        return [event.value for event in events.Scalars(tag)]

    assert logged("Curriculum/noise_factor") == factors
    assert logged("Curriculum/flat_ground") == [1.0] + 6 * [0.0]
    rates = [1e-2 - 8e-3 * iteration / 10 for iteration in range(7)]
    assert logged("Loss/learning_rate") == pytest.approx(rates)
    assert logged("Train/mean_episode_length") == 7 * [10.0]
    tags = {"Loss/behaviour", "Loss/heights_reconstruction", "Loss/privileged_reconstruction", "Loss/skipped_updates"}
    assert tags < set(events.Tags()["scalars"])
    assert logged("Perf/total_fps")[-1] > 0


def test_delays_grow_in_a_share_of_the_teachers_training(tmp_path):
    """Of eight iterations between the second and the sixth; its student has all of them from the start."""
    runner = make(
        "teacher", tmp_path, runner={"max_iterations": 8}, teacher_curriculum={"lateness_anneal": [0.25, 0.75]}
    )
    told = []
    for _ in range(8):
        runner.learn(1)
        told.append(runner.env.lateness)
    assert told == [0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    student = make_student(tmp_path / "model_8.pt")
    student.learn(1)
    assert student.env.lateness == 1.0


@pytest.mark.parametrize("window", [[0.5, 0.25], [0.5], [-0.1, 0.5], [0.5, 1.1]])
def test_delays_grow_between_two_shares_in_order(window):
    with pytest.raises(ConfigError, match="lateness_anneal must be two shares"):
        make("teacher", teacher_curriculum={"lateness_anneal": window})


def test_an_environment_without_a_curriculum_will_do(teacher_path, tmp_path):
    class Unteachable(CueEnv):
        set_curriculum: Any = None

    runner = make_student(teacher_path, tmp_path, Unteachable())
    before = copy.deepcopy(runner.policy.state_dict())
    runner.learn(1)
    assert runner.iteration == 1 and runner.env.asked_for == []
    assert any(not torch.equal(weights, before[name]) for name, weights in runner.policy.state_dict().items())
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    tags = events.Tags()["scalars"]
    assert "Loss/behaviour" in tags and not any(tag.startswith("Curriculum/") for tag in tags)


def test_a_resumed_student_goes_on_as_if_it_had_not_stopped(teacher_path, tmp_path):
    """Episodes end with the rollouts here: what is in the student's memory within an episode is not saved."""
    torch.manual_seed(5)
    whole = make_student(teacher_path)
    whole.learn(8)
    torch.manual_seed(5)
    make_student(teacher_path, tmp_path).learn(4)
    torch.manual_seed(99)
    resumed = make("student")
    resumed.load(tmp_path / "model_4.pt")
    assert (resumed.iteration, resumed.env.curriculum) == (4, (False, 0.25))
    resumed.learn(4)
    assert_same(whole.policy, resumed.policy)
    assert_same(whole.teacher, resumed.teacher)
    torch.testing.assert_close(whole.algorithm.state_dict(), resumed.algorithm.state_dict(), rtol=0, atol=0)
    assert whole.env.curriculum == resumed.env.curriculum == (False, 1.0)
    torch.testing.assert_close(whole.env.position, resumed.env.position, rtol=0, atol=0)


def test_a_student_handed_on_plays_but_does_not_resume(student_path, tmp_path):
    path = handed_on(student_path, tmp_path / "student.pt")
    runner, trained = make("student"), make("student")
    trained.load(student_path)
    runner.load(path, load_optimizer=False, resume=False)
    assert_same(runner.policy, trained.policy)
    obs = runner.env.get_observations()
    torch.testing.assert_close(runner.get_inference_policy()(obs), trained.get_inference_policy()(obs))
    with pytest.raises(CheckpointError, match="not resumed"):
        runner.load(path)
    with pytest.raises(CheckpointError, match="no teacher"):
        runner.learn(1)


def test_a_student_does_not_learn_without_a_teacher():
    runner = make("student")
    with pytest.raises(CheckpointError, match="no teacher to learn from"):
        runner.learn(1)
    assert runner.env.asked_for == []


def test_what_is_not_a_teacher_of_this_student_is_refused(teacher_path, student_path, tmp_path):
    runner = make("student")
    with pytest.raises(CheckpointError, match=r"model_2\.pt is a student's checkpoint, not a teacher's"):
        runner.load_teacher(student_path)
    env = CueEnv()
    env.layout = {**env.layout, "dt": 0.2}
    with pytest.raises(CheckpointError, match=r"another layout: dt is 0\.1 there, 0\.2 here"):
        make_student(teacher_path, env=env)
    with pytest.raises(CheckpointError, match=r"another teacher: .*trunk\.0\.weight is \[16, \d+\] there, \[7, \d+\]"):
        make_student(teacher_path, policy={"actor_hidden_dims": [7]})
    with pytest.raises(CheckpointError, match="truncated or damaged"):
        (tmp_path / "damaged.pt").write_bytes(b"PK")
        runner.load_teacher(tmp_path / "damaged.pt")
    with pytest.raises(CheckpointError, match="no teacher"):
        runner.learn(1)
    with pytest.raises(ConfigError, match="stage 'student'"):
        make("teacher").load_teacher(teacher_path)


def test_checkpoints_of_another_stage_or_teacher_are_refused(teacher_path, student_path):
    with pytest.raises(CheckpointError, match="another stage: it is 'teacher' there, 'student' here"):
        make("student").load(teacher_path)
    with pytest.raises(CheckpointError, match="another stage: it is 'student' there, 'teacher' here"):
        make("teacher").load(student_path)
    other = make("student", policy={"critic_hidden_dims": [7]})
    before = {name: value.clone() for name, value in other.policy.state_dict().items()}
    with pytest.raises(CheckpointError, match=r"another teacher: critic\.0\.weight is \[16, 3\] there, \[7, 3\] here"):
        other.load(student_path)
    torch.testing.assert_close(dict(other.policy.state_dict()), before, rtol=0, atol=0)


def test_skipped_updates_are_dumped(teacher_path, tmp_path):
    class Spoiled(CueEnv):
        def get_observations(self):
            obs = super().get_observations()
            if len(self.asked_for) == 2:
                obs["privileged"][3] = float("nan")
            return obs

    runner = make_student(teacher_path, tmp_path, Spoiled())
    runner.algorithm.storage.leave_out_faulty = lambda groups: None
    runner.learn(3)
    dump = checkpoint.load(tmp_path / "skipped_update_2.pt")
    assert dump["fields"]["obs"]["privileged"].isnan().any()
    assert all(value.isfinite().all() for value in runner.policy.state_dict().values())


def test_configuration_is_checked():
    with pytest.raises(
        ConfigError, match="distillation Distillation has no setting 'learning_rates', did you mean 'lea"
    ):
        make("student", distillation={"learning_rates": 0.1})
    with pytest.raises(
        ConfigError, match="StudentCurriculum has no setting 'flat_iteration', did you mean 'flat_iterations'"
    ):
        make("student", student_curriculum={"flat_iteration": 1})
    with pytest.raises(ConfigError, match="student StudentPolicy has no setting 'gates', did you mean 'gate'"):
        make("student", student={"gates": "open"})
    with pytest.raises(ConfigError, match="num_steps_per_env is 25, no multiple of the chunk length 10"):
        make("student", student_curriculum={"num_steps_per_env": 25})
    with pytest.raises(ConfigError, match="stage must be one of teacher, student, not 'all'"):
        make("all")
    plain = train_cfg("student")
    plain["policy"] = {"class_name": "ActorCritic"}
    with pytest.raises(ConfigError, match="needs a policy of class TeacherActorCritic, not ActorCritic"):
        TeacherStudentRunner(CueEnv(), plain)
    with pytest.raises(ConfigError, match="no section 'student_curriculum'"):
        cfg = train_cfg("student")
        TeacherStudentRunner(CueEnv(), {name: cfg[name] for name in cfg if name != "student_curriculum"})
