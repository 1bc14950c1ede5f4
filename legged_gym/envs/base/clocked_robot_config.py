"""What a gait clock adds to a robot's configuration."""

from collections.abc import Iterator
from typing import Annotated

from legged_gym.config.fields import Bounds, Length, Share
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg


class ClockedRobotCfg(LeggedRobotCfg):
    """Configuration of a `ClockedRobot`; a robot's own says its gait."""

    class gait:
        """The clock that the feet are to follow."""

        frequency: Annotated[float, Bounds(0.01, 20)] = 1.0
        """Strides a second, Hz."""
        offsets: Annotated[list[Annotated[list[Share], Length(1, 100)]], Length(1, 100)] = [[0.0]]
        """Gaits, each the offsets of all legs in strides; one of them is drawn for an episode."""

        def contradictions(self) -> Iterator[str]:
            """Gaits of different robots."""
            if len({len(gait) for gait in self.offsets}) > 1:
                yield f"gait.offsets = {self.offsets}: every gait needs an offset for each leg"
