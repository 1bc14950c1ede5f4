"""Spheres at vertical faces of a height field: contacts by hand, and what falls, slides and is thrown."""

import numpy as np
import pytest

mjw = pytest.importorskip("mujoco_warp")
wp = pytest.importorskip("warp")

from legged_gym.sim.config import SimCfg  # noqa: E402
from legged_gym.sim.factory import make_simulator  # noqa: E402
from legged_gym.sim.mujoco_warp import MujocoWarpSimulator  # noqa: E402
from tests.sim.height_fields import AWAY, CELL, FOOT, RADII, Scene, check, contacts_at  # noqa: E402
from tests.sim.robots import WEIGHT, Go2Asset, StiffControl, height_field, place, run, with_settings  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

TALL = 0.2
"""Height of the step, m."""


@pytest.fixture(autouse=True)
def quiet_warp():
    wp.config.log_level = wp.LOG_WARNING


def step_up() -> np.ndarray:
    """Level ground, and from the eighth column on a block of 0.2 m; in its middle a hole of three vertices a side."""
    heights = np.zeros((13, 20))
    heights[:, 8:] = TALL
    heights[5:8, 13:16] = 0.0
    return heights


FACE = 7.5 * CELL
"""Where the step's face is, from the map's west end: half a cell before the first high vertex."""
HOLE = 12.5 * CELL, 15.5 * CELL, 4.5 * CELL, 7.5 * CELL
"""West, east, south and north wall of the hole: three cells a side."""


@pytest.fixture(scope="module")
def step():
    return Scene(step_up(), worlds=8, steep=1.5 * CELL)


UP, WEST, EAST, SOUTH, NORTH = (0, 0, 1), (-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0)


def test_before_a_face_the_normal_is_level(step):
    """The foot 2 mm in the wall, at 0.1 m; it just misses it; it is over the face's edge, out of its reach."""
    y = 3.3 * CELL
    touching, missing, above = contacts_at(
        step, (FACE - FOOT + 0.002, y, 0.1), (FACE - FOOT - 1e-4, y, 0.1), (FACE, y, TALL + FOOT + 1e-4)
    )
    check(touching, (-0.002, WEST, (FACE + 0.001, y, 0.1)))
    assert missing == above == []


def test_over_an_edge_the_normal_points_away_from_it(step):
    """3 mm before the face and 4 mm above the block: 5 mm from its edge."""
    y = 2.2 * CELL
    (found,) = contacts_at(step, (FACE - 0.003, y, TALL + 0.004))
    middle = 0.5 * (0.005 - FOOT)  # of the overlap, from the edge along the normal
    check(found, (0.005 - FOOT, (-0.6, 0.0, 0.8), (FACE + middle * -0.6, y, TALL + middle * 0.8)))


def test_the_block_is_level_up_to_its_rim(step):
    """1 mm from the rim a foot stands as in the middle; the wall below adds nothing."""
    for x in (FACE + 0.001, FACE + CELL):
        (found,) = contacts_at(step, (x, 0.17, TALL + FOOT - 0.001))
        check(found, (-0.001, UP, (x, 0.17, TALL - 0.0005)))


def test_in_an_inner_corner_the_foot_touches_floor_and_wall(step):
    """1 mm deep in the floor and 2 mm in the wall: the wall is nearer."""
    x, y, z = FACE - FOOT + 0.002, 0.21, FOOT - 0.001
    (found,) = contacts_at(step, (x, y, z))
    check(found, (-0.002, WEST, (FACE + 0.001, y, z)), (-0.001, UP, (x, y, -0.0005)))


def test_where_two_walls_meet_the_foot_touches_both(step):
    """In the hole's north-east corner, above its floor."""
    _, east, _, north = HOLE
    x, y, z = east - FOOT + 0.001, north - FOOT + 0.002, 0.1
    (found,) = contacts_at(step, (x, y, z))
    check(found, (-0.002, SOUTH, (x, north + 0.001, z)), (-0.001, WEST, (east + 0.0005, y, z)))


