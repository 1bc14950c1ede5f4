"""What a perceptive task adds to a robot's configuration, and how its teacher and its student are trained."""

from collections.abc import Iterator
from typing import Annotated

from legged_gym.config.fields import Bounds, Length, NonNegativeInt, OneOf, Ordered, Positive, PositiveInt, Share
from legged_gym.config.idle import Idle
from legged_gym.config.io import field_names
from legged_gym.config.quantities import Extent, Factor, Layers, SmallCount, Terms, Width
from legged_gym.envs.base.imitation_config import ImitationCfg
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg, LeggedRobotCfgPPO, PPOCfg
from legged_gym.envs.perceptive.map_noise import MapNoiseCfg
from legged_gym.sensors.foot_scan import FootScanCfg

Encoder = Annotated[list[Width], Length(1, 32)]
"""Widths of a network of which the last is what it says."""
PROPRIOCEPTIVE = [
    "commands",
    "projected_gravity",
    "base_ang_vel",
    "dof_pos",
    "dof_vel",
    "dof_pos_error_history",
    "dof_vel_history",
    "action_history",
]
PRIVILEGED = [
    "feet_contact",
    "feet_contact_forces",
    "terrain_normals",
    "friction",
    "leg_contact",
    "external_force",
    "feet_air_time",
    "base_lin_vel",
]

UNSPOILT = ["base_ang_vel", "dof_vel"]
"""Readings without their noise: for a teacher whose proprioceptive ones have much of it."""
DRAWN = ["base_mass", "base_com", "motor_strength"]
"""What was drawn for a robot that carries loads: for a teacher, and for the student's decoder to recover."""


class PerceptiveCfg(LeggedRobotCfg):
    """Sections of a perceptive task; a robot's class takes them over into its own configuration."""

    class foot_scan(FootScanCfg):
        pass

    class map_noise(MapNoiseCfg):
        pass

    class rewards(LeggedRobotCfg.rewards):
        max_foot_clearance: Extent = 0.12
        """Height of a foot's centre over the highest ground close to it from which it is lifted needlessly, m: the
        paper's 0.2 m times the ratio of leg lengths."""

        class scales(LeggedRobotCfg.rewards.scales):
            foot_clearance: float = 0.0

        _read_by = {"max_foot_clearance": ("foot_clearance",)}

    class noise(LeggedRobotCfg.noise):
        groups = ["proprioceptive", "exteroceptive"]

    class observations:
        """Groups of the teacher-student training (Miki et al. 2022, table S5)."""

        proprioceptive: Terms = PROPRIOCEPTIVE
        """What joints and IMU measure; for teacher and student."""
        exteroceptive: Terms = ["foot_scan"]
        """The ground as the robot's map shows it; for the student."""
        exteroceptive_clean: Terms = ["foot_scan"]
        """The ground as it is; for the teacher, and for the student's decoder to recover."""
        privileged: Terms = PRIVILEGED
        """What no robot measures; for the teacher, and for the student's decoder to recover."""
        critic: Terms = [*PROPRIOCEPTIVE, "foot_scan", *PRIVILEGED]

    def idle(self) -> Idle:
        """As the base's, and the map's noise where no noisy group reads a map."""
        yield from super().idle()
        if not any("foot_scan" in getattr(self.observations, name, ()) for name in self.noise.groups):
            yield "map_noise", "no group of noise.groups reads foot_scan"


