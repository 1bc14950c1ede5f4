"""States of random generators from a file."""

import pytest

from rsl_rl.utils.random_state import get_random_state, set_random_state


def test_a_position_beyond_the_state_is_refused():
    """NumPy takes it, and reads beyond its state."""
    state = get_random_state()
    set_random_state(state)
    state["numpy"]["pos"] = 99_999
    with pytest.raises(ValueError, match="a position of 99999"):
        set_random_state(state)
