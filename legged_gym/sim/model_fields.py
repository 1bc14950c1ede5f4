"""Which randomizable fields a robot has."""

from legged_gym.sim.robot_model import RobotModel
from legged_gym.sim.simulator import RANDOMIZABLE_FIELDS
from legged_gym.utils.errors import UserError


def check_field(field: str, robot: RobotModel) -> None:
    """Make sure that a field is one of `RANDOMIZABLE_FIELDS`, and of this robot.

    Raises:
        UserError: there is no such field, or the robot's contacts have no torsional friction.
    """
    if field not in RANDOMIZABLE_FIELDS:
        raise UserError(f"unknown model field {field!r}; there are {', '.join(RANDOMIZABLE_FIELDS)}")
    if field == "torsional_friction" and not robot.has_torsional_friction:
        raise UserError("these contacts have no torsional friction: give asset.torsional_friction more than 0")
