"""Trials of a policy, as evaluate.py makes them: one robot, one episode at a time."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import active_children, get_context
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import numpy as np

from legged_gym.deploy.commands import Commands
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.crossing import Crossing
from legged_gym.deploy.depth_eye import DepthEye
from legged_gym.deploy.elevation_map import MapQuality, make_map
from legged_gym.deploy.falls import Falls
from legged_gym.deploy.ground import Ground
from legged_gym.deploy.hardware import Hardware, with_hardware
from legged_gym.deploy.readings import Readings
from legged_gym.deploy.robot import Robot
from legged_gym.deploy.tiles import PLANE, Tile, build_terrain
from legged_gym.utils.bound_process import end_with_parent
from legged_gym.utils.errors import StoppedError, UserError

EPISODE_LENGTH = 20.0
"""Longest trial, s."""
FOOTPRINT = 0.5
"""Half side of the square under a robot that begins, over whose highest ground its height is measured, m."""


@dataclass(frozen=True)
class Setup:
    """What the trials are made with."""

    policy: Path
    terrain: str | None = None
    """As in `build_terrain`; None of a policy whose episodes went on beyond a tile's edge: `plane`."""
    seed: int = 1
    quality: MapQuality = MapQuality()
    hardware: Hardware = Hardware()
    command: tuple[float, float, float] | None = None
    """Always this velocity command; None: as evaluate.py."""
    level: int | None = None
    """Terrain level that the map is to have; None: any."""


class Outcome(NamedTuple):
    """What a trial gave."""

    tile: Tile
    steps: int
    """Control steps before the last."""
    fell: bool
    stuck: bool
    """Ended since the robot did not get on; none of these has fallen."""
    succeeded: bool
    """Left its tile; where episodes do not end there, or on a plane, lasted its time."""
    means: np.ndarray
    """Over those steps [9]: |commanded - measured| of vx, vy, yaw rate, length of the planar velocity's error (m/s,
    rad/s), mean square torque of a joint (N^2 m^2), absolute mechanical power of all joints (W), measured vx, vy, yaw
    rate."""


