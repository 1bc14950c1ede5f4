"""The way of a trial's robot across its tile: values by hand, and those of the environment's robots."""

import math

import numpy as np
import pytest
import torch

from legged_gym.deploy.crossing import Ahead, Crossing, crossed
from legged_gym.deploy.tiles import Tile
from legged_gym.envs.parkour.course import KINDS, Course
from legged_gym.envs.sight import crossing as environment
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from tests.envs.test_parkour import track_of

SETTINGS = {"speed": [0.7, 1.5], "patience": 3.0}
X, Y = np.eye(2)


class ThreeCfg(TerrainCfg):
    num_rows, num_cols, border_size = 1, 3, 0.0
    terrain_proportions = {"level": 1.0, "rings": 1.0, "leap_track": 1.0}


THREE = Terrain(ThreeCfg(), seed=1)
RINGS, TRACK, LEVEL = (Tile(0, THREE.type_names.index(name), 0) for name in ("rings", "leap_track", "level"))


def begun(tile: Tile = RINGS, heading: np.ndarray = X, offset: tuple[float, float] = (0.0, 0.0)) -> Crossing:
    crossing = Crossing(SETTINGS, THREE, dt=0.5)
    crossing.begin(tile, heading, np.array(offset))
    return crossing


def test_types_with_a_way_across_are_told_once() -> None:
    assert crossed(["level", "rings", "leap_track", "rings"]) == ["rings", "leap_track"]


@pytest.mark.parametrize(
    ("heading", "offset", "direction"),
    [
        (X, (2.0, 0.0), (1.0, 0.0)),
        (X, (-1.0, 1.0), (1.0, -1.0)),
        (-Y, (0.75, -3.0), (-0.75, -1.0)),
        (-X, (0.0, -2.0), (-1.0, 2.0)),
        (np.array([0.6, 0.8]), (0.5, 0.0), (-0.5, 1.0)),
    ],
)
def test_a_robot_beside_its_way_is_sent_to_the_point_a_metre_ahead_on_it(
    heading: np.ndarray, offset: tuple[float, float], direction: tuple[float, float]
) -> None:
    ahead = begun(RINGS, heading).look(np.array(offset))
    assert ahead is not None and ahead.speeds == (0.7, 1.5)
    assert ahead.heading == pytest.approx(math.atan2(direction[1], direction[0]))


def test_a_track_leads_along_x_wherever_a_robot_faces() -> None:
    assert begun(TRACK, -Y).look(np.array([0.0, 1.0])) == Ahead(pytest.approx(-math.pi / 4), (0.7, 1.5))


def test_who_has_nothing_to_cross_is_sent_nowhere_and_may_stand() -> None:
    nobody = Crossing(None, THREE, dt=0.5)
    nobody.begin(RINGS, X, np.zeros(2))
    for crossing in (nobody, begun(LEVEL)):
        for _ in range(99):
            crossing.advance(np.zeros(2))
        assert crossing.look(np.zeros(2)) is None and not crossing.is_stuck


def test_less_than_a_stride_of_new_way_is_none() -> None:
    """Steps of 0.5 s: of the way from -0.5 m on, 0.05 and a step back count for nothing, 0.12 m for a new beginning."""
    crossing = begun(offset=(-0.5, 0.3))
    places = [-0.45, -0.38, *[-0.6, -0.29] * 3]
    for x in places:
        crossing.advance(np.array([x, 9.0]))
        assert not crossing.is_stuck
    crossing.advance(np.array([-0.29, 0.0]))  # 3.5 s since -0.38 m
    assert crossing.is_stuck
    crossing.advance(np.array([-0.27, 0.0]))
    assert not crossing.is_stuck


def test_ways_are_those_of_the_environments_robots() -> None:
    rng, robots, cpu = np.random.default_rng(0), 50, torch.device("cpu")
    angles, places = rng.uniform(-math.pi, math.pi, robots), rng.normal(0.0, 0.3, (200, robots, 2)).cumsum(axis=0)
    headings = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    many, everyone = environment.Crossing(robots, cpu), torch.ones(robots, dtype=torch.bool)
    many.begin(everyone, everyone, *map(torch.from_numpy, (headings, places[0])))
    each = [begun(RINGS, *state) for state in zip(headings, places[0], strict=True)]
    waited = torch.zeros(robots, dtype=torch.bool)
    for offsets in places:
        many.look(torch.from_numpy(offsets))
        found = [crossing.look(offset) for crossing, offset in zip(each, offsets, strict=True)]
        turned = many.direction.numpy() @ np.array([1.0, 1j])
        for one, angle in zip(found, np.angle(turned), strict=True):
            assert one is not None and one.heading == pytest.approx(angle, abs=1e-5)
        many.advance(torch.from_numpy(offsets), 0.5)
        for crossing, offset in zip(each, offsets, strict=True):
            crossing.advance(offset)
        stuck = many.idle_for > SETTINGS["patience"]
        assert [crossing.is_stuck for crossing in each] == stuck.tolist()
        waited |= stuck
    assert waited.any() and not stuck.all()


def test_the_speed_is_that_of_the_obstacle_and_stays_behind_the_last_one() -> None:
    """A gap from 1.175 m on, 0.5 m wide, then a plateau from 2.675 m on; a robot is past 0.4 m behind their ends."""
    terrain = track_of("leap", "climb", leap=(0.5, 0.5), climb=(0.3, 0.3))
    speeds = {"climb": [1.1, 1.2], "leap": [1.3, 1.4]}
    crossing = Crossing(SETTINGS | {"speeds": speeds}, terrain, dt=0.02)
    course, first = Course(terrain, 1, torch.device("cpu")), torch.zeros(1, dtype=torch.long)
    for _ in range(2):  # the second trial begins anew
        crossing.begin(Tile(0, 0, 0), X, np.zeros(2))
        course.begin(torch.ones(1, dtype=torch.bool), first, first)
        for along, skill in ((0.0, "leap"), (2.0, "leap"), (2.1, "climb"), (9.0, "climb")):
            ahead = crossing.look(np.array([along, 0.0]))
            assert ahead is not None and list(ahead.speeds) == speeds[skill]
            course.look(torch.tensor([along]))
            assert KINDS[int(course.skill.argmax())] == skill


def test_where_no_block_says_a_speed_that_of_the_way_holds() -> None:
    crossing = Crossing(SETTINGS | {"speeds": {"climb": [1.1, 1.2]}}, track_of("leap"), dt=0.02)
    crossing.begin(Tile(0, 0, 0), X, np.zeros(2))
    assert crossing.look(np.zeros(2)) == Ahead(0.0, (0.7, 1.5))
