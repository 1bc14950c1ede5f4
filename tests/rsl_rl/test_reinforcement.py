"""Students that imitate first, and are then taught by rewards."""

from typing import Any

import pytest
import torch

from rsl_rl.algorithms import ReinforcedImitation
from rsl_rl.modules import StudentActorCritic
from rsl_rl.runners import TeacherStudentRunner
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError
from tests.rsl_rl.cue_env import CueEnv, train_cfg
from tests.rsl_rl.small_student import WIDTHS, make_distillation, random_obs

OFFSET = 0.3
REINFORCED = {"begins_at": 0.5, "learning_rate": 3e-3, "init_noise_std": 0.3}


class OffsetEnv(CueEnv):
    """Rewards are for a place beside the goal that the teacher was taught to go to."""

    def step(self, actions: torch.Tensor) -> tuple[Any, torch.Tensor, torch.Tensor, dict[str, Any]]:
        goal, position = self.goal, self.position + 0.2 * actions[:, 0].clamp(-1.0, 1.0)
        obs, _, dones, extras = super().step(actions)
        return obs, -(position - goal - OFFSET).abs(), dones, extras


class HalfBlindEnv(CueEnv):
    """Half of the robots have no map."""

    def get_observations(self) -> Any:
        groups = super().get_observations()
        groups["exteroceptive"][::2] = torch.nan
        return groups


@pytest.fixture(scope="module")
def teacher_path(tmp_path_factory: pytest.TempPathFactory) -> Any:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("teacher")
    TeacherStudentRunner(CueEnv(64), train_cfg("teacher"), folder).learn(20)
    return folder / "model_20.pt"


def make(teacher_path: Any, env: CueEnv, iterations: int = 10, **reinforcement: Any) -> TeacherStudentRunner:
    cfg = train_cfg("student", student_curriculum={"max_iterations": iterations, "noise_end_iteration": 3})
    runner = TeacherStudentRunner(env, {**cfg, "reinforcement": reinforcement})
    runner.load_teacher(teacher_path)
    return runner


def place(runner: TeacherStudentRunner) -> float:
    """Mean of where robots end, beside their goals."""
    policy, env = runner.get_inference_policy(), CueEnv(200)
    with torch.no_grad():
        for _ in range(env.max_episode_length - 1):
            env.step(policy(env.get_observations()))
    return (env.position - env.goal).mean().item()


def test_rewards_teach_what_the_teacher_does_not_do(teacher_path: Any) -> None:
    torch.manual_seed(0)
    runner = make(teacher_path, OffsetEnv(), iterations=30, **{**REINFORCED, "begins_at": 1 / 3})
    runner.learn(10)
    assert abs(place(runner)) < 0.1
    assert "Loss/behaviour" in runner.algorithm.metrics()
    runner.learn(20)
    assert place(runner) == pytest.approx(OFFSET, abs=0.1)
    metrics = runner.algorithm.metrics()
    assert "Loss/surrogate" in metrics and "Loss/behaviour" not in metrics
    assert 0.0 < metrics["Loss/heights_reconstruction"] < 0.2  # of variance 1


def test_before_that_it_is_imitation_and_nothing_else(teacher_path: Any) -> None:
    runners = make(teacher_path, CueEnv(), iterations=5), make(teacher_path, CueEnv(), **REINFORCED)
    beginning = CueEnv().state_dict()
    for runner in runners:
        torch.manual_seed(1)
        runner.env.load_state_dict(beginning)
        runner.learn(5)
    plain, reinforced = (runner.policy.state_dict() for runner in runners)
    torch.testing.assert_close(reinforced, plain, rtol=0, atol=0)
    assert isinstance(runners[1].algorithm, ReinforcedImitation)
    assert not runners[1].algorithm.is_reinforced
    runners[1].learn(1)
    assert runners[1].algorithm.is_reinforced
    assert any((value != plain[name]).any() for name, value in runners[1].policy.state_dict().items())


