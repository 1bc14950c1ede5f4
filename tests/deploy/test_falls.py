"""What ends a trial as a fall; values by hand."""

import math
from types import SimpleNamespace
from typing import Any

import mujoco
import numpy as np
import pytest

from legged_gym.deploy.falls import Falls
from legged_gym.deploy.ground import Ground
from legged_gym.deploy.tiles import Tile
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain

SETTINGS = {"contact_force": 1.0, "max_tilt": 1.2, "leave_tile": True}
PARKOUR = SETTINGS | {"max_tilt": math.pi, "max_roll": 0.8, "max_pitch": 1.6, "height": [0.15, 1.5]}


class TwoCfg(TerrainCfg):
    num_rows, num_cols, border_size = 1, 2, 0.0
    terrain_proportions = {"climb_track": 1.0, "level": 1.0}


TERRAIN = Terrain(TwoCfg(), seed=1)
TRACK, LEVEL = (TERRAIN.type_names.index(name) for name in ("climb_track", "level"))


def falls(
    settings: dict[str, Any], column: int = TRACK, rpy: Any = (0, 0, 0), xyz: Any = (0, 0, 0.3), **state: Any
) -> bool:
    """Whether a robot has fallen, whose base is at a place from its tile's origin."""
    quat, matrix = np.zeros(4), np.zeros(9)
    mujoco.mju_euler2Quat(quat, np.array(rpy, dtype=float), "XYZ")
    mujoco.mju_quat2Mat(matrix, quat)
    down = -matrix.reshape(3, 3)[2]
    position = TERRAIN.env_origins[0, column] + np.array(xyz)
    robot: Any = SimpleNamespace(
        failed=False, terminating_force=0.0, tilt=math.acos(-down[2]), projected_gravity=down, position=position
    )
    vars(robot).update(state)
    judge = Falls(settings, TERRAIN, Ground(TERRAIN))
    judge.begin(Tile(0, column, 0))
    return judge.has_fallen(robot)


@pytest.mark.parametrize("settings", [SETTINGS, PARKOUR])
def test_a_robot_that_stands_has_not_fallen_and_one_that_lies_or_fails_has(settings: dict[str, Any]) -> None:
    assert not falls(settings) and not falls(settings, terminating_force=0.9)
    assert falls(settings, terminating_force=1.1) and falls(settings, failed=True)


@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [
        ("roll", {"rpy": (0.79, 0.0, 2.0)}, {"rpy": (0.81, 0.0, 2.0)}),
        ("roll to the other side", {"rpy": (-0.79, 0.0, 0.0)}, {"rpy": (-0.81, 0.0, 0.0)}),
        ("pitch", {"rpy": (0.0, 1.5, -1.0)}, {"rpy": (0.0, 1.65, -1.0)}),
        ("pitch up", {"rpy": (0.0, -1.5, 0.0)}, {"rpy": (0.0, -1.65, 0.0)}),
        ("too low", {"xyz": (0.0, 0.0, 0.16)}, {"xyz": (0.0, 0.0, 0.14)}),
        ("too high", {"xyz": (0.0, 0.0, 1.49)}, {"xyz": (0.0, 0.0, 1.51)}),
        ("beside the track", {"xyz": (2.0, -0.79, 0.3)}, {"xyz": (2.0, -0.81, 0.3)}),
        ("behind the track", {"xyz": (-0.99, 0.0, 0.3)}, {"xyz": (-1.01, 0.0, 0.3)}),
    ],
)
def test_limits_of_parkour(limit: str, within: dict[str, Any], beyond: dict[str, Any]) -> None:
    assert not falls(PARKOUR, **within) and falls(PARKOUR, **beyond), limit
    upright = SETTINGS | {"max_tilt": math.pi}
    assert not falls(upright, **beyond)  # of a task that has none of them


def test_ordinary_ground_has_no_track_to_leave() -> None:
    assert not falls(PARKOUR, column=LEVEL, xyz=(-2.0, 3.0, 0.3))
