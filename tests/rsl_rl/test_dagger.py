"""Several teachers with memory, and the student that learns from them."""

import pytest
import torch

from rsl_rl.modules import ActorCriticRecurrent, SkillTeacher
from rsl_rl.modules.memory import clear_state
from rsl_rl.runners import OnPolicyRunner, SkillDistillationRunner
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError
from tests.rsl_rl.skill_env import SkillEnv, train_cfg

WIDTHS = {"state": 2, "skill": 3}
NAMES = ("none", "approach", "flee")


def actor():
    groups = {"policy": ["state"], "critic": ["state"]}
    sizes = {"rnn_hidden_size": 4, "actor_hidden_dims": [5], "critic_hidden_dims": [5]}
    return ActorCriticRecurrent(WIDTHS, groups, 1, **sizes).acting_part()


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    """Two checkpoints with random weights."""
    folder, paths = tmp_path_factory.mktemp("teachers"), {}
    for seed, name in enumerate(("approach", "flee")):
        cfg = train_cfg()
        cfg |= {"seed": seed, "obs_groups": {"policy": ["state"], "critic": ["state"]}, "algorithm": {}}
        runner = OnPolicyRunner(SkillEnv(), cfg)
        for parameter in runner.policy.parameters():
            parameter.data.mul_(3.0)  # so that what they see matters
        runner.save(folder / f"{name}.pt")
        paths[name] = folder / f"{name}.pt"
    return paths


def make_runner(teachers=None, env=None, log_dir=None, **sections):
    runner = SkillDistillationRunner(env or SkillEnv(), train_cfg(**sections), log_dir)
    if teachers is not None:
        runner.load_teachers(teachers)
    return runner


def test_each_robot_is_taught_by_the_one_that_knows_its_skill():
    """All remember all steps, whoever is asked."""
    policies = {"flee": actor(), "approach": actor()}
    teacher = SkillTeacher(WIDTHS, "skill", NAMES, policies)
    state, own = teacher.initial_state(4), {name: policy.initial_state(4) for name, policy in policies.items()}
    asked = [NAMES.index(name) for name in ("approach", "flee", "flee", "none")]
    for step in range(5):
        obs = {"state": torch.randn(4, 2), "skill": torch.eye(3)[asked]}
        actions, state = teacher.act_inference(obs, state)
        for name, policy in policies.items():
            expected, own[name] = policy.act_inference(obs, own[name])
            for robot, skill in enumerate(asked):
                if NAMES[skill] == name:
                    torch.testing.assert_close(actions[robot], expected[robot])
                elif NAMES[skill] == "none":
                    assert actions[robot].isnan().all()
        if step == 2:
            asked[0], asked[1] = asked[1], asked[0]


def test_skills_that_nobody_needs_are_refused():
    with pytest.raises(ConfigError, match="no block needs the skill 'fly'; there are none, approach, flee"):
        SkillTeacher(WIDTHS, "skill", NAMES, {"fly": actor()})
    with pytest.raises(ConfigError, match="at least one skill"):
        SkillTeacher(WIDTHS, "skill", NAMES, {})
    with pytest.raises(ConfigError, match="the group 'skill' has 3 indicators, not one each of approach, flee"):
        SkillTeacher(WIDTHS, "skill", NAMES[1:], {"flee": actor()})


def test_labels_are_the_teachers_and_led_robots_do_as_they_say(teachers):
    runner = make_runner(teachers, distillation={"teacher_share": 0.5})
    algorithm, env = runner.algorithm, runner.env
    teacher, student = algorithm.teacher, algorithm.policy
    teacher_state, student_state = teacher.initial_state(32), student.initial_state(32)
    obs = env.get_observations()
    algorithm.start_rollout()
    led_before = algorithm._led.clone()
    assert 0 < led_before.sum() < 32
    for step in range(10):
        labels, teacher_state = teacher.act_inference(obs, teacher_state)
        own, student_state = student.act_inference(obs, student_state)
        led = algorithm._led[:, None]
        assert torch.equal(led[:, 0], led_before)
        actions = algorithm.act(obs).clone()
        torch.testing.assert_close(actions, torch.where(led, labels, own))
        torch.testing.assert_close(algorithm.storage.current.actions, labels)
        obs, rewards, dones, extras = env.step(actions)
        algorithm.process_env_step(rewards, dones, extras)
        teacher_state, student_state = clear_state(teacher_state, dones), clear_state(student_state, dones)
        assert dones.all() == (step == 9)
    assert not torch.equal(algorithm._led, led_before)


