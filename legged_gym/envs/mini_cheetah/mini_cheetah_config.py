"""MIT Mini Cheetah: what differs from the defaults. Pose, gains, commands and reward weights: QGym's mini_cheetah."""

from legged_gym.config.quantities import Terms
from legged_gym.envs.base.legged_robot_config import BLIND_OBSERVATIONS, LeggedRobotCfg, LeggedRobotCfgPPO

LEGS = ("lf", "rf", "lh", "rh")
POSE = {"haa": 0.0, "hfe": -0.785398, "kfe": 1.596976}
"""Joint angles of every leg at zero action, rad."""


class MiniCheetahCfg(LeggedRobotCfg):
    """Mini Cheetah on a plane, up to 3 m/s: 48 observations."""

    class env(LeggedRobotCfg.env):
        episode_length_s = 4.0

    class terrain(LeggedRobotCfg.terrain):
        mesh_type = "plane"

    class commands(LeggedRobotCfg.commands):
        resampling_time = 3.0
        heading_command = False
        standing_fraction = 0.1

        class ranges(LeggedRobotCfg.commands.ranges):
            lin_vel_x = [-2.0, 3.0]
            lin_vel_y = [-1.0, 1.0]
            ang_vel_yaw = [-3.0, 3.0]

    class init_state(LeggedRobotCfg.init_state):
        pos = [0.0, 0.0, 0.35]
        dof_pos_factor = [0.8, 1.2]
        """The longest leg of these reaches 0.345 m below the base."""
        default_joint_angles = {f"{leg}_{joint}": angle for leg in LEGS for joint, angle in POSE.items()}

    class control(LeggedRobotCfg.control):
        stiffness = {"haa": 20.0, "hfe": 20.0, "kfe": 20.0}
        damping = {"haa": 0.5, "hfe": 0.5, "kfe": 0.5}
        action_scale = 0.3
        """A stride of 3 m/s sweeps the hip by 0.7 rad to either side."""
        decimation = 5

    class sim(LeggedRobotCfg.sim):
        dt = 0.002

    class asset(LeggedRobotCfg.asset):
        file = "{ROOT}/resources/robots/mini_cheetah/urdf/mini_cheetah.urdf"
        name = "mini_cheetah"
        foot_name = "foot"
        hip_name = "haa"
        terminate_after_contacts_on = ["base", "thigh"]
        armature = {"haa": 0.002268, "hfe": 0.002268, "kfe": 0.005484}
        """A rotor's 63e-6 kg m^2 times the square of the gear ratio 6, 6, 9.33."""
        dof_damping = 0.1

    class domain_rand(LeggedRobotCfg.domain_rand):
        friction_range = [0.75, 1.25]
        """A turn at 3 m/s and 3 rad/s takes 0.92."""

    class rewards(LeggedRobotCfg.rewards):
        """QGym's weights, and what they leave out of a gait: the second half of the scales.

        QGym's reward a robot that keeps up, however it does: on two legs, at six short hops a second, or shivering.
        """

        only_positive_rewards = False
        tracking_sigma = 0.12
        """Width of every tracking kernel: half of the reward at a tracking error of 0.29 (1 + |command|)."""
        base_height_target = 0.3
        air_time_target = 0.25

        class scales(LeggedRobotCfg.rewards.scales):
            tracking_lin_vel = 4.0
            tracking_ang_vel = 2.0
            ang_vel_xy = 0.01
            orientation = 1.0
            min_base_height = 1.5
            dof_acc = 0.0
            collision = 0.0

            torques = -2.0e-4
            """QGym: -5e-7."""
            action_rate = -0.06
            """QGym: -0.01."""
            action_rate2 = -0.006
            """QGym: -0.001."""
            termination = -100.0
            """1 a fall, since scales are multiplied by the control step of 0.01 s; QGym: 0.15."""
            feet_air_time = 4.0
            lin_vel_z = -2.0
            hip_deviation = -0.5
            dof_deviation = -0.15
            stand_still = -1.0

    class observations:
        policy: Terms = list(BLIND_OBSERVATIONS)
        critic: Terms = list(policy)


class MiniCheetahCfgPPO(LeggedRobotCfgPPO):
    """PPO of `mini_cheetah`."""

    class policy(LeggedRobotCfgPPO.policy):
        actor_hidden_dims = [256, 128, 64]
        critic_hidden_dims = [256, 128, 64]

    class runner(LeggedRobotCfgPPO.runner):
        experiment_name = "mini_cheetah"
        num_steps_per_env = 32
        """A third of a second: a stride."""
        max_iterations = 1000
