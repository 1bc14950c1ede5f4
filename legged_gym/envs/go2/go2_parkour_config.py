"""Unitree Go2 on obstacle tracks: the body that the skills of parkour are given."""

from legged_gym.envs.go2.go2_config import Go2RoughCfg
from legged_gym.envs.parkour.parkour_config import ClimbCfg, ParkourCfg


class Go2Body(ParkourCfg):
    """Description and pose."""

    class asset(Go2RoughCfg.asset):
        pass

    class init_state(ParkourCfg.init_state):
        pos = Go2RoughCfg.init_state.pos
        default_joint_angles = Go2RoughCfg.init_state.default_joint_angles
        dof_pos_factor = Go2RoughCfg.init_state.dof_pos_factor
        velocity_noise = Go2RoughCfg.init_state.velocity_noise


class Go2ClimbCfg(ClimbCfg):
    """Higher than the A1 climbs."""

    class terrain(ClimbCfg.terrain):
        sizes = {"climb_track": (0.1, 0.6)}
