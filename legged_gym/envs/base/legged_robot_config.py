"""Defaults of every legged robot: the environment's configuration and that of its training.

The numbers are legged_gym's (Rudin et al. 2021, arXiv 2109.11978) where a comment does not say otherwise.
"""

import functools
import math
import operator
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from legged_gym.config.fields import (
    LARGEST,
    Bounds,
    Distinct,
    FileName,
    Length,
    OneOf,
    Ordered,
    Positive,
    PositiveInt,
    Share,
)
from legged_gym.config.idle import Idle
from legged_gym.config.io import class_to_dict
from legged_gym.config.observed import is_from_elsewhere
from legged_gym.config.quantities import (
    AngleRange,
    Armature,
    Delay,
    DelaySteps,
    Duration,
    Episode,
    Extent,
    Factor,
    FactorRange,
    Force,
    FrictionRange,
    JointAngle,
    JointFriction,
    KernelWidth,
    Layers,
    LearningRate,
    Place,
    Robots,
    Scale,
    SmallCount,
    Speed,
    Terms,
    TorsionalFriction,
    Turn,
    VelocityRange,
)
from legged_gym.envs.base.base_config import BaseConfig
from legged_gym.envs.base.relations import contradictions
from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.terrain.columns import column_types
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import NO_HOLES, WITHOUT_HOLES

Displacement = Annotated[list[Annotated[float, Bounds(-1, 1)]], Ordered()]
"""Of a centre of mass, m."""
LimitShare = Annotated[float, Bounds(0, 2)]
"""Of a limit; from 1 on it is beyond it."""
RANDOMIZED = {
    "randomize_friction": ("friction_range",),
    "randomize_torsional_friction": ("torsional_friction_range",),
    "randomize_base_mass": ("added_mass_range",),
    "randomize_base_com": ("com_displacement_range",),
    "randomize_gains": ("stiffness_factor_range", "damping_factor_range"),
    "randomize_motor_strength": ("motor_strength_range",),
    "randomize_motor_zero": ("motor_zero_range",),
    "randomize_dof_friction": ("dof_friction_range",),
    "randomize_dof_damping": ("dof_damping_range",),
    "randomize_dof_armature": ("dof_armature_range",),
    "randomize_obs_delay": ("obs_delay_range",),
    "randomize_action_delay": ("action_delay_range",),
    "push_robots": ("push_interval_s", "max_push_vel_xy"),
    "apply_external_force": (
        "external_force_interval_s", "external_force_probability", "max_external_force", "max_external_torque",
    ),
}  # fmt: skip
"""Switches of `domain_rand`, and what they turn on."""
_OF_JOINTS = ("randomize_dof_friction", "randomize_dof_damping", "randomize_dof_armature")
"""Switches of `domain_rand` that `same_for_all_joints` is of."""
OVERWRITTEN = {
    "randomize_friction": "terrain.static_friction",
    "randomize_dof_friction": "asset.dof_friction",
    "randomize_dof_damping": "asset.dof_damping",
    "randomize_dof_armature": "asset.armature",
}
"""Switches of `domain_rand`, and what each robot then has its own of."""
BLIND_OBSERVATIONS: list[str] = [
    "base_lin_vel",
    "base_ang_vel",
    "projected_gravity",
    "commands",
    "dof_pos",
    "dof_vel",
    "actions",
]
"""What a robot observes without a height scan."""


def _declaring(section: type, name: str) -> str:
    """Module of the first class that declared a section's field."""
    return next((base.__module__ for base in reversed(section.__mro__) if name in vars(base)), section.__module__)


