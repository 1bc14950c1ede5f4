"""The clocks of N environments, each with a gait drawn for it."""

import torch

from legged_gym.interface.gait_clock import advanced, phases


class GaitClock:
    """Phases of the legs of N environments: one cycle an environment, and an offset for each leg.

    Static shapes and masks only, so that a step that reads and advances it can be captured.
    """

    def __init__(self, num_envs: int, offsets: list[list[float]], frequency: float, device: str | torch.device) -> None:
        """Start every clock.

        Args:
            num_envs: N.
            offsets: gaits to draw from, each a list of L leg offsets in [0, 1) strides.
            frequency: strides a second, Hz.
            device: of all tensors.
        """
        self.frequency = frequency
        self._gaits = torch.tensor(offsets, device=device)
        self._cycle = torch.zeros(num_envs, device=device)
        """Share of the stride that has passed [N], in [0, 1)."""
        self._offset = torch.zeros(num_envs, self._gaits.shape[1], device=device)
        self.phase = torch.zeros_like(self._offset)
        """Phase of each leg's stride [N, L], in [0, 1)."""
        self.reset(torch.ones(num_envs, dtype=torch.bool, device=device))

    def reset(self, mask: torch.Tensor) -> None:
        """Put the environments in `mask` [N] bool to the beginning of a stride, each with a gait drawn for it."""
        drawn = self._gaits[torch.randint(len(self._gaits), mask.shape, device=mask.device)]
        self._offset.copy_(torch.where(mask[:, None], drawn, self._offset))
        self._cycle.masked_fill_(mask, 0.0)
        self._set_phase()

    def keep_to_first_gait(self) -> None:
        """Draw no gait but the first from the next reset on, as the controller of a robot does."""
        self._gaits = self._gaits[:1]

    def advance(self, dt: float, moving: torch.Tensor) -> None:
        """Let `dt` seconds pass; the clocks of robots that are not `moving` [N] bool wait at the stride's beginning."""
        advanced(self._cycle, dt * self.frequency, moving, out=self._cycle)
        self._set_phase()

    def _set_phase(self) -> None:
        phases(self._cycle, self._offset, out=self.phase)