@pytest.mark.parametrize(("begins_at", "first"), [(0.5, 5), (0.45, 5), (0.4, 4), (0.05, 1), (0.95, 10)])
def test_after_how_many_of_ten_iterations_rewards_begin(teacher_path: Any, begins_at: float, first: int) -> None:
    runner = make(teacher_path, CueEnv(4), **{**REINFORCED, "begins_at": begins_at})
    assert runner.rewards_begin == first
    assert isinstance(runner.algorithm, ReinforcedImitation)
    for iteration in (first - 1, first):
        runner.algorithm.set_progress(iteration / 10)
        assert runner.algorithm.is_reinforced == (iteration == first)
    assert make(teacher_path, CueEnv(4)).rewards_begin is None
    assert TeacherStudentRunner(CueEnv(4), train_cfg("teacher")).rewards_begin is None


def test_a_training_goes_on_from_a_checkpoint_of_either_part(teacher_path: Any, tmp_path: Any) -> None:
    for done in (3, 6):
        first, second = make(teacher_path, CueEnv(), **REINFORCED), make(teacher_path, CueEnv(), **REINFORCED)
        first.learn(done)
        first.save(tmp_path / "model.pt")
        second.load(tmp_path / "model.pt")
        beginning = first.env.state_dict()
        for runner in (first, second):
            torch.manual_seed(1)
            algorithm: Any = runner.algorithm
            for part in algorithm.imitation.state, algorithm.reinforcement._collector.state:
                part[0].zero_()  # what is remembered of robots is no part of a checkpoint
            runner.env.load_state_dict(beginning)
            runner.learn(8 - done)
        torch.testing.assert_close(second.policy.state_dict(), first.policy.state_dict(), rtol=0, atol=0)


def test_there_is_no_way_back_to_imitation_but_a_checkpoint_of_it(teacher_path: Any, tmp_path: Any) -> None:
    settings = {**REINFORCED, "begins_at": 0.2, "entropy_coef": 0.4, "final_entropy_factor": 0.0}
    settings["entropy_anneal"] = [0.0, 1.0]
    runner = make(teacher_path, CueEnv(), iterations=5, **settings)
    runner.learn(1)
    runner.save(tmp_path / "imitating.pt")
    runner.learn(1)
    runner.save(tmp_path / "reinforced.pt")
    later = make(teacher_path, CueEnv(), iterations=5, **{**settings, "begins_at": 0.8})
    later.load(tmp_path / "reinforced.pt")
    for iteration, entropy_coef in ((2, 0.4), (4, 0.4), (5, 0.0)):
        later.algorithm.set_progress(iteration / 5)
        assert later.algorithm.metrics()["Loss/entropy_coef"].item() == pytest.approx(entropy_coef)
    assert later.rewards_begin is None  # they have, so that nobody waits for it
    with pytest.raises(CheckpointError, match="rewards teach the student already: reinforcement.begins_at"):
        make(teacher_path, CueEnv(), iterations=5).load(tmp_path / "reinforced.pt")
    assert isinstance(runner.algorithm, ReinforcedImitation) and runner.algorithm.is_reinforced
    moments = runner.algorithm.reinforcement.state_dict()
    assert moments["optimizer"] and moments["noise_std"] != pytest.approx(0.3) and moments["learning_rate"] != 3e-3
    runner.load(tmp_path / "imitating.pt")
    assert not runner.algorithm.is_reinforced
    runner.algorithm.set_progress(1.0)
    anew = runner.algorithm.reinforcement.state_dict()
    assert not anew["optimizer"]
    assert anew["noise_std"].item() == pytest.approx(0.3) and anew["learning_rate"].item() == pytest.approx(3e-3)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("critic", {}, "another critic"),
        ("critic_input", None, "no weights of a critic_input"),
        ("noise_std", torch.tensor([3.0, 3.0]), "noise_std is no tensor of shape"),
        ("noise_std", torch.tensor([0.0]), "noise_std must be from 1.17549e-38"),
    ],
)
def test_a_spoiled_critic_or_noise_is_refused(
    teacher_path: Any, tmp_path: Any, name: str, value: Any, told: str
) -> None:
    runner = make(teacher_path, CueEnv(8), **{**REINFORCED, "begins_at": 0.1})
    runner.learn(2)
    state = runner._checkpoint()
    state["algorithm"]["reinforcement"][name] = value
    checkpoint.save(tmp_path / "spoiled.pt", state)
    with pytest.raises(CheckpointError, match=told):
        runner.load(tmp_path / "spoiled.pt")


