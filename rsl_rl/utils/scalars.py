"""Averages of named scalars, kept on the device and read in one copy."""

from collections.abc import Mapping

import torch


def to_host(tensors: Mapping[str, torch.Tensor], device: torch.device | str) -> dict[str, float]:
    """Read 0-d tensors as numbers, in one copy.

    Args:
        tensors: What to read.
        device: Where they are collected before the copy.
    """
    if not tensors:
        return {}
    values = torch.stack([tensor.to(device, torch.float32) for tensor in tensors.values()]).tolist()
    return dict(zip(tensors, values, strict=True))


class ScalarMeans:
    """Running means of named scalars. NaN stands for a scalar with nothing to report and is left out."""

    def __init__(self, device: torch.device | str) -> None:
        """Start empty.

        Args:
            device: Where to accumulate.
        """
        self._device = device
        self._totals: dict[tuple[str, ...], torch.Tensor] = {}

    def add(self, scalars: Mapping[str, torch.Tensor | float]) -> None:
        """Add one value to the mean of each scalar. The same names should come together each time, for speed."""
        if not scalars:
            return
        names = tuple(scalars)
        if names not in self._totals:
            self._totals[names] = torch.zeros(2, len(names), device=self._device)
        values = torch.stack([self._on_device(value) for value in scalars.values()])
        totals, counts = self._totals[names]
        totals.add_(values.nan_to_num(nan=0.0))
        counts.add_(values == values)  # not of a NaN

    def pop(self) -> dict[str, torch.Tensor]:
        """Return the means as 0-d tensors, NaN where nothing was reported, and start anew."""
        sums: dict[str, torch.Tensor] = {}
        for names, totals in self._totals.items():
            for name, total in zip(names, totals.unbind(1), strict=True):
                sums[name] = sums[name] + total if name in sums else total
        self._totals = {}
        return {name: total[0] / total[1] for name, total in sums.items()}

    def _on_device(self, value: torch.Tensor | float) -> torch.Tensor:
        if isinstance(value, torch.Tensor):
            return value.to(self._device, torch.float32)
        # Filling is work for the device alone; copying a number there would wait for it.
        return torch.full((), value, dtype=torch.float32, device=self._device)
