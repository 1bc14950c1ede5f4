import pytest
import torch

from rsl_rl.modules import RecurrentMemory
from rsl_rl.modules.memory import clear_state
from rsl_rl.utils.errors import ConfigError


@pytest.mark.parametrize("rnn_type", ["gru", "lstm"])
def test_done_in_a_sequence_equals_two_separate_runs(rnn_type):
    memory = RecurrentMemory(3, 5, num_layers=2, rnn_type=rnn_type)
    x = torch.randn(6, 2, 3)
    dones = torch.zeros(6, 2)
    dones[2, 0] = 1.0  # environment 0 ends with step 2, environment 1 runs through
    state = tuple(torch.randn_like(part) for part in memory.initial_state(2))
    outputs = memory.unroll(x, dones, state)

    def whole(steps, env, start):
        inputs = x[steps, env : env + 1]
        return memory.rnn(inputs, start if rnn_type == "lstm" else start[0])[0]

    started = tuple(part[:, 0:1].contiguous() for part in state)
    torch.testing.assert_close(outputs[:3, 0:1], whole(slice(0, 3), 0, started))
    torch.testing.assert_close(outputs[3:, 0:1], whole(slice(3, 6), 0, memory.initial_state(1)))
    running = tuple(part[:, 1:2].contiguous() for part in state)
    torch.testing.assert_close(outputs[:, 1:2], whole(slice(0, 6), 1, running))


def test_no_gradient_flows_across_the_end_of_an_episode():
    memory = RecurrentMemory(2, 4, num_layers=1, rnn_type="gru")
    x = torch.randn(4, 1, 2, requires_grad=True)
    dones = torch.tensor([[0.0], [1.0], [0.0], [0.0]])
    memory.unroll(x, dones, memory.initial_state(1))[3].sum().backward()
    assert x.grad is not None
    assert x.grad[:2].abs().sum() == 0
    assert (x.grad[2:].abs().sum(dim=(1, 2)) > 0).all()


def test_clearing_removes_even_nan():
    state = clear_state((torch.full((1, 2, 3), float("nan")),), torch.tensor([True, False]))
    assert (state[0][:, 0] == 0).all()
    assert state[0][:, 1].isnan().all()


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="did you mean 'gru'"):
        RecurrentMemory(2, 4, num_layers=1, rnn_type="grru")
    with pytest.raises(ConfigError, match="rnn_num_layers"):
        RecurrentMemory(2, 4, num_layers=0, rnn_type="gru")
