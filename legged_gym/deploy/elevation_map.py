"""The height map around the robot, made from the terrain, as a mapping program would send it."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from legged_gym.deploy.ground import Ground
from legged_gym.deploy.map_faults import TRAINED, faults_of
from legged_gym.deploy.map_pose import PERFECT, MapPose
from legged_gym.deploy.metadata import Metadata
from legged_gym.deploy.robot import Robot
from legged_gym.utils.errors import UserError

LEG_REACH = 1.0
"""How far from the base a foot may be, m: no sample is to lie beyond the map."""


@dataclass(frozen=True)
class MapQuality:
    """How good the robot's map is."""

    noise: str = TRAINED
    """A condition's name, `none`, or `trained`."""
    latency: float | None = None
    """Age of what the policy sees, the base's pose in the map too, s; None: as in training if `noise` is, else none."""
    missing: bool = False
    """There is no map: every cell is NaN."""


class ElevationMap:
    """A square of the terrain's cells around the robot, its axes those of the world, with the base's pose in it."""

    def __init__(self, metadata: Metadata, robot: Robot, ground: Ground, quality: MapQuality) -> None:
        """Set up.

        Args:
            metadata: of the controller, which looks at a map.
            robot: in the middle of the map.
            ground: what the map shows.
            quality: its faults, its latency, and whether there is a map.

        Raises:
            UserError: no such condition.
        """
        view = metadata.map
        assert view is not None
        self._robot, self._ground, self._missing = robot, ground, quality.missing
        nodes = robot.nominal_feet if len(robot.nominal_feet) else np.zeros((1, 2))
        self._faults = faults_of(quality.noise, metadata.map_noise, nodes)
        self._spread = metadata.map_spread if quality.noise == TRAINED else 0.0
        self._reach = float(np.linalg.norm(view.points, axis=1).max()) + (LEG_REACH if view.feet else 0.0)
        trained = metadata.map_noise if quality.noise == TRAINED else {}
        late = {} if quality.latency is None else {"latency_range": [quality.latency] * 2, "period_range": [0.0, 0.0]}
        self._pose = MapPose(PERFECT | trained | late, metadata.control_dt)
        self._past: deque[dict[str, np.ndarray]] = deque(maxlen=1 + self._pose.oldest)

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial with this source of randomness."""
        self._rng = rng
        self._past.clear()
        self._pose.begin(rng)
        if self._faults is not None:
            self._faults.begin(rng)

    def change_condition(self) -> None:
        """Draw the map's condition anew."""
        if self._faults is not None:
            self._faults.change()

    def read(self) -> dict[str, np.ndarray]:
        """The map of this control step, or, with a latency, of one before: a controller's readings by name.

        Before the latency has passed it is the first one.
        """
        robot = self._robot
        if self._past:
            self._pose.advance()
        cells = self._ground.cells_around(robot.position[:2], self._reach)
        heights = self._heights(cells)
        self._past.appendleft(
            {
                "height_map": np.full_like(heights, np.nan) if self._missing else heights,
                "map_origin": cells[0, 0],
                "map_resolution": np.array([self._ground.cell]),
                "base_pos": robot.position + self._pose.error,
                "base_quat": np.roll(robot.quat, -1),  # wxyz -> xyzw
            }
        )
        return self._past[min(self._pose.age, len(self._past) - 1)]

    def _heights(self, cells: np.ndarray) -> np.ndarray:
        """What the cells [R, C, 2] say, m."""
        if self._faults is None:
            heights = self._ground.sample(cells)
        else:
            (c, s), (x, y) = self._robot.heading, np.moveaxis(cells - self._robot.position[:2], -1, 0)
            around = np.stack((c * x + s * y, c * y - s * x), axis=-1)
            heights = self._faults.read(self._ground, cells, around)
        if self._spread > 0.0:
            heights = heights + self._rng.uniform(-self._spread, self._spread, heights.shape)
        return heights


def make_map(metadata: Metadata, robot: Robot, ground: Ground, quality: MapQuality) -> ElevationMap | None:
    """The robot's map, or None for a policy that reads none.

    Raises:
        UserError: the policy reads no map though a quality of it is asked for, or there is no such condition.
    """
    if metadata.map is not None:
        return ElevationMap(metadata, robot, ground, quality)
    if quality != MapQuality():
        raise UserError("this policy reads no map: leave out --map_noise, --map_latency and --no_map")
    return None
