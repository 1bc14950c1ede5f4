"""ANYmal C: what differs from the defaults. Pose, gains and reward scales: legged_gym's anymal_c configurations."""

from legged_gym.config.quantities import Terms
from legged_gym.envs.base.legged_robot_config import BLIND_OBSERVATIONS, LeggedRobotCfg, LeggedRobotCfgPPO


class AnymalCRoughCfg(LeggedRobotCfg):
    """ANYmal C with learned drives on the terrain map, with height scan: 235 observations."""

    class init_state(LeggedRobotCfg.init_state):
        pos = [0.0, 0.0, 0.6]
        velocity_noise = 0.2
        dof_pos_factor = [0.8, 1.2]
        default_joint_angles = {
            "LF_HAA": 0.0,
            "LF_HFE": 0.4,
            "LF_KFE": -0.8,
            "RF_HAA": 0.0,
            "RF_HFE": 0.4,
            "RF_KFE": -0.8,
            "LH_HAA": 0.0,
            "LH_HFE": -0.4,
            "LH_KFE": 0.8,
            "RH_HAA": 0.0,
            "RH_HFE": -0.4,
            "RH_KFE": 0.8,
        }

    class control(LeggedRobotCfg.control):
        stiffness = {"H": 80.0, "KFE": 80.0}
        damping = {"H": 2.0, "KFE": 2.0}

        class actuator(LeggedRobotCfg.control.actuator):
            model = "network"
            network_file = "{ROOT}/resources/actuator_nets/anymal_c_lstm.pt"

    class asset(LeggedRobotCfg.asset):
        file = "{ROOT}/resources/robots/anymal_c/urdf/anymal_c.urdf"
        name = "anymal_c"
        foot_name = "FOOT"
        hip_name = "HAA"
        penalize_contacts_on = ["SHANK", "THIGH"]
        terminate_after_contacts_on = ["base"]

    class domain_rand(LeggedRobotCfg.domain_rand):
        randomize_base_mass = True
        added_mass_range = [-5.0, 5.0]

    class rewards(LeggedRobotCfg.rewards):
        """Lighter than legged_gym's.

        Theirs: lin_vel_z -2, ang_vel_xy -0.05, torques -1e-5, dof_acc -2.5e-7, action_rate -0.01, air-time target
        0.5 s. Under those the sum of an untrained policy lies below zero in every state, and clipped at zero it tells
        nothing.
        """

        base_height_target = 0.5
        max_contact_force = 500.0
        air_time_target = 0.35

        class scales(LeggedRobotCfg.rewards.scales):
            lin_vel_z = -1.0
            ang_vel_xy = -0.02
            torques = -5.0e-6
            dof_acc = -5.0e-8
            action_rate = -0.005
            dof_pos_limits = -10.0
            hip_deviation = -0.1


class AnymalCFlatCfg(AnymalCRoughCfg):
    """ANYmal C on a plane, without height scan: 48 observations."""

    class terrain(AnymalCRoughCfg.terrain):
        mesh_type = "plane"

    class commands(AnymalCRoughCfg.commands):
        resampling_time = 5.0

    class rewards(AnymalCRoughCfg.rewards):
        class scales(AnymalCRoughCfg.rewards.scales):
            orientation = -1.0

    class observations:
        policy: Terms = list(BLIND_OBSERVATIONS)
        critic: Terms = list(policy)


class AnymalCRoughCfgPPO(LeggedRobotCfgPPO):
    """PPO of `anymal_c_rough`."""

    class policy(LeggedRobotCfgPPO.policy):
        init_noise_std = 0.5

    class runner(LeggedRobotCfgPPO.runner):
        experiment_name = "anymal_c_rough"
        max_iterations = 2900


class AnymalCFlatCfgPPO(LeggedRobotCfgPPO):
    """PPO of `anymal_c_flat`."""

    class policy(AnymalCRoughCfgPPO.policy):
        actor_hidden_dims = [128, 64, 32]
        critic_hidden_dims = [128, 64, 32]

    class runner(LeggedRobotCfgPPO.runner):
        experiment_name = "anymal_c_flat"
        max_iterations = 370