def test_what_is_in_a_wall_leaves_by_the_nearest_face(step):
    """1 cm deep behind each wall of the hole and behind the step's face; 1 cm under the top, 3 cm behind the face."""
    west, east, south, north = HOLE
    x, y, z, deep = 14 * CELL, 6 * CELL, 0.1, 0.01
    places = [(west - deep, y, z), (east + deep, y, z), (x, south - deep, z), (x, north + deep, z)]
    places += [(FACE + deep, y, z), (FACE + 0.03, y, TALL - deep)]
    ways = [EAST, WEST, NORTH, SOUTH, WEST, UP]
    for there, way, found in zip(places, ways, contacts_at(step, *places), strict=True):
        middle = np.array(there) + (deep - 0.5 * (deep + FOOT)) * np.array(way)
        check(found, (-deep - FOOT, way, tuple(middle)))


def test_over_a_hole_narrower_than_the_foot_it_stands_on_the_rim():
    """A ball of 57 mm over a hole one cell wide and long in its middle lies on the walls' edges: two contacts."""
    heights = np.full((9, 9), TALL)
    heights[:, 4] = 0.0
    scene = Scene(heights, worlds=1, steep=0.075)
    ball, half = RADII[2], 0.5 * CELL
    up = np.sqrt(ball**2 - half**2) - 0.001
    centres = np.full((1, len(RADII), 3), AWAY)
    centres[0, 2] = scene.ground.corner + [4.0 * CELL, 0.22, TALL + up]
    scene.place(centres)
    found = sorted(scene.collide()[0, 2], key=lambda contact: contact.normal[0])
    distance = np.hypot(half, up)
    assert [contact.dist for contact in found] == pytest.approx(2 * [distance - ball], abs=2e-6)
    sides = np.array([[-half, 0.0, up], [half, 0.0, up]]) / distance
    assert np.array([contact.normal for contact in found]) == pytest.approx(sides, abs=1e-4)


def test_on_a_face_the_normal_is_the_faces(step):
    """The direction to a point no farther than the numbers' last bit says nothing."""
    _, _, south, north = HOLE
    places = [(FACE, 0.11, 0.1), (14 * CELL, south, 0.1), (14 * CELL, north, 0.1), (FACE + 0.1, 0.11, TALL)]
    for (contact,), normal in zip(contacts_at(step, *places), (WEST, NORTH, SOUTH, UP), strict=True):
        assert contact[0] == pytest.approx(-FOOT, abs=2e-6)
        assert contact[1] == pytest.approx(normal, abs=2e-3)


def test_slopes_below_the_threshold_stay_slopes():
    """A ramp of 0.06 m a cell under a threshold of 0.075 m; the cell of the step at its end is blocky."""
    profile = np.array([0.0, 0.0, 0.06, 0.12, 0.12, 0.3, 0.3])
    scene = Scene(np.tile(profile, (5, 1)), worlds=2, steep=0.075)
    normal = np.array([-0.06, 0.0, CELL]) / np.hypot(0.06, CELL)
    on_ramp = np.array([1.5 * CELL, 0.1, 0.03]) + (FOOT - 0.001) * normal
    ramp, wall = contacts_at(scene, tuple(on_ramp), (4.5 * CELL - FOOT + 0.001, 0.1, 0.2))
    assert [ramp[0][0], wall[0][0]] == pytest.approx([-0.001, -0.001], abs=2e-6)
    assert ramp[0][1] == pytest.approx(normal, abs=2e-4)
    assert wall[0][1] == pytest.approx(WEST, abs=2e-4)


def row_along_y(scene: Scene, x: np.ndarray | float, clearance: np.ndarray | float) -> None:
    """Put the spheres beside each other along y, each with its bottom at a height over the lower ground."""
    places = np.zeros((scene.worlds, len(RADII), 3))
    places[:, :, 0] = np.reshape(x, (-1, 1))
    places[:, :, 1] = 0.06 + 0.15 * np.arange(len(RADII))
    places[:, :, 2] = np.reshape(clearance, (-1, 1)) + RADII
    scene.place(scene.ground.corner + places)


def test_what_falls_on_the_block_rests_on_it_up_to_2_mm_from_its_rim(step):
    row_along_y(step, FACE + np.linspace(0.002, 0.1, step.worlds), TALL + 0.05)
    start = step.places()
    speeds = step.step(150)
    assert speeds[-10:].max() < 0.01
    assert step.places()[:, :, :2] == pytest.approx(start[:, :, :2], abs=1e-4)
    assert step.places()[:, :, 2] - RADII == pytest.approx(np.full((step.worlds, len(RADII)), TALL), abs=5e-4)