def test_teachers_let_go(teachers):
    algorithm = make_runner(teachers, distillation={"teacher_share": 0.8, "teacher_until": 0.5}).algorithm
    for progress, share in ((0.0, 0.8), (0.25, 0.4), (0.5, 0.0), (1.0, 0.0)):
        algorithm.set_progress(progress)
        assert algorithm.metrics()["Distillation/teacher_share"].item() == pytest.approx(share)
    with pytest.raises(ConfigError, match="teacher_share must be from 0 to 1, not 2"):
        make_runner(distillation={"teacher_share": 2})


def test_who_is_led_at_first_is_drawn_by_the_share_there_is_then(teachers, tmp_path):
    """All were led for an episode where a training went on, and in a collector that came late."""
    shares = {"teacher_share": 1.0, "teacher_until": 0.5}
    runner = make_runner(teachers, distillation=shares)
    runner.learn(1)
    for iteration, share in ((1, 0.9), (12, 0.0)):
        runner.iteration = iteration
        runner.save(tmp_path / f"{iteration}.pt")
        for goes_on in (runner, make_runner(distillation=shares)):
            goes_on.load(tmp_path / f"{iteration}.pt")
            goes_on._begin_iteration()
            goes_on.algorithm.start_rollout()
            assert goes_on.algorithm._led.float().mean() == pytest.approx(share, abs=0.25 * share)


def test_a_training_that_goes_back_to_a_checkpoint_remembers_nothing_of_its_robots(teachers, tmp_path):
    runner = make_runner(teachers, runner={"num_steps_per_env": 5})
    runner.learn(1)
    runner.save(tmp_path / "model.pt")
    remembered = [*runner.algorithm.state, *runner.algorithm._teacher_state]
    assert all(part.any() for part in remembered)
    runner.load(tmp_path / "model.pt")
    assert not any(part.any() for part in remembered)


def test_a_student_learns_from_its_image(teachers):
    """The blind one does not know the goal, on which the teachers' actions depend."""
    losses = {}
    for sight in (["felt", "image"], ["felt"]):
        runner = make_runner(teachers, obs_groups={"student": sight}, distillation={"final_learning_rate": 1e-2})
        runner.learn(25)
        losses[len(sight)] = runner.algorithm.metrics()["Loss/behaviour"].item()
    assert losses[2] < 0.3 * losses[1]


def test_what_a_student_remembers_is_decoded_to_what_the_teachers_see(teachers):
    """The blind one knows its position, and of the goal no more than that its mean square is 1/3."""
    errors = {}
    for sight in (["felt", "image"], ["felt"]):
        groups = {"student": sight, "privileged": ["state"]}
        runner = make_runner(teachers, obs_groups=groups, distillation={"final_learning_rate": 1e-2})
        runner.learn(25)
        errors[len(sight)] = runner.algorithm.metrics()["Loss/privileged_reconstruction"].item()
        assert "decoder.0.weight" in runner.policy.state_dict()
    assert errors[2] < 0.3 * errors[1] and errors[1] == pytest.approx((0.0 + 1.0 / 3.0) / 2.0, rel=0.3)


def test_losses_are_errors_of_the_actions_and_of_what_is_decoded(teachers):
    runner = make_runner(teachers, obs_groups={"privileged": ["state"]}, distillation={"reconstruction_coef": 0.25})
    algorithm, student = runner.algorithm, runner.algorithm.policy
    algorithm.start_rollout()
    runner.roll_out(runner.env.get_observations())
    algorithm._prepare()
    algorithm._begin_sequences(torch.arange(16))
    chunk = algorithm.storage.gather(torch.zeros(1, dtype=torch.long), 5, torch.arange(16))
    loss, (behaviour, reconstruction), _ = algorithm._losses(chunk, student.initial_state(16))
    decoded, features = [], student.initial_state(16)
    for step in range(5):
        seen = torch.cat((chunk.obs["felt"][step], student.image_encoder(chunk.obs["image"][step])), dim=1)
        feature, features = student.memory.step(seen, features)
        decoded.append(student.decoder(feature))
    expected = (torch.stack(decoded) - chunk.obs["state"]).square().mean()
    torch.testing.assert_close(reconstruction, expected)
    torch.testing.assert_close(loss, behaviour + 0.25 * reconstruction)


def test_a_robot_of_which_the_teachers_see_no_number_is_left_out(teachers):
    runner = make_runner(teachers, obs_groups={"privileged": ["told"]})
    env = runner.env
    runner.learn(1)
    assert runner.algorithm.metrics()["Faults/left_out_steps"] == 0
    env.told_of_first = torch.nan
    runner.learn(1)
    metrics = runner.algorithm.metrics()
    assert metrics["Faults/left_out_steps"] == 10 and metrics["Loss/privileged_reconstruction"].isfinite()


