"""Unitree Go2 without a map: stairs, boxes, slopes and waves by touch, at any command."""

from legged_gym.envs.blind.blind_config import BlindCfg, BlindCfgPPO
from legged_gym.envs.go2.go2_config import Go2RoughCfg


class Go2BlindCfg(Go2RoughCfg, BlindCfg):
    """Go2 on harder ground than `go2_rough`'s, with late targets, noisy sensors, loads, and an operator in a hurry."""

    class terrain(Go2RoughCfg.terrain):
        slope_threshold = 1.1
        """Steeper than the roughest slope, m/m: faces of steps and boxes are vertical."""
        max_init_terrain_level = 3
        terrain_proportions = {
            "slope": 0.15,
            "rough_slope": 0.1,
            "stairs_up": 0.25,
            "stairs_down": 0.1,
            "discrete": 0.2,
            "wave": 0.05,
            "level": 0.15,
        }
        slope = 0.64
        """Slope at difficulty 1, m/m: 30 degrees on the highest of ten levels."""
        step_height = (0.05, 0.22)
        """0.25 m on the highest level."""
        obstacle_height = (0.05, 0.28)
        """0.30 m on the highest level."""

    class commands(BlindCfg.commands):
        min_norm = 0.0
        dead_zone = [0.02, 0.02, 0.02]
        """Below what the response map asks for: 0.05 m/s is a command."""
        straight_share = 0.4
        """A level is gained by leaving a tile, to which commands that change three times an episode seldom lead: with
        none, stairs up were at level 4.0 after 2800 iterations."""
        slow_share = 0.2
        """Untrained yet. With 0.1, one command in a hundred was of less than 0.1 m/s; the teacher obeyed 0.05 m/s, its
        student stood."""
        bounds_on = {
            "level": [2.0, 1.0, 2.0],
            "slope_up": [1.5, 1.0, 1.5],
            "slope_down": [1.5, 1.0, 1.5],
            "discrete": [1.5, 1.0, 1.5],
        }

    class domain_rand(Go2RoughCfg.domain_rand):
        friction_range = [0.2, 1.25]
        randomize_base_mass = True
        added_mass_range = [-1.0, 3.0]
        randomize_base_com = True
        com_displacement_range = [-0.04, 0.04]
        randomize_gains = True
        randomize_motor_strength = True
        motor_strength_range = [0.85, 1.15]
        randomize_motor_zero = True
        randomize_dof_friction = True
        randomize_dof_damping = True
        randomize_dof_armature = True
        randomize_action_delay = True
        push_interval_s = 8.0
        apply_external_force = True

    class foot_scan(BlindCfg.foot_scan):
        radii = [0.08, 0.17, 0.3, 0.5, 0.8]
        """Out to 0.48 m from a foot: at 2 m/s the teacher needs to see its next steps."""

    class noise(BlindCfg.noise):
        class noise_scales(BlindCfg.noise.noise_scales):
            """Two and four times `go2_rough`'s: velocities differentiated from encoders, a gyroscope that shakes."""

            dof_vel = 3.0
            ang_vel = 0.8

    class rewards(Go2RoughCfg.rewards, BlindCfg.rewards):
        """A fall costs 1, besides the rest of the episode, and standing before a step earns little.

        With 3 a fall and without progress robots stopped at steps of 0.1 m (3900 iterations: 48 % up them, 4 % fell).
        """

        class scales(Go2RoughCfg.rewards.scales, BlindCfg.rewards.scales):
            termination = -50.0
            command_progress = 2.0
            """With 1, and `desired_kl` 0.02, the teacher stood for 1100 iterations (mean level 0.01); with 2, and 0.01,
            it had left standing at 250 and was at level 4.6 at 1250 (seed 1 of each, way in its own frame)."""
            tracking_lin_vel = 1.5
            tracking_ang_vel = 1.5
            """With half of it robots turned where the ground was easier: a yaw error of 0.87 rad/s."""
            tracking_fine = 0.3
            turning_fine = 0.5
            """Without, a teacher told to turn at 0.1 rad/s lost nothing by standing: its kernel of the yaw rate paid a
            turn 0.015 a second, its steps cost it 0.03. This one pays 0.28, and 0.09 at 0.05 rad/s."""
            uneven_duty = -10.0
            """Against a limp: 0.26 a second of a policy whose right hind foot was on the ground for 21 % of the time at
            1 m/s, and the others for 57 to 60; of one trained with this 0.005 (57 to 63 %)."""
            flight = -1.0
            """Without, all feet were in the air for 27 % of the time at 1 m/s; with it, for 0.9 %."""
            orientation = -0.2
            power = -2.0e-4
            action_rate = -0.01
            action_rate2 = -0.002
            stand_still = -0.1


class Go2BlindCfgPPO(BlindCfgPPO):
    """Both stages of `go2_blind`."""

    class teacher_curriculum(BlindCfgPPO.teacher_curriculum):
        lateness_anneal = [0.25, 0.5]
        """As in `go2_perceptive_sight`, where footholds were not found by robots that were late from the start."""

    class student_curriculum(BlindCfgPPO.student_curriculum):
        max_iterations = 1500

    class reinforcement(BlindCfgPPO.reinforcement):
        begins_at = 0.4
        """Iteration 600, at level 5.9; 6.0 at the end, its teacher's was 6.1."""

    class runner(BlindCfgPPO.runner):
        experiment_name = "go2_blind"
        max_iterations = 3300
        """A teacher's mean level was 6.0 at 2200 and 6.1 at the end, another's rose until 2560 of 4000."""
