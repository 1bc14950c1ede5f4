"""A perceptive robot that gets across where there is a way across."""

from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.envs.sight.sight_config import SightCfg
from legged_gym.envs.sight.sight_robot import SightRobot


class PerceptiveSightCfg(PerceptiveCfg, SightCfg):
    """Senses of the one, ways and rewards of the other."""

    class rewards(PerceptiveCfg.rewards, SightCfg.rewards):
        class scales(PerceptiveCfg.rewards.scales, SightCfg.rewards.scales):
            pass


class PerceptiveSightRobot(SightRobot, PerceptiveRobot):
    """Teacher and student of `PerceptiveRobot`, paid as `SightRobot` is."""

    cfg: PerceptiveSightCfg
