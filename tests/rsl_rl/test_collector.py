import pytest
import torch

from rsl_rl.algorithms.collector import Collector
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent, gaussian
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.errors import RslRlError

WIDTHS = {"policy": 3, "critic": 1}
GROUPS = {"policy": ["policy"], "critic": ["critic"]}


def make(cls=ActorCritic, num_steps=2, num_envs=2, gamma=0.9, **settings):
    policy = cls(WIDTHS, GROUPS, 2, actor_hidden_dims=[4], critic_hidden_dims=[], **settings)
    storage = RolloutStorage(num_steps, num_envs, WIDTHS, 2, policy.initial_state(num_envs))
    return policy, storage, Collector(policy, storage, gamma, use_graphs=False)


def random_obs(num_envs=2):
    return {name: torch.randn(num_envs, width) for name, width in WIDTHS.items()}


def value_is_two_x_plus_one(policy):
    policy.critic[0].weight.data.fill_(2.0)
    policy.critic[0].bias.data.fill_(1.0)


def test_time_out_is_credited_with_the_value_of_the_true_last_state():
    policy, storage, collector = make()
    value_is_two_x_plus_one(policy)
    collector.start()
    collector.act({"policy": torch.zeros(2, 3), "critic": torch.tensor([[100.0], [100.0]])})
    final = {"critic": torch.tensor([[3.0], [5.0]])}
    extras = {"time_outs": torch.tensor([True, False]), "final_observations": final}
    collector.record(torch.tensor([1.0, 1.0]), torch.tensor([True, True]), extras)
    # Environment 0 timed out at 3, worth 2 * 3 + 1 = 7: reward 1 + 0.9 * 7. Environment 1 fell.
    torch.testing.assert_close(storage.rollout.rewards[0], torch.tensor([7.3, 1.0]))
    assert storage.rollout.dones[0].tolist() == [1.0, 1.0]
    assert storage.rollout.values[0].tolist() == [201.0, 201.0]


def test_time_outs_of_one_step_do_not_leak_into_the_next():
    policy, storage, collector = make()
    value_is_two_x_plus_one(policy)
    collector.start()
    collector.act(random_obs())
    extras = {"time_outs": torch.tensor([True, True]), "final_observations": random_obs()}
    collector.record(torch.zeros(2), torch.tensor([True, True]), extras)
    collector.act(random_obs())
    collector.record(torch.zeros(2), torch.tensor([False, False]), {})
    assert storage.rollout.rewards[1].tolist() == [0.0, 0.0]


def test_time_outs_without_final_observations_are_refused():
    _, _, collector = make()
    collector.start()
    collector.act(random_obs())
    with pytest.raises(RslRlError, match="final_observations"):
        collector.record(torch.zeros(2), torch.ones(2), {"time_outs": torch.ones(2, dtype=torch.bool)})


def test_the_reward_of_the_environment_is_not_touched():
    _, _, collector = make()
    collector.start()
    collector.act(random_obs())
    rewards = torch.tensor([1.0, 1.0])
    extras = {"time_outs": torch.tensor([True, True]), "final_observations": random_obs()}
    collector.record(rewards, torch.tensor([True, True]), extras)
    assert rewards.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("rnn_type", ["gru", "lstm"])
def test_replaying_the_storage_gives_the_outputs_of_the_rollout(rnn_type):
    num_envs, num_steps = 5, 7
    policy, storage, collector = make(
        ActorCriticRecurrent, num_steps, num_envs, rnn_type=rnn_type, rnn_hidden_size=6, rnn_num_layers=2
    )
    for _ in range(2):  # the second rollout starts from a hidden state
        collector.start()
        for _ in range(num_steps):
            collector.act(random_obs(num_envs))
            dones = torch.rand(num_envs) < 0.3
            extras = {"time_outs": dones, "final_observations": random_obs(num_envs)}
            collector.record(torch.randn(num_envs), dones, extras)
    samples = torch.tensor([3, 0, 4])
    batch = storage.gather(samples)
    mean, std = policy.unroll_actor(batch.obs, batch.dones, batch.state)
    torch.testing.assert_close(mean, storage.rollout.mean[:, samples])
    values = policy.unroll_critic(batch.obs, batch.dones, batch.state)
    torch.testing.assert_close(values, storage.rollout.values[:, samples])
    log_prob = gaussian.log_prob(mean, std, batch.actions)
    torch.testing.assert_close(log_prob, storage.rollout.log_prob[:, samples])
    assert batch.state[0].abs().sum() > 0


def test_value_beyond_a_time_out_remembers_the_episode():
    policy, storage, collector = make(ActorCriticRecurrent, gamma=0.9, rnn_hidden_size=6)
    first, final = random_obs(), random_obs()
    collector.start()
    collector.act(first)
    _, state = policy(first, policy.initial_state(2))
    extras = {"time_outs": torch.tensor([True, False]), "final_observations": final}
    collector.record(torch.zeros(2), torch.tensor([True, False]), extras)
    beyond = policy.value(final, state)
    torch.testing.assert_close(storage.rollout.rewards[0], torch.stack((0.9 * beyond[0], torch.zeros(()))))
    # The next step starts afresh in environment 0 and goes on in environment 1.
    for now, before in zip(collector.state, state, strict=True):
        assert (now[:, 0] == 0).all()
        torch.testing.assert_close(now[:, 1], before[:, 1])


def test_last_values_do_not_advance_the_memory():
    policy, _, collector = make(ActorCriticRecurrent, rnn_hidden_size=6)
    obs = random_obs()
    first = collector.last_values(obs).clone()
    torch.testing.assert_close(collector.last_values(obs), first)
    torch.testing.assert_close(first, policy.value(obs, policy.initial_state(2)))
