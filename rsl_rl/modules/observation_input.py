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


def group_widths(widths: Mapping[str, int], groups: Sequence[str]) -> tuple[int, ...]:
    """Return the widths of chosen groups.

    Raises:
        ConfigError: No group is given, or one is not offered.
    """
    missing = [group for group in groups if group not in widths]
    if missing or not groups:
        raise ConfigError(f"observation groups {missing or groups} are not offered; there are: {sorted(widths)}")
    return tuple(widths[group] for group in groups)


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
        self.groups = tuple(groups)
        self.widths = group_widths(widths, groups)
        self.dim = sum(self.widths)
        self.normalizer = EmpiricalNormalization(self.dim) if normalize else nn.Identity()

    def forward(self, obs: Observations) -> torch.Tensor:
        """Return the input of the network [..., dim]."""
        return self.normalizer(self._concatenate(obs))

    def update(self, obs: Observations, distributed: Distributed | None = None) -> None:
        """Add observations to the running statistics, if there are any."""
        if isinstance(self.normalizer, EmpiricalNormalization):
            self.normalizer.update(self._concatenate(obs), distributed)

    def denormalize(self, x: torch.Tensor) -> torch.Tensor:
        """Return observations side by side [..., dim], in their units, from normalised ones."""
        return self.normalizer.inverse(x) if isinstance(self.normalizer, EmpiricalNormalization) else x

    def copy_statistics(self, other: "ObservationInput", start: int) -> None:
        """Take over in place the statistics of some of another's features, if there are any, and keep them for good.

        Args:
            other: An input which normalises if this one does.
            start: The first feature of the other to take; as many follow as this one has.
        """
        if isinstance(self.normalizer, EmpiricalNormalization):
            assert isinstance(other.normalizer, EmpiricalNormalization)
            self.normalizer.copy_from(other.normalizer, start)
            self.normalizer.freeze()

    def _concatenate(self, obs: Observations) -> torch.Tensor:
        if len(self.groups) == 1:
            return obs[self.groups[0]]
        return torch.cat([obs[group] for group in self.groups], dim=-1)
