"""Unitree Go2 on obstacle tracks: the body that the skills of parkour are given."""

from legged_gym.envs.go2.go2_config import Go2RoughCfg
from legged_gym.envs.parkour.distill_config import DistillCfg
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

    class rewards(ParkourCfg.rewards):
        class scales(ParkourCfg.rewards.scales):
            orientation = -1.0
            """Without it a `go2_field` walked 14 degrees nose up, its camera looking at the sky; with it, 4 (at the end
            of a training, and after 250 iterations of 512 robots)."""


class Go2ClimbCfg(ClimbCfg):
    """Higher than the A1 climbs."""

    class terrain(ClimbCfg.terrain):
        sizes = {"climb_track": (0.1, 0.6)}


class Go2DistillCfg(DistillCfg):
    """With the camera that Robot Parkour Learning gave its Go2, and plateaus as high as its teacher climbs."""

    class terrain(DistillCfg.terrain):
        sizes = {"climb_track": (0.2, 0.6)}

    class depth_camera(DistillCfg.depth_camera):
        """Over the head and looking down, farther and sooner than the A1's."""

        resolution = [120, 160]
        crop = [12, 0, 7, 9]
        horizontal_fov = [86.0, 90.0]
        position = [0.24, -0.0175, 0.12]
        position_noise = [0.01, 0.0025, 0.03]
        rotation = [0.0, 23.0, 0.0]
        rotation_noise = [5.7, 1.7, 5.7]
        range = [0.0, 3.0]
        latency_range = [0.08, 0.142]
