"""Adam that can be told on the device to sit a step out."""

from collections.abc import Iterable

import torch
from torch import nn


class SkippableAdam(torch.optim.Adam):
    """Adam with its learning rate and a flag to skip the step held on the device.

    Nothing is read back by the host, so a step can be part of a CUDA graph. Skipping costs nothing: the fused kernel
    takes the flag that gradient scalers use, and leaves the weights and its own state as they are.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: torch.Tensor) -> None:
        """Prepare the optimiser.

        Args:
            parameters: What is to be trained.
            learning_rate: Learning rate, a 0-d tensor on the device of the parameters that may change at any time.
        """
        on_cuda = learning_rate.device.type == "cuda"
        super().__init__(parameters, lr=learning_rate, fused=True, capturable=on_cuda)
        self.found_inf = torch.zeros((), device=learning_rate.device)
        """1 to skip the next step, else 0. The name is PyTorch's."""

    def load_moments(self, state: dict) -> None:
        """Restore the running moments, the ``state`` of :meth:`state_dict`, whatever device they were saved on.

        Raises:
            ValueError: They belong to other parameters.
        """
        learning_rates = [group["lr"] for group in self.param_groups]
        self.load_state_dict({"state": state, "param_groups": self.state_dict()["param_groups"]})
        for group, learning_rate in zip(self.param_groups, learning_rates, strict=True):
            group["lr"] = learning_rate
