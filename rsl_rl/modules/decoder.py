"""Reads out of the student's memory what the teacher saw. For training and inspection only."""

from collections.abc import Sequence

import torch
from torch import nn

from rsl_rl.modules.gate import Gate
from rsl_rl.modules.mlp import MLP


class BeliefDecoder(nn.Module):
    """Decodes true heights and privileged observations from the feature of the memory (Miki et al. 2022, S6).

    The heights get the noisy samples through a gate of their own, so that the memory need not store what is in view.
    """

    def __init__(
        self, feature_dim: int, widths: Sequence[int], gate: str, hidden_dims: Sequence[int], activation: str
    ) -> None:
        """Build the networks.

        Args:
            feature_dim: Width of the memory's feature H.
            widths: Widths of the height samples S and of the privileged observations P.
            gate: One of ``rsl_rl.modules.gate.GATES``.
            hidden_dims: Widths of the hidden layers of all networks.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
        """
        super().__init__()
        num_samples, privileged_width = widths
        self.heights = MLP(feature_dim, hidden_dims, num_samples, activation)
        self.gate = Gate(gate, feature_dim, hidden_dims, num_samples, activation)
        self.privileged = MLP(feature_dim, hidden_dims, privileged_width, activation)

    def forward(self, feature: torch.Tensor, samples: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return heights [..., S] and privileged observations [..., P], normalised.

        Args:
            feature: The memory's feature [..., H].
            samples: The noisy height samples [..., S], normalised.
        """
        heights, _ = self.gate(feature, self.heights(feature), samples)
        return heights, self.privileged(feature)
