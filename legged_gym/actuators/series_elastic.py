"""A series-elastic position drive: motor, gear and controller on one side of a torsion spring, the joint on the other.

All quantities are seen from the joint: a rotor behind a gear of ratio n has n^2 its inertia and 1/n its speed.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DriveParameters:
    """Constants of a drive of the size of ANYmal C's, whose URDF gives 80 N m and 20 rad/s.

    The maker's other data are not public; these follow from what such a drive has to do, as each one's reason tells.
    """

    stiffness: float = 80.0
    """Gain of the position, N m/rad: ANYmal C's in legged_gym."""
    damping: float = 2.0
    """Gain of the velocity, N m s/rad: ANYmal C's in legged_gym."""
    torque_limit: float = 80.0
    """Bound of the torque asked of the spring, N m."""
    spring_stiffness: float = 600.0
    """Stiffness of the spring, N m/rad. Soft enough for an encoder of 16 bits to resolve 0.06 N m, stiff against the 80
    N m/rad of the PD."""
    motor_inertia: float = 0.05
    """Inertia of the motor, kg m^2: a rotor of 2e-5 kg m^2, usual for a flat motor of 70 mm, behind a gear of 50."""
    motor_torque_limit: float = 110.0
    """Bound of the motor's torque, N m: what is left over the joint's limit accelerates the motor itself."""
    corner_velocity: float = 10.0
    """Velocity from which on the voltage limits the motor's torque, rad/s: half of the velocity limit."""
    velocity_limit: float = 20.0
    """Velocity at which no torque is left to drive with, rad/s."""
    coulomb_friction: float = 1.5
    """Friction of the moving motor and gear, N m: 2 % of the torque limit, usual for a strain-wave gear."""
    static_friction: float = 2.0
    """Friction that has to be overcome to break loose, N m."""
    stribeck_velocity: float = 0.1
    """Velocity around which static friction gives way to Coulomb friction, rad/s."""
    viscous_friction: float = 0.15
    """Friction in proportion to the velocity, N m s/rad: 3 N m at the velocity limit."""
    torque_bandwidth: float = 60.0
    """Bandwidth of the torque loop while nothing saturates and the joint stands still, Hz."""
    torque_damping_ratio: float = 0.8
    """Damping ratio of the torque loop."""
    velocity_filter: float = 100.0
    """Cut-off of the velocity that the PD sees, Hz: it is the derivative of an encoder's angle."""
    bus_delay: float = 2.5e-3
    """Least time from a command to its arrival, s: a cycle of a bus of 400 Hz."""
    bus_jitter: float = 1.0e-3
    """Most time that a command may arrive late beyond `bus_delay`, s."""


STICTION_WIDTH = 0.02
"""Friction reaches its static value at about this velocity, rad/s: smooth, so that a fixed time step can follow."""


class SeriesElasticDrive:
    """The motor's side of D drives, driven in small steps beside whatever moves the joints."""

    def __init__(self, parameters: DriveParameters, position: np.ndarray, time_step: float) -> None:
        """Put the drives at rest, their springs relaxed.

        Args:
            parameters: of all drives.
            position: joint angles [D], rad.
            time_step: of `step`, s; it must be small against the torque loop, 2e-4 say.
        """
        p = parameters
        self.parameters = p
        self.time_step = time_step
        self.motor_position = position.copy()
        self.motor_velocity = np.zeros_like(position)
        self._filtered_velocity = np.zeros_like(position)
        # Behind a joint that stands still: J/k s^2 + K_d s + 1 + K_p, with the poles of the bandwidth and the damping.
        omega = 2.0 * math.pi * p.torque_bandwidth
        self._torque_gain = omega**2 * p.motor_inertia / p.spring_stiffness - 1.0
        self._rate_gain = 2.0 * p.torque_damping_ratio * omega * p.motor_inertia / p.spring_stiffness
        self._filter_share = 1.0 - math.exp(-2.0 * math.pi * p.velocity_filter * time_step)

    def torque(self, position: np.ndarray) -> np.ndarray:
        """What the springs do to joints at these angles [D], N m."""
        return self.parameters.spring_stiffness * (self.motor_position - position)

    def step(self, target: np.ndarray, position: np.ndarray, velocity: np.ndarray) -> None:
        """Let the motors move for a time step.

        Args:
            target: position targets that have arrived [D], rad.
            position: joint angles [D], rad.
            velocity: joint velocities [D], rad/s.
        """
        p = self.parameters
        spring = self.torque(position)
        self._filtered_velocity += self._filter_share * (velocity - self._filtered_velocity)
        wanted = p.stiffness * (target - position) - p.damping * self._filtered_velocity
        wanted = np.clip(wanted, -p.torque_limit, p.torque_limit)
        rate = p.spring_stiffness * (self.motor_velocity - velocity)
        motor = self._limited(wanted + self._torque_gain * (wanted - spring) - self._rate_gain * rate)
        self.motor_velocity += (motor - spring - self.friction()) * (self.time_step / p.motor_inertia)
        self.motor_position += self.motor_velocity * self.time_step

    def friction(self) -> np.ndarray:
        """Friction of motors and gears at the motors' velocities [D], N m: Coulomb's, Stribeck's and viscous."""
        p = self.parameters
        extra = (p.static_friction - p.coulomb_friction) * np.exp(-np.square(self.motor_velocity / p.stribeck_velocity))
        dry = (p.coulomb_friction + extra) * np.tanh(self.motor_velocity / STICTION_WIDTH)
        return dry + p.viscous_friction * self.motor_velocity

    def _limited(self, torque: np.ndarray) -> np.ndarray:
        """Torques [D], N m, within what the motors give.

        Beyond the corner of the speed-torque curve there is less to drive with.
        """
        p = self.parameters
        share = (p.velocity_limit - np.abs(self.motor_velocity)) / (p.velocity_limit - p.corner_velocity)
        driving = p.motor_torque_limit * np.clip(share, 0.0, 1.0)
        low = np.where(self.motor_velocity < 0.0, -driving, -p.motor_torque_limit)
        high = np.where(self.motor_velocity > 0.0, driving, p.motor_torque_limit)
        return np.clip(torque, low, high)


def arrived_targets(targets: np.ndarray, delays: np.ndarray, steps: int, time_step: float) -> np.ndarray:
    """What a drive at the end of a bus knows of its targets.

    Args:
        targets: sent, one a sample [T, D].
        delays: of each on its way [T, D], s. One that comes after a later one is dropped.
        steps: small steps S in a sample.
        time_step: of a small step, s.

    Returns:
        The newest target that has arrived at each small step [T * S, D]; before any has, the first.
    """
    samples, drives = targets.shape
    arrival = np.arange(samples)[:, None] * steps + np.ceil(delays / time_step - 1.0e-6).astype(int)
    sample, drive = np.nonzero(arrival < samples * steps)
    newest = np.zeros((samples * steps, drives), dtype=int)
    np.maximum.at(newest, (arrival[sample, drive], drive), sample)
    return np.take_along_axis(targets, np.maximum.accumulate(newest, axis=0), axis=0)
