"""Trials with one command for all, gait figures and a policy's own estimate, in small environments."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from legged_gym.config.layers import set_fields
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.go2.go2_config import Go2FlatCfg
from legged_gym.evaluation.estimate import velocity_reader
from legged_gym.evaluation.report import table
from legged_gym.evaluation.summary import summarize
from legged_gym.evaluation.trials import Trials, evaluation_settings, run_trials
from legged_gym.scripts.evaluate import make_parser
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.errors import UserError
from legged_gym.utils.seeding import set_seed
from rsl_rl.modules import EstimatorActorCritic, InferencePolicy
from tests.evaluation.acting import acting

MakeTrial = Callable[..., LeggedRobot]


@pytest.fixture
def make() -> Iterator[MakeTrial]:
    """Make an environment of a task as it is evaluated, but for short episodes."""
    made: list[LeggedRobot] = []

    def build(
        task: str, command: list[float] | None = None, change: Callable[[Any], None] | None = None
    ) -> LeggedRobot:
        cfg, _ = get_cfgs(task)
        cfg.env.num_envs, cfg.sim.engine = 4, "mujoco"
        set_fields(evaluation_settings(cfg, command), cfg)
        cfg.env.episode_length_s = 0.4
        if change is not None:
            change(cfg)
        set_seed(1)
        made.append(make_env(task, cfg, "cpu", 1))
        return made[-1]

    yield build
    for env in made:
        env.close()


def stand(env: LeggedRobot) -> Any:
    return acting(lambda obs: torch.zeros(env.num_envs, env.num_actions))


def test_the_first_observation_tells_the_way_straight_ahead(make: MakeTrial):
    """The first step of every trial on a map obeyed a random heading: a yaw rate of up to 1 rad/s."""
    env = make("go2_rough")
    seen: list[torch.Tensor] = []

    def look(obs: Any) -> torch.Tensor:
        seen.append(obs["critic"][:, 9:12].clone())  # the command, scaled by 2, 2 and 0.25
        return torch.zeros(env.num_envs, env.num_actions)

    run_trials(env, acting(look))
    assert seen[0][:, 2].abs().max() < 0.02 and (seen[0][:, 0] >= 1.0).all() and (seen[0][:, 1] == 0.0).all()


def test_a_trial_on_a_map_has_its_time_whatever_the_task_trains_with():
    cfg, _ = get_cfgs("go2_rough")
    cfg.env.episode_length_s = 5.0
    assert evaluation_settings(cfg)["env.episode_length_s"] == 20.0


def test_robots_whose_trial_is_over_rest_and_change_no_number(make: MakeTrial, monkeypatch: pytest.MonkeyPatch):
    """Two of four fall at once; the others' trials are the same bit by bit, with half of the physics."""
    found, steps = [], []
    for rests in (True, False):
        env = make("go2_flat", change=lambda cfg: setattr(cfg.env, "episode_length_s", 4.0))
        if not rests:
            monkeypatch.setattr(env.sim, "rest", lambda mask: None)
        moved = torch.zeros(4)
        step = env.sim.step

        def count(*args: Any, env: LeggedRobot = env, moved: torch.Tensor = moved, step: Any = step) -> None:
            before = env.root_states.clone()
            step(*args)
            moved += (env.root_states != before).any(dim=1)

        monkeypatch.setattr(env.sim, "step", count)
        poses = torch.zeros(4, 12)
        poses[:2] = 20.0
        found.append(run_trials(env, acting(lambda obs, poses=poses: poses)))
        steps.append(moved)
    rested, moved = found
    assert rested.fell.tolist() == moved.fell.tolist() == [True, True, False, False]
    for name in ("steps", "velocity_error", "planar_error", "torque_square", "power", "velocity"):
        assert torch.equal(getattr(rested, name), getattr(moved, name)), name
    assert rested.gait == moved.gait
    assert steps[1].tolist() == [200.0] * 4 and (steps[0][:2] <= 50).all() and (steps[0][2:] == 200).all()


def test_flat_episodes_last_20_s_whatever_the_task_trains_with():
    for task in ("mini_cheetah", "mini_cheetah_ref", "go2_flat"):
        cfg, _ = get_cfgs(task)
        set_fields(evaluation_settings(cfg), cfg)
        assert cfg.env.episode_length_s == 20.0 and cfg.commands.resampling_time == 10.0
        assert not cfg.domain_rand.push_robots


def test_every_robot_keeps_the_command_it_was_given(make: MakeTrial):
    env = make("mini_cheetah_ref", [0.1, -0.05, 0.3])  # each of them below what is drawn as standing
    seen = []

    def policy(obs: Any) -> torch.Tensor:
        seen.append(env.commands[:, :3].clone())
        return torch.zeros(4, 12)

    trials = run_trials(env, acting(policy))
    expected = torch.tensor([0.1, -0.05, 0.3]).expand(len(seen), 4, 3)
    torch.testing.assert_close(torch.stack(seen), expected)
    summary = summarize(env, trials, [0.1, -0.05, 0.3])
    assert summary["command"] == [0.1, -0.05, 0.3]
    assert summary["achieved"] == pytest.approx(trials.velocity.mean(dim=0).tolist())
    text = table(summary)
    assert "0.100, -0.050, 0.300 m/s, m/s, rad/s" in text
    assert json.loads(json.dumps(summary)) == summary


