"""The gate of a path around the memory."""

from collections.abc import Sequence

import torch
from torch import nn

from rsl_rl.modules.mlp import MLP
from rsl_rl.utils.errors import ConfigError

GATES = ("learned", "open", "none")
"""Kinds of gate: opened as far as the memory's feature says, always fully open, no path around the memory at all."""


class Gate(nn.Module):
    """Adds a signal to what was made of the memory's feature, each element as far as its gate lets it through."""

    def __init__(self, kind: str, feature_dim: int, hidden_dims: Sequence[int], width: int, activation: str) -> None:
        """Build the network, if the gate is learned.

        Args:
            kind: One of ``GATES``.
            feature_dim: Width of the memory's feature H.
            hidden_dims: Widths of the hidden layers.
            width: Width of the signal W.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.

        Raises:
            ConfigError: There is no such kind.
        """
        if kind not in GATES:
            raise ConfigError(f"gate must be one of {', '.join(GATES)}, not '{kind}'")
        super().__init__()
        self.kind = kind
        self.network = MLP(feature_dim, hidden_dims, width, activation) if kind == "learned" else None

    def forward(
        self, feature: torch.Tensor, estimate: torch.Tensor, signal: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the gated sum and the gate.

        Args:
            feature: The memory's feature [..., H].
            estimate: What was made of it [..., W].
            signal: What comes around the memory [..., W]; not read if there is no such path.

        Returns:
            ``estimate + gate * signal`` [..., W], and the gate from 0 to 1 [..., W].
        """
        if self.kind == "none":
            return estimate, torch.zeros_like(estimate)
        if self.network is None:
            return estimate + signal, torch.ones_like(estimate)
        gate = torch.sigmoid(self.network(feature))
        return torch.addcmul(estimate, gate, signal), gate
