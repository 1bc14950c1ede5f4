"""A simulated test bench: series-elastic drives, each with a lever, a weight and a ground that catches it."""

from dataclasses import dataclass

import numpy as np

from legged_gym.actuators.excitation import make_targets
from legged_gym.actuators.logs import MIN_ROWS, ActuatorLog
from legged_gym.actuators.series_elastic import DriveParameters, SeriesElasticDrive, arrived_targets
from legged_gym.utils.errors import UserError

SAMPLE_TIME = 0.005
"""Time between two rows of a log, s: the physics step of the tasks."""
TIME_STEP = 2.0e-4
"""Time step of the bench's own simulation, s."""
MOST_VALUES = 10_000_000
"""Rows of all drives: 14 hours of one, or half a gigabyte of CSV."""
POSITION_NOISE = 1.0e-4
"""Standard deviation of a measured angle, rad."""
VELOCITY_NOISE = 0.02
"""Standard deviation of a measured velocity, rad/s."""
TORQUE_NOISE = 0.1
"""Standard deviation of a measured torque, N m."""


@dataclass
class Load:
    """What D drives move: pendulums, which a ground of springs and dampers holds where it caught them."""

    inertia: np.ndarray
    """Inertia about the joint [D], kg m^2; from a shank's to a whole leg's."""
    damping: np.ndarray
    """Damping of the joint [D], N m s/rad."""
    weight: np.ndarray
    """Torque of gravity on the level lever, N m [D]."""
    level: np.ndarray
    """Angle at which the lever is level, rad [D]."""
    ground_stiffness: np.ndarray
    """Stiffness with which the ground holds a lever [D], N m/rad."""
    ground_damping: np.ndarray
    """Damping with which the ground holds a lever [D], N m s/rad."""

    @classmethod
    def drawn(cls, num: int, rng: np.random.Generator) -> "Load":
        """Random loads within what the joints of ANYmal C's legs meet."""
        inertia = np.exp(rng.uniform(np.log(0.03), np.log(0.6), num))
        ground = np.exp(rng.uniform(np.log(50.0), np.log(3000.0), num))
        return cls(
            inertia=inertia,
            damping=rng.uniform(0.0, 0.5, num),
            weight=rng.uniform(0.0, 15.0, num) * np.minimum(inertia / 0.2, 1.0),
            level=rng.uniform(-np.pi, np.pi, num),
            ground_stiffness=ground,
            ground_damping=2.0 * rng.uniform(0.1, 0.6, num) * np.sqrt(ground * inertia),
        )

    def acceleration(
        self, torque: np.ndarray, position: np.ndarray, velocity: np.ndarray, ground: "Ground"
    ) -> np.ndarray:
        """Acceleration of the levers [D], rad/s^2.

        Args:
            torque: of the drives [D], N m.
            position: angles of the levers [D], rad.
            velocity: velocities of the levers [D], rad/s.
            ground: what it does at this moment.
        """
        caught = self.ground_stiffness * (position - ground.anchor) + self.ground_damping * (velocity - ground.velocity)
        torque = torque - self.damping * velocity - self.weight * np.cos(position - self.level)
        return (torque + np.where(ground.touches, ground.torque - caught, 0.0)) / self.inertia


class Ground:
    """Stances and swings of D levers at random, some tenths of a second each.

    A stance catches the lever where it is, pulls it along as a body that moves over its foot, and loads it.
    """

    def __init__(self, num: int, rng: np.random.Generator) -> None:
        """Begin with swings."""
        self.touches = np.zeros(num, dtype=bool)
        self.anchor, self.velocity, self.torque, self._time_left = np.zeros((4, num))
        self._rng = rng

    def step(self, position: np.ndarray, duration: float) -> None:
        """Let time pass: begin and end stances."""
        self.anchor += self.velocity * duration
        self._time_left -= duration
        due = self._time_left <= 0.0
        if not due.any():
            return
        num = len(position)
        self.touches ^= due & (self._rng.random(num) < 0.8)
        self.anchor = np.where(due, position, self.anchor)
        self.velocity = np.where(due, self._rng.uniform(-1.0, 1.0, num), self.velocity)
        self.torque = np.where(due, self._rng.uniform(-40.0, 40.0, num), self.torque)
        self._time_left = np.where(due, self._rng.uniform(0.1, 0.6, num), self._time_left)


def record_log(duration: float, num_drives: int, seed: int, parameters: DriveParameters | None = None) -> ActuatorLog:
    """Run the bench and measure.

    Args:
        duration: s.
        num_drives: drives D, each with its own load and targets.
        seed: of loads, targets, delays, ground and noise.
        parameters: of the drives.

    Returns:
        A sample every `SAMPLE_TIME`; the target of a row is the one that is sent at its time.

    Raises:
        UserError: the duration is too short, or would never end.
    """
    samples, steps = round(duration / SAMPLE_TIME), round(SAMPLE_TIME / TIME_STEP)
    if samples < MIN_ROWS:
        raise UserError(f"a log of {duration:g} s is too short; expected {MIN_ROWS * SAMPLE_TIME:g} s or more")
    if samples * num_drives > MOST_VALUES:
        raise UserError(f"{num_drives} drives for {duration:g} s are more than {MOST_VALUES:g} rows of a drive")
    rng = np.random.default_rng(seed)
    p = parameters or DriveParameters()
    targets = make_targets(samples, num_drives, SAMPLE_TIME, rng)
    delays = p.bus_delay + p.bus_jitter * rng.random(targets.shape)
    arrived = arrived_targets(targets, delays, steps, TIME_STEP)
    load, ground = Load.drawn(num_drives, rng), Ground(num_drives, rng)
    q, qd = targets[0].copy(), np.zeros(num_drives)
    drive = SeriesElasticDrive(p, q, TIME_STEP)
    measured = np.empty((3, samples, num_drives))
    for i in range(samples):
        measured[:, i] = q, qd, drive.torque(q)
        ground.step(q, SAMPLE_TIME)
        for target in arrived[i * steps : (i + 1) * steps]:
            acceleration = load.acceleration(drive.torque(q), q, qd, ground)
            drive.step(target, q, qd)
            qd += acceleration * TIME_STEP
            q += qd * TIME_STEP
    noise = np.array([POSITION_NOISE, VELOCITY_NOISE, TORQUE_NOISE])[:, None, None]
    position, velocity, torque = measured + noise * rng.standard_normal(measured.shape)
    joints = [f"drive_{i + 1}" for i in range(num_drives)]
    return ActuatorLog(joints, SAMPLE_TIME, targets, position, velocity, torque)
