import copy

import pytest
import torch

from rsl_rl.algorithms import PPO, MirrorPPO
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.errors import ConfigError

WIDTHS = {"policy": 3}
GROUPS = {"policy": ["policy"], "critic": ["policy"]}
MIRROR = {"policy": ([0, 2, 1], [-1.0, 1.0, 1.0]), "actions": ([1, 0], [-1.0, -1.0])}
T, N, A = 6, 4, 2


def flipped(obs):
    """The mirror image of observations, written out."""
    return torch.stack((-obs[..., 0], obs[..., 2], obs[..., 1]), dim=-1)


def make(algorithm=MirrorPPO, policy_class=ActorCritic, mirror=MIRROR, normalize=False, **settings):
    torch.manual_seed(0)
    widths = {"actor_hidden_dims": [8], "critic_hidden_dims": [8]}
    policy = policy_class(WIDTHS, GROUPS, A, **widths, empirical_normalization=normalize)
    storage = RolloutStorage(T, N, WIDTHS, A, policy.initial_state(N))
    settings = {"num_mini_batches": 1, "num_learning_epochs": 1, **settings}
    return algorithm(policy, storage, None, None, *([mirror] if algorithm is MirrorPPO else []), **settings)


def roll(ppo):
    """A rollout of observations that are far from those of a symmetric robot, and an update."""
    torch.manual_seed(1)
    uneven = torch.tensor([2.0, -1.0, 0.5])
    ppo.start_rollout()
    for _ in range(T):
        ppo.act({"policy": torch.randn(N, 3) + uneven})
        ppo.process_env_step(torch.randn(N), torch.rand(N) < 0.2, {})
    ppo.update({"policy": torch.randn(N, 3) + uneven})


def test_both_is_the_mean_of_the_gradients_of_samples_and_of_images():
    """The loss of a mean over samples and images: half of that on samples and half of that on images, by plain PPO."""
    both = make(mirroring="both", schedule="fixed", max_grad_norm=1e9)
    plain, imaged = (make(PPO, schedule="fixed", max_grad_norm=1e9) for _ in range(2))
    gradients = []
    for ppo in (both, plain, imaged):
        apply = ppo._updater._apply
        ppo._updater._apply = lambda ppo=ppo, apply=apply: (gradients.append(ppo._updater._gradients.clone()), apply())
    mini_batch = imaged._mini_batch

    def image():
        batch = mini_batch()
        batch.obs = {"policy": flipped(batch.obs["policy"])}
        batch.actions, batch.mean = -batch.actions.flip(-1), -batch.mean.flip(-1)
        batch.std = batch.std.flip(-1)
        return batch

    imaged._mini_batch = image
    for ppo in (both, plain, imaged):
        roll(ppo)
    ours, of_samples, of_images = gradients
    torch.testing.assert_close(ours, (of_samples + of_images) / 2, atol=1e-6, rtol=1e-4)
    assert not torch.allclose(of_samples, of_images, atol=1e-3)


def test_either_learns_of_each_sample_or_its_image():
    ppo = make()
    roll(ppo)
    ppo._samples.copy_(torch.arange(T * N))
    plain, batch = PPO._mini_batch(ppo), ppo._mini_batch()
    kept = (batch.obs["policy"] == plain.obs["policy"]).all(dim=1)
    assert 0 < kept.sum() < T * N
    torch.testing.assert_close(batch.obs["policy"][~kept], flipped(plain.obs["policy"])[~kept], rtol=0, atol=0)
    torch.testing.assert_close(batch.actions[kept], plain.actions[kept], rtol=0, atol=0)
    torch.testing.assert_close(batch.actions[~kept], -plain.actions.flip(-1)[~kept], rtol=0, atol=0)
    torch.testing.assert_close(batch.advantages, plain.advantages, rtol=0, atol=0)
    assert (batch.std > 0.0).all()


@pytest.mark.parametrize("normalize", [False, True])
def test_a_symmetric_policy_stays_symmetric(normalize):
    """From zero weights of the first layer and of the last one's biases, which are symmetric, all updates are."""
    ppo = make(mirroring="both", num_learning_epochs=4, normalize=normalize)
    with torch.no_grad():
        for layer in (ppo.policy.actor[0], ppo.policy.actor[2]):
            layer.weight.zero_()
            layer.bias.zero_()
    for _ in range(3):
        roll(ppo)
    obs = torch.randn(20, 3)
    actions = ppo.policy.actor(obs)
    image = ppo.policy.actor(flipped(obs))
    torch.testing.assert_close(image, -actions.flip(-1), atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(ppo.policy.noise_std[0], ppo.policy.noise_std[1])


@pytest.mark.parametrize("mirroring", ["both", "either"])
def test_the_divergence_that_the_rate_follows_is_that_on_samples_as_they_were(mirroring):
    """Before the first step the policy is the one that acted, so that there is none, however unlike it is its image."""
    of_samples, of_all = (make(mirroring=mirroring, divergence_of=of) for of in ("samples", "all"))
    for ppo in (of_samples, of_all):
        stored = []
        store = ppo._updater.store
        ppo._updater.store = lambda gradients, losses, stored=stored, store=store: (
            stored.append(losses[-1].item()),
            store(gradients, losses),
        )
        with torch.no_grad():
            ppo.policy.actor[2].bias.copy_(torch.tensor([1.0, 0.0]))
        roll(ppo)
        assert len(stored) == 1
        assert abs(stored[0]) < 1e-6 if ppo is of_samples else stored[0] > 0.1


@pytest.mark.parametrize("mirroring", ["both", "either"])
def test_the_statistics_are_those_of_samples_and_images(mirroring):
    ppo = make(mirroring=mirroring, normalize=True)
    roll(ppo)
    samples = ppo.storage.rollout.obs["policy"].flatten(0, 1)
    var, mean = torch.var_mean(torch.cat((samples, flipped(samples))), dim=0, correction=0)
    statistics = ppo.policy.actor_input.normalizer
    torch.testing.assert_close(statistics.mean, mean, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(statistics.var, var)
    assert statistics.mean[0].abs() < 1e-6 and statistics.count == 2 * T * N


def test_what_cannot_be_mirrored_is_refused():
    with pytest.raises(ConfigError, match="mirroring must be one of both, either"):
        make(mirroring="neither")
    with pytest.raises(ConfigError, match="divergence_of must be one of samples, all"):
        make(divergence_of="images")
    with pytest.raises(ConfigError, match="does not tell what its mirror image is"):
        make(mirror=None)
    with pytest.raises(ConfigError, match="no mirror image of policy"):
        make(mirror={"actions": MIRROR["actions"]})
    with pytest.raises(ConfigError, match="without memory"):
        make(policy_class=ActorCriticRecurrent)
    assert copy.deepcopy(make().state_dict())
