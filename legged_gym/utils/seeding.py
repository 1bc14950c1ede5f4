"""One seed for every random generator of the process."""

import random

import numpy as np
import torch


def set_seed(seed: int, rank: int = 0) -> int:
    """Seed Python, NumPy and torch (CPU and CUDA). Call it before the environment is built: building draws numbers.

    Args:
        seed: the seed; -1 draws one.
        rank: number of this process among those that train together; each draws numbers of its own.

    Returns:
        The seed used, without the rank.
    """
    if seed == -1:
        seed = random.SystemRandom().randrange(2**31)
    random.seed(seed + rank)
    np.random.seed((seed + rank) % 2**32)  # its seeds end there
    torch.manual_seed(seed + rank)
    return seed
