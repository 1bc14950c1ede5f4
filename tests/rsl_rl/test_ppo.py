import copy
import math

import pytest
import torch

from rsl_rl.algorithms import PPO
from rsl_rl.modules import ActorCritic, gaussian
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.errors import ConfigError

WIDTHS = {"policy": 3}
GROUPS = {"policy": ["policy"], "critic": ["policy"]}
T, N, A = 6, 4, 2


def make(**settings):
    torch.manual_seed(0)
    policy = ActorCritic(WIDTHS, GROUPS, A, actor_hidden_dims=[8], critic_hidden_dims=[8], empirical_normalization=True)
    return PPO(policy, RolloutStorage(T, N, WIDTHS, A), **{"num_mini_batches": 1, "num_learning_epochs": 2, **settings})


def roll(ppo, spoil=lambda obs, rewards, step: None, ends=0.2):
    ppo.start_rollout()
    for step in range(T):
        obs, rewards = torch.randn(N, 3), torch.randn(N)
        spoil(obs, rewards, step)
        ppo.act({"policy": obs})
        ppo.process_env_step(rewards, torch.rand(N) < ends, {})
    ppo.update({"policy": torch.randn(N, 3)})


def spoil_rewards(obs, rewards, step):
    rewards.fill_(float("inf"))


def learner_state(ppo):
    return copy.deepcopy({"policy": ppo.policy.state_dict(), "algorithm": ppo.state_dict()})