class PerceptiveCfgPPO(LeggedRobotCfgPPO):
    """Teacher by PPO, student by distillation (network widths: Miki et al. 2022, table S6)."""

    obs_groups = {
        "policy": ["proprioceptive", "exteroceptive_clean", "privileged"],
        "critic": ["critic"],
        "student": ["proprioceptive", "exteroceptive"],
    }
    """Groups read by the teacher's actor, its critic, and the student; a student without exteroceptive is blind."""

    class policy(LeggedRobotCfgPPO.policy):
        """The teacher."""

        class_name = "TeacherActorCritic"
        actor_hidden_dims = [256, 160, 128]
        activation = "leaky_relu"
        num_feet: SmallCount = 4
        exteroceptive_dims: Encoder = [80, 60, 24]
        """Layers of the encoder of one foot's samples."""
        privileged_dims: Encoder = [64, 32, 24]

    class student:
        """The student: the teacher's trunk and foot encoder, and a belief encoder and decoder."""

        memory: Annotated[str, OneOf("gru", "mlp")] = "gru"
        """`gru`, or `mlp`: none."""
        rnn_hidden_size: Width = 50
        rnn_num_layers: Annotated[int, Bounds(1, 32)] = 2
        gate: Annotated[str, OneOf("learned", "open", "none")] = "learned"
        """How much of the encoded samples enters the belief beside the memory: `learned`, `open`: all, `none`."""
        gate_hidden_dims: Layers = [64, 64]
        decoder_hidden_dims: Layers = [64, 64]

    class distillation(ImitationCfg):
        """The student's learning. Reconstruction weight, epochs and truncation: Miki et al. 2022, table S8."""

        reconstruction_coef: Factor = 0.5

    class teacher_curriculum:
        """The teacher's curriculum."""

        lateness_anneal: Annotated[list[Share], Ordered(), Length(2)] = [0.0, 0.0]
        """Shares of the training between which the delays of targets and measurements grow from none to all of them."""

    class student_curriculum:
        """The student's curriculum."""

        max_iterations: PositiveInt = 1200
        num_steps_per_env: Annotated[int, Bounds(1, 10_000)] = 40
        flat_iterations: NonNegativeInt = 25
        """Iterations on flat ground."""
        noise_start_iteration: NonNegativeInt = 100
        """Iteration up to which the map is perfect."""
        noise_end_iteration: NonNegativeInt = 500
        """Iteration from which on the map has its full noise; linear in between."""

        def contradictions(self) -> Iterator[str]:
            """Noise that ends before it begins."""
            if self.noise_start_iteration > self.noise_end_iteration:
                yield (
                    f"train.student_curriculum.noise_start_iteration = {self.noise_start_iteration} comes after "
                    f"noise_end_iteration = {self.noise_end_iteration}"
                )

    class reinforcement(PPOCfg):
        """How rewards teach the student what its teacher could not tell, once it imitates."""

        _section = "train.reinforcement"
        class_name = "StudentPPO"
        begins_at: Annotated[float, Bounds(0, 1, above=True)] = 1.0
        """Share of the student's training after which that is; 1: never."""
        init_noise_std: Positive = 0.3
        """Of its actions then, within the bounds of `train.policy`."""
        entropy_coef = 0.0
        learning_rate = 3.0e-5
        """At the start: with 1e-4 the divergence of a student's first rollout was 0.1, ten times what is desired."""
        num_learning_epochs = 3
        reconstruction_coef: Factor = 0.5

        def idle(self) -> Idle:
            """All the rest, where it never begins."""
            if self.begins_at == 1.0:
                never = "train.reinforcement.begins_at is 1: never"
                yield from ((name, never) for name in field_names(self) if name != "begins_at")
            else:
                yield from super().idle()

    class runner(LeggedRobotCfgPPO.runner):
        class_name = "TeacherStudentRunner"
        stage: Annotated[str, OneOf("teacher", "student", "all")] = "all"
        """`teacher`, `student`, or `all`: one after the other."""
        teacher: str = "-1"
        """The student's teacher: a run's name or path, or a checkpoint; -1: the newest run of a teacher."""
        empirical_normalization = True

    def idle(self) -> Idle:
        """What is of the stage that is not trained."""
        stages = {
            "teacher": ("student", "distillation", "student_curriculum", "reinforcement"),
            "student": ("algorithm", "teacher_curriculum"),
        }
        for name in stages.get(self.runner.stage, ()):
            yield name, f"train.runner.stage is {self.runner.stage}"

    def contradictions(self) -> Iterator[str]:
        """Rewards that begin in no iteration, and noise of a student's actions beyond its teacher's bounds."""
        begins_at, iterations = self.reinforcement.begins_at, self.student_curriculum.max_iterations
        std, least, most = self.reinforcement.init_noise_std, self.policy.min_std, self.policy.max_std
        if begins_at == 1.0:
            return
        last = (iterations - 1) / iterations  # the progress with which it begins
        if begins_at > last > 0.0:  # a single one, to see whether all of it works, is imitation
            yield (
                f"train.reinforcement.begins_at = {begins_at} comes after the last of the {iterations} iterations of "
                "train.student_curriculum.max_iterations has begun: choose less, or 1 for never"
            )
        if not least <= std <= most:
            yield (
                f"train.reinforcement.init_noise_std = {std:g} must lie within train.policy.min_std = {least:g} and "
                f"max_std = {most:g}"
            )
