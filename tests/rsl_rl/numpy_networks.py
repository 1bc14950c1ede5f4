"""Networks written out in NumPy, to compare with."""

import numpy as np
import torch
from torch import nn


def array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def mlp(network: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """Linear layers with LeakyReLU of slope 0.01 between them."""
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    for index, layer in enumerate(layers):
        if index > 0:
            x = np.where(x > 0.0, x, 0.01 * x)
        x = x @ array(layer.weight).T + array(layer.bias)
    return x


def per_foot(network: nn.Sequential, samples: np.ndarray, num_feet: int) -> np.ndarray:
    """The codes of all feet side by side, each made from the samples of its foot alone."""
    return np.concatenate([mlp(network, foot) for foot in np.split(samples, num_feet, axis=-1)], axis=-1)


def gru_step(rnn: nn.GRU, x: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The hidden state [L, N, H] after one input [N, D] (Cho et al. 2014, in the variant of torch.nn.GRU)."""
    size = rnn.hidden_size
    after = []
    for layer, before in enumerate(hidden):
        from_x = x @ array(getattr(rnn, f"weight_ih_l{layer}")).T + array(getattr(rnn, f"bias_ih_l{layer}"))
        from_h = before @ array(getattr(rnn, f"weight_hh_l{layer}")).T + array(getattr(rnn, f"bias_hh_l{layer}"))
        reset = sigmoid(from_x[:, :size] + from_h[:, :size])
        update = sigmoid(from_x[:, size : 2 * size] + from_h[:, size : 2 * size])
        new = np.tanh(from_x[:, 2 * size :] + reset * from_h[:, 2 * size :])
        x = (1.0 - update) * new + update * before
        after.append(x)
    return np.stack(after)
