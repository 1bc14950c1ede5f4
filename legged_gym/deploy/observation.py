"""The observation of a policy, computed from one robot's sensor readings as its metadata declares it."""

from collections import deque
from collections.abc import Callable

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.deploy.commands import is_moving
from legged_gym.deploy.height_map import HeightMap
from legged_gym.deploy.map_noise import TRAINED, noise_of
from legged_gym.deploy.metadata import Metadata, Term
from legged_gym.deploy.robot import Robot
from legged_gym.deploy.scan import MapQuality, Scan
from legged_gym.utils.errors import UserError

ERROR_HISTORY, VELOCITY_HISTORY = 3, 2
"""Control steps kept of joint position errors and joint velocities."""
HEIGHT_SCAN_CLIP = 1.0
"""Bound of a value of `height_scan`, m."""
SCANS = ("height_scan", "foot_scan")


class Observation:
    """Terms, histories and sensor noise of one robot."""

    def __init__(
        self, metadata: Metadata, robot: Robot, ground: HeightMap, quality: MapQuality, episode_steps: int
    ) -> None:
        """Lay out.

        Args:
            metadata: of the policy.
            robot: whose sensors are read.
            ground: what the robot's map shows.
            quality: of that map.
            episode_steps: length of an episode; in its middle the map's condition changes.

        Raises:
            UserError: the policy observes something that is unknown here, or reads no map though its quality is set.
        """
        self._metadata, self._robot = metadata, robot
        self._half = episode_steps // 2
        joints = len(metadata.joint_names)
        self._compute: dict[str, tuple[int, Callable[[], np.ndarray]]] = {
            "base_lin_vel": (3, lambda: robot.base_lin_vel),
            "base_ang_vel": (3, lambda: robot.base_ang_vel),
            "projected_gravity": (3, lambda: robot.projected_gravity),
            "commands": (3, lambda: self._command),
            "dof_pos": (joints, lambda: robot.measured_dof_pos - metadata.default_dof_pos),
            "dof_vel": (joints, lambda: robot.dof_vel),
            "actions": (joints, lambda: self._actions[0]),
            "gait_clock": (2 * len(metadata.gait_clock.get("offsets", [[]])[0]), self._gait_clock),
            "dof_pos_error_history": (ERROR_HISTORY * joints, lambda: self._errors.ravel()),
            "dof_vel_history": (VELOCITY_HISTORY * joints, lambda: self._velocities[1:].ravel()),
            "action_history": (2 * joints, lambda: self._actions.ravel()),
            "height_scan": (len(metadata.height_scan_points), self._height_scan),
            "foot_scan": (len(metadata.foot_names) * len(metadata.foot_scan.get("points", [])), self._foot_scan),
        }
        self._terms = [self._checked(term) for term in metadata.terms]
        self._scan = self._make_scan(ground, quality)
        self._scale = np.concatenate([term.scale for term in metadata.terms])
        self._sensed = np.concatenate([np.full(term.width, term.sensed) for term in metadata.terms])
        exact = () if quality.noise == TRAINED else SCANS
        noise = [np.full(term.width, 0.0 if term.name in exact else term.noise) for term in metadata.terms]
        self._noise = np.abs(self._scale) * np.concatenate(noise)

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial, with this source of the sensors' noise, of the robot's present state."""
        joints = len(self._metadata.joint_names)
        self._rng = rng
        self._frames: deque[np.ndarray] = deque(maxlen=self._metadata.history)
        self._actions = np.zeros((2, joints))
        self._errors = np.zeros((ERROR_HISTORY, joints))
        self._velocities = np.tile(self._robot.dof_vel, (1 + VELOCITY_HISTORY, 1))
        self._past: deque[np.ndarray] = deque(maxlen=1 + self._robot.obs_delay)
        self._step, self._cycle = 0, 0.0
        if self._metadata.gait_clock:
            self._leg_offsets = rng.choice(self._metadata.gait_clock["offsets"])
        if self._scan is not None:
            self._scan.begin(rng)

    def record(self, actions: np.ndarray, targets: np.ndarray) -> None:
        """Take note of a control step that has passed: its actions [D] and joint targets [D], rad."""
        self._actions = np.stack((actions, self._actions[0]))
        self._errors = np.concatenate(((targets - self._robot.measured_dof_pos)[None], self._errors[:-1]))
        self._velocities = np.concatenate((self._robot.dof_vel[None], self._velocities[:-1]))
        self._step += 1
        if self._metadata.gait_clock:
            passed = self._metadata.control_dt * self._metadata.gait_clock["frequency"]
            moving = is_moving(self._command, self._metadata.commands)
            self._cycle = (self._cycle + passed) % 1.0 if moving else 0.0
        if self._scan is not None and self._step == self._half:
            self._scan.change_condition()

    def compute(self, command: np.ndarray) -> np.ndarray:
        """The policy's input [O] in the robot's present state, under a command [3] (vx, vy, yaw rate).

        Call it once a control step: it remembers what it gave.
        """
        self._command = command
        clip = self._metadata.clip_observations
        values = np.clip(np.concatenate([compute() for compute in self._terms]) * self._scale, -clip, clip)
        self._past.append(values)
        values = np.where(self._sensed, self._past[0], values)
        frame = values + self._noise * self._rng.uniform(-1.0, 1.0, len(values))
        self._frames.extendleft([frame] * (1 if self._frames else self._metadata.history))
        return np.concatenate(self._frames)

    @property
    def samples(self) -> np.ndarray:
        """World positions of the ground that the robot's map told it of last [K, 3], m."""
        return np.zeros((0, 3)) if self._scan is None else self._scan.samples

    def _checked(self, term: Term) -> Callable[[], np.ndarray]:
        """How to compute a term."""
        if term.name not in self._compute:
            raise UserError(
                f"the policy observes {term.name!r}, which sim2sim cannot compute{nearest(term.name, self._compute)}"
            )
        width, compute = self._compute[term.name]
        if width != term.width:
            raise UserError(f"the policy observes {term.width} values of {term.name!r}, its metadata describes {width}")
        return compute

    def _make_scan(self, ground: HeightMap, quality: MapQuality) -> Scan | None:
        names = [term.name for term in self._metadata.terms if term.name in SCANS]
        if not names:
            if quality != MapQuality():
                raise UserError("this policy reads no map: leave out --map_noise, --map_latency and --no_map")
            return None
        if len(names) > 1:
            raise UserError(f"the policy observes {' and '.join(names)}; one map at a time")
        dt = self._metadata.control_dt
        if names == ["foot_scan"]:
            offsets = np.array(self._metadata.foot_scan["points"])
            noise = noise_of(quality.noise, self._metadata.map_noise, len(self._metadata.foot_names), len(offsets))
            return Scan(ground, offsets, noise, quality, dt)
        # Its noise in training is that of its term; a condition takes the grid for the samples of one foot.
        offsets = self._metadata.height_scan_points
        noise = None if quality.noise == TRAINED else noise_of(quality.noise, {}, 1, len(offsets))
        return Scan(ground, offsets, noise, quality, dt)

    def _gait_clock(self) -> np.ndarray:
        angles = 2.0 * np.pi * (self._cycle + self._leg_offsets)
        return np.concatenate((np.sin(angles), np.cos(angles)))

    def _height_scan(self) -> np.ndarray:
        assert self._scan is not None
        ground = self._scan.read(self._robot.position[None], self._robot.heading).ravel()
        return np.clip(-ground - self._metadata.height_offset, -HEIGHT_SCAN_CLIP, HEIGHT_SCAN_CLIP)

    def _foot_scan(self) -> np.ndarray:
        assert self._scan is not None
        clip = self._metadata.foot_scan["clip"]
        return np.clip(self._scan.read(self._robot.feet_positions, self._robot.heading).ravel(), -clip, clip)
