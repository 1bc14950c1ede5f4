"""Spheres at what hangs over a height field: contacts by hand and by a search over all faces that show."""

import numpy as np
import pytest

mjw = pytest.importorskip("mujoco_warp")
wp = pytest.importorskip("warp")

from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg  # noqa: E402
from legged_gym.sim.factory import make_simulator  # noqa: E402
from legged_gym.sim.mujoco_warp import MujocoWarpSimulator  # noqa: E402
from tests.sim.height_fields import CELL, FOOT, RADII, Hanging, Scene, check, compare, contacts_at  # noqa: E402
from tests.sim.robots import Go2Asset, StiffControl, height_field, place, run, with_settings  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

OPEN = np.inf
LOW = 0.4
"""Height of the underside of the beam, m."""
DOWN, UP, WEST, EAST, SOUTH = (0, 0, -1), (0, 0, 1), (-1, 0, 0), (1, 0, 0), (0, -1, 0)


@pytest.fixture(autouse=True)
def quiet_warp():
    wp.config.log_level = wp.LOG_WARNING


def beam() -> np.ndarray:
    """A beam along y, three vertices wide; its last rows hang 0.1 m lower."""
    ceiling = np.full((9, 13), OPEN)
    ceiling[:, 5:8] = LOW
    ceiling[6:, 5:8] = LOW - 0.1
    return ceiling


BEAM = 4.5 * CELL, 7.5 * CELL, 5.5 * CELL
"""West and east side of the beam, and the lower part's side, from the map's south-west corner."""


@pytest.fixture(scope="module")
def scene():
    return Scene(np.zeros((9, 13)), worlds=8, steep=0.075, ceiling=beam())


def test_under_the_beam_the_foot_is_pushed_down(scene):
    """1 mm too high, within the beam and 1 mm from its side's plane; 0.1 mm below it there is nothing."""
    west, _, _ = BEAM
    x, y = 6.2 * CELL, 3.1 * CELL
    places = [(x, y, LOW - FOOT + 0.001), (west + 0.001, y, LOW - FOOT + 0.001), (x, y, LOW - FOOT - 1e-4)]
    under, rim, below = contacts_at(scene, *places)
    check(under, (-0.001, DOWN, (x, y, LOW + 0.0005)))
    check(rim, (-0.001, DOWN, (west + 0.001, y, LOW + 0.0005)))
    assert below == []


def test_beside_the_beam_the_foot_is_pushed_aside(scene):
    west, east, _ = BEAM
    y = 3.1 * CELL
    for x, side, normal in ((west - FOOT + 0.002, west + 0.001, WEST), (east + FOOT - 0.002, east - 0.001, EAST)):
        (found,) = contacts_at(scene, (x, y, LOW + 0.5))
        check(found, (-0.002, normal, (side, y, LOW + 0.5)))


def test_at_the_beams_edge_the_normal_points_away_from_it(scene):
    """3 mm before the side and 4 mm below the underside: 5 mm from the edge."""
    west, _, _ = BEAM
    (found,) = contacts_at(scene, (west - 0.003, 0.11, LOW - 0.004))
    middle = 0.5 * (0.005 - FOOT)
    check(found, (0.005 - FOOT, (-0.6, 0.0, -0.8), (west - 0.6 * middle, 0.11, LOW - 0.8 * middle)))


def test_where_a_lower_part_hangs_the_foot_touches_both(scene):
    """1 mm deep in the underside, 2 mm in the side of the part that hangs 0.1 m lower."""
    _, _, lower = BEAM
    x, y, z = 6 * CELL, lower - FOOT + 0.002, LOW - FOOT + 0.001
    (found,) = contacts_at(scene, (x, y, z))
    check(found, (-0.002, SOUTH, (x, lower + 0.001, z)), (-0.001, DOWN, (x, y, LOW + 0.0005)))


def test_between_ground_and_ceiling_the_foot_touches_both():
    scene = Scene(np.zeros((9, 13)), worlds=1, ceiling=np.full((9, 13), 2.0 * FOOT - 0.002))
    (found,) = contacts_at(scene, (0.3, 0.2, FOOT - 0.001))
    check(found, (-0.001, UP, (0.3, 0.2, -0.0005)), (-0.001, DOWN, (0.3, 0.2, 2.0 * FOOT - 0.0015)))


def test_what_is_in_the_beam_leaves_by_the_nearest_face(scene):
    """3 cm above the underside; 2 cm behind the east side, 0.2 m up; 1 cm under the top."""
    _, east, _ = BEAM
    x, y = 6 * CELL, 2.2 * CELL
    places = [(x, y, LOW + 0.03), (east - 0.02, y, LOW + 0.2), (x, y, LOW + 0.99)]
    depths, ways = (0.03, 0.02, 0.01), (DOWN, EAST, UP)
    for there, depth, way, found in zip(places, depths, ways, contacts_at(scene, *places), strict=True):
        middle = np.array(there) + 0.5 * (depth - FOOT) * np.array(way)
        check(found, (-depth - FOOT, way, tuple(middle)))


def test_on_a_face_the_normal_is_the_faces(scene):
    """The direction to a point no farther than the numbers' last bit says nothing."""
    west, east, _ = BEAM
    places = [(6 * CELL, 0.11, LOW), (west, 0.11, LOW + 0.1), (east, 0.11, LOW + 0.1)]
    for (contact,), normal in zip(contacts_at(scene, *places), (DOWN, WEST, EAST), strict=True):
        assert contact[0] == pytest.approx(-FOOT, abs=2e-6)
        assert contact[1] == pytest.approx(normal, abs=1e-5)


