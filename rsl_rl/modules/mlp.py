"""Multi-layer perceptron."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from torch import nn

from robust_parallel.memory import require_room
from rsl_rl.utils.ranges import require_numbers
from rsl_rl.utils.registry import lookup

_BYTES = 16
"""Of a weight that is learned: itself, its gradient and the two moments of Adam, in single precision."""

# In place where the derivative can be had from the output: saves a buffer and, for ELU, the second exponential.
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "elu": partial(nn.ELU, inplace=True),
    "relu": partial(nn.ReLU, inplace=True),
    "leaky_relu": partial(nn.LeakyReLU, inplace=True),
    "selu": partial(nn.SELU, inplace=True),
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


class MLP(nn.Sequential):
    """Linear layers with an activation between them, and none after the last. Works on any leading dimensions."""

    def __init__(self, input_dim: int, hidden_dims: Sequence[int], output_dim: int, activation: str = "elu") -> None:
        """Build the layers.

        Args:
            input_dim: Width of the input.
            hidden_dims: Widths of the hidden layers; none gives a linear map.
            output_dim: Width of the output.
            activation: A key of ``ACTIVATIONS``.

        Raises:
            ConfigError: There is no such activation, or a layer has no width.
            UserError: The computer's memory could not hold the weights and what learns them.
        """
        require_numbers(1, hidden_dims=hidden_dims)
        widths = [input_dim, *hidden_dims, output_dim]
        num_weights = sum(before * after for before, after in pairwise(widths))
        require_room(_BYTES * num_weights, "cpu", f"learning layers of {widths} (use fewer or smaller ones)")
        make_activation = lookup("activation", activation, ACTIVATIONS)
        layers: list[nn.Module] = []
        for width in hidden_dims:
            layers += [nn.Linear(input_dim, width), make_activation()]
            input_dim = width
        super().__init__(*layers, nn.Linear(input_dim, output_dim))
