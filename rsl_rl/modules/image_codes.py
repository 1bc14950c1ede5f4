"""The codes of the images that robots hold."""

import torch
from torch import nn


class ImageCodes:
    """Encodes the images of N robots, each once while it lasts.

    How many are new is asked of the device, so it is nothing for a CUDA graph, nor worth a wait there.
    """

    def __init__(self, encoder: nn.Module, images: torch.Tensor) -> None:
        """Know none yet.

        Args:
            encoder: Makes codes [n, E] of images [n, W]; when its weights change, call :meth:`forget`.
            images: Images as they will come [N, W].
        """
        self._encoder = encoder
        self._images = torch.zeros_like(images)
        self._codes: torch.Tensor | None = None

    def forget(self) -> None:
        """Encode all images anew."""
        self._codes = None

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return the codes [N, E] of images [N, W], in a tensor that the next call overwrites."""
        codes = self._codes
        if codes is None:
            codes = self._codes = self._encoder(images).clone()
        else:
            new = (images != self._images).any(dim=1).nonzero()[:, 0]
            codes[new] = self._encoder(images[new])
        self._images.copy_(images)
        return codes
