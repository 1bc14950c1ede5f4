"""What the tasks of Robot Parkour Learning share (arXiv 2309.05665; numbers of its A1 tutorial unless said otherwise).

An oracle sees the robot's state and parameters and the obstacle before it. It walks on rough ground first; then each
skill is learned where obstacles do not collide and penetration costs, and at last where they do.
"""

from collections.abc import Iterator
from math import pi
from typing import Annotated, Any

from legged_gym.config.fields import FileName, NonNegative, OneOf, Ordered
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import Extent, Terms, Torque, Turn, VelocityRange, Width
from legged_gym.envs.base.legged_robot_config import BLIND_OBSERVATIONS, LeggedRobotCfgPPO
from legged_gym.envs.sight.sight_config import SightCfg
from legged_gym.terrain.tracks import TrackTerrainCfg

SOFT, HARD = "soft", "hard"
ORACLE: list[str] = [
    *BLIND_OBSERVATIONS,
    "base_pose",
    "friction",
    "base_com",
    "base_mass",
    "motor_strength",
    "obstacle",
    "track_sides",
]
"""48 of proprioception and command, 6 of pose, 17 of the robot, 8 of the obstacle and 2 of the track: 81."""


class ParkourCfg(SightCfg):
    """Sections of all parkour tasks; robots and skills override what differs."""

    class terrain(TrackTerrainCfg):
        """Ten levels from the easy to the hard end of each size."""

        slope_threshold = 0.95
        difficulty_range = (0.0, 10 / 9)
        horizontal_scale = 0.04
        terrain_length = 8.0
        terrain_width = 4.0
        """Wider than the track: off it is off, whatever is there."""
        border_size = 2.0
        platform_size = 1.0
        num_cols = 10
        max_init_terrain_level = 1

    class parkour:
        """How obstacles are met."""

        dynamics: Annotated[str, OneOf(SOFT, HARD)] = HARD
        """`soft`: obstacles do not collide, and levels follow the penetration; gaps are dug all the same. `hard`: they
        do, levels follow the distance, and measurements come late (`domain_rand.obs_delay_range`)."""
        harder_below: NonNegative = 100.0
        """Penetration below which a robot across the track goes on to a harder one, m: depth of all points, summed over
        the steps of an episode."""
        easier_above: NonNegative = 200.0
        """Penetration above which it goes back to an easier one, m. An A1 that walks through soft obstacles as if there
        were none collects, on the lowest and the highest level: `climb` (walls of 0.1 to 0.2 m) 420 and 810, `leap` 580
        and 6200, `crawl` 0 and 1400, `tilt` 0 and 5600."""

        def contradictions(self) -> Iterator[str]:
            """Bounds the wrong way round."""
            if self.harder_below > self.easier_above:
                yield (
                    f"parkour.harder_below = {self.harder_below:g} m must not be above easier_above = "
                    f"{self.easier_above:g} m"
                )

    class commands(SightCfg.commands):
        class ranges(SightCfg.commands.ranges):
            lin_vel_y: VelocityRange = [-0.5, 0.5]

    class crossing(SightCfg.crossing):
        share_elsewhere = 0.0

    class init_state(SightCfg.init_state):
        position_noise = 0.3
        yaw_noise: Turn = 0.3
        """Heading within +- this of the track's, rad."""

    class control(SightCfg.control):
        stiffness = {"joint": 50.0}
        damping = {"joint": 1.0}
        action_scale = 0.5
        max_torque: Torque = 25.0
        """Joint targets are held where the drives ask for no more than this in the present pose, N m."""

    class termination(SightCfg.termination):
        max_tilt = pi
        """Roll and pitch count apart."""
        max_roll: Turn = 0.8
        """Angle between the base's lateral axis and the ground plane, rad."""
        max_pitch: Turn = 1.6
        """Angle of gravity in the base's plane of symmetry, as the oracle sees it, beyond pi/2 when turned over, rad:
        that of its longitudinal axis to the ground plane without roll, else more (0.2 with a roll of 1.2: 0.51)."""
        height: Annotated[list[Extent], Ordered()] = [0.15, 1.5]
        """Of the base over the ground at the track's beginning, m."""

    class domain_rand(SightCfg.domain_rand):
        friction_range = [0.2, 2.0]
        """From 0 up in the original. Under random actions, 128 robots on MuJoCo C had 268, 15 and 0 steps of unbounded
        speeds in 19200, with friction of 0 to 0.05, 0.05 to 0.1 and 0.2 to 0.4."""
        randomize_base_mass = True
        added_mass_range = [1.0, 3.0]
        randomize_base_com = True
        com_displacement_range = [[-0.05, 0.15], [-0.1, 0.1], [-0.05, 0.05]]
        randomize_motor_strength = True
        randomize_obs_delay = True
        obs_delay_range = [2, 2]
        """Control steps, 40 ms, of hard dynamics: 37.5 to 47.5 ms to the nearest step."""
        push_robots = False

    class rewards(SightCfg.rewards):
        only_positive_rewards = False
        soft_dof_pos_limit = 0.9
        air_time_target = 0.25
        """As the Go2's: for 0.5 s, from which on the base pays, a robot has to hop."""
        style_on_crossings = 1.0
        """Obstacles are walked to and left, and what is short in the air costs little."""

        class scales:
            world_velocity: float = -1.0
            alive: float = 2.0
            tracking_ang_vel: float = 0.05
            progress: float = 1.0
            tracking_lin_vel: float = 1.0
            """These two are not the paper's: on a track, way made along it pays (Extreme Parkour, arXiv 2309.14341), on
            other ground the commanded velocity, so that standing is worth less than trying."""
            energy: float = -5.0e-7
            dof_pos_limits: float = -1.0
            torque_limits: float = -0.01
            dof_acc: float = -2.5e-7
            action_rate: float = -0.01
            ang_vel_xy: float = -0.05
            feet_air_time: float = 2.5
            feet_slip: float = -0.05
            uneven_duty: float = -8.0
            flight: float = -1.5
            """These seven are not the paper's. On rough ground A1s shuffled without them, 7 steps a second with 194 W;
            with the first four alone, and from 0.5 s in the air on, they hopped, all feet in the air for 0.43 of the
            time; with these they trot: 3.7 steps, 91 W, 0.02. From the beginning: a hop is hardly unlearned."""
            orientation: float = 0.0
            penetration_depth: float = 0.0
            penetration_volume: float = 0.0

        _read_by = {"soft_torque_limit": ()}
        """Torques are limited by `control.max_torque`."""

    class noise(SightCfg.noise):
        add_noise = False

    class observations:
        policy: Terms = ORACLE
        """What the actor sees; late with hard dynamics."""
        critic: Terms = list(ORACLE)

    def idle(self) -> Idle:
        """As the base's, and what is of the other dynamics, or of levels that nobody changes."""
        yield from super().idle()
        is_soft, terrain = self.parkour.dynamics == SOFT, self.terrain
        if is_soft:
            for name in ("randomize_obs_delay", "obs_delay_range"):
                yield f"domain_rand.{name}", f"parkour.dynamics is {SOFT}: measurements come in time"
        for name in ("harder_below", "easier_above"):
            if terrain.mesh_type == "plane" or not terrain.curriculum:
                reason = "terrain.mesh_type is plane" if terrain.mesh_type == "plane" else "terrain.curriculum is off"
                yield f"parkour.{name}", reason
            elif not is_soft:
                yield f"parkour.{name}", f"parkour.dynamics is {HARD}: levels follow the distance"


