import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rsl_rl.modules import MLPMemory, NoMemory, RecurrentMemory
from rsl_rl.modules.memory import clear_state
from rsl_rl.utils.errors import ConfigError
from tests.rsl_rl import numpy_networks


def random_state(memory, num_envs):
    return tuple(torch.randn_like(part) for part in memory.initial_state(num_envs))


def stepped(memory, x, dones, state):
    """Call torch's own layers for each step, and clear the state after it."""
    outputs = []
    for inputs, ended in zip(x, dones, strict=True):
        output, state = memory.step(inputs, state)
        state = clear_state(state, ended != 0)
        outputs.append(output)
    return torch.stack(outputs), state


@pytest.mark.parametrize("rnn_type", ["gru", "lstm"])
def test_done_in_a_sequence_equals_two_separate_runs(rnn_type):
    memory = RecurrentMemory(3, 5, num_layers=2, rnn_type=rnn_type)
    x = torch.randn(6, 2, 3)
    dones = torch.zeros(6, 2)
    dones[2, 0] = 1.0  # environment 0 ends with step 2, environment 1 runs through
    state = random_state(memory, 2)
    outputs, last = memory.unroll(x, dones, state)

    def whole(steps, env, start):
        inputs = x[steps, env : env + 1]
        outputs, end = memory.rnn(inputs, start if rnn_type == "lstm" else start[0])
        return outputs, end if rnn_type == "lstm" else (end,)

    started = tuple(part[:, 0:1].contiguous() for part in state)
    torch.testing.assert_close(outputs[:3, 0:1], whole(slice(0, 3), 0, started)[0])
    second, second_end = whole(slice(3, 6), 0, memory.initial_state(1))
    torch.testing.assert_close(outputs[3:, 0:1], second)
    running = tuple(part[:, 1:2].contiguous() for part in state)
    through, through_end = whole(slice(0, 6), 1, running)
    torch.testing.assert_close(outputs[:, 1:2], through)
    for part, first, other in zip(last, second_end, through_end, strict=True):
        torch.testing.assert_close(part, torch.cat((first, other), dim=1))


@given(
    num_layers=st.integers(1, 3),
    num_steps=st.integers(1, 6),
    num_envs=st.integers(1, 4),
    probability=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=30)
def test_unrolled_gru_is_torchs_gru_with_cleared_states(num_layers, num_steps, num_envs, probability, seed):
    torch.manual_seed(seed)
    memory = RecurrentMemory(3, 5, num_layers, "gru")
    x = torch.randn(num_steps, num_envs, 3)
    dones = (torch.rand(num_steps, num_envs) < probability).float()
    state = random_state(memory, num_envs)
    outputs, last = memory.unroll(x, dones, state)
    expected, expected_last = stepped(memory, x, dones, state)
    torch.testing.assert_close(outputs, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(last[0], expected_last[0], atol=1e-6, rtol=0)
    assert (last[0][:, dones[-1] != 0] == 0).all()


def test_gradients_of_the_unrolled_gru_are_torchs():
    memory = RecurrentMemory(3, 5, num_layers=2, rnn_type="gru")
    x = torch.randn(7, 4, 3, requires_grad=True)
    dones = torch.rand(7, 4) < 0.3
    state = tuple(part.requires_grad_() for part in random_state(memory, 4))
    weights = torch.randn(7, 4, 5)
    inputs = [*memory.parameters(), x, *state]
    ours, reference = (
        torch.autograd.grad((outputs * weights).sum() + last[0].square().sum(), inputs)
        for outputs, last in (memory.unroll(x, dones, state), stepped(memory, x, dones, state))
    )
    for gradient, expected in zip(ours, reference, strict=True):
        torch.testing.assert_close(gradient, expected, atol=1e-5, rtol=1e-5)


def test_two_layers_of_gru_by_hand():
    memory = RecurrentMemory(3, 5, num_layers=2, rnn_type="gru").double()
    x, dones = torch.randn(4, 2, 3).double(), torch.tensor([[0, 0], [1, 0], [0, 0], [0, 1]])
    state = random_state(memory, 2)[0].double()
    outputs, last = memory.unroll(x, dones, (state,))
    hidden = state.numpy()
    for step in range(4):
        hidden = numpy_networks.gru_step(memory.rnn, x[step].numpy(), hidden)
        np.testing.assert_allclose(outputs[step].detach(), hidden[-1], atol=1e-12)
        hidden = np.where((dones[step].numpy() != 0)[None, :, None], 0.0, hidden)
    np.testing.assert_allclose(last[0].detach(), hidden, atol=1e-12)


@pytest.mark.parametrize("rnn_type", ["gru", "lstm"])
def test_chunks_with_the_state_carried_on_are_the_whole(rnn_type):
    memory = RecurrentMemory(3, 5, num_layers=2, rnn_type=rnn_type)
    x, dones, state = torch.randn(6, 3, 3), torch.rand(6, 3) < 0.4, random_state(memory, 3)
    dones[2, 0] = True  # an episode that ends with its chunk
    whole, last = memory.unroll(x, dones, state)
    first, state = memory.unroll(x[:3], dones[:3], state)
    second, state = memory.unroll(x[3:], dones[3:], state)
    torch.testing.assert_close(torch.cat((first, second)), whole)
    for part, expected in zip(state, last, strict=True):
        torch.testing.assert_close(part, expected)


def test_no_gradient_flows_across_the_end_of_an_episode():
    memory = RecurrentMemory(2, 4, num_layers=1, rnn_type="gru")
    x = torch.randn(4, 1, 2, requires_grad=True)
    dones = torch.tensor([[0.0], [1.0], [0.0], [0.0]])
    memory.unroll(x, dones, memory.initial_state(1))[0][3].sum().backward()
    assert x.grad is not None
    assert x.grad[:2].abs().sum() == 0
    assert (x.grad[2:].abs().sum(dim=(1, 2)) > 0).all()


def test_memories_without_state():
    x, dones = torch.randn(6, 2, 3), torch.zeros(6, 2)
    passing = NoMemory(3)
    assert passing.unroll(x, dones, ()) == (x, ())
    perceptron = MLPMemory(3, 5, num_layers=2, activation="leaky_relu").double()
    outputs, state = perceptron.unroll(x.double(), dones, perceptron.initial_state(2))
    np.testing.assert_allclose(outputs.detach(), numpy_networks.mlp(perceptron.network, x.double().numpy()), atol=1e-12)
    torch.testing.assert_close(perceptron.step(x[0].double(), ())[0], outputs[0])
    assert state == ()
    assert [tuple(weight.shape) for weight in perceptron.parameters() if weight.dim() == 2] == [(5, 3), (5, 5), (5, 5)]


def test_clearing_removes_even_nan():
    state = clear_state((torch.full((1, 2, 3), float("nan")),), torch.tensor([True, False]))
    assert (state[0][:, 0] == 0).all()
    assert state[0][:, 1].isnan().all()


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="did you mean 'gru'"):
        RecurrentMemory(2, 4, num_layers=1, rnn_type="grru")
    with pytest.raises(ConfigError, match="rnn_num_layers"):
        RecurrentMemory(2, 4, num_layers=0, rnn_type="gru")
