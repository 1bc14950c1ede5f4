"""Mass that randomization adds to a robot's base."""

from collections.abc import Sequence

from legged_gym.utils.errors import UserError

MOST = 5.0
"""Of what a base weighs: a robot carries less than itself, and its base is no less than a sixth of it."""


def check_added_mass(bounds: Sequence[float], base_mass: float) -> None:
    """Refuse a range that may leave nothing of the base, or is beyond what it could carry.

    Args:
        bounds: the least and the most that is added, kg.
        base_mass: of the nominal base, with all that is welded to it, kg.

    Raises:
        UserError: the least leaves no positive mass, or the most is more than `MOST` of the base's.
    """
    if bounds[1] > MOST * base_mass:
        raise UserError(
            f"domain_rand.added_mass_range = {list(bounds)} kg may add more than {MOST:g} times the base, which weighs "
            f"{base_mass:.4g} kg"
        )
    if base_mass + bounds[0] <= 0.0:
        raise UserError(
            f"domain_rand.added_mass_range = {list(bounds)} kg may take more than there is: the base weighs "
            f"{base_mass:.4g} kg"
        )