def test_achieved_velocity_is_the_mean_over_all_steps(make: MakeTrial):
    """Of episodes of 10 and 30 steps at 1 and 0.6 m/s: 0.7 m/s."""
    env = make("go2_flat", [0.5, 0.0, 0.0])
    nothing = torch.zeros(2)
    velocity = torch.tensor([[1.0, 0.0, 0.2], [0.6, 0.0, -0.2]])
    trials = Trials(
        levels=nothing, types=nothing, steps=torch.tensor([10.0, 30.0]), fell=nothing.bool(), left_tile=nothing.bool(),
        stuck=nothing.bool(),
        velocity_error=torch.zeros(2, 3), planar_error=nothing, torque_square=nothing, power=nothing, velocity=velocity,
        estimate_error=torch.tensor([0.2, 0.04]), gait={"diagonal_agreement": 0.9, "stride_frequency": 3.0},
    )  # fmt: skip
    summary = summarize(env, trials, [0.5, 0.0, 0.0])
    assert summary["achieved"] == pytest.approx([0.7, 0.0, -0.1])
    assert summary["estimated_lin_vel_error"] == pytest.approx(0.08)
    text = table(summary)
    for line in ("diagonal_agreement       0.900 of the time", "stride_frequency         3.000 Hz"):
        assert line in text
    assert "command" not in summarize(env, trials)


def test_trials_without_a_step_say_nothing(make: MakeTrial):
    """An episode of one control step was judged with errors of 0.000 m/s."""
    env = make("go2_flat", [0.5, 0.0, 0.0], lambda cfg: setattr(cfg.env, "episode_length_s", 0.02))
    with pytest.raises(UserError, match=r"no trial had a step: env.episode_length_s = 0.02 s is too short"):
        summarize(env, run_trials(env, stand(env)))


def test_gait_of_a_quadruped_that_stands(make: MakeTrial):
    """It comes down on all fours within the first steps, and lifts no foot again."""
    env = make("mini_cheetah", [1.0, 0.0, 0.0], lambda cfg: setattr(cfg.init_state, "velocity_noise", 0.0))
    summary = summarize(env, run_trials(env, stand(env)))
    assert summary["diagonal_agreement"] > 0.8
    assert 0.9 / 0.4 < summary["stride_frequency"] < 3.0 / 0.4


class EstimatedCfg(Go2FlatCfg):
    class observations(Go2FlatCfg.observations):
        policy = [name for name in Go2FlatCfg.observations.policy if name != "base_lin_vel"]
        targets = ["projected_gravity", "base_lin_vel"]


def test_error_of_a_policys_own_estimate(make: MakeTrial, monkeypatch: pytest.MonkeyPatch):
    """An estimator that always says 0.3 m/s, sideways alone."""
    env = make("go2_flat", change=lambda cfg: setattr(cfg, "observations", EstimatedCfg.observations()))
    widths = {name: group.shape[1] for name, group in env.get_observations().items()}
    groups = {"policy": ["policy"], "critic": ["critic"], "estimator": ["targets"]}
    network = EstimatorActorCritic(widths, groups, 12, actor_hidden_dims=[8], critic_hidden_dims=[8])
    for parameter in network.actor.parameters():
        parameter.data.zero_()
    list(network.actor.estimator.parameters())[-1].data[4] = (
        2.0 * 0.3
    )  # gravity comes first; velocities are observed times 2
    policy = InferencePolicy(network, "cpu")
    read, estimate = velocity_reader(env.layout, policy.estimate_targets), policy.infer(env.get_observations()).estimate
    assert read is not None and estimate is not None
    torch.testing.assert_close(read(estimate), torch.tensor([[0.0, 0.3, 0.0]]).expand(4, 3))
    assert velocity_reader(env.layout, None) is None

    errors, step = [], env.step

    def watched(actions: torch.Tensor) -> Any:
        before = (torch.tensor([0.0, 0.3, 0.0]) - env.base_lin_vel).abs().mean(dim=1)
        outcome = step(actions)
        errors.append(before)
        return outcome

    monkeypatch.setattr(env, "step", watched)
    trials = run_trials(env, policy)
    assert not trials.fell.any() and trials.estimate_error is not None
    torch.testing.assert_close(trials.estimate_error, torch.stack(errors[:-1]).mean(dim=0))


def test_command_on_the_command_line():
    assert make_parser().parse(["--command", "0.4", "0", "-0.3"]).command == [0.4, 0.0, -0.3]
    for faulty in (["0.4", "0"], ["0.4", "0", "nan"], ["0.4", "0", "fast"]):
        with pytest.raises(UserError):
            make_parser().parse(["--command", *faulty])
