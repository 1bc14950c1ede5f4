"""Unitree A1 on obstacle tracks: the body that the skills of parkour are given."""

from legged_gym.envs.a1.a1_config import A1RoughCfg
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


class A1Body(ParkourCfg):
    """Description and pose."""

    class asset(A1RoughCfg.asset):
        pass

    class init_state(ParkourCfg.init_state):
        pos = A1RoughCfg.init_state.pos
        default_joint_angles = A1RoughCfg.init_state.default_joint_angles
        dof_pos_factor = A1RoughCfg.init_state.dof_pos_factor
        velocity_noise = A1RoughCfg.init_state.velocity_noise


class A1FieldCfg(A1Body, FieldCfg):
    """A1 on rough ground."""

    class init_state(A1Body.init_state, FieldCfg.init_state):
        pass


class A1ClimbCfg(A1Body, ClimbCfg):
    """A1 up onto plateaus, over them and down again."""


class A1LeapCfg(A1Body, LeapCfg):
    """A1 over gaps."""


class A1CrawlCfg(A1Body, CrawlCfg):
    """A1 under roofs."""


class A1TiltCfg(A1Body, TiltCfg):
    """A1 between walls."""


class A1DistillCfg(A1Body, DistillCfg):
    """A1 that sees, over, under and through all of these."""

    class init_state(A1Body.init_state, DistillCfg.init_state):
        pass


class A1FieldCfgPPO(ParkourCfgPPO):
    """PPO of `a1_field`."""

    class runner(ParkourCfgPPO.runner):
        experiment_name = "a1_field"


class A1ClimbCfgPPO(SkillCfgPPO):
    """PPO of `a1_climb`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "a1_climb"
        begins_with = "a1_field"


class A1LeapCfgPPO(SkillCfgPPO):
    """PPO of `a1_leap`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "a1_leap"
        begins_with = "a1_field"


class A1CrawlCfgPPO(SkillCfgPPO):
    """PPO of `a1_crawl`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "a1_crawl"
        begins_with = "a1_field"


class A1TiltCfgPPO(SkillCfgPPO):
    """PPO of `a1_tilt`."""

    class runner(SkillCfgPPO.runner):
        experiment_name = "a1_tilt"
        begins_with = "a1_field"


class A1DistillCfgPPO(DistillCfgPPO):
    """DAgger of `a1_distill`."""

    class runner(DistillCfgPPO.runner):
        experiment_name = "a1_distill"
        sub_policy_paths = {
            "climb": "a1_climb",
            "leap": "a1_leap",
            "crawl": "a1_crawl",
            "tilt": "a1_tilt",
        }
