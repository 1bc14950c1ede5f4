"""What a gait clock adds to a robot's configuration."""

from legged_gym.config.fields import Positive
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg


class ClockedRobotCfg(LeggedRobotCfg):
    """Configuration of a `ClockedRobot`; a robot's own says its gait."""

    class gait:
        """The clock that the feet are to follow."""

        frequency: Positive = 1.0
        """Strides a second, Hz."""
        offsets: list[list[float]] = [[0.0]]
        """Gaits, each the offsets of all legs in strides; one of them is drawn for an episode."""
