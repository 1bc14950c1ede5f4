"""The policy with an estimator."""

import numpy as np
import pytest
import torch

from rsl_rl.algorithms import PPO, EstimatorPPO
from rsl_rl.modules import ActorCritic, EstimatorActorCritic, InferencePolicy
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.errors import ConfigError
from tests.rsl_rl.numpy_networks import array, mlp
from tests.rsl_rl.small_estimator import GROUPS, WIDTHS, A, T, make_policy, random_obs

TARGETS = ("velocity", "contact")


@pytest.mark.parametrize("normalize", [True, False])
def test_actions_and_estimate_by_hand(normalize):
    policy = make_policy(normalize, activation="leaky_relu", estimator_activation="leaky_relu").double()
    obs = {name: group.double() for name, group in random_obs(5).items()}
    x = np.concatenate((obs["past"].numpy(), obs["felt"].numpy()), axis=-1)
    if normalize:
        statistics = policy.actor_input.normalizer
        x = (x - array(statistics.mean)) / (np.sqrt(array(statistics.var)) + 0.01)
    estimate = mlp(policy.actor.estimator, x)
    actions = mlp(policy.actor.trunk, np.concatenate((x, estimate), axis=-1))
    assert estimate.shape == (5, 5)
    np.testing.assert_allclose(array(policy.estimate(obs)), estimate, atol=1e-12)
    for ours in (policy(obs)[0].mean, policy.unroll_actor(obs, torch.zeros(5))[0], policy.act_inference(obs)[0]):
        np.testing.assert_allclose(array(ours), actions, atol=1e-12)
    for acting in (policy, policy.acting_part()):
        told = acting.infer(obs)[0].told()
        assert list(told) == ["actions", "estimate"] and acting.estimate_targets is policy.target_input
        np.testing.assert_allclose(array(told["actions"]), actions, atol=1e-12)
        np.testing.assert_allclose(array(told["estimate"]), estimate, atol=1e-12)


def test_networks_of_the_paper():
    widths = {"policy": 215, "critic": 657, "targets": 5}
    groups = {"policy": ["policy"], "critic": ["critic"], "estimator": ["targets"]}
    policy = EstimatorActorCritic(widths, groups, 10)
    layers = [type(layer).__name__ for layer in policy.actor.estimator]
    assert layers == ["Linear", "ReLU", "Linear", "ReLU", "Linear", "ReLU", "Linear"]
    sizes = [tuple(weight.shape) for name, weight in policy.actor.estimator.named_parameters() if "weight" in name]
    assert sizes == [(128, 215), (64, 128), (32, 64), (5, 32)]
    assert policy.actor.trunk[0].in_features == 220


def test_targets_are_side_by_side_as_they_are():
    policy, obs = make_policy(normalize=True), random_obs(3, 4)
    assert torch.equal(policy.targets(obs), torch.cat((obs["velocity"], obs["contact"]), dim=-1))
    assert policy.stored_groups == ["past", "felt", "critic", "velocity", "contact"]


def test_the_actor_does_not_see_the_targets():
    policy, obs = make_policy(), random_obs(5)
    others = {**obs, **{name: torch.full_like(obs[name], torch.nan) for name in TARGETS}}
    assert torch.equal(policy(obs)[0].mean, policy(others)[0].mean)
    assert torch.equal(policy.act_inference(obs)[0], policy.act_inference(others)[0])
    unrolled = [policy.unroll_actor(groups, torch.zeros(5))[0] for groups in (obs, others)]
    assert torch.equal(*unrolled)
    without = {name: obs[name] for name in ("past", "felt")}
    assert torch.equal(policy.act_inference(without)[0], policy.act_inference(obs)[0])
    with pytest.raises(ConfigError, match=r"the actor reads \['felt'\], which its estimator is to estimate"):
        EstimatorActorCritic(WIDTHS, {**GROUPS, "estimator": ["velocity", "felt"]}, A)


def test_no_gradient_of_the_policy_reaches_the_estimator():
    policy, obs = make_policy(), random_obs(5)
    weights = policy.estimator_parameters()
    mean, std = policy.unroll_actor(obs, torch.zeros(5))
    loss = mean.square().sum() + policy.unroll_critic(obs, torch.zeros(5)).sum() + std.sum()
    gradients = torch.autograd.grad(loss, list(policy.parameters()), allow_unused=True)
    reached = {id(weight) for weight, grad in zip(policy.parameters(), gradients, strict=True) if grad is not None}
    assert reached == {id(weight) for weight in policy.policy_gradient_parameters()}
    assert reached.isdisjoint(map(id, weights))
    assert len(reached) + len(weights) == len(list(policy.parameters()))
    # That is no lack of influence: the actions do rest on these weights.
    before = policy.act_inference(obs)[0]
    weights[-1].data.add_(1.0)
    assert (policy.act_inference(obs)[0] - before).abs().min() > 1e-4
    gradients = torch.autograd.grad(policy.estimate(obs).sum(), weights)
    assert all(gradient.abs().sum() > 0.0 for gradient in gradients)


def test_ppo_trains_everything_but_the_estimator():
    policy = make_policy()
    widths = {name: WIDTHS[name] for name in policy.stored_groups}
    ppo = EstimatorPPO(policy, RolloutStorage(T, 6, widths, A), num_learning_epochs=3, num_mini_batches=2)
    before = {name: value.clone() for name, value in policy.state_dict().items()}
    ppo.start_rollout()
    for _ in range(T):
        ppo.act(random_obs(6))
        ppo.process_env_step(torch.randn(6), torch.zeros(6), {})
    PPO.update(ppo, random_obs(6))
    unchanged = {name for name, value in policy.state_dict().items() if torch.equal(value, before[name])}
    estimator = {name for name in before if name.startswith("actor.estimator.")}
    assert unchanged == estimator and len(estimator) == 6
    assert ppo.num_skipped == 0


def test_inference_policy_acts_and_estimates_from_observations_alone():
    policy, obs = make_policy(), random_obs(3)
    acting = InferencePolicy(policy, "cpu")
    robot = {name: obs[name] for name in ("past", "felt")}
    expected, _ = policy.infer(obs)
    assert torch.equal(acting(robot), expected.actions)
    torch.testing.assert_close(acting.infer(robot).told(), expected.told(), rtol=0, atol=0)
    estimate, targets = acting.infer(robot).estimate, acting.estimate_targets
    assert estimate is not None and not estimate.requires_grad
    assert targets is not None and targets.groups == TARGETS
    acting.reset(torch.tensor([1, 0, 0]))


def test_settings_are_checked():
    with pytest.raises(ConfigError, match=r"'policy', 'critic' and 'estimator', not \['critic', 'policy'\]"):
        EstimatorActorCritic(WIDTHS, {"policy": ["felt"], "critic": ["critic"]}, A)
    with pytest.raises(ConfigError, match="not offered"):
        EstimatorActorCritic(WIDTHS, {**GROUPS, "estimator": ["speed"]}, A)
    with pytest.raises(ConfigError, match="did you mean 'relu'"):
        make_policy(estimator_activation="rellu")
    with pytest.raises(ConfigError, match="'policy' and 'critic', not"):
        ActorCritic(WIDTHS, GROUPS, A)