def test_what_is_thrown_at_a_face_stays_before_it(step):
    """At 3 m/s, in eight phases of a time step: it gets no deeper than it flies in one, 15 mm, and is not thrown out.

    The deepest one comes back by its depth in two time constants of 10 ms: 0.75 m/s.
    """
    flight = 3.0 * 0.005
    row_along_y(step, FACE - 0.08 + np.linspace(0.0, flight, step.worlds), 0.06)
    step.throw((3.0, 0.0, 0.0))
    deepest = -np.inf
    for _ in range(40):
        mjw.step(step.model, step.data)
        deepest = max(deepest, (step.places()[:, :, 0] + RADII).max() - FACE)
    assert 0.5 * flight < deepest < flight + 5e-4
    assert step.data.qvel.numpy()[:, ::6].min() > -0.75
    assert step.data.qvel.numpy()[:, ::6].max() < 0.05
    assert np.ptp(step.places()[:, :, 1], axis=0) == pytest.approx(np.zeros(len(RADII)), abs=1e-4)


def test_what_is_pressed_to_a_face_slides_along_it_with_friction(step):
    """Gravity into the face, 1 m/s along it: of the wall's impulse, what brakes is the friction's share."""
    gravity, friction, time = 9.81, np.array([0.4, 0.5, 0.6]), 0.03
    places = np.full((step.worlds, len(RADII), 3), AWAY)
    places[0] = step.ground.corner + [FACE, 0.05, 0.1] - np.outer(RADII, (1, 0, 0))
    places[0, :, 2] += [-0.06, -0.02, 0.06]
    step.place(places)
    step.throw((0.0, 1.0, 0.0))
    down = step.model.opt.gravity.numpy().copy()
    step.model.opt.gravity.assign(gravity * np.array([[1.0, 0.0, 0.0]]))
    step.step(round(time / 0.005))
    step.model.opt.gravity.assign(down)
    velocities = step.data.qvel.numpy()[0].reshape(-1, 6)[:, :3]
    impulses = gravity * time - velocities[:, 0]  # of the wall, a kg
    assert impulses.min() > 0.2
    assert 1.0 - velocities[:, 1] == pytest.approx(friction * impulses, abs=0.005)
    assert velocities[:, 2] == pytest.approx(np.zeros(len(RADII)), abs=1e-4)
    assert step.places()[0, :, 0] + RADII == pytest.approx(np.full(len(RADII), FACE), abs=0.01)


def test_in_a_corner_of_three_faces_it_rests(step):
    """Gravity into the hole's north-east corner: of floor and two walls it is given two at a time."""
    _, east, _, north = HOLE
    places = np.full((step.worlds, len(RADII), 3), AWAY)
    for sphere in range(len(RADII)):
        places[sphere, sphere] = step.ground.corner + [14 * CELL, 6 * CELL, 0.06]
    step.place(places)
    down = step.model.opt.gravity.numpy().copy()
    step.model.opt.gravity.assign(np.array([[5.0, 5.0, -7.0]]))
    step.step(200)
    step.model.opt.gravity.assign(down)
    for sphere, radius in enumerate(RADII):
        x, y, z = step.places()[sphere, sphere]
        assert [x + radius - east, y + radius - north, radius - z] == pytest.approx([0.0, 0.0, 0.0], abs=3e-4)
        assert np.abs(step.data.qvel.numpy()[sphere].reshape(-1, 6)[sphere, :3]).max() < 0.03


def test_the_engine_gives_the_terrains_threshold_to_its_contacts():
    """The Go2 astride a trench, its feet 5 mm before where a ramp would begin and 2.5 cm behind the vertical face."""
    heights = np.zeros((21, 41))
    heights[:, 18:23] = -0.3
    terrain = height_field(heights, 0.06)
    terrain.slope_threshold = 1.5
    sim = make_simulator(Go2Asset(), StiffControl(), with_settings(SimCfg, engine="mujoco_warp"), terrain, 1, "cpu")
    assert isinstance(sim, MujocoWarpSimulator)
    run(sim, place(sim), 30)
    assert float(sim.contact_forces[0, :, 2].sum()) == pytest.approx(WEIGHT, rel=0.02)
    contact, count = sim._data.contact, sim._data.nacon.numpy()[0]
    assert contact.frame.numpy()[:count, 0] == pytest.approx(np.tile(UP, (count, 1)), abs=1e-3)
    assert np.abs(contact.pos.numpy()[:count, 1]) == pytest.approx(np.full(count, 0.176), abs=0.003)
    sim.close()