class Simulation:
    """A controller, its robot and its ground, ready for trials."""

    def __init__(self, setup: Setup) -> None:
        """Load and build everything.

        Raises:
            UserError: the controller cannot be used, or the set-up does not fit it.
        """
        self.setup = setup
        self.controller = Controller(setup.policy)
        self.metadata = metadata = with_hardware(self.controller.metadata, setup.hardware)
        ends = metadata.termination
        kind = setup.terrain if setup.terrain is not None or ends["leave_tile"] else PLANE
        self.terrain = build_terrain(metadata.terrain, kind, setup.seed, setup.level)
        self._leaves_tile = bool(ends["leave_tile"]) and not self.terrain.is_plane
        self.robot = Robot(metadata, self.terrain, setup.policy.parent)
        self.max_steps = round(EPISODE_LENGTH / metadata.control_dt)
        self._ground = Ground(self.terrain)
        self._falls = Falls(ends, self.terrain, self._ground)
        self._map = make_map(metadata, self.robot, self._ground, setup.quality)
        self._eye = None
        if metadata.depth_camera is not None:
            self._eye = DepthEye(metadata.depth_camera, self.robot, self.terrain, metadata.control_dt)
        self._readings = Readings(metadata, self.robot, self._map, self.controller.readings, self._eye)
        names = metadata.joint_names
        self._pose_noise = np.zeros(len(names))
        for key, noise in metadata.init_state["dof_pos_noise"].items():
            self._pose_noise[[key in name for name in names]] = noise
        self._commands = Commands(metadata.commands, self._leaves_tile, setup.command, metadata.control_dt)
        crossing = metadata.crossing if self._commands.steers else None
        self._crossing = Crossing(crossing, self.terrain, metadata.control_dt)
        self.steered: np.ndarray | None = None
        """Command that somebody gives by hand [3]; None: the trial's own."""

    def close(self) -> None:
        """Free what OpenGL holds; nothing can be run then."""
        if self._eye is not None:
            self._eye.close()
            self._eye = None

    def run(self, tile: Tile, show: Callable[[np.ndarray], bool] = lambda command: True) -> Outcome | None:
        """Make one trial; the same tile gives the same trial.

        Args:
            tile: where.
            show: called after each control step with the command [3]; False ends the trial.

        Returns:
            Its outcome, or None when `show` ended it.

        Raises:
            UserError: the controller makes nothing of finite readings.
        """
        self._begin(tile)
        robot = self.robot
        sums, step, fell, stuck, left = np.zeros(9), 0, False, False, False
        for step in range(self.max_steps):
            if self._map is not None and step == self.max_steps // 2:
                self._map.change_condition()
            own = self._commands.advance(robot.yaw, self._crossing.look(self._offset))
            command = own if self.steered is None else self.steered
            targets = self.controller.step(self._readings.read(command))
            if not self.controller.ok:
                raise UserError(f"what the network of {self.setup.policy.name} says is not finite")
            robot.step(targets)
            if self.steered is None:  # who is steered by hand may stand as long as it is told to
                self._crossing.advance(self._offset)
            fell = self._falls.has_fallen(robot)
            stuck = not fell and self._crossing.is_stuck
            last = step + 1 == self.max_steps
            left = not (fell or stuck or last) and self._is_beyond()
            if fell or stuck or left or last:
                break
            sums += _measurements(robot, command)
            if not show(command):
                return None
        succeeded = left if self._leaves_tile else not (fell or stuck)
        return Outcome(tile, step, fell, stuck, succeeded, sums / max(step, 1))

    def _begin(self, tile: Tile) -> None:
        """Put another robot near the tile's centre, upright or nearly so, in a random heading and pose."""
        rng = np.random.default_rng([self.setup.seed, *tile])
        start, robot = self.metadata.init_state, self.robot
        self._origin = self.terrain.env_origins[tile.level, tile.column, :2].astype(np.float64)
        position = np.array(start["pos"]) + np.append(self._origin, 0.0)
        position[:2] += rng.uniform(-start["position_noise"], start["position_noise"], 2)
        position[2] += self._ground.highest(position[:2], FOOTPRINT)
        yaw = rng.uniform(-self.metadata.yaw_noise, self.metadata.yaw_noise)
        velocity = rng.uniform(-start["velocity_noise"], start["velocity_noise"], 6)
        low, high = start["dof_pos_factor"]
        pose = self.metadata.default_dof_pos * rng.uniform(low, high, len(self.metadata.joint_names))
        if start["dof_pos_noise"]:
            pose += rng.uniform(-self._pose_noise, self._pose_noise)
        tilt = rng.uniform(-start["tilt_noise"], start["tilt_noise"], 2) if start["tilt_noise"] else (0.0, 0.0)
        robot.randomize(rng)
        robot.reset(position, (*tilt, yaw), velocity, np.clip(pose, *robot.dof_pos_limits.T))
        self.controller.reset()
        self._falls.begin(tile)
        self._crossing.begin(tile, robot.heading, self._offset)
        self._commands.begin(rng, yaw)
        self._readings.begin(rng)

    @property
    def _offset(self) -> np.ndarray:
        """Place of the base from the middle of the trial's tile [2], m."""
        return self.robot.position[:2] - self._origin

    def _is_beyond(self) -> bool:
        """Whether the robot has left its tile, or the map where tiles do not end a trial."""
        terrain = self.terrain
        return bool(
            terrain.beyond_tile(self._offset) if self._leaves_tile else terrain.beyond_map(self.robot.position[:2])
        )


def run_all(setup: Setup, tiles: Sequence[Tile], processes: int) -> Iterator[Outcome]:
    """Make the trials of tiles in several processes, in order; none outlives this one.

    Raises:
        StoppedError: SIGTERM or SIGHUP came.
    """
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin_work, (os.getpid(),))
    with _stopped_by_signals():
        try:
            for trial in [pool.submit(_run_one, setup, tile) for tile in tiles]:
                yield trial.result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the processes, then this one as Python ends: it alone removes their semaphores."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        for worker in active_children():
            worker.kill()
        raise StoppedError(number)

    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in former.items():
        if handler is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _begin_work(parent: int) -> None:
    """Leave Ctrl-C, which reaches every process of a terminal, to the process that waits for this one; end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it ended while this one was loaded
        os._exit(1)


def _run_one(setup: Setup, tile: Tile) -> Outcome:
    outcome = _simulation(setup).run(tile)
    assert outcome is not None
    return outcome


@lru_cache(maxsize=1)
def _simulation(setup: Setup) -> Simulation:
    """This process's own."""
    return Simulation(setup)


def _measurements(robot: Robot, command: np.ndarray) -> np.ndarray:
    """What `Outcome.means` averages."""
    velocity = np.append(robot.base_lin_vel[:2], robot.base_ang_vel[2])
    error = command - velocity
    torques = robot.torques
    power = np.abs(torques * robot.dof_vel).sum()
    return np.array([*np.abs(error), np.linalg.norm(error[:2]), np.square(torques).mean(), power, *velocity])
