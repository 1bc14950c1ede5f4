"""What a blind task adds to a robot's configuration: a teacher that knows, and a student that feels and remembers."""

from legged_gym.config.quantities import KernelWidth, Terms
from legged_gym.envs.base.agile_commands import AgileCommandsCfg
from legged_gym.envs.base.legged_robot_config import BLIND_OBSERVATIONS
from legged_gym.envs.perceptive.perceptive_config import (
    DRAWN,
    PRIVILEGED,
    UNSPOILT,
    Encoder,
    PerceptiveCfg,
    PerceptiveCfgPPO,
)

SENSED = [name for name in BLIND_OBSERVATIONS if name != "base_lin_vel"]
"""What joints and IMU measure, the command, and the last action: 45 readings of a quadruped."""
KNOWN = [*PRIVILEGED, *DRAWN, "motor_zero", "action_delay"]
"""What no robot measures, what was drawn for each, and for its last control step."""


class BlindCfg(PerceptiveCfg):
    """Sections of a blind task; a robot's class takes them over into its own configuration."""

    class commands(AgileCommandsCfg):
        pass

    class rewards(PerceptiveCfg.rewards):
        """Kernels of tracking are as wide as the command is fast: standing still earns none, half the speed some."""

        fine_sigma: KernelWidth = 0.03
        """Width of the narrow tracking kernel, which tells 0.05 m/s from none, (m/s)^2."""

        class scales(PerceptiveCfg.rewards.scales):
            tracking_fine: float = 0.0
            turning_fine: float = 0.0
            power: float = 0.0

    class noise(PerceptiveCfg.noise):
        groups = ["proprioceptive"]

    class observations:
        """Groups of a teacher that sees the ground around its feet, and of a student that does not."""

        proprioceptive: Terms = SENSED
        """What joints and IMU measure; for teacher and student."""
        exteroceptive_clean: Terms = ["foot_scan"]
        """The ground as it is; for the teacher."""
        privileged: Terms = [*KNOWN, *UNSPOILT]
        """What no robot measures; for the teacher, and for the student's decoder to recover."""
        critic: Terms = [*SENSED, "foot_scan", *KNOWN]


class BlindCfgPPO(PerceptiveCfgPPO):
    """Teacher by PPO, student by distillation, which has no group but what it feels."""

    obs_groups = PerceptiveCfgPPO.obs_groups | {"student": ["proprioceptive"]}

    class policy(PerceptiveCfgPPO.policy):
        privileged_dims: Encoder = [96, 64, 32]

    class student(PerceptiveCfgPPO.student):
        rnn_hidden_size = 100

    class distillation(PerceptiveCfgPPO.distillation):
        truncation_length = 20
        """0.4 s, a stride: where a step is, a leg learns from the one before it."""

    class student_curriculum(PerceptiveCfgPPO.student_curriculum):
        max_iterations = 1200
        """A student's terrain level was 5.6 after 360, 5.8 after 690, and 5.9 after 1270; its teacher's was 6.1."""

    class algorithm(PerceptiveCfgPPO.algorithm):
        entropy_coef = 0.005
        """Half of the usual, with which the standard deviation of the actions stayed at 1 (0.25 rad in each joint)."""
        final_entropy_factor = 0.2
        entropy_anneal = [0.4, 0.6]
        """From 0.75 to 1 of 2800 iterations it took the standard deviation from 0.74 to 0.50, and stairs up from level
        3.2 to 4.0 in the last 400 (seed 1); the sooner it is over, the more is learned calmly."""
