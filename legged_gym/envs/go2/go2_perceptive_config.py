"""Unitree Go2 with foot-centred height samples: teacher, and student with a belief encoder."""

from legged_gym.envs.go2.go2_config import Go2RoughCfg
from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg, PerceptiveCfgPPO


class Go2PerceptiveCfg(Go2RoughCfg, PerceptiveCfg):
    """Go2 on the terrain map as a robot to be deployed: randomized body and drives, external forces."""

    class domain_rand(Go2RoughCfg.domain_rand):
        friction_range = [0.3, 1.25]
        randomize_base_mass = True
        added_mass_range = [-1.0, 2.0]
        randomize_base_com = True
        randomize_gains = True
        randomize_motor_strength = True
        apply_external_force = True

    class rewards(Go2RoughCfg.rewards, PerceptiveCfg.rewards):
        class scales(Go2RoughCfg.rewards.scales, PerceptiveCfg.rewards.scales):
            action_rate = -0.01
            """Twice go2_rough's: a tenth less power and half the falls at the same success."""

    class map_noise(PerceptiveCfg.map_noise):
        missing_probability = 0.05
        """Probability that there is no map, beyond the paper: a sensor may fail, and the robot goes on blind."""


class Go2PerceptiveCfgPPO(PerceptiveCfgPPO):
    """Both stages of `go2_perceptive`."""

    class runner(PerceptiveCfgPPO.runner):
        experiment_name = "go2_perceptive"
        max_iterations = 2800
