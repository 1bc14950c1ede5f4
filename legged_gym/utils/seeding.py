"""One seed for every random generator of the process."""

import random

import numpy as np
import torch


def set_seed(seed: int) -> int:
    """Seed Python, NumPy and torch (CPU and CUDA). Call it before the environment is built: building draws numbers.

    Args:
        seed: the seed; -1 draws one.

    Returns:
        The seed used.
    """
    if seed == -1:
        seed = random.SystemRandom().randrange(2**31)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return seed
