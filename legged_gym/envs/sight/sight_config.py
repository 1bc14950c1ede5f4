"""What a task adds where some of the ground is to be crossed."""

from typing import Annotated

from legged_gym.config.fields import Ordered, Share
from legged_gym.config.idle import Idle
from legged_gym.config.io import field_names
from legged_gym.config.quantities import Duration, Factor, Speed
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.terrain.columns import column_types
from legged_gym.terrain.kinds import CROSSINGS

OVERRULED = (
    "ranges.lin_vel_x", "ranges.lin_vel_y", "ranges.heading", "min_norm", "standing_fraction",
)  # fmt: skip
"""Settings of `commands` that robots on a way across are not given by."""


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

        _read_by = {"style_on_crossings": ("lin_vel_z", "ang_vel_xy", "orientation", "uneven_duty", "flight")}

    def idle(self) -> Idle:
        """As the base's, and what is of crossings where there are none, or of other ground where all of it is one."""
        yield from super().idle()
        of_crossings = ("rewards.style_on_crossings", "rewards.scales.progress")
        if self.terrain.mesh_type == "plane":
            yield from ((name, "terrain.mesh_type is plane") for name in ("crossing", *of_crossings))
        elif not self.commands.heading_command:
            reason = "commands.heading_command is off: nobody is steered along a way across"
            yield from ((name, reason) for name in ("crossing", *of_crossings))
        elif not self._crossed_types():
            reason = "no terrain type of the map has a way across, and crossing.share_elsewhere is 0"
            own = (f"crossing.{name}" for name in field_names(self.crossing) if name != "share_elsewhere")
            yield from ((name, reason) for name in (*own, *of_crossings))
        elif self._crosses_always():
            yield from ((f"commands.{name}", "robots cross all of the map: see crossing") for name in OVERRULED)

    def _standing_types(self) -> set[str]:
        """Terrain types of the map."""
        return {*column_types(self.terrain.terrain_proportions, self.terrain.num_cols)}

    def _crossed_types(self) -> set[str]:
        """Those that are crossed, be it in some of the episodes."""
        standing = self._standing_types()
        return standing if self.crossing.share_elsewhere > 0.0 else standing & CROSSINGS

    def _crosses_always(self) -> bool:
        """Whether there is a way across in each episode."""
        return self.crossing.share_elsewhere == 1.0 or self._standing_types() <= CROSSINGS