class LeggedRobotCfg(BaseConfig):
    """Environment configuration; a robot's own class overrides only what differs."""

    class env:
        num_envs: Robots = 4096
        num_envs_cpu: Robots = 512
        """Number of environments on the CPU engine when none is asked for."""
        num_actions: SmallCount = 12
        episode_length_s: Episode = 20.0
        torch_compile: bool = False
        """Whether to fuse the operations of a step beside physics, on a GPU; its first steps then take some seconds."""

    class terrain(TerrainCfg):
        pass

    class commands:
        curriculum: bool = False
        max_curriculum: Speed = 1.0
        """Bound of the widened lin_vel_x range, m/s."""
        resampling_time: Duration = 10.0
        """Time between new commands, s."""
        heading_command: bool = True
        """Turn the yaw rate command from the error to a commanded heading."""
        heading_stiffness: Factor = 0.5
        """Yaw rate per heading error, 1/s."""
        min_norm: Speed = 0.2
        """Planar velocity commands below this are set to zero, m/s."""
        standing_fraction: Share = 0.0
        """Share of commands that are all zero, so that the robot learns to stand."""
        dead_zone: Annotated[list[Annotated[float, Bounds(0, 10)]], Length(3)] = [0.1, 0.1, 0.1]
        """Forward, sideways and yaw velocity that count as none if no command is beyond its own, m/s and rad/s."""

        def idle(self) -> Idle:
            """What a curriculum or commanded headings are for."""
            if not self.curriculum:
                yield "max_curriculum", "commands.curriculum is off"
            if not self.heading_command:
                yield from (
                    (name, "commands.heading_command is off") for name in ("heading_stiffness", "ranges.heading")
                )

        def idle_on(self, terrain: TerrainCfg) -> Idle:
            """What is of other ground than a map has, or a plane."""
            yield from ()

        def contradictions(self) -> Iterator[str]:
            """Bounds below which a command counts as none, beyond all commands."""
            ranges: Any = self.ranges
            x, y, yaw = (max(map(abs, span)) for span in (ranges.lin_vel_x, ranges.lin_vel_y, ranges.ang_vel_yaw))
            if max(x, y) > 0.0 and self.min_norm > math.hypot(x, y):
                yield f"commands.min_norm = {self.min_norm:g} m/s is beyond all of commands.ranges: nobody would walk"
            yaw = max(yaw, math.pi * self.heading_stiffness) if self.heading_command else yaw
            if max(x, y, yaw) > 0.0 and all(
                zone >= most for zone, most in zip(self.dead_zone, (x, y, yaw), strict=True)
            ):
                yield f"commands.dead_zone = {self.dead_zone} holds all of commands.ranges: each command would be none"

        class ranges:
            lin_vel_x: VelocityRange = [-1.0, 1.0]
            lin_vel_y: VelocityRange = [-1.0, 1.0]
            ang_vel_yaw: VelocityRange = [-1.0, 1.0]
            heading: AngleRange = [-3.14, 3.14]

    class init_state:
        pos: Annotated[list[Place], Length(3)] = [0.0, 0.0, 1.0]
        """Base position over the highest ground under the robot, m."""
        default_joint_angles: dict[str, JointAngle] = {}
        """Joint targets at zero action, rad."""
        position_noise: Extent = 1.0
        """Spawn within +- this of the tile's centre, m."""
        dof_pos_factor: Annotated[list[Annotated[float, Bounds(-10, 10)]], Ordered()] = [0.5, 1.5]
        """Initial joint angles: default times a factor of this range."""
        dof_pos_noise: dict[str, Turn] = {}
        """Uniform +- added to the initial joint angles, per joint-name substring, rad."""
        tilt_noise: Turn = 0.0
        """Initial roll and pitch of the base within +- this, rad."""
        velocity_noise: Speed = 0.5
        """Initial base velocities within +- this, m/s and rad/s."""

    class control(ControlCfg):
        pass

    class asset(AssetCfg):
        pass

    class termination:
        contact_force: Force = 1.0
        """Force on a terminating body that ends the episode, N."""
        max_tilt: Annotated[float, Bounds(0.1, 6.3)] = 1.22
        """Angle between the base's and the world's vertical that counts as a fall, rad (70 degrees)."""
        leave_tile: bool = True
        """End the episode, as a time-out, when the robot has left its terrain tile: it has solved it. Off: only the
        map's border ends it so."""

    class domain_rand:
        """Drawn once for each environment at start-up, but for the pushes and the delay of actions."""

        randomize_friction: bool = True
        friction_range: FrictionRange = [0.5, 1.25]
        randomize_torsional_friction: bool = False
        torsional_friction_range: Annotated[list[TorsionalFriction], Ordered()] = [0.0, 0.02]
        """Friction against turning on the spot, m; of a robot with `asset.torsional_friction`."""
        randomize_base_mass: bool = False
        added_mass_range: Annotated[list[Annotated[float, Bounds(-200, 200)]], Ordered()] = [-1.0, 1.0]
        """Mass added to the base, kg."""
        randomize_base_com: bool = False
        com_displacement_range: Displacement | Annotated[list[Displacement], Length(3)] = [-0.03, 0.03]
        """Displacement of the base's centre of mass on each axis, or a range for each axis, m."""
        randomize_gains: bool = False
        stiffness_factor_range: FactorRange = [0.9, 1.1]
        damping_factor_range: FactorRange = [0.9, 1.1]
        randomize_motor_strength: bool = False
        motor_strength_range: FactorRange = [0.9, 1.1]
        """Factor on the drive's torque and on its limit."""
        randomize_motor_zero: bool = False
        motor_zero_range: AngleRange = [-0.02, 0.02]
        """Error of the joint encoders' zero, rad: drive and observation both see it."""
        randomize_dof_friction: bool = False
        dof_friction_range: Annotated[list[JointFriction], Ordered()] = [0.0, 0.2]
        """Dry friction, N m (identified on the Go2: 0.17-0.29 in hip and thigh)."""
        randomize_dof_damping: bool = False
        dof_damping_range: Annotated[list[JointFriction], Ordered()] = [0.0, 0.3]
        """Viscous friction, N m s/rad (identified on the Go2: 0.2-0.3)."""
        randomize_dof_armature: bool = False
        dof_armature_range: Annotated[list[Armature], Ordered()] = [0.005, 0.03]
        """Inertia of a drive seen from its joint, kg m^2."""
        same_for_all_joints: bool = False
        """Whether a robot's joints share one draw of friction, damping and armature each."""
        randomize_obs_delay: bool = False
        obs_delay_range: DelaySteps = [0, 1]
        """Age of the proprioceptive measurements the policy sees, control steps."""
        randomize_action_delay: bool = False
        action_delay_range: DelaySteps = [0, 4]
        """Physics steps until a joint target reaches its drive, which follows the last one so long; drawn anew in each
        control step, alike for all joints of a robot. At most `control.decimation`."""
        push_robots: bool = True
        push_interval_s: Duration = 15.0
        """Mean time between pushes of one robot, s."""
        max_push_vel_xy: Speed | Annotated[list[Speed], Length(2)] = 1.0
        """Each push adds a horizontal velocity within +- this on both axes (or along world x and y), m/s."""
        apply_external_force: bool = False
        """Pull and twist the base for a while, as a load, a leash or wind would."""
        external_force_interval_s: Duration = 3.0
        """Mean time until another force is drawn, s."""
        external_force_probability: Share = 0.3
        """Share of the time in which there is a force."""
        max_external_force: Factor = 1.5
        """Force on each axis within +- this, N per kg of robot."""
        max_external_torque: Factor = 3.0
        """Torque about each axis within +- this, N m per kg m^2 of the robot's inertia."""

        def idle(self) -> Idle:
            """What is not drawn."""
            for switch, names in RANDOMIZED.items():
                if not getattr(self, switch):
                    yield from ((name, f"domain_rand.{switch} is off") for name in names)
            if not any(getattr(self, switch) for switch in _OF_JOINTS):
                yield "same_for_all_joints", f"domain_rand.{', .'.join(_OF_JOINTS)} are off"

    class rewards:
        class scales:
            termination: float = 0.0
            tracking_lin_vel: float = 1.0
            tracking_ang_vel: float = 0.5
            lin_vel_z: float = -2.0
            ang_vel_xy: float = -0.05
            orientation: float = 0.0
            torques: float = -1.0e-5
            dof_vel: float = 0.0
            dof_acc: float = -2.5e-7
            base_height: float = 0.0
            min_base_height: float = 0.0
            feet_air_time: float = 1.0
            collision: float = -1.0
            feet_stumble: float = 0.0
            action_rate: float = -0.01
            action_rate2: float = 0.0
            stand_still: float = 0.0
            dof_pos_limits: float = 0.0
            dof_vel_limits: float = 0.0
            torque_limits: float = 0.0
            feet_contact_forces: float = 0.0
            feet_slip: float = 0.0
            hip_deviation: float = 0.0
            dof_deviation: float = 0.0
            command_progress: float = 0.0
            uneven_duty: float = 0.0
            flight: float = 0.0

        only_positive_rewards: bool = True
        """Clip the sum at zero (before the termination term), so that early falling never pays."""
        tracking_sigma: KernelWidth = 0.25
        """Tracking reward = exp(-error^2 / sigma)."""
        soft_dof_pos_limit: LimitShare = 1.0
        """Share of the joint range beyond which dof_pos_limits counts."""
        soft_dof_vel_limit: LimitShare = 1.0
        soft_torque_limit: LimitShare = 1.0
        base_height_target: Annotated[float, Bounds(1.0e-3, 5)] = 1.0
        """Height of the base over the ground that costs nothing, m."""
        air_time_target: Delay = 0.5
        """Swing duration from which feet_air_time rewards, s."""
        max_contact_force: Force = 100.0
        """Force on a foot beyond which feet_contact_forces counts, N."""

        _read_by: ClassVar[dict[str, tuple[str, ...]]] = {
            "base_height_target": ("base_height", "min_base_height"),
            "air_time_target": ("feet_air_time",),
            "max_contact_force": ("feet_contact_forces",),
            "soft_dof_pos_limit": ("dof_pos_limits",),
            "soft_dof_vel_limit": ("dof_vel_limits",),
            "soft_torque_limit": ("torque_limits",),
        }
        """Settings, and the rewards whose formulas read them. The configuration of a robot that has other formulas says
        in a table of its own what differs, and need not repeat the rest."""

        def idle(self) -> Idle:
            """What rewards read that do not count; a reward from elsewhere may read anything."""
            counting = {name for name, scale in class_to_dict(self.scales).items() if scale}
            if any(is_from_elsewhere(_declaring(type(self.scales), name)) for name in counting):
                return
            tables = (vars(base).get("_read_by", {}) for base in reversed(type(self).__mro__))
            for name, rewards in functools.reduce(operator.or_, tables).items():
                if counting.isdisjoint(rewards):
                    scales = " and .".join(rewards) + (" are 0" if rewards[1:] else " is 0")
                    yield name, f"rewards.scales.{scales}" if rewards else "no reward of this robot reads it"

    class normalization:
        class obs_scales:
            lin_vel: Scale = 2.0
            ang_vel: Scale = 0.25
            dof_pos: Scale = 1.0
            dof_vel: Scale = 0.05
            height_measurements: Scale = 5.0

        clip_observations: Annotated[float, Bounds(0.01, LARGEST)] = 100.0
        clip_actions: Annotated[float, Bounds(0.01, LARGEST)] = 100.0
        height_offset: Place = 0.5
        """The height scan reads base height - this - ground height, m, clipped to +-1."""

    class noise:
        add_noise: bool = True
        noise_level: Annotated[float, Bounds(0, 10)] = 1.0
        groups: Annotated[list[str], Distinct()] = ["policy"]
        """Observation groups whose measurements are noisy and late, and that see the ground through a noisy map; what
        others observe of them is exact. A depth image has its noise and its age in every group."""

        class noise_scales:
            """Uniform +- of each measurement, before scaling."""

            dof_pos: Annotated[float, Bounds(0, 0.5)] = 0.01
            dof_vel: Speed = 1.5
            lin_vel: Speed = 0.1
            ang_vel: Speed = 0.2
            gravity: Share = 0.05
            height_measurements: Annotated[float, Bounds(0, 2)] = 0.1

        def idle(self) -> Idle:
            """What noise there is not."""
            if not self.add_noise:
                yield from ((name, "noise.add_noise is off") for name in ("noise_level", "noise_scales"))

    class observations:
        """Ordered terms of each observation group (see `observations.py` for the terms)."""

        policy: Terms = [*BLIND_OBSERVATIONS, "height_scan"]
        """What the actor sees, with noise and delay."""
        critic: Terms = list(policy)
        """What the critic sees: the same kind of terms, exact."""

    observation_history: dict[str, SmallCount] = {}
    """Frames of the groups that hold more than the present one; newest first."""

    class sim(SimCfg):
        pass

    def idle(self) -> Idle:
        """What is drawn for each robot, of a sight of the ground that nobody has, and of tiles."""
        for switch, name in OVERWRITTEN.items():
            if getattr(self.domain_rand, switch):
                yield name, f"domain_rand.{switch} is on"
        observed = {term for terms in class_to_dict(self.observations).values() for term in terms}
        if not observed & {"height_scan", "foot_scan"}:
            for name in ("normalization.obs_scales.height_measurements", "noise.noise_scales.height_measurements"):
                yield name, "no group observes the ground"
        if "height_scan" not in observed:
            yield "normalization.height_offset", "no group observes height_scan"
        if hasattr(self, "depth_camera") and "depth_image" not in observed:
            yield "depth_camera", "no group observes depth_image"
        if self.terrain.mesh_type == "plane":
            yield "termination.leave_tile", "terrain.mesh_type is plane"
        else:
            yield from ((f"terrain.{name}", reason) for name, reason in self._idle_on_map())
        commands: Any = self.commands  # a class to a type checker, and an instance here
        yield from ((f"commands.{name}", reason) for name, reason in commands.idle_on(self.terrain))

    def _idle_on_map(self) -> Idle:
        """What is of terrain types that do not stand in it."""
        standing = column_types(self.terrain.terrain_proportions, self.terrain.num_cols)
        if WITHOUT_HOLES.issuperset(standing):
            yield "hole_depth", NO_HOLES
        if "track" not in standing:
            for name in (name for name in self.terrain.sizes if name not in standing):  # those of a track are of others
                yield f"sizes.{name}", "it does not stand in the map: terrain.terrain_proportions"

    def contradictions(self) -> Iterator[str]:
        """Settings of different sections that cannot hold together."""
        yield from contradictions(self)


