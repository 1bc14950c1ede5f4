"""Memory with explicit state, between the input of a network and its perceptron."""

from abc import ABC, abstractmethod

import torch
from torch import nn

from rsl_rl.modules.gru_layer import unroll_gru_layer
from rsl_rl.modules.mlp import MLP
from rsl_rl.utils.ranges import require_numbers
from rsl_rl.utils.registry import lookup

State = tuple[torch.Tensor, ...]
"""Hidden state: tensors [layers, N, hidden], none for a network without memory."""

RNNS = {"gru": nn.GRU, "lstm": nn.LSTM}


class Memory(nn.Module, ABC):
    """What every memory offers. Its state is passed in and out, so that nothing is hidden in the module."""

    def __init__(self, output_dim: int, num_state_tensors: int) -> None:
        """Declare the sizes.

        Args:
            output_dim: Width of the output H.
            num_state_tensors: Number of tensors in the state.
        """
        super().__init__()
        self.output_dim = output_dim
        self.num_state_tensors = num_state_tensors

    @abstractmethod
    def initial_state(self, num_envs: int) -> State:
        """Return the state at the start of an episode: zeros [L, N, H]."""

    @abstractmethod
    def step(self, x: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Return the output [N, H] for one input [N, D], and the state after it."""

    @abstractmethod
    def unroll(self, x: torch.Tensor, dones: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Return the outputs [T, N, H] for sequences in which episodes may end anywhere, and the state after them.

        The state is zeroed after each step that ended an episode, within the sequence, so shapes stay static and no
        sequence has to be split or padded.

        Args:
            x: [T, N, D].
            dones: Non-zero where an episode ended with that step [T, N].
            state: The state before the first step.
        """


class NoMemory(Memory):
    """Passes its input on. Inputs may have any leading dimensions."""

    def __init__(self, input_dim: int) -> None:
        """Take the width of the input, which is that of the output."""
        super().__init__(output_dim=input_dim, num_state_tensors=0)

    def initial_state(self, num_envs: int) -> State:
        del num_envs
        return ()

    def step(self, x: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        return x, state

    def unroll(self, x: torch.Tensor, dones: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        del dones
        return x, state


class MLPMemory(NoMemory):
    """A perceptron in the place of recurrent layers, to tell what remembering is worth. Has no state either."""

    def __init__(self, input_dim: int, hidden_dim: int, num_layers: int, activation: str) -> None:
        """Build the layers.

        Args:
            input_dim: Width of the input D.
            hidden_dim: Width of the hidden layers and of the output H.
            num_layers: Number of hidden layers.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
        """
        require_numbers(1, rnn_hidden_size=hidden_dim, rnn_num_layers=num_layers)
        super().__init__(hidden_dim)
        self.network = MLP(input_dim, [hidden_dim] * num_layers, hidden_dim, activation)

    def step(self, x: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        return self.network(x), state

    def unroll(self, x: torch.Tensor, dones: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        return super().unroll(self.network(x), dones, state)


class RecurrentMemory(Memory):
    """Layers of GRU or LSTM."""

    def __init__(self, input_dim: int, hidden_dim: int, num_layers: int, rnn_type: str) -> None:
        """Build the layers.

        Args:
            input_dim: Width of the input D.
            hidden_dim: Width of the hidden state and of the output H.
            num_layers: Number of layers L.
            rnn_type: "gru" or "lstm".
        """
        require_numbers(1, rnn_hidden_size=hidden_dim, rnn_num_layers=num_layers)
        rnn_class = lookup("rnn_type", rnn_type, RNNS)
        super().__init__(output_dim=hidden_dim, num_state_tensors=2 if rnn_class is nn.LSTM else 1)
        self.rnn = rnn_class(input_dim, hidden_dim, num_layers)

    def initial_state(self, num_envs: int) -> State:
        device = next(self.parameters()).device
        shape = (self.rnn.num_layers, num_envs, self.output_dim)
        return tuple(torch.zeros(shape, device=device) for _ in range(self.num_state_tensors))

    def step(self, x: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        if isinstance(self.rnn, nn.LSTM):
            out, state = self.rnn(x.unsqueeze(0), state)
        else:
            out, hidden = self.rnn(x.unsqueeze(0), state[0])
            state = (hidden,)
        return out.squeeze(0), state

    def unroll(self, x: torch.Tensor, dones: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        ended = dones != 0
        if isinstance(self.rnn, nn.GRU):
            return self._unroll_gru(x, ended, state)
        outputs = []
        for inputs, mask in zip(x.unbind(0), ended.unbind(0), strict=True):
            output, state = self.step(inputs, state)
            state = clear_state(state, mask)
            outputs.append(output)
        return torch.stack(outputs), state

    def _unroll_gru(self, x: torch.Tensor, ended: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        """Run layer after layer, each over all steps."""
        last = []
        for hidden, weights in zip(state[0].unbind(0), self.rnn.all_weights, strict=True):
            x, hidden = unroll_gru_layer(x, ended, hidden, weights)
            last.append(hidden)
        return x, (torch.stack(last),)


def clear_state(state: State, ended: torch.Tensor) -> State:
    """Return the state with zeros for the environments that ended [N] bool."""
    mask = ended.view(1, -1, 1)
    return tuple(part.masked_fill(mask, 0.0) for part in state)


def reset_state(state: State) -> None:
    """Let a state be that at the start of an episode, in place."""
    for part in state:
        part.zero_()
