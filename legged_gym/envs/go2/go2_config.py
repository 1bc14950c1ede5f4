"""Unitree Go2: what differs from the defaults. Joint pose, gains and reward scales: unitree_rl_gym's go2_config."""

from typing import Annotated

from legged_gym.config.fields import OneOf
from legged_gym.config.quantities import Factor, Terms
from legged_gym.envs.base.legged_robot_config import BLIND_OBSERVATIONS, LeggedRobotCfg, LeggedRobotCfgPPO


class Go2RoughCfg(LeggedRobotCfg):
    """Go2 on the terrain map, with height scan: 235 observations."""

    class init_state(LeggedRobotCfg.init_state):
        pos = [0.0, 0.0, 0.42]
        dof_pos_factor = [0.8, 1.2]
        velocity_noise = 0.2
        default_joint_angles = {
            "FL_hip_joint": 0.1,
            "FL_thigh_joint": 0.8,
            "FL_calf_joint": -1.5,
            "FR_hip_joint": -0.1,
            "FR_thigh_joint": 0.8,
            "FR_calf_joint": -1.5,
            "RL_hip_joint": 0.1,
            "RL_thigh_joint": 1.0,
            "RL_calf_joint": -1.5,
            "RR_hip_joint": -0.1,
            "RR_thigh_joint": 1.0,
            "RR_calf_joint": -1.5,
        }

    class control(LeggedRobotCfg.control):
        stiffness = {"joint": 20.0}
        damping = {"joint": 0.5}
        action_scale = 0.25

    class asset(LeggedRobotCfg.asset):
        file = "{ROOT}/resources/robots/go2/urdf/go2.urdf"
        name = "go2"
        foot_name = "foot"
        penalize_contacts_on = ["thigh", "calf"]
        terminate_after_contacts_on = ["base"]
        armature = 0.01

    class rewards(LeggedRobotCfg.rewards):
        """Lighter than unitree_rl_gym's.

        Theirs: lin_vel_z -2, ang_vel_xy -0.05, torques -2e-4, dof_acc -2.5e-7, action_rate -0.01. Under those a policy
        learns to stand first, and leaves that optimum late. The Go2's natural swing is half of ANYmal's, and an
        air-time target of 0.5 s fines each of its steps.
        """

        soft_dof_pos_limit = 0.9
        base_height_target = 0.25
        air_time_target = 0.25

        class scales(LeggedRobotCfg.rewards.scales):
            lin_vel_z = -1.0
            ang_vel_xy = -0.03
            torques = -1.0e-4
            dof_acc = -1.0e-7
            action_rate = -0.005
            dof_pos_limits = -10.0
            hip_deviation = -0.1
            dof_deviation = -0.05


class Go2FlatCfg(Go2RoughCfg):
    """Go2 on a plane, without height scan: 48 observations."""

    class commands(Go2RoughCfg.commands):
        resampling_time = 5.0
        """Half of the default: most early falls are at a sudden reversal of the command."""

    class terrain(Go2RoughCfg.terrain):
        mesh_type = "plane"

    class rewards(Go2RoughCfg.rewards):
        class scales(Go2RoughCfg.rewards.scales):
            orientation = -1.0

    class observations:
        policy: Terms = list(BLIND_OBSERVATIONS)
        critic: Terms = list(policy)


class Go2FlatQuickCfg(Go2FlatCfg):
    """Go2 on a plane for a computer without a GPU: way made is paid for bit by bit, and standing earns less."""

    class rewards(Go2FlatCfg.rewards):
        class scales(Go2FlatCfg.rewards.scales):
            command_progress = 1.0


class Go2FlatDeployCfg(Go2FlatCfg):
    """Go2 on a plane with what its sensors measure: the critic alone sees the base velocity."""

    class observations(Go2FlatCfg.observations):
        policy = [name for name in Go2FlatCfg.observations.policy if name != "base_lin_vel"]


class Go2RoughDeployCfg(Go2RoughCfg):
    """Go2 on the terrain map with what its sensors measure: the critic alone sees the base velocity."""

    class observations(Go2RoughCfg.observations):
        policy = [name for name in Go2RoughCfg.observations.policy if name != "base_lin_vel"]


class Go2RoughCfgPPO(LeggedRobotCfgPPO):
    """PPO of `go2_rough`."""

    class runner(LeggedRobotCfgPPO.runner):
        experiment_name = "go2_rough"
        max_iterations = 2900


class Go2FlatCfgPPO(LeggedRobotCfgPPO):
    """PPO of `go2_flat`."""

    class policy(LeggedRobotCfgPPO.policy):
        actor_hidden_dims = [128, 64, 32]
        critic_hidden_dims = [128, 64, 32]

    class runner(LeggedRobotCfgPPO.runner):
        experiment_name = "go2_flat"
        max_iterations = 370


class Go2FlatQuickCfgPPO(Go2FlatCfgPPO):
    """PPO of `go2_flat_quick`: a third of the samples that `go2_flat` takes on a CPU; why, says docs/studies.md."""

    class policy(Go2FlatCfgPPO.policy):
        init_action_scale: Factor = 0.01
        """Small, for else the mirror image of an action is so unlikely that the learning rate falls to nothing."""

    class algorithm(Go2FlatCfgPPO.algorithm):
        class_name = "MirrorPPO"
        mirroring: Annotated[str, OneOf("both", "either")] = "either"
        divergence_of: Annotated[str, OneOf("samples", "all")] = "all"
        """As it was measured; with images, which a policy that is not symmetric finds unlikely, hence 0.04."""
        desired_kl = 0.04

    class runner(Go2FlatCfgPPO.runner):
        experiment_name = "go2_flat_quick"
        num_steps_per_env = 12
        max_iterations = 300


class Go2FlatDeployCfgPPO(Go2FlatCfgPPO):
    """PPO of `go2_flat_deploy`."""

    class runner(Go2FlatCfgPPO.runner):
        experiment_name = "go2_flat_deploy"


class Go2RoughDeployCfgPPO(Go2RoughCfgPPO):
    """PPO of `go2_rough_deploy`."""

    class runner(Go2RoughCfgPPO.runner):
        experiment_name = "go2_rough_deploy"
