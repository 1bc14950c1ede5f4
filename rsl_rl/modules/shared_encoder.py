"""One perceptron for several like parts of an input."""

from collections.abc import Sequence

import torch

from rsl_rl.modules.mlp import MLP
from rsl_rl.utils.errors import ConfigError


class SharedEncoder(MLP):
    """Encodes each of several equal parts of its input by the same perceptron, as the height samples of each foot."""

    def __init__(self, input_dim: int, num_parts: int, dims: Sequence[int], activation: str) -> None:
        """Build the layers.

        Args:
            input_dim: Width of all parts together.
            num_parts: Number of parts, which stand one after the other.
            dims: Widths of the hidden layers and, last, of the code of one part.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.

        Raises:
            ConfigError: The input cannot be divided into that many parts.
        """
        if num_parts < 1 or input_dim % num_parts:
            raise ConfigError(f"an input of width {input_dim} has no {num_parts} equal parts")
        *hidden_dims, code_dim = dims
        super().__init__(input_dim // num_parts, hidden_dims, code_dim, activation)
        self.num_parts = num_parts
        self.output_dim = num_parts * code_dim

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the codes of the parts side by side [..., output_dim] for [..., input_dim]."""
        return super().forward(x.unflatten(-1, (self.num_parts, -1))).flatten(-2)