class FieldCfg(ParkourCfg):
    """Rough ground without an obstacle, and commands in all directions."""

    class terrain(ParkourCfg.terrain):
        terrain_width = 8.0
        terrain_proportions = {"rough_slope": 1.0}
        slope = 0.0
        roughness = 0.04

    class domain_rand(ParkourCfg.domain_rand):
        randomize_obs_delay = False
        """Measurements come late in the hard stage alone, as in the tutorial."""

    class init_state(ParkourCfg.init_state):
        yaw_noise = pi

    class rewards(ParkourCfg.rewards):
        class scales(ParkourCfg.rewards.scales):
            command_progress: float = 0.75
            """As on `go2_sight`'s ordinary ground, which was learned in a third of the time with it: the kernel of
            `tracking_lin_vel` is flat where a robot stands."""


class ClimbCfg(ParkourCfg):
    """Up onto a plateau, over it, and down again."""

    class terrain(ParkourCfg.terrain):
        terrain_proportions = {"climb_track": 1.0}
        sizes = {"climb_track": (0.1, 0.5)}

    class crossing(ParkourCfg.crossing):
        speed = [0.8, 1.5]

    class rewards(ParkourCfg.rewards):
        class scales(ParkourCfg.rewards.scales):
            penetration_depth = -1.0e-2
            penetration_volume = -1.0e-2


