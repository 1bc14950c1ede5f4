"""A perceptive robot that gets across where there is a way across, with drives and sensors that are late."""

from legged_gym.envs.base.agile_commands import AgileCommandsCfg
from legged_gym.envs.base.commands import Commands
from legged_gym.envs.base.domain_rand import delay_column
from legged_gym.envs.perceptive.perceptive_config import DRAWN, PRIVILEGED, PROPRIOCEPTIVE, UNSPOILT, PerceptiveCfg
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.envs.sight.sight_commands import AgileSightCommands
from legged_gym.envs.sight.sight_config import SightCfg
from legged_gym.envs.sight.sight_robot import SightRobot
from legged_gym.interface.mirror import SCALAR
from legged_gym.interface.observations import ObservationTerm, privileged

LATENESS = ["target_delay", "action_delay", "measurement_delay"]
"""How late a robot acts and feels: a foothold of 20 cm at 1 m/s is stepped on by knowing it."""


class PerceptiveSightCfg(PerceptiveCfg, SightCfg):
    """Senses of the one, ways and rewards of the other, and an operator in a hurry where there is nothing to cross."""

    class commands(AgileCommandsCfg):
        pass

    class rewards(PerceptiveCfg.rewards, SightCfg.rewards):
        class scales(PerceptiveCfg.rewards.scales, SightCfg.rewards.scales):
            pass

    class observations(PerceptiveCfg.observations):
        """The teacher knows load, motors and delays; the student learns to tell them from what its targets come to."""

        privileged = [*PRIVILEGED, *DRAWN, *LATENESS, *UNSPOILT]
        critic = [*PROPRIOCEPTIVE, "foot_scan", *PRIVILEGED, *DRAWN, *LATENESS]

    def _crosses_always(self) -> bool:
        """No: a student begins on flat ground, where nothing is crossed."""
        return False


class PerceptiveSightRobot(SightRobot, PerceptiveRobot):
    """Teacher and student of `PerceptiveRobot`, paid as `SightRobot` is, and hurried on ordinary ground."""

    cfg: PerceptiveSightCfg

    def _make_commands(self) -> Commands:
        where = (self.crossing, self.terrain.type_names, self.terrain_curriculum.types)
        return AgileSightCommands(self.cfg, self.num_envs, self.dt, self.device, *where)

    def observation_terms(self) -> list[ObservationTerm]:
        """Those of `PerceptiveRobot`, and how late targets and measurements are, in control steps."""
        n, device, sim, rand = self.num_envs, self.device, self.sim, self.domain_rand
        return [
            *super().observation_terms(),
            privileged(
                "target_delay", 1, lambda: delay_column(sim.target_delay, n, device) / sim.decimation, mirror=SCALAR
            ),
            privileged("measurement_delay", 1, lambda: delay_column(rand.obs_delay, n, device), mirror=SCALAR),
        ]
