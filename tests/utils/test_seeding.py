import random

import numpy as np
import torch

from legged_gym.utils.seeding import set_seed


def draws():
    return random.random(), np.random.rand(), torch.rand(1).item()


def test_equal_seeds_give_equal_numbers():
    assert set_seed(3) == 3
    first = draws()
    set_seed(3)
    assert draws() == first
    set_seed(4)
    assert all(a != b for a, b in zip(draws(), first, strict=True))


def test_the_process_after_the_last_seed_has_one_of_its_own():
    """NumPy's seeds end at 2^32 - 1, Python's do not."""
    assert set_seed(2**32 - 1, rank=1) == 2**32 - 1
    python, numpy, _ = draws()
    set_seed(0)
    first = draws()
    assert numpy == first[1] and python != first[0]


def test_minus_one_draws_a_seed():
    seeds = {set_seed(-1) for _ in range(3)}
    assert len(seeds) == 3 and min(seeds) >= 0
