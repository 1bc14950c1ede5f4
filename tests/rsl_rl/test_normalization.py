import numpy as np
import torch

from rsl_rl.modules import EmpiricalNormalization


def test_merged_batches_give_the_statistics_of_all_samples():
    rng = np.random.default_rng(0)
    batches = [rng.normal(loc, scale, (n, 3)) for loc, scale, n in ((0, 1, 7), (100, 0.1, 1), (-5, 3, 40))]
    normalization = EmpiricalNormalization(3)
    for batch in batches:
        normalization.update(torch.tensor(batch, dtype=torch.float32))
    together = np.concatenate(batches)
    np.testing.assert_allclose(normalization.mean.numpy(), together.mean(0), rtol=1e-5)
    np.testing.assert_allclose(normalization.var.numpy(), together.var(0), rtol=1e-4)
    assert normalization.count.item() == 48


def test_forward_normalizes_any_leading_dimensions():
    normalization = EmpiricalNormalization(2, epsilon=0.0)
    normalization.update(torch.tensor([[[1.0, 10.0]], [[3.0, 30.0]]]))
    out = normalization(torch.tensor([[[3.0, 20.0]], [[2.0, 0.0]]]))
    torch.testing.assert_close(out, torch.tensor([[[1.0, 0.0]], [[0.0, -2.0]]]))


def test_before_the_first_update_it_is_near_the_identity():
    x = torch.randn(4, 2)
    torch.testing.assert_close(EmpiricalNormalization(2, epsilon=0.0)(x), x)


def test_frozen_or_not_finite_updates_change_nothing():
    normalization = EmpiricalNormalization(2)
    normalization.update(torch.randn(10, 2))
    before = {name: value.clone() for name, value in normalization.state_dict().items()}
    normalization.update(torch.tensor([[1.0, 2.0], [float("nan"), 3.0]]))
    normalization.freeze()
    normalization.update(torch.randn(10, 2))
    for name, value in normalization.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_a_constant_feature_stays_bounded():
    normalization = EmpiricalNormalization(1, epsilon=1e-2)
    normalization.update(torch.zeros(100, 1))
    assert normalization(torch.tensor([[0.5]])).item() <= 50.0 + 1e-3


def test_inverse_undoes_forward():
    normalization = EmpiricalNormalization(3)
    normalization.update(torch.randn(20, 3) * torch.tensor([10.0, 1.0, 0.0]) + torch.tensor([0.0, -50.0, 2.0]))
    x = torch.randn(4, 5, 3)
    torch.testing.assert_close(normalization.inverse(normalization(x)), x, atol=1e-5, rtol=1e-5)


def test_statistics_of_some_features_are_taken_over():
    whole, part = EmpiricalNormalization(5), EmpiricalNormalization(2)
    samples = torch.randn(20, 5) * 3.0 + 1.0
    whole.update(samples)
    part.copy_from(whole, start=1)
    torch.testing.assert_close(part(samples[:, 1:3]), whole(samples)[:, 1:3])
    assert part.count == 20
    whole.update(samples + 5.0)  # a copy, not a view
    torch.testing.assert_close(part.mean, samples[:, 1:3].mean(0))
