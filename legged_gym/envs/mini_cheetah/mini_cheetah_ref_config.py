"""Mini Cheetah that trots after a reference: what differs from `mini_cheetah` (QGym's mini_cheetah_ref)."""

from typing import Annotated

from legged_gym.config.fields import Bounds, Length
from legged_gym.config.quantities import Factor, Force
from legged_gym.envs.base.clocked_robot_config import ClockedRobotCfg
from legged_gym.envs.mini_cheetah.mini_cheetah_config import MiniCheetahCfg, MiniCheetahCfgPPO


class MiniCheetahRefCfg(ClockedRobotCfg, MiniCheetahCfg):
    """Mini Cheetah on a plane with a clock of its trot: 56 observations."""

    class env(MiniCheetahCfg.env):
        episode_length_s = 5.0

    class gait(ClockedRobotCfg.gait):
        frequency = 3.0
        offsets = [[0.0, 0.5, 0.5, 0.0]]
        """A trot: lf with rh, rf with lh half a stride later."""
        reference_file: str = "{ROOT}/resources/robots/mini_cheetah/reference_trot.csv"
        """What make_reference.py wrote; `{ROOT}` stands for the project's root."""
        reference_factor: Factor = 3.0
        """Factor on the angles of the reference file."""
        reference_scale: Annotated[list[Annotated[float, Bounds(1.0e-3, 3.15)]], Length(3)] = [0.2, 0.3, 0.3]
        """Deviation of haa, hfe and kfe from the reference that counts as one, rad: QGym's scale of a joint's angle."""
        contact_force: Force = 50.0
        """Force from which a foot carries the robot, N: a little more than half its weight."""

    class rewards(MiniCheetahCfg.rewards):
        class scales(MiniCheetahCfg.rewards.scales):
            torques = -1.5e-4
            feet_air_time = 0.0
            lin_vel_z = 0.0
            hip_deviation = 0.0
            dof_deviation = 0.0
            """The reference tells the gait."""
            reference_traj: float = 1.5
            stance_grf: float = 1.5
            swing_grf: float = -1.5

    class observations(MiniCheetahCfg.observations):
        policy = [*MiniCheetahCfg.observations.policy, "gait_clock"]
        critic = list(policy)


class MiniCheetahRefCfgPPO(MiniCheetahCfgPPO):
    """PPO of `mini_cheetah_ref`."""

    class runner(MiniCheetahCfgPPO.runner):
        experiment_name = "mini_cheetah_ref"
        max_iterations = 1300