def test_deep_in_a_ceiling_nothing_is_lost():
    """In the middle of a slab larger than the search, at its vertices and between them, and at the map's corner."""
    scene = Scene(np.zeros((31, 31)), worlds=6, ceiling=np.full((31, 31), LOW))
    middle = 15 * CELL
    places = [(middle, middle, LOW + up) for up in (0.05, 0.3, 0.5, 0.7)] + [(middle + 0.5 * CELL, middle, LOW + 0.5)]
    places += [(-0.5 * CELL, -0.5 * CELL, LOW)]
    found = contacts_at(scene, *places)
    for up, (contact,) in zip((0.05, 0.3, 0.5), found, strict=False):
        assert contact[0] == pytest.approx(-up - FOOT, abs=1e-5)
        assert contact[1] == pytest.approx(DOWN, abs=1e-5)
    assert all(found)
    for contact in (contact for contacts in found for contact in contacts):
        assert np.isfinite([contact[0], *contact[1], *contact[2]]).all()


def test_contacts_are_those_of_a_search_over_all_faces_that_show():
    generator = np.random.default_rng(8)
    ceiling = LOW + generator.choice([0.0, 0.03, 0.12, 0.7, 1.3, OPEN], (7, 9), p=[0.3, 0.15, 0.15, 0.1, 0.1, 0.2])
    scene, hanging = Scene(np.zeros((7, 9)), worlds=400, ceiling=ceiling), Hanging(ceiling)
    low, high = hanging.blocks[:, 0].min(axis=0), hanging.blocks[:, 1].max(axis=0)
    centres = generator.uniform(low - 0.06, high + 0.06, (scene.worlds, len(RADII), 3))
    for world in range(0, scene.worlds, 2):  # half of them close to a face
        for sphere, radius in enumerate(RADII):
            face = generator.choice(hanging.faces)
            centres[world, sphere] = generator.uniform(*face) + generator.uniform(-radius, radius, 3)
    assert compare(scene, hanging, centres).min() > 40


def test_thrown_against_a_ceiling_a_sphere_stops_there():
    """3 m/s up, from 4 cm below it: no sphere's centre passes the underside, and all fall again."""
    scene = Scene(np.zeros((9, 13)), worlds=1, ceiling=np.full((9, 13), LOW))
    centres = np.tile(scene.ground.corner + [0.3, 0.2, LOW - 0.04], (1, len(RADII), 1))
    centres[0, :, 0] += [-0.15, 0.0, 0.15]
    centres[0, :, 2] -= RADII
    scene.place(centres)
    velocity = np.zeros((1, 6 * len(RADII)), dtype=np.float32)
    velocity[0, 2::6] = 3.0
    scene.data.qvel.assign(velocity)
    highest = np.full(len(RADII), -np.inf)
    for _ in range(30):
        mjw.step(scene.model, scene.data)
        highest = np.maximum(highest, scene.centres()[0, :, 2] + RADII - scene.ground.corner[2])
    assert (highest > LOW - 0.001).all()
    assert (highest < LOW + 0.0155).all()
    assert scene.data.qvel.numpy()[0, 2::6].max() < 0.0


def test_the_engine_hangs_the_terrains_ceiling():
    """Over the Go2's head alone, 4 mm into its top: the ball of 5 cm at 0.285 m before the base, 9 mm above it."""
    terrain = height_field(np.zeros((41, 51)), CELL)
    terrain.ceiling = np.full((41, 51), OPEN, dtype=np.float32)
    terrain.ceiling[25:31, 24:27] = 0.38
    sim = make_simulator(Go2Asset(), StiffControl(), with_settings(SimCfg, engine="mujoco_warp"), terrain, 1, "cpu")
    assert isinstance(sim, MujocoWarpSimulator)
    run(sim, place(sim), 1)
    contact, count = sim._data.contact, sim._data.nacon.numpy()[0]
    above = contact.frame.numpy()[:count, 0, 2] < 0.0
    assert contact.pos.numpy()[:count][above] == pytest.approx(np.array([[0.285, 0.0, 0.382]]), abs=0.004)
    sim.close()


BOX_WITH_A_LEG = (
    '<robot name="r"><link name="base"><inertial><mass value="1"/></inertial>'
    '<collision><geometry><box size=".1 .1 .1"/></geometry></collision></link>'
    '<link name="leg"><collision><geometry><sphere radius=".02"/></geometry></collision></link>'
    '<joint name="j" type="revolute"><parent link="base"/><child link="leg"/></joint></robot>'
)


def test_shapes_that_do_not_notice_are_told(tmp_path, caplog):
    path = tmp_path / "robot.urdf"
    path.write_text(BOX_WITH_A_LEG)
    asset = with_settings(AssetCfg, file=str(path), foot_name="None")
    control = with_settings(ControlCfg, stiffness={"": 1.0}, damping={"": 1.0})
    for ceiling, times in ((None, 0), (np.full((9, 9), LOW), 1)):
        terrain = height_field(np.zeros((9, 9)), CELL)
        terrain.ceiling = ceiling
        make_simulator(asset, control, with_settings(SimCfg, engine="mujoco_warp"), terrain, 1, "cpu").close()
        assert caplog.text.count("1 collision shapes of the robot are no spheres") == times
