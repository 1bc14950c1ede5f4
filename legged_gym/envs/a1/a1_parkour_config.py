"""Unitree A1 on obstacle tracks: the body that the skills of parkour are given."""

from legged_gym.envs.a1.a1_config import A1RoughCfg
from legged_gym.envs.parkour.parkour_config import ParkourCfg


class A1Body(ParkourCfg):
    """Description and pose."""

    class asset(A1RoughCfg.asset):
        pass

    class init_state(ParkourCfg.init_state):
        pos = A1RoughCfg.init_state.pos
        default_joint_angles = A1RoughCfg.init_state.default_joint_angles
        dof_pos_factor = A1RoughCfg.init_state.dof_pos_factor
        velocity_noise = A1RoughCfg.init_state.velocity_noise
