"""Mass that randomization adds to a robot's base."""

from collections.abc import Sequence

from legged_gym.utils.errors import UserError


def check_added_mass(bounds: Sequence[float], base_mass: float) -> None:
    """Refuse a range that may leave nothing of the base.

    Args:
        bounds: the least and the most that is added, kg.
        base_mass: of the nominal base, with all that is welded to it, kg.

    Raises:
        UserError: the least leaves no positive mass.
    """
    if base_mass + bounds[0] <= 0.0:
        raise UserError(
            f"domain_rand.added_mass_range = {list(bounds)} kg may take more than there is: the base weighs "
            f"{base_mass:.4g} kg"
        )