def test_without_anything_privileged_there_is_no_decoder(teachers):
    runner = make_runner(teachers, distillation={"reconstruction_coef": 0.25})
    runner.learn(1)
    assert not any("decoder" in name for name in runner.policy.state_dict())
    assert "Loss/privileged_reconstruction" not in runner.algorithm.metrics()
    assert [*runner.algorithm.storage.rollout.obs] == ["felt", "image"]


def test_a_robot_whose_skill_nobody_teaches_is_left_out(teachers):
    runner = make_runner(teachers, runner={"sub_policy_paths": {"approach": ""}})
    runner.learn(1)
    metrics = runner.algorithm.metrics()
    assert metrics["Faults/left_out_steps"] > 0 and metrics["Loss/behaviour"].isfinite()


def test_a_student_goes_on_from_its_checkpoint_alone(teachers, tmp_path):
    make_runner(teachers, log_dir=tmp_path).learn(2)
    runner = make_runner()
    with pytest.raises(CheckpointError, match="the student has no teachers to learn from"):
        runner.learn(1)
    runner.load(tmp_path / "model_2.pt")
    kept = checkpoint.load(teachers["flee"])["policy"]["actor.0.weight"]
    torch.testing.assert_close(runner.algorithm.teacher.policies["flee"].state_dict()["actor.0.weight"], kept)
    runner.learn(1)
    assert runner.iteration == 3


def test_a_learning_rate_that_fell_to_nothing_is_loaded(teachers, tmp_path):
    vanishing = {"final_learning_rate": 0.0}
    runner = make_runner(teachers, distillation=vanishing, runner={"max_iterations": 1})
    runner.learn(2)
    assert runner.algorithm.learning_rate == 0.0
    runner.save(tmp_path / "model.pt")
    goes_on = make_runner(distillation=vanishing)
    assert goes_on.load(tmp_path / "model.pt") == 2
    with pytest.raises(ConfigError, match="final_learning_rate must be from 0 to 1, not -0.1"):
        make_runner(distillation={"final_learning_rate": -0.1})


def test_a_teacher_does_not_mind_how_many_frames_its_student_sees(teachers):
    env = SkillEnv()
    env.layout = {**env.layout, "history": {"felt": 3}}
    make_runner(teachers, env).learn(1)
    env.layout = {**env.layout, "history": {"state": 3}}
    with pytest.raises(CheckpointError, match=r"was saved with another layout: history.state is missing there, 3 here"):
        make_runner(teachers, env)


def test_teachers_that_do_not_fit_are_refused_in_one_line(teachers, tmp_path):
    other = SkillEnv()
    other.layout = {**other.layout, "dt": 0.2}
    make_runner(teachers, log_dir=tmp_path).learn(1)
    large = {"policy": {"rnn_hidden_size": 7}}
    cases = [
        (lambda: make_runner({"flee": teachers["flee"]}), "the skill 'approach' has no teacher; there are flee"),
        (lambda: make_runner(teachers, other), "was saved with another layout: dt is 0.1 there, 0.2 here"),
        (lambda: make_runner(teachers, **large), "was saved with another teacher: "),
        (lambda: make_runner({**teachers, "flee": tmp_path / "model_1.pt"}), "was saved with another teacher: "),
        (lambda: make_runner({**teachers, "flee": tmp_path / "none.pt"}), "cannot read"),
    ]
    for make, message in cases:
        with pytest.raises((CheckpointError, ConfigError)) as error:
            make()
        assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"privilegd": ["told"]}, "obs_groups has 'privilegd', which nobody reads; there are policy, skill"),
        ({"skill": ["skill", "told"]}, "'skill' must be one group, not ['skill', 'told']"),
    ],
)
def test_groups_of_observations_for_nobody_are_refused(groups, message):
    with pytest.raises(ConfigError) as error:
        make_runner(obs_groups=groups)
    assert message in str(error.value)


def test_an_image_of_as_many_pixels_in_other_rows_is_refused():
    env = SkillEnv()
    env.image_shape = (7, 5)
    with pytest.raises(ConfigError, match="the image is 7 x 5 pixels, but .* is for image_shape = 5 x 7"):
        make_runner(env=env)
    blind = {"student": ["felt"]}
    make_runner(env=env, obs_groups=blind)
    env.image_shape = (5, 7)
    make_runner(env=env)
