"""The readings of one robot's sensors, with the noise and the delay of the policy's training."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.deploy.depth_eye import DepthEye
from legged_gym.deploy.elevation_map import ElevationMap
from legged_gym.deploy.metadata import Metadata, ReadingNoise
from legged_gym.deploy.robot import Robot
from legged_gym.utils.errors import UserError

MAP_READINGS = ("height_map", "map_origin", "map_resolution", "base_pos", "base_quat")


class Readings:
    """What a controller is told, once a control step."""

    def __init__(
        self,
        metadata: Metadata,
        robot: Robot,
        elevation_map: ElevationMap | None,
        names: Sequence[str],
        eye: DepthEye | None = None,
    ) -> None:
        """Set up.

        Args:
            metadata: of the controller.
            robot: whose sensors are read.
            elevation_map: of that robot, or None.
            names: of the readings that the controller takes.
            eye: its depth camera, or None.

        Raises:
            UserError: there is a reading among them that is unknown here.
        """
        self._robot, self._map, self._eye = robot, elevation_map, eye
        sensors: dict[str, Callable[[], np.ndarray]] = {
            "gyro": lambda: robot.base_ang_vel,
            "gravity": lambda: robot.projected_gravity,
            "dof_pos": lambda: robot.measured_dof_pos,
            "dof_vel": lambda: robot.dof_vel,
            "present_dof_pos": lambda: robot.measured_dof_pos,
            "present_dof_vel": lambda: robot.dof_vel,
            "base_lin_vel": lambda: robot.base_lin_vel,
        }
        seen = (*(MAP_READINGS if elevation_map is not None else ()), *(("depth_image",) if eye is not None else ()))
        known = (*sensors, "command", *seen)
        for name in names:
            if name not in known:
                raise UserError(
                    f"the controller takes the reading {name!r}, which sim2sim has not{nearest(name, known)}"
                )
        none = ReadingNoise(0.0, late=False)
        self._sensors = [(name, sensors[name], metadata.noise.get(name, none)) for name in names if name in sensors]

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial, with this source of the sensors' noise."""
        self._rng = rng
        self._past: deque[dict[str, np.ndarray]] = deque(maxlen=1 + self._robot.obs_delay)
        if self._map is not None:
            self._map.begin(rng)
        if self._eye is not None:
            self._eye.begin(rng)

    def read(self, command: np.ndarray) -> dict[str, np.ndarray]:
        """Every reading of the robot's present state by name, under a command [3] (vx, vy, yaw rate).

        Call it once a control step: it remembers what there was. Before a delay has passed the first readings come.
        """
        self._past.append({name: np.array(sense()) for name, sense, _ in self._sensors})
        readings = {"command": command}
        for name, _, noise in self._sensors:
            value = self._past[0 if noise.late else -1][name]
            readings[name] = value + noise.spread * self._rng.uniform(-1.0, 1.0, value.shape)
        for eye in (self._map, self._eye):
            readings |= {} if eye is None else eye.read()
        return readings
