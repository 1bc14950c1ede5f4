"""Qmini, a biped with ten joints. Pose, gains, reward scales and randomization: the robot's public Isaac Gym task."""

from legged_gym.config.fields import Share
from legged_gym.config.quantities import Angle, Extent, KernelWidth, Layers, Speed, Terms
from legged_gym.envs.base.clocked_robot_config import ClockedRobotCfg
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg, LeggedRobotCfgPPO

SENSED = ["base_ang_vel", "projected_gravity", "commands", "dof_pos", "dof_vel", "actions", "gait_clock"]
PRIVILEGED = [
    "base_lin_vel",
    "friction",
    "base_mass",
    "base_com",
    "dof_friction",
    "dof_damping",
    "dof_armature",
    "stiffness_factor",
    "damping_factor",
    "motor_strength",
    "motor_zero",
]
FRAMES = 5
"""Control steps that actor and critic see."""


class QminiCfg(ClockedRobotCfg):
    """Qmini on gently uneven ground: 5 x 43 observations, 5 x 94 and 187 heights of the critic."""

    class env(LeggedRobotCfg.env):
        num_actions = 10

    class terrain(LeggedRobotCfg.terrain):
        curriculum = False
        border_size = 15.0
        """Wider than an episode's way: 12 m."""
        terrain_length = 5.0
        terrain_width = 5.0
        platform_size = 2.0
        slope = 0.1
        roughness = 0.01
        step_height = (0.0, 0.02)
        obstacle_height = (0.0, 0.02)
        terrain_proportions = {
            "slope": 0.2,
            "rough_slope": 0.3,
            "stairs_up": 0.15,
            "stairs_down": 0.15,
            "discrete": 0.2,
        }

    class commands(LeggedRobotCfg.commands):
        resampling_time = 5.0
        heading_command = False
        min_norm = 0.0
        standing_fraction = 0.1
        dead_zone = [0.05, 0.05, 0.1]

        class ranges(LeggedRobotCfg.commands.ranges):
            lin_vel_x = [-0.5, 0.6]
            lin_vel_y = [0.0, 0.0]
            ang_vel_yaw = [-0.6, 0.6]

    class init_state(LeggedRobotCfg.init_state):
        pos = [0.0, 0.0, 0.48]
        dof_pos_factor = [1.0, 1.0]
        dof_pos_noise = {"yaw": 0.1, "roll": 0.1, "pitch": 0.2}
        tilt_noise = 0.1
        velocity_noise = 0.1
        default_joint_angles = {
            "hip_yaw_l": 0.35,
            "hip_roll_l": 0.0,
            "hip_pitch_l": -1.45,
            "knee_pitch_l": 1.15,
            "ankle_pitch_l": -1.18,
            "hip_yaw_r": -0.35,
            "hip_roll_r": 0.0,
            "hip_pitch_r": 1.45,
            "knee_pitch_r": -1.15,
            "ankle_pitch_r": 1.18,
        }

    class control(LeggedRobotCfg.control):
        stiffness = {"hip_yaw": 20.0, "hip_roll": 60.0, "hip_pitch": 30.0, "knee": 30.0, "ankle": 20.0}
        damping = {"hip_yaw": 0.75, "hip_roll": 2.0, "hip_pitch": 1.0, "knee": 1.0, "ankle": 0.75}
        action_scale = 0.25

    class asset(LeggedRobotCfg.asset):
        file = "{ROOT}/resources/robots/qmini/urdf/qmini.urdf"
        name = "qmini"
        foot_name = "ankle"
        hip_name = "hip_roll"
        penalize_contacts_on = ["base", "hip", "knee"]
        terminate_after_contacts_on = ["base", "hip", "knee"]
        armature = 0.005
        dof_friction = 0.005
        dof_damping = 0.005

    class termination(LeggedRobotCfg.termination):
        leave_tile = False

    class domain_rand(LeggedRobotCfg.domain_rand):
        friction_range = [0.1, 1.25]
        randomize_base_mass = True
        added_mass_range = [-1.0, 3.0]
        randomize_base_com = True
        com_displacement_range = [[-0.02, 0.03], [-0.01, 0.01], [-0.01, 0.01]]
        randomize_gains = True
        stiffness_factor_range = [0.8, 1.2]
        damping_factor_range = [0.8, 1.2]
        randomize_motor_strength = True
        motor_strength_range = [0.8, 1.2]
        randomize_motor_zero = True
        motor_zero_range = [-0.026, 0.026]
        randomize_dof_friction = True
        dof_friction_range = [1.0e-4, 1.0e-2]
        randomize_dof_damping = True
        dof_damping_range = [0.001, 0.01]
        randomize_dof_armature = True
        dof_armature_range = [0.001, 0.01]
        same_for_all_joints = True
        push_interval_s = 5.0
        max_push_vel_xy = [0.2, 0.1]

    class gait(ClockedRobotCfg.gait):
        frequency = 2.0
        offsets = [[0.0, 0.5], [0.5, 0.0]]
        """Offsets of the left and the right leg, in strides; one of the two gaits is drawn."""
        stance_share: Share = 0.55
        """Part of a stride that a foot is on the ground."""
        swing_height: Extent = 0.08
        """Highest clearance of a swinging foot, m."""
        ankle_height: Extent = 0.0945
        """Height of a level foot's frame over its sole, m (robot description)."""

    class rewards(LeggedRobotCfg.rewards):
        only_positive_rewards = False
        tracking_sigma = 0.16
        """Width of the yaw rate's tracking kernel: reward = exp(-error^2 / sigma)."""
        lin_vel_sigma: KernelWidth = 0.04
        """Width of the forward and the sideways velocity's tracking kernels."""
        lin_vel_y_tolerance: Speed = 0.2
        """Sideways velocity that costs nothing: a biped sways, m/s."""
        base_height_target = 0.41
        base_pitch_target: Angle = 0.05
        """Pitch that costs nothing, rad: nose down."""
        max_contact_force = 140.0

        class scales:
            termination: float = -200.0
            collision: float = -1.5
            alive: float = 0.3
            tracking_lin_vel_x: float = 1.2
            tracking_lin_vel_y: float = 0.1
            tracking_ang_vel: float = 1.0
            base_height: float = -40.0
            base_orientation: float = -1.5
            contact_no_vel: float = -2.0
            feet_orientation: float = -2.0
            feet_contact_forces: float = -0.005
            gait_match: float = 0.3
            gait_feet_swing_height: float = -50.0
            gait_feet_air_time: float = 4.0
            stand_still: float = -1.0
            lin_vel_z: float = -0.5
            ang_vel_xy: float = -0.025
            hip_close_to_default: float = -1.0
            action: float = -5.0e-4
            action_rate: float = -5.0e-3

    class observations:
        policy: Terms = SENSED
        critic: Terms = [*SENSED, *PRIVILEGED]
        heights: Terms = ["height_scan"]
        """The ground as it is, for the critic; without a history."""
        estimator_targets: Terms = ["base_lin_vel", "feet_contact"]
        """What the estimator learns to tell from the policy's group."""

    observation_history = {"policy": FRAMES, "critic": FRAMES}


class QminiCfgPPO(LeggedRobotCfgPPO):
    """PPO of `qmini`, and the estimator beside it."""

    obs_groups = {"policy": ["policy"], "critic": ["critic", "heights"], "estimator": ["estimator_targets"]}

    class policy(LeggedRobotCfgPPO.policy):
        class_name = "EstimatorActorCritic"
        estimator_hidden_dims: Layers = [128, 64, 32]
        estimator_activation: str = "relu"

    class algorithm(LeggedRobotCfgPPO.algorithm):
        class_name = "EstimatorPPO"

    class runner(LeggedRobotCfgPPO.runner):
        experiment_name = "qmini"
        max_iterations = 2200
