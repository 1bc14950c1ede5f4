"""What a task adds where some of the ground is to be crossed."""

from typing import Annotated

from legged_gym.config.fields import Ordered, Share
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import Duration, Factor, Speed
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg


class SightCfg(LeggedRobotCfg):
    """Sections of a task with a way across; a robot's class takes them over into its own configuration.

    On the terrain types that declare a way across (`terrain/obstacles.py`), and in a share of the episodes on others, a
    robot is paid for the way it makes; otherwise for the velocity that it keeps. The reason: exp(-error^2) of a
    commanded velocity pays well for standing at an edge, and nothing for being across.
    """

    class crossing:
        """Ground to cross."""

        speed: Annotated[list[Speed], Ordered()] = [0.7, 1.5]
        """Forward speed commanded there, m/s."""
        share_elsewhere: Share = 0.5
        """Share of the episodes on other ground in which it is to be crossed, too: high stairs stop a robot as an edge
        does."""
        patience: Duration = 3.0
        """A robot that makes no way for so long has failed, s: standing at an edge is no way to live on."""

    class rewards(LeggedRobotCfg.rewards):
        style_on_crossings: Factor = 0.2
        """Factor on the rewards of vertical velocity, tilt, gait and their like where a robot has to climb or leap."""

        class scales(LeggedRobotCfg.rewards.scales):
            progress: float = 1.5
            feet_edge: float = -0.5

    def idle(self) -> Idle:
        """As the base's, and what nobody crosses."""
        yield from super().idle()
        if self.terrain.mesh_type == "plane":
            yield "crossing", "terrain.mesh_type is plane"
        elif not self.commands.heading_command:
            yield "crossing", "commands.heading_command is off: nobody is steered along a way across"