class PPOCfg:
    """Settings of proximal policy optimisation."""

    _section: ClassVar[str] = "train.algorithm"
    """Where they stand, for messages."""
    class_name: str = "PPO"
    value_loss_coef: Factor = 1.0
    use_clipped_value_loss: bool = True
    clip_param: Annotated[float, Bounds(0, 10, above=True)] = 0.2
    entropy_coef: Share = 0.01
    """Weight of the bonus for noise in the actions."""
    final_entropy_factor: Share = 1.0
    """What entropy_coef is multiplied by at the end."""
    entropy_anneal: Annotated[list[Share], Ordered()] = [0.5, 0.6]
    """Shares of the training by PPO between which this factor goes linearly from 1 to its end."""
    num_learning_epochs: SmallCount = 5
    num_mini_batches: PositiveInt = 4
    learning_rate: LearningRate = 1.0e-3
    schedule: Annotated[str, OneOf("adaptive", "steered", "fixed")] = "adaptive"
    gamma: Annotated[float, Bounds(0, 1, above=True)] = 0.99
    lam: Share = 0.95
    desired_kl: Annotated[float, Bounds(0, 10, above=True)] = 0.01
    max_grad_norm: Positive = 1.0

    def idle(self) -> Idle:
        """What a fixed learning rate, and a bonus that does not change or is none, do not ask for."""
        if self.schedule == "fixed":
            yield "desired_kl", f"{self._section}.schedule is fixed"
        if self.final_entropy_factor == 1.0:
            yield "entropy_anneal", f"{self._section}.final_entropy_factor is 1"
        if self.entropy_coef == 0.0:
            yield from ((n, f"{self._section}.entropy_coef is 0") for n in ("final_entropy_factor", "entropy_anneal"))


