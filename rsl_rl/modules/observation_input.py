"""The entrance of a network: chosen observation groups as one tensor."""

from collections.abc import Mapping, Sequence

import torch
from tensordict import TensorDict
from torch import nn

from rsl_rl.modules.normalization import EmpiricalNormalization
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError

Observations = TensorDict | Mapping[str, torch.Tensor]
"""Observation groups by name, each [..., width of the group]."""


class ObservationInput(nn.Module):
    """Concatenates an ordered list of observation groups, and normalises the result if asked to."""

    def __init__(self, widths: Mapping[str, int], groups: Sequence[str], normalize: bool) -> None:
        """Choose the groups.

        Args:
            widths: The width of each group that the environment offers.
            groups: Names of the groups to read, in order.
            normalize: Whether to normalise by running statistics.

        Raises:
            ConfigError: No group is given, or one is not offered.
        """
        super().__init__()
        missing = [group for group in groups if group not in widths]
        if missing or not groups:
            raise ConfigError(f"observation groups {missing or groups} are not offered; there are: {sorted(widths)}")
        self.groups = tuple(groups)
        self.dim = sum(widths[group] for group in groups)
        self.normalizer = EmpiricalNormalization(self.dim) if normalize else nn.Identity()

    def forward(self, obs: Observations) -> torch.Tensor:
        """Return the input of the network [..., dim]."""
        return self.normalizer(self._concatenate(obs))

    def update(self, obs: Observations, distributed: Distributed | None = None) -> None:
        """Add observations to the running statistics, if there are any."""
        if isinstance(self.normalizer, EmpiricalNormalization):
            self.normalizer.update(self._concatenate(obs), distributed)

    def _concatenate(self, obs: Observations) -> torch.Tensor:
        if len(self.groups) == 1:
            return obs[self.groups[0]]
        return torch.cat([obs[group] for group in self.groups], dim=-1)
