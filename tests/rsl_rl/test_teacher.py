import numpy as np
import pytest
import torch
from torch import nn

from rsl_rl.algorithms import PPO
from rsl_rl.modules import TeacherActorCritic
from rsl_rl.modules.shared_encoder import SharedEncoder
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.registry import build
from tests.rsl_rl import numpy_networks
from tests.rsl_rl.perceptive import GO2_WIDTHS, GROUPS, NUM_ACTIONS, NUM_FEET, WIDTHS, make_teacher, random_obs


def layer_widths(network):
    linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    return [linear[0].in_features, *(layer.out_features for layer in linear)]


def test_widths_of_the_paper():
    settings = {"class_name": "TeacherActorCritic", "actor_hidden_dims": [256, 160, 128], "activation": "leaky_relu"}
    teacher = build("policy", TeacherActorCritic, settings, GO2_WIDTHS, GROUPS, 12)
    assert layer_widths(teacher.actor.exteroceptive_encoder) == [52, 80, 60, 24]
    assert layer_widths(teacher.actor.privileged_encoder) == [53, 64, 32, 24]
    assert layer_widths(teacher.actor.trunk) == [117 + 4 * 24 + 24, 256, 160, 128, 12]
    activations = [layer for layer in teacher.actor.modules() if not list(layer.children())]
    assert {type(layer) for layer in activations} == {nn.Linear, nn.LeakyReLU}
    assert teacher.initial_state(3) == ()
    assert teacher.act_inference(random_obs(3, widths=GO2_WIDTHS))[0].shape == (3, 12)


@pytest.mark.parametrize("normalize", [True, False])
def test_actions_by_hand(normalize):
    teacher, obs = make_teacher(normalize).double(), {name: x.double() for name, x in random_obs(5).items()}
    x = np.concatenate([obs[name].numpy() for name in GROUPS["policy"]], axis=-1)
    if normalize:
        statistics = teacher.actor_input.normalizer
        x = (x - numpy_networks.array(statistics.mean)) / (np.sqrt(numpy_networks.array(statistics.var)) + 0.01)
    proprioceptive, exteroceptive, privileged = x[:, :5], x[:, 5:17], x[:, 17:]
    actor = teacher.actor
    codes = numpy_networks.per_foot(actor.exteroceptive_encoder, exteroceptive, NUM_FEET)
    privileged_code = numpy_networks.mlp(actor.privileged_encoder, privileged)
    expected = numpy_networks.mlp(actor.trunk, np.concatenate((proprioceptive, codes, privileged_code), axis=-1))
    np.testing.assert_allclose(teacher.act_inference(obs)[0].detach(), expected, atol=1e-12)
    np.testing.assert_allclose(teacher(obs)[0].mean.detach(), expected, atol=1e-12)
    sequence = {name: group.unflatten(0, (5, 1)) for name, group in obs.items()}
    unrolled = teacher.unroll_actor(sequence, torch.zeros(5, 1))[0].detach()
    np.testing.assert_allclose(unrolled.squeeze(1), expected, atol=1e-12)


def test_parts_share_an_encoder():
    encoder = SharedEncoder(12, 4, [7, 3], "leaky_relu")
    assert encoder.output_dim == 12
    parts = torch.randn(2, 5, 4, 3)
    order = [2, 0, 3, 1]
    codes = encoder(parts.flatten(-2)).unflatten(-1, (4, 3))
    torch.testing.assert_close(encoder(parts[..., order, :].flatten(-2)).unflatten(-1, (4, 3)), codes[..., order, :])
    with pytest.raises(ConfigError, match="width 13 has no 4 equal parts"):
        SharedEncoder(13, 4, [7, 3], "leaky_relu")


def test_ppo_trains_every_part():
    policy = make_teacher()
    ppo = PPO(policy, RolloutStorage(4, 6, WIDTHS, NUM_ACTIONS), num_learning_epochs=1, num_mini_batches=2)
    before = {name: value.clone() for name, value in policy.state_dict().items()}
    ppo.start_rollout()
    for _ in range(4):
        ppo.act(random_obs(6))
        ppo.process_env_step(torch.randn(6), torch.zeros(6), {})
    ppo.update(random_obs(6))
    unchanged = [name for name, value in policy.state_dict().items() if torch.equal(value, before[name])]
    assert unchanged == []
    assert ppo.num_skipped == 0


def test_first_actions_of_a_calm_teacher_are_a_hundredth_whatever_it_observes():
    torch.manual_seed(0)
    usual = make_teacher()
    torch.manual_seed(0)
    calm = make_teacher(init_action_scale=0.01)
    obs = random_obs(50)
    torch.testing.assert_close(calm(obs)[0].mean, 0.01 * usual(obs)[0].mean)
    torch.testing.assert_close(calm(obs)[0].value, usual(obs)[0].value)


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="proprioceptive, exteroceptive and privileged"):
        TeacherActorCritic(WIDTHS, {"policy": ["proprioceptive", "privileged"], "critic": ["critic"]}, 2)
    with pytest.raises(ConfigError, match=r"\['foot_scan'\] are not offered"):
        groups = {"policy": ["proprioceptive", "foot_scan", "privileged"], "critic": ["critic"]}
        TeacherActorCritic(WIDTHS, groups, 2)
    with pytest.raises(ConfigError, match="'policy' and 'critic'"):
        TeacherActorCritic(WIDTHS, {"policy": GROUPS["policy"]}, 2)
    with pytest.raises(ConfigError, match="did you mean 'num_feet'"):
        build("policy", TeacherActorCritic, {"num_foot": 4}, WIDTHS, GROUPS, 2)
    with pytest.raises(ConfigError, match="did you mean 'max_std'"):
        build("policy", TeacherActorCritic, {"max_sdt": 4}, WIDTHS, GROUPS, 2)
