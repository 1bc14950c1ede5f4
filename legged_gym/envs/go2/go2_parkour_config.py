"""Unitree Go2 on obstacle tracks: the body that the skills of parkour are given."""

from legged_gym.envs.go2.go2_config import Go2RoughCfg
from legged_gym.envs.parkour.distill_config import DistillCfg, DistillCfgPPO
from legged_gym.envs.parkour.parkour_config import (
    ClimbCfg,
    CrawlCfg,
    FieldCfg,
    LeapCfg,
    ParkourCfg,
    ParkourCfgPPO,
    SkillCfgPPO,
    TiltCfg,
)


class Go2Body(ParkourCfg):
    """Description and pose."""

    class asset(Go2RoughCfg.asset):
        pass

    class init_state(ParkourCfg.init_state):
        pos = Go2RoughCfg.init_state.pos
        default_joint_angles = Go2RoughCfg.init_state.default_joint_angles
        dof_pos_factor = Go2RoughCfg.init_state.dof_pos_factor
        velocity_noise = Go2RoughCfg.init_state.velocity_noise


class Go2FieldCfg(Go2Body, FieldCfg):
    """Go2 on rough ground."""

    class init_state(Go2Body.init_state, FieldCfg.init_state):
        pass


class Go2ClimbCfg(Go2Body, ClimbCfg):
    """Go2 up onto plateaus, over them and down again."""

    class terrain(ClimbCfg.terrain):
        sizes = {"climb_track": (0.2, 0.6)}


class Go2LeapCfg(Go2Body, LeapCfg):
    """Go2 over gaps."""


class Go2CrawlCfg(Go2Body, CrawlCfg):
    """Go2 under roofs."""


class Go2TiltCfg(Go2Body, TiltCfg):
    """Go2 between walls."""


class Go2DistillCfg(Go2Body, DistillCfg):
    """Go2 that sees, over, under and through all of these."""

    class init_state(Go2Body.init_state, DistillCfg.init_state):
        pass


class Go2FieldCfgPPO(ParkourCfgPPO):
    """PPO of `go2_field`."""

    class runner(ParkourCfgPPO.runner):
        experiment_name = "go2_field"


class Go2ClimbCfgPPO(SkillCfgPPO):
    """PPO of `go2_climb`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "go2_climb"
        begins_with = "go2_field"


class Go2LeapCfgPPO(SkillCfgPPO):
    """PPO of `go2_leap`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "go2_leap"
        begins_with = "go2_field"


class Go2CrawlCfgPPO(SkillCfgPPO):
    """PPO of `go2_crawl`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "go2_crawl"
        begins_with = "go2_field"


class Go2TiltCfgPPO(SkillCfgPPO):
    """PPO of `go2_tilt`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "go2_tilt"
        begins_with = "go2_field"


class Go2DistillCfgPPO(DistillCfgPPO):
    """DAgger of `go2_distill`."""

    class runner(DistillCfgPPO.runner):
        experiment_name = "go2_distill"
        sub_policy_paths = {
            "climb": "go2_climb",
            "leap": "go2_leap",
            "crawl": "go2_crawl",
            "tilt": "go2_tilt",
        }
