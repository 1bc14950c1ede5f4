"""The parts of the student: gate, belief, decoder."""

import numpy as np
import pytest
import torch

from rsl_rl.modules.belief import BeliefEncoder
from rsl_rl.modules.decoder import BeliefDecoder
from rsl_rl.modules.gate import Gate
from rsl_rl.utils.errors import ConfigError
from tests.rsl_rl import numpy_networks

KINDS = ["learned", "open", "none"]


def gate_by_hand(gate, kind, feature, width):
    if kind == "learned":
        return numpy_networks.sigmoid(numpy_networks.mlp(gate.network, feature))
    return np.full((*feature.shape[:-1], width), 1.0 if kind == "open" else 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_belief_by_hand(kind):
    encoder = BeliefEncoder(6, (8, 2), kind, [5, 4], "leaky_relu").double()
    feature, latent = torch.randn(3, 7, 6).double(), torch.randn(3, 7, 8).double()
    belief, gate = encoder(feature, latent)
    expected_gate = gate_by_hand(encoder.gate, kind, feature.numpy(), 8)
    np.testing.assert_allclose(gate.detach(), expected_gate, atol=1e-12)
    padded = np.concatenate((latent.numpy() * expected_gate, np.zeros((3, 7, 2))), axis=-1)
    expected = numpy_networks.mlp(encoder.state_encoder, feature.numpy()) + padded
    np.testing.assert_allclose(belief.detach(), expected, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_present_view_never_enters_the_place_of_the_privileged_code(kind):
    encoder = BeliefEncoder(6, (8, 2), kind, [5], "leaky_relu")
    feature, latent = torch.randn(3, 6), torch.randn(3, 8, requires_grad=True)
    belief, _ = encoder(feature, latent)
    assert (belief[:, 8:] == encoder.state_encoder(feature)[:, 8:]).all()
    (gradient,) = torch.autograd.grad(belief[:, 8:].sum(), latent, allow_unused=True, retain_graph=True)
    assert gradient is None or (gradient == 0).all()
    (gradient,) = torch.autograd.grad(belief[:, :8].sum(), latent, allow_unused=True)
    assert (gradient is None) if kind == "none" else (gradient > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_decoder_by_hand(kind):
    decoder = BeliefDecoder(6, (12, 5), kind, [9, 7], "leaky_relu").double()
    feature, samples = torch.randn(4, 6).double(), torch.randn(4, 12).double()
    heights, privileged = decoder(feature, samples)
    gate = gate_by_hand(decoder.gate, kind, feature.numpy(), 12)
    expected = numpy_networks.mlp(decoder.heights, feature.numpy()) + gate * samples.numpy()
    np.testing.assert_allclose(heights.detach(), expected, atol=1e-12)
    expected = numpy_networks.mlp(decoder.privileged, feature.numpy())
    np.testing.assert_allclose(privileged.detach(), expected, atol=1e-12)


def test_only_a_learned_gate_has_parameters():
    gates = {kind: Gate(kind, 6, [5], 8, "leaky_relu") for kind in KINDS}
    assert [len(list(gates[kind].parameters())) for kind in KINDS] == [4, 0, 0]


def test_without_a_path_around_the_memory_even_nan_does_not_get_through():
    estimate = torch.randn(3, 8)
    total, _ = Gate("none", 6, [5], 8, "leaky_relu")(torch.randn(3, 6), estimate, torch.full((3, 8), float("nan")))
    assert torch.equal(total, estimate)


def test_unknown_gate_is_refused():
    with pytest.raises(ConfigError, match="gate must be one of learned, open, none, not 'shut'"):
        Gate("shut", 6, [5], 8, "leaky_relu")