def test_one_update_by_hand():
    """The first update is that of plain Adam on the sum of the losses, written out here."""
    ppo = make(num_learning_epochs=1, schedule="fixed", learning_rate=0.01, entropy_coef=0.1, value_loss_coef=0.5)
    policy = copy.deepcopy(ppo.policy)
    roll(ppo)

    steps = ppo.storage.rollout
    mean, std = policy.unroll_actor(steps.obs, steps.dones)
    ratio = torch.exp(gaussian.log_prob(mean, std, steps.actions) - steps.log_prob)
    surrogate = -(ratio * steps.advantages).mean()
    value = (policy.unroll_critic(steps.obs, steps.dones) - steps.returns).square().mean()
    entropy = (0.5 + 0.5 * math.log(2 * math.pi) + std.log()).sum()
    parameters = list(policy.parameters())
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    (surrogate + 0.5 * value - 0.1 * entropy).backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    for ours, reference in zip(ppo.policy.parameters(), parameters, strict=True):
        torch.testing.assert_close(ours, reference, atol=1e-6, rtol=1e-5)
    metrics = ppo.metrics()
    torch.testing.assert_close(metrics["Loss/value_function"], value.detach(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(metrics["Loss/surrogate"], surrogate.detach(), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(metrics["Loss/entropy"], entropy.detach())
    assert abs(metrics["Loss/kl"].item()) < 1e-6


def test_the_bonus_for_entropy_is_annealed_in_place():
    """The entropy of a Gaussian grows with each standard deviation by 1/std: so much, weighted, less is gained."""
    ppo = make(entropy_coef=0.2, final_entropy_factor=0.25, entropy_anneal=(0.5, 0.75))
    roll(ppo)
    std, weight = ppo.policy.noise_std, ppo.entropy_coef
    place = next(i for i, parameter in enumerate(ppo.policy.policy_gradient_parameters()) if parameter is std)
    weights, gradients = [], []
    for progress in (0.0, 0.5, 0.625, 0.75, 1.0):
        ppo.set_progress(progress)
        assert ppo.entropy_coef is weight is ppo.metrics()["Loss/entropy_coef"]  # where a graph reads it
        weights.append(weight.item())
        gradients.append(ppo._actor_gradients(ppo._mini_batch())[0][place])
    assert weights == pytest.approx([0.2, 0.2, 0.125, 0.05, 0.05])
    torch.testing.assert_close(gradients[2] - gradients[0], 0.075 / std.detach(), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(gradients[4] - gradients[0], 0.15 / std.detach(), atol=1e-6, rtol=1e-5)


def test_without_a_schedule_the_bonus_stays():
    ppo = make(entropy_coef=0.01)
    for progress in (0.0, 0.55, 1.0):
        ppo.set_progress(progress)
        assert ppo.entropy_coef.item() == torch.tensor(0.01).item()


def test_losses_are_means_over_updates_and_start_anew():
    ppo = make(num_mini_batches=3)
    roll(ppo)
    first = ppo.metrics()["Loss/entropy"].item()
    roll(ppo)
    # Entropy hardly changes in an update; a sum over updates or iterations would show.
    assert first == pytest.approx(A * 1.4189, rel=0.05)
    assert ppo.metrics()["Loss/entropy"].item() == pytest.approx(first, rel=0.05)


def test_learning_rate_follows_the_divergence():
    slow = make(learning_rate=1e-5, num_learning_epochs=4, desired_kl=1e9)
    roll(slow)
    assert slow.learning_rate.item() == pytest.approx(1e-5 * 1.5**4)
    fast = make(learning_rate=1e-2, num_learning_epochs=4, desired_kl=1e-9)
    roll(fast)
    assert fast.learning_rate.item() < 0.5e-2
    fixed = make(learning_rate=1e-2, schedule="fixed", desired_kl=1e-9)
    roll(fixed)
    assert fixed.learning_rate.item() == pytest.approx(1e-2)


def test_update_that_is_not_finite_changes_nothing_and_is_counted():
    ppo = make()
    roll(ppo)
    before = learner_state(ppo)
    mean = ppo.policy.state_dict()["actor_input.normalizer.mean"].clone()
    roll(ppo, spoil_rewards)
    after = learner_state(ppo)
    for name, parameter in ppo.policy.named_parameters():
        torch.testing.assert_close(parameter.data, before["policy"][name], rtol=0, atol=0)
    torch.testing.assert_close(after["algorithm"], before["algorithm"], rtol=0, atol=0)
    metrics = ppo.metrics()
    assert metrics["Loss/skipped_updates"].item() == 2
    assert metrics["Loss/surrogate"].isnan()
    assert not torch.equal(ppo.policy.state_dict()["actor_input.normalizer.mean"], mean)  # observations were fine

    roll(ppo)
    assert ppo.metrics()["Loss/skipped_updates"].item() == 2
    assert ppo.metrics()["Loss/surrogate"].isfinite()
    assert not torch.equal(ppo.policy.noise_std.data, before["policy"]["noise_std"])
    assert all(value.isfinite().all() for value in ppo.policy.state_dict().values())


@pytest.mark.parametrize("reward", [math.nan, -math.inf, 1e30])
def test_a_reward_that_is_not_sound_costs_the_step_of_that_robot_alone(reward):
    def spoil(obs, rewards, step):
        if step == 2:
            rewards[1] = reward

    ppo = make()
    roll(ppo, spoil)
    metrics = ppo.metrics()
    assert metrics["Faults/left_out_steps"].item() == 1
    assert metrics["Loss/skipped_updates"].item() == 0
    assert all(value.isfinite() for value in metrics.values())
    assert ppo.storage.gather(ppo.storage.draw()).rewards.abs().max() < 10.0  # another step stands in


@pytest.mark.parametrize(("ends", "left_out"), [(0.0, 2), (1.0, 1)])
def test_an_observation_that_is_not_finite_costs_its_step_and_the_one_that_leads_there(ends, left_out):
    def spoil(obs, rewards, step):
        if step == 2:
            obs[1] = math.nan

    ppo = make()
    roll(ppo, spoil, ends)
    assert ppo.metrics()["Faults/left_out_steps"].item() == left_out
    assert ppo.metrics()["Loss/skipped_updates"].item() == 0
    assert all(value.isfinite().all() for value in ppo.policy.state_dict().values())
    assert ppo.policy.state_dict()["actor_input.normalizer.count"] == T * N


def test_only_the_spoiled_mini_batch_is_skipped_and_it_is_remembered():
    ppo = make(num_mini_batches=4, num_learning_epochs=1)
    roll(ppo)
    before = learner_state(ppo)
    sample = 2 * N + 1  # step 2 of environment 1

    def spoil(obs, rewards, step):
        if step == 2:
            obs[1] = float("nan")

    ppo.storage.compute_returns = lambda *args: None  # keep NaN from spreading to the advantages of all samples
    ppo.storage.normalize_advantages = lambda *args: None
    ppo.storage.leave_out_faulty = lambda: None
    roll(ppo, spoil)
    assert ppo.metrics()["Loss/skipped_updates"].item() == 1
    assert not torch.equal(ppo.policy.noise_std.data, before["policy"]["noise_std"])
    assert all(value.isfinite().all() for value in ppo.policy.state_dict().values())
    offending = ppo.offending_mini_batch()
    assert len(offending["samples"]) == T * N // 4
    row = offending["samples"].tolist().index(sample)
    assert offending["fields"]["obs"]["policy"][row].isnan().all()
    assert math.isnan(offending["losses"]["value_function"])


def test_std_stays_within_its_bounds_under_a_push_to_collapse():
    torch.manual_seed(0)
    policy = ActorCritic(WIDTHS, GROUPS, A, actor_hidden_dims=[8], critic_hidden_dims=[8], min_std=0.5, max_std=1.5)
    ppo = PPO(policy, RolloutStorage(T, N, WIDTHS, A), learning_rate=0.1, schedule="fixed")
    ppo.entropy_coef.fill_(-50.0)
    for _ in range(3):
        roll(ppo)
    torch.testing.assert_close(policy.std, torch.full((A,), 0.5))
    ppo.entropy_coef.fill_(50.0)
    roll(ppo)
    roll(ppo)
    assert (policy.std > 0.5).all()


def test_state_survives_saving_to_another_learner():
    first = make(num_learning_epochs=1)
    roll(first)
    second = make(num_learning_epochs=1)
    second.policy.load_state_dict(copy.deepcopy(first.policy.state_dict()))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for ppo in (first, second):
        torch.manual_seed(7)
        roll(ppo)
    assert second.learning_rate.item() == first.learning_rate.item()
    for ours, reference in zip(second.policy.parameters(), first.policy.parameters(), strict=True):
        torch.testing.assert_close(ours, reference, rtol=0, atol=0)


def test_a_steered_rate_changes_once_a_rollout():
    ppo = make(schedule="steered", desired_kl=1.0, num_mini_batches=2, num_learning_epochs=3, learning_rate=1e-3)
    rates = []
    step = ppo._updater.step
    ppo._updater.step = lambda: (rates.append(ppo.learning_rate.item()), step())
    roll(ppo)
    kl = ppo.metrics()["Loss/kl"].item()
    assert rates == pytest.approx([1e-3] * 6)
    assert 0.0 < kl < 0.4
    assert ppo.learning_rate.item() == pytest.approx(1.5e-3)


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="schedule"):
        make(schedule="linear")
    with pytest.raises(ConfigError, match="num_mini_batches"):
        make(num_mini_batches=T * N + 1)
    for shares in ([0.6, 0.5], [0.5, 1.1], [-0.1, 0.5], [0.5]):
        with pytest.raises(ConfigError, match="entropy_anneal must be two shares from 0 to 1 in order"):
            make(entropy_anneal=shares)


def test_a_policy_whose_own_unrolling_would_be_passed_over_is_refused():
    class Whole(ActorCritic):
        def unroll(self, obs, dones, state=()):
            return self.unroll_actor(obs, dones, state), self.unroll_critic(obs, dones, state)

    class Parts(Whole):
        def unroll_actor(self, obs, dones, state=()):
            return super().unroll_actor(obs, dones, state)

    storage = RolloutStorage(T, N, WIDTHS, A)
    with pytest.raises(ConfigError, match="Whole has an unroll, .*: override unroll_actor and unroll_critic"):
        PPO(Whole(WIDTHS, GROUPS, A), storage)
    PPO(Parts(WIDTHS, GROUPS, A), storage)
