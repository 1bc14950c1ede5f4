import pytest
import torch

from rsl_rl.modules import MLP, ActorCritic, ActorCriticRecurrent, InferencePolicy
from rsl_rl.utils.errors import ConfigError

WIDTHS = {"proprioception": 3, "height_scan": 4, "privileged": 2}
GROUPS = {"policy": ["proprioception", "height_scan"], "critic": ["privileged", "proprioception"]}


def make(cls=ActorCritic, **settings):
    return cls(WIDTHS, GROUPS, 2, actor_hidden_dims=[8], critic_hidden_dims=[8], **settings)


def random_obs(*leading):
    return {name: torch.randn(*leading, width) for name, width in WIDTHS.items()}


def test_actor_and_critic_read_their_groups_in_order():
    policy, obs = make(), random_obs(5)
    output, state = policy(obs)
    torch.testing.assert_close(output.mean, policy.actor(torch.cat((obs["proprioception"], obs["height_scan"]), -1)))
    privileged = torch.cat((obs["privileged"], obs["proprioception"]), -1)
    torch.testing.assert_close(output.value, policy.critic(privileged).squeeze(-1))
    torch.testing.assert_close(policy.value(obs), output.value)
    torch.testing.assert_close(policy.act_inference(obs)[0], output.mean)
    assert state == ()


def test_the_actor_does_not_see_privileged_groups():
    policy, obs = make(), random_obs(5)
    before, _ = policy(obs)
    after, _ = policy({**obs, "privileged": torch.randn(5, 2)})
    torch.testing.assert_close(before.mean, after.mean, rtol=0, atol=0)
    assert (before.value != after.value).all()


@pytest.mark.parametrize("written", [-3.0, 0.0, 1e9])
def test_std_is_bounded_whatever_the_parameter(written):
    policy = make(min_std=0.1, max_std=2.0)
    policy.noise_std.data.fill_(written)
    assert ((policy.std >= 0.1) & (policy.std <= 2.0)).all()


def test_std_comes_back_from_its_bound():
    policy = make(min_std=0.1, max_std=2.0)
    policy.noise_std.data.fill_(-5.0)
    policy.project_parameters()
    policy.std.sum().backward()
    assert policy.noise_std.grad is not None
    torch.testing.assert_close(policy.noise_std.grad, torch.ones(2))


@pytest.mark.parametrize("cls", [ActorCritic, ActorCriticRecurrent])
def test_first_actions_are_as_small_as_asked(cls):
    torch.manual_seed(1)
    usual = make(cls)
    torch.manual_seed(1)
    calm = make(cls, init_action_scale=0.01)
    obs = random_obs(5)
    (first, _), (scaled, _) = (policy(obs, policy.initial_state(5)) for policy in (usual, calm))
    torch.testing.assert_close(scaled.mean, 0.01 * first.mean)
    assert torch.equal(scaled.value, first.value) and torch.equal(scaled.std, first.std)


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="min_std"):
        make(init_noise_std=0.01, min_std=0.1)
    with pytest.raises(ConfigError, match=r"\['heights'\] are not offered"):
        ActorCritic(WIDTHS, {"policy": ["heights"], "critic": ["privileged"]}, 2)
    with pytest.raises(ConfigError, match="'policy' and 'critic'"):
        ActorCritic(WIDTHS, {"policy": ["privileged"]}, 2)
    with pytest.raises(ConfigError, match="did you mean 'elu'"):
        make(activation="elo")


def test_mlp_layers():
    mlp = MLP(3, [4, 5], 2, "tanh")
    assert [type(layer).__name__ for layer in mlp] == ["Linear", "Tanh", "Linear", "Tanh", "Linear"]
    assert mlp(torch.zeros(7, 6, 3)).shape == (7, 6, 2)
    x = torch.randn(6, 3)
    expected = mlp[4](torch.tanh(mlp[2](torch.tanh(mlp[0](x)))))
    torch.testing.assert_close(mlp(x), expected)


def test_normalizers_take_part_and_are_saved():
    policy, obs = make(empirical_normalization=True), random_obs(50)
    obs["proprioception"] += 10.0
    policy.update_normalization(obs)
    torch.testing.assert_close(
        policy.state_dict()["actor_input.normalizer.mean"],
        torch.cat((obs["proprioception"], obs["height_scan"]), -1).mean(0),
    )
    features = policy.actor_input(obs)
    torch.testing.assert_close(features.mean(0), torch.zeros(7), atol=1e-4, rtol=0)


def test_inference_policy_follows_the_hidden_state_and_forgets_on_reset():
    policy = make(ActorCriticRecurrent, rnn_hidden_size=6, rnn_num_layers=2)
    acting = InferencePolicy(policy, "cpu")
    first, second = random_obs(3), random_obs(3)
    output, state = policy(first, policy.initial_state(3))
    torch.testing.assert_close(acting(first), output.mean)
    remembered, _ = policy(second, state)
    fresh, _ = policy(second, policy.initial_state(3))
    acting.reset(torch.tensor([0, 1, 0]))
    expected = torch.stack((remembered.mean[0], fresh.mean[1], remembered.mean[2]))
    torch.testing.assert_close(acting(second), expected)
    acting.reset()
    torch.testing.assert_close(acting(second), fresh.mean)


def test_inference_policy_is_a_copy():
    policy, obs = make(), random_obs(3)
    acting = InferencePolicy(policy, "cpu")
    before = acting(obs)
    for parameter in policy.parameters():
        parameter.data.add_(1.0)
    torch.testing.assert_close(acting(obs), before, rtol=0, atol=0)
    assert not before.requires_grad
    acting.reset(torch.tensor([1, 0, 0]))


@pytest.mark.parametrize("rnn_type", ["gru", "lstm"])
def test_the_acting_part_acts_the_same_without_the_critic(rnn_type):
    policy = make(ActorCriticRecurrent, rnn_type=rnn_type, rnn_hidden_size=6)
    actor = policy.acting_part()
    names = {name for name, _ in actor.named_parameters()}
    assert names and not any("critic" in name or name == "noise_std" for name in names)
    assert actor.acting_part() is actor and actor.estimate_targets is None
    state, actor_state = policy.initial_state(3), actor.initial_state(3)
    assert len(state) == 2 * len(actor_state)
    for _ in range(3):
        obs = random_obs(3)
        mean, state = policy(obs, state)[0].mean, policy.infer(obs, state)[1]
        inference, actor_state = actor.infer(obs, actor_state)
        assert list(inference.told()) == ["actions"]
        torch.testing.assert_close(inference.actions, mean)