class LeggedRobotCfgPPO(BaseConfig):
    """Training configuration (rsl_rl)."""

    seed: Annotated[int, Bounds(-1, 2**32 - 1)] = 1
    obs_groups: dict[str, Terms] = {"policy": ["policy"], "critic": ["critic"]}
    """Observation groups read by the actor and by the critic."""

    class policy:
        class_name: str = "ActorCritic"
        init_noise_std: Positive = 1.0
        min_std: Positive = 0.05
        max_std: Annotated[float, Bounds(1.0e-6, 100)] = 2.0
        actor_hidden_dims: Layers = [512, 256, 128]
        critic_hidden_dims: Layers = [512, 256, 128]
        activation: str = "elu"

        def contradictions(self) -> Iterator[str]:
            """Bounds of the noise that exclude each other, or its beginning."""
            if not self.min_std <= self.init_noise_std <= self.max_std:
                yield (
                    f"train.policy.init_noise_std = {self.init_noise_std:g} must lie within min_std = "
                    f"{self.min_std:g} and max_std = {self.max_std:g}"
                )

    class algorithm(PPOCfg):
        pass

    class runner:
        class_name: str = "OnPolicyRunner"
        num_steps_per_env: Annotated[int, Bounds(1, 10_000)] = 24
        max_iterations: PositiveInt = 1500
        """Those of the whole training, also where it is resumed: --max_iterations then says how many more."""
        save_interval: PositiveInt = 50
        experiment_name: Annotated[str, FileName()] = "legged_robot"
        run_name: Annotated[str, FileName(may_be_empty=True)] = ""
        empirical_normalization: bool = False
        resume: bool = False
        load_run: str = "-1"
        """Run folder to resume from; -1: the latest."""
        checkpoint: Annotated[int, Bounds(-1)] = -1
        """Iteration to resume from; -1: the latest."""
