"""A small convolutional network for one image."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from rsl_rl.modules.mlp import ACTIVATIONS
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.ranges import require_numbers
from rsl_rl.utils.registry import lookup


class ImageEncoder(nn.Module):
    """Convolutions, then one linear layer. Images come as their pixels side by side, row by row."""

    def __init__(
        self,
        shape: Sequence[int],
        channels: Sequence[int],
        kernel_sizes: Sequence[int],
        strides: Sequence[int],
        output_dim: int,
        activation: str,
    ) -> None:
        """Build the layers.

        Args:
            shape: Rows and columns of an image.
            channels: Of each convolution's result.
            kernel_sizes: Sides of each convolution's kernel.
            strides: Of each convolution.
            output_dim: Width of the code E.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.

        Raises:
            ConfigError: A size is no size, the lists differ in length, or nothing is left of an image.
        """
        super().__init__()
        require_numbers(1, image_shape=shape, channels=channels, kernel_sizes=kernel_sizes, strides=strides)
        require_numbers(1, image_dim=output_dim)
        if not len(channels) == len(kernel_sizes) == len(strides):
            raise ConfigError(
                f"channels, kernel_sizes and strides must be alike many, not {len(channels)}, {len(kernel_sizes)} and "
                f"{len(strides)}"
            )
        make_activation = lookup("activation", activation, ACTIVATIONS)
        self.shape = tuple(shape)
        self.output_dim = output_dim
        layers: list[nn.Module] = []
        depth, size = 1, list(shape)
        for channel, kernel, stride in zip(channels, kernel_sizes, strides, strict=True):
            if kernel > min(size):
                raise ConfigError(
                    f"an image of {shape[0]} x {shape[1]} pixels is too small for kernel_sizes {list(kernel_sizes)} "
                    f"and strides {list(strides)}"
                )
            size = [(side - kernel) // stride + 1 for side in size]
            layers += [nn.Conv2d(depth, channel, kernel, stride), make_activation()]
            depth = channel
        self.convolutions = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(depth * math.prod(size), output_dim), make_activation())

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return codes [..., E] of images [..., rows x columns]."""
        images = pixels.reshape(-1, 1, *self.shape)
        codes = self.head(self.convolutions(images).flatten(1))
        return codes.view(*pixels.shape[:-1], self.output_dim)