class LeapCfg(ParkourCfg):
    """Over a gap."""

    class terrain(ParkourCfg.terrain):
        """Twenty levels from a cell on: a walking robot gets over half of the gaps of 0.04 m, none of 0.2 m."""

        terrain_proportions = {"leap_track": 1.0}
        sizes = {"leap_track": (0.04, 1.0)}
        num_rows = 20
        difficulty_range = (0.0, 20 / 19)

    class parkour(ParkourCfg.parkour):
        """Feet hang into the box over a gap in every leap that is not high."""

        harder_below = 300.0
        easier_above = 600.0

    class crossing(ParkourCfg.crossing):
        speed = [1.0, 1.5]

    class rewards(ParkourCfg.rewards):
        class scales(ParkourCfg.rewards.scales):
            penetration_depth = -4.0e-3
            penetration_volume = -4.0e-3


class CrawlCfg(ParkourCfg):
    """Under a roof."""

    class terrain(ParkourCfg.terrain):
        terrain_proportions = {"crawl_track": 1.0}

    class crossing(ParkourCfg.crossing):
        speed = [0.3, 0.8]

    class rewards(ParkourCfg.rewards):
        class scales(ParkourCfg.rewards.scales):
            penetration_depth = -6.0e-2
            penetration_volume = -6.0e-2


class TiltCfg(ParkourCfg):
    """Between two walls that stand nearer than the legs."""

    class terrain(ParkourCfg.terrain):
        """A level for each whole cell, from walls on that a robot can pass upright.

        At 0.4 m, where the tutorial begins, an A1's feet stand in them: 4096 of them needed 300 iterations to leave the
        first level.
        """

        horizontal_scale = 0.02
        terrain_proportions = {"tilt_track": 1.0}
        sizes = {"tilt_track": (0.56, 0.24)}
        num_rows = 17
        num_cols = 6
        difficulty_range = (0.0, 17 / 16)

    class crossing(ParkourCfg.crossing):
        speed = [0.3, 0.6]

    class termination(ParkourCfg.termination):
        max_roll = 1.5

    class rewards(ParkourCfg.rewards):
        class scales(ParkourCfg.rewards.scales):
            penetration_depth = -3.0e-3
            penetration_volume = -3.0e-3


class ParkourCfgPPO(LeggedRobotCfgPPO):
    """PPO of an oracle with memory."""

    class policy(LeggedRobotCfgPPO.policy):
        class_name = "ActorCriticRecurrent"
        init_noise_std = 0.5
        """Half of the usual, for an `action_scale` that is twice the usual: with 1.0 robots fall within 0.6 s at first,
        and 256 of them needed three times as many iterations until they stayed up for 2.8 s."""
        rnn_type: Annotated[str, OneOf("gru", "lstm")] = "gru"
        rnn_hidden_size: Width = 256

    class algorithm(LeggedRobotCfgPPO.algorithm):
        entropy_coef = 0.002
        """A fifth of the usual: with that, the standard deviation of the actions grew from 0.5 to 1.8 (0.9 rad) within
        520 iterations, and mean reward fell from 38 to 29 on the way from level 2 to 5.8. With this it shrank to 0.33;
        mean reward stood at 44, on level 6.2, after 450 (one H100, seed 1 of each)."""

    class runner(LeggedRobotCfgPPO.runner):
        max_iterations = 450


class SkillCfgPPO(ParkourCfgPPO):
    """The same in two stages, which begin with weights that were trained before."""

    class stages:
        """What holds in each stage, in the order of training: settings of the environment by dotted key.

        A soft plateau carries nobody: it is a thin wall to jump over. Hard obstacles are their own penalty.
        """

        soft: dict[str, Any] = {"parkour.dynamics": SOFT, "terrain.lengths": {"climb": [0.1, 0.2]}}
        hard: dict[str, Any] = {
            "parkour.dynamics": HARD,
            "terrain.lengths": {},
            "rewards.scales.penetration_depth": 0.0,
            "rewards.scales.penetration_volume": 0.0,
        }

    class policy(ParkourCfgPPO.policy):
        min_std = 0.2
        """In the place of a bonus for entropy."""

    class algorithm(ParkourCfgPPO.algorithm):
        entropy_coef = 0.0
        learning_rate = 2.0e-4
        """At the start: the first steps of a fresh Adam are as long as this, whatever the gradient, and the robot can
        walk already."""

    class runner(ParkourCfgPPO.runner):
        max_iterations = 1200
        """Of each stage."""
        stage: Annotated[str, OneOf(SOFT, HARD, "all")] = "all"
        """`soft`, `hard`, or `all`: one after the other."""
        begins_with: Annotated[str, FileName(may_be_empty=True)] = ""
        """Experiment whose newest run the first stage takes its weights from, unless --load_run names one."""