def test_a_student_that_only_imitated_can_be_reinforced(teacher_path: Any, tmp_path: Any) -> None:
    imitating, reinforced = make(teacher_path, CueEnv()), make(teacher_path, CueEnv(), **REINFORCED)
    imitating.learn(5)
    imitating.save(tmp_path / "model.pt")
    reinforced.load(tmp_path / "model.pt")
    torch.testing.assert_close(reinforced.policy.state_dict(), imitating.policy.state_dict(), rtol=0, atol=0)
    reinforced.learn(1)
    assert "Loss/surrogate" in reinforced.algorithm.metrics()


def test_robots_without_a_map_are_learned_from(teacher_path: Any) -> None:
    runner = make(teacher_path, HalfBlindEnv(), **REINFORCED)
    runner.learn(7)
    metrics = runner.algorithm.metrics()
    assert metrics["Faults/left_out_steps"] == 0 and metrics["Loss/skipped_updates"] == 0
    assert all(value.isfinite() for value in metrics.values())


def test_a_map_that_the_teacher_reads_too_has_no_unknown_heights() -> None:
    """Its targets would be unknown: the mini-batch would be skipped."""
    for seen, unknown in (("seen", ["seen"]), ("true", [])):
        distillation = make_distillation(groups=("felt", seen))
        assert StudentActorCritic(distillation.policy, distillation.teacher).may_be_unknown == unknown


@pytest.mark.parametrize("memory", ["gru", "mlp"])
def test_it_acts_as_the_student_and_values_as_the_teacher(memory: str) -> None:
    torch.manual_seed(0)
    distillation = make_distillation(memory=memory)
    student, teacher = distillation.policy, distillation.teacher
    policy = StudentActorCritic(student, teacher, init_noise_std=0.2)
    state, of_student, steps, means = policy.initial_state(4), student.initial_state(4), [], []
    for _ in range(3):
        obs = random_obs(4)
        output, state = policy(obs, state)
        actions, of_student = student.act_inference(obs, of_student)
        torch.testing.assert_close(output.mean, actions, rtol=0, atol=0)
        torch.testing.assert_close(output.value, teacher.value(obs))
        steps.append(obs)
        means.append(output.mean)
    assert (output.std == 0.2).all()
    recorded = {name: torch.stack([obs[name] for obs in steps]) for name in WIDTHS}
    mean, _ = policy.unroll_actor(recorded, torch.zeros(3, 4), policy.initial_state(4))
    torch.testing.assert_close(mean, torch.stack(means))


def test_rewards_begin_with_critic_and_statistics_that_the_teacher_has_then() -> None:
    """A teacher is loaded after both were built."""
    distillation, obs = make_distillation(), random_obs(4)
    teacher = distillation.teacher
    policy = StudentActorCritic(distillation.policy, teacher)
    teacher.critic_input.load_state_dict({name: v + 1 for name, v in teacher.critic_input.state_dict().items()})
    teacher.critic.load_state_dict({name: value + 0.1 for name, value in teacher.critic.state_dict().items()})
    assert (policy.value(obs) != teacher.value(obs)).all()
    policy.begin_critic(teacher)
    torch.testing.assert_close(policy.value(obs), teacher.value(obs), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"begins_at": 0.0}, "begins_at must be above 0"),
        ({"begins_at": "0.5"}, "begins_at must be a number"),
        ({"begins_at": 0.5, "gama": 1.0}, "did you mean 'gamma'"),
        ({"begins_at": 0.5, "init_noise_std": 9.0}, "init_noise_std = 9 must lie within the policy's min_std = 0.05"),
    ],
)
def test_settings_that_do_not_fit_are_refused(teacher_path: Any, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        make(teacher_path, CueEnv(), **settings)
