"""Settings of a run on a robot: rates, motions, and the threshold of every stop with its reason."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from legged_gym.config.checks import check_config
from legged_gym.config.fields import Bounds, Name, Share
from legged_gym.config.io import instantiate
from legged_gym.config.overrides import apply_overrides, read_overrides
from legged_gym.config.quantities import PositiveExtent, Speed, Turn

Duration = Annotated[float, Bounds(1.0e-3, 60)]
"""Time in which a robot moves or is waited for, s."""
Age = Annotated[float, Bounds(1.0e-3, 2)]
"""By how much something may be late or missing, s: in as much, a robot of 1 m/s walks its own length three times."""
FewInARow = Annotated[int, Bounds(1, 1000)]
"""Messages that are borne: two seconds of those that a robot sends each 2 ms."""
Brake = Annotated[float, Bounds(0.1, 100)]
"""Damping that brakes a joint and does not make it tremble, N m s/rad."""
Excess = Annotated[float, Bounds(0.1, 10)]
"""What a limit is multiplied by."""


class RunnerCfg:
    """Settings of run_robot.py; `--set stops.max_tilt=0.8` changes one."""

    def contradictions(self) -> Iterator[str]:
        """What the guarding process would take for a death."""
        silence = self.guard.max_silence
        if 1.0 / self.commands.rate >= silence:
            yield f"commands.rate = {self.commands.rate:g}: a turn is no shorter than guard.max_silence = {silence:g} s"
        if self.stops.max_overrun > silence:
            yield (
                f"stops.max_overrun = {self.stops.max_overrun:g} s is borne by nobody: the guarding process brakes "
                f"after guard.max_silence = {silence:g} s"
            )

    class commands:
        """The thread that talks to the drives."""

        rate: Annotated[float, Bounds(1, 1000)] = 500.0
        """Commands a second. Unitree's own examples send 500."""
        torque_share: Annotated[float, Bounds(0, 1, above=True)] = 1.0
        """Share of the torque limits that commands may ask for; 0.3 on a first start, in which nothing breaks."""

    class motion:
        """Standing up, lying down, and braking."""

        stiffness: Annotated[float, Bounds(1, 1000)] = 60.0
        """N m/rad. Public controllers stand up with 60 to 80."""
        damping: Brake = 5.0
        """N m s/rad. Public controllers stand up with 3 to 5."""
        fold_time: Duration = 1.0
        """From any pose to the folded legs, s."""
        rise_time: Duration = 1.5
        """From the folded legs to the default pose, or back, s."""
        passive_damping: Brake = 3.0
        """Brakes of a passive or stopped robot, N m s/rad: Unitree's own; a Go2 of 15 kg sinks in about a second."""
        last_time: Duration = 3.0
        """How long a stopped robot is braked before the program ends, s: it lies by then."""

    class stops:
        """Each one brakes the robot for good. Times are of arrival here, in seconds."""

        max_tilt: Turn = 1.0
        """Between the base's and the world's vertical, rad. Unitree's own controllers stop at 1.0; stairs of 20 cm take
        0.6."""
        max_state_age: Age = 0.015
        """The robot sends a state each 2 ms: seven are missing."""
        max_faulty_states: FewInARow = 3
        """In a row with a wrong checksum: one may be noise, a third is a fault."""
        max_frozen_states: FewInARow = 6
        """In a row with the very same gyroscope and accelerometer: their noise changes each one."""
        torque_factor: Excess = 1.2
        """Of the torque limits. Commands stay below the limits; what is beyond is not of this program."""
        max_torque_states: FewInARow = 4
        """In a row beyond that torque: a foot's impact is shorter."""
        max_motor_temperature: Annotated[float, Bounds(1, 200)] = 80.0
        """Degrees Celsius. Windings are insulated for 100 or more; the sensor lags."""
        max_lost: FewInARow = 10
        """Messages to one motor that are lost within a second: 2 % of them."""
        max_disorder: FewInARow = 3
        """States within a second that are older than the one before: two robots, or simulators, in one domain."""
        min_charge: Annotated[float, Bounds(0, 100)] = 10.0
        """Percent of the battery: below, its voltage sags under load."""
        dof_pos_margin: Turn = 0.15
        """Beyond the joint limits, rad: stops give way, and zeros are off by some hundredths."""
        dof_vel_factor: Excess = 1.5
        """Of the joints' speed limits. On simulated stairs a calf that strikes an edge passes its limit for 6 ms and
        more, by 1.25 at the most that was seen."""
        max_vel_states: FewInARow = 3
        """In a row beyond that speed: one may be noise."""
        max_target_jump: Turn = 1.5
        """Of a joint's target from one policy step to the next, rad; on stairs the shipped student has 0.8."""
        max_target_age: Age = 0.01
        """By how much the policy's next targets may be late, s: half a step, which policies are trained to bear."""
        max_overrun: Age = 0.015
        """Between two turns of the command thread beyond its period, s: so long the drives have kept one command."""
        foreign_commands: FewInARow = 1
        """Commands of another program within a second that are too many: two writers thrash the legs."""

    class map:
        """What is believed of height maps; beyond it the policy walks blind, and the program says so."""

        max_age: Age = 0.5
        """Since a new one came, s: at 1 m/s the map's edge is 0.5 m nearer; policies are trained with less."""
        max_pose_age: Age = 0.1
        """Since a new pose came, s."""
        max_lag: Age = 0.5
        """By how much a map's stamp and the pose's may differ, s, on the robot's own clock: a map from later than the
        pose is one of another clock, and may be of any time."""
        frame: Name = "odom"
        """Frame that map and pose must name. Unitree's lidar service calls it so."""
        max_resolution: PositiveExtent = 0.2
        """Side of a cell, m: policies are trained with 4 to 10 cm, and a coarser map has no steps."""
        min_known: Share = 0.05
        """Share of the cells that must be known: below, the map is as good as empty."""

    class steering:
        """What full sticks ask for."""

        max_vx: Speed = 0.6
        """m/s"""
        max_vy: Speed = 0.3
        """m/s"""
        max_yaw_rate: Speed = 0.8
        """rad/s"""
        dead_zone: Share = 0.08
        """Of a stick: what a released one may read."""

    class start:
        """Before the first command."""

        release_timeout: Duration = 10.0
        """For the built-in controller to lie down and give the motors up, s."""
        listen_time: Duration = 0.5
        """For other programs' commands to be noticed, s."""
        state_timeout: Duration = 5.0
        """For the first state of the robot, s."""

    class guard:
        """The process that brakes the robot if this one dies."""

        max_silence: Age = 0.05
        """Without a sign of life of the command thread, s: 25 of its turns."""
        braking_time: Duration = 5.0
        """How long it then sends brakes, s: the robot lies by then, and the drives keep the last command, a brake."""


class _NoTraining:
    """Where `--set` looks for settings of a training."""


def runner_settings(overrides: Iterable[str] = ()) -> RunnerCfg:
    """The settings of a run.

    Args:
        overrides: texts of `--set`, each KEY=VALUE.

    Raises:
        UserError: one names no setting, or a value does not fit.
    """
    cfg = instantiate(RunnerCfg)
    apply_overrides(cfg, _NoTraining(), read_overrides(overrides))
    check_config(cfg)
    return cfg
