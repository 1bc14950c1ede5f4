"""The belief: what the student makes of its memory and of its present view in the place of the teacher's codes."""

from collections.abc import Sequence

import torch
from torch import nn

from rsl_rl.modules.gate import Gate
from rsl_rl.modules.mlp import MLP


class BeliefEncoder(nn.Module):
    """Belief b = g_b(b') + [alpha * l_e, 0] with alpha = sigmoid(g_a(b')) (Miki et al. 2022, S6).

    b' is the feature of the memory, l_e the code of the height samples. The gate alpha lets the samples of now through
    where the memory trusts them. The zeros stand at the end: nothing of l_e enters the place of the privileged code.
    """

    def __init__(
        self, feature_dim: int, latent_dims: Sequence[int], gate: str, hidden_dims: Sequence[int], activation: str
    ) -> None:
        """Build the networks.

        Args:
            feature_dim: Width of the memory's feature H.
            latent_dims: Widths of the teacher's exteroceptive code E and of its privileged code P.
            gate: One of ``rsl_rl.modules.gate.GATES``.
            hidden_dims: Widths of the hidden layers of g_b and g_a.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
        """
        super().__init__()
        self.latent_dims = tuple(latent_dims)
        self.state_encoder = MLP(feature_dim, hidden_dims, sum(self.latent_dims), activation)
        self.gate = Gate(gate, feature_dim, hidden_dims, self.latent_dims[0], activation)

    def forward(self, feature: torch.Tensor, latent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the belief [..., E + P] and the gate [..., E] for a feature [..., H] and l_e [..., E]."""
        exteroceptive, privileged = self.state_encoder(feature).split(self.latent_dims, dim=-1)
        exteroceptive, gate = self.gate(feature, exteroceptive, latent)
        return torch.cat((exteroceptive, privileged), dim=-1), gate
