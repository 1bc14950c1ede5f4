"""Mass that is added to a base: neither all that it weighs may go, nor many times as much come."""

import pytest

from legged_gym.sim.added_mass import check_added_mass
from legged_gym.utils.errors import UserError


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ([-7.0, 1.0], "may take more than there is: the base weighs 7 kg"),
        ([-1.0, 35.1], "may add more than 5 times the base, which weighs 7 kg"),
        ([-6.9, 35.0], None),
    ],
)
def test_a_range_of_added_mass(bounds: list[float], told: str | None) -> None:
    if told is None:
        check_added_mass(bounds, 7.0)
        return
    with pytest.raises(UserError, match=told):
        check_added_mass(bounds, 7.0)
