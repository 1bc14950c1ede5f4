"""Spheres on a height field: contacts against brute force in NumPy, MuJoCo C's surface, and what the robot does."""

import mujoco
import numpy as np
import pytest
import torch

mjw = pytest.importorskip("mujoco_warp")
wp = pytest.importorskip("warp")

from legged_gym.sim.mujoco_warp import MujocoWarpSimulator  # noqa: E402
from tests.sim.height_fields import CELL, ORIGIN, RADII, Scene, compare  # noqa: E402
from tests.sim.robots import WEIGHT, Go2Asset, height_field, place, run, with_settings  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def quiet_warp():
    wp.config.log_level = wp.LOG_WARNING


@pytest.fixture(scope="module")
def rough():
    """Steps, slopes and noise, 7 x 9 points; all faces are ramps."""
    return Scene(steps_and_noise(), worlds=400)


@pytest.fixture(scope="module")
def blocky():
    """The same, with vertical faces, noise in them and slopes between."""
    return Scene(steps_and_noise(), worlds=400, steep=0.07)


def steps_and_noise() -> np.ndarray:
    generator = np.random.default_rng(3)
    heights = generator.uniform(0.0, 0.08, (7, 9))
    heights[:, 5:] += 0.12
    heights[2:4, 1:3] = 0.03
    return heights - heights.min()


@pytest.mark.parametrize("kind", ["rough", "blocky"])
def test_contacts_are_those_of_a_search_over_all_pieces_of_the_surface(kind, request):
    scene = request.getfixturevalue(kind)
    generator = np.random.default_rng(4)
    low = scene.ground.vertex(0, 0, 0.0)
    high = scene.ground.vertex(6, 8, scene.heights.max())
    centres = generator.uniform(low - 0.05, high + 0.05, (scene.worlds, len(RADII), 3))
    for world in range(0, scene.worlds, 2):  # half of them close to the surface
        for sphere, radius in enumerate(RADII):
            height = scene.ground.height_at(centres[world, sphere])
            if height is not None:
                centres[world, sphere, 2] = height + generator.uniform(-3.0, 1.0) * radius
    assert compare(scene, scene.ground, centres).min() > 40


def test_a_threshold_that_no_edge_reaches_changes_nothing(rough):
    """Another kernel, the same numbers."""
    scene = Scene(rough.heights, worlds=rough.worlds, steep=1.0)
    generator = np.random.default_rng(7)
    low, high = rough.ground.vertex(0, 0, 0.0), rough.ground.vertex(6, 8, rough.heights.max())
    centres = generator.uniform(low, high, (rough.worlds, len(RADII), 3))
    contacts = []
    for one in (rough, scene):
        one.place(centres)
        contacts.append([contact for _, found in sorted(one.collide().items()) for contact in found])
    assert len(contacts[0]) == len(contacts[1]) > rough.worlds
    for ramp, wall in zip(*contacts, strict=True):
        assert ramp.dist == wall.dist
        assert ramp.frame == pytest.approx(wall.frame, abs=1e-6)
        assert ramp.pos == pytest.approx(wall.pos, abs=1e-6)


def test_the_surface_is_that_of_mujoco_c(rough):
    """A small sphere touching down anywhere: MuJoCo C finds the same distance, hence has the same diagonals."""
    generator = np.random.default_rng(5)
    half = np.array([0.5 * (n - 1) * CELL for n in rough.heights.shape[::-1]])
    centres = np.empty((rough.worlds, 1, 3))
    centres[:, 0, :2] = ORIGIN[:2] + generator.uniform(-half, half, (rough.worlds, 2))
    for centre in centres[:, 0]:
        height = rough.ground.height_at(centre)
        assert height is not None
        centre[2] = height + 0.6 * RADII[0]
    rough.place(centres)
    found = rough.collide()
    data = mujoco.MjData(rough.host)
    for world in range(rough.worlds):
        data.qpos[:] = rough.host.qpos0
        data.qpos[:3] = centres[world, 0].astype(np.float32)
        mujoco.mj_forward(rough.host, data)
        assert found[world, 0][0].dist == pytest.approx(data.contact.dist.min(), abs=5e-6)


FLAT = np.zeros((5, 5))


def test_flat_ground_is_a_plane_to_a_sphere():
    """One contact, straight up, whatever the depth, also where cells meet; its material is MuJoCo C's."""
    scene = Scene(FLAT, worlds=6)
    depths = np.array([0.001, 0.01, 0.03, 0.1])
    places = np.array([[0.0, 0.0], [0.02, 0.01], [0.05, 0.0], [0.025, 0.025]])
    centres = np.zeros((scene.worlds, len(RADII), 3))
    for sphere, radius in enumerate(RADII):
        centres[:4, sphere, :2] = ORIGIN[:2] + places
        centres[:4, sphere, 2] = ORIGIN[2] + radius - depths
        centres[4, sphere] = ORIGIN + [0.0, 0.0, radius + 0.001]
        centres[5, sphere] = ORIGIN + [0.1 + radius + 0.001, 0.0, 0.0]
    scene.place(centres)
    found = scene.collide()
    assert sorted(found) == [(world, sphere) for world in range(4) for sphere in range(len(RADII))]
    data = mujoco.MjData(scene.host)
    for (world, sphere), contacts in found.items():
        (contact,) = contacts
        assert contact.dist == pytest.approx(-depths[world], abs=1e-6)
        assert contact.normal == pytest.approx([0.0, 0.0, 1.0], abs=1e-4)
        bottom = centres[world, sphere] - [0.0, 0.0, RADII[sphere] - depths[world] / 2]
        assert contact.pos == pytest.approx(bottom, abs=1e-5)
        if world == 1:
            data.qpos[:] = scene.host.qpos0
            data.qpos[7 * sphere : 7 * sphere + 3] = centres[world, sphere]
            mujoco.mj_forward(scene.host, data)
            assert contact.geom.tolist() == data.contact.geom[0].tolist()
            assert contact.dim == data.contact.dim[0]
            for name in ("friction", "solref", "solimp", "includemargin"):
                assert getattr(contact, name) == pytest.approx(getattr(data.contact, name)[0], rel=1e-6), name


def slope_and_stair() -> np.ndarray:
    """Level ground, a ramp of 31 degrees along x, level again; then a stair of 0.1 m a cell wide."""
    profile = np.array([0.0, 0.0, 0.0, 0.0, 0.03, 0.06, 0.09, 0.12, 0.12, 0.12, 0.12, 0.12, 0.22, 0.22, 0.22, 0.22])
    return np.tile(profile, (8, 1))


MIDDLE = 0.5 * 15 * CELL
RISER = np.array([-2.0, 0.0, 1.0]) / np.sqrt(5.0)
"""Normal of the stair's face."""


def ground_point(x: float, z: float) -> np.ndarray:
    """A world position from the distance along that map and the height over its lowest point."""
    return ORIGIN + [x - MIDDLE, 0.012, z]


@pytest.fixture(scope="module")
def stair():
    return Scene(slope_and_stair(), worlds=3)


def test_on_a_slope_the_normal_is_the_slopes(stair):
    normal = np.array([-0.6, 0.0, 1.0]) / np.hypot(0.6, 1.0)
    centres = np.zeros((3, len(RADII), 3))
    for sphere, radius in enumerate(RADII):
        centres[:, sphere] = ground_point(0.273, 0.0738) + (radius - 0.001) * normal
    stair.place(centres)
    for contacts in stair.collide().values():
        (contact,) = contacts
        assert contact.normal == pytest.approx(normal, abs=1e-4)
        assert contact.dist == pytest.approx(-0.001, abs=1e-6)


def test_a_foot_in_a_corner_touches_both_faces(stair):
    """Tread and riser, both 1 mm deep; the nose above it is a convex edge: one contact, along the line from it."""
    up = np.array([0.0, 0.0, 1.0])
    foot = RADII[1] - 0.001
    along = foot * np.sqrt(1.25) - 0.5 * foot  # from the corner back to where both distances are `foot`
    nose = np.array([-0.5, 0.0, 1.0]) / np.sqrt(1.25)
    centres = np.full((3, len(RADII), 3), 5.0)
    centres[0, 1] = ground_point(11 * CELL - along, 0.12 + foot)
    centres[1, 1] = ground_point(12 * CELL, 0.22) + foot * nose
    stair.place(centres)
    found = stair.collide()
    normals = sorted((contact.normal.tolist() for contact in found[0, 1]), key=lambda normal: normal[0])
    assert np.array(normals) == pytest.approx(np.array([RISER, up]), abs=1e-4)
    assert [contact.dist for contact in found[0, 1]] == pytest.approx([-0.001, -0.001], abs=1e-6)
    assert sorted(contact.geomcollisionid for contact in found[0, 1]) == [0, 1]
    (edge,) = found[1, 1]
    assert edge.normal == pytest.approx(nose, abs=1e-4)


def test_the_edge_of_a_face_out_of_reach_is_no_contact():
    """In a round hollow: the next face rises too little for a second contact, the one after it is too far away."""
    profile = np.array([0.12, 0.08, 0.05, 0.03, 0.01, 0.0, 0.0, 0.01, 0.03, 0.06, 0.1, 0.15])
    scene = Scene(np.tile(profile, (6, 1)), worlds=1)
    centres = np.full((1, len(RADII), 3), 5.0)
    centres[0, 2] = ORIGIN + [0.297 - 0.5 * 11 * CELL, 0.012, 0.02]
    scene.place(centres)
    (contact,) = scene.collide()[0, 2]
    assert contact.normal == pytest.approx([0.0, 0.0, 1.0], abs=1e-4)
    assert contact.dist == pytest.approx(0.02 - RADII[2], abs=1e-6)


def pressed_in(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Largest speed [N] of a foot pressed 3 cm into the ground (level twice, riser), and its way in 0.1 s [N, 3]."""
    centres = np.full((scene.worlds, len(RADII), 3), 5.0)
    deep = RADII[1] - 0.03
    centres[0, 1] = ground_point(0.06, deep)
    centres[1, 1] = ground_point(0.075, deep)
    centres[2, 1] = ground_point(11.5 * CELL, 0.17) + deep * RISER
    scene.place(centres)
    speeds = scene.step(20)[:, :, 1].max(axis=0)
    return speeds, scene.centres()[:, 1] - centres[:, 1]


def test_what_has_sunk_in_comes_out_through_the_surface(stair):
    speeds, moved = pressed_in(stair)
    assert speeds.max() < 2.0  # 3 cm in two time constants of 0.01 s are 1.5 m/s
    assert np.abs(moved[:2, :2]).max() < 1e-4
    assert moved[:2, 2].min() > 0.03
    assert np.abs(moved[2, 1]) < 1e-4
    assert moved[2] @ RISER > 0.03
    assert moved[2, 2] > 0.0


def test_the_engines_own_collider_throws_it_out_sideways():
    """The reason for another one: if this fails, the engine does without walls now."""
    speeds, moved = pressed_in(Scene(slope_and_stair(), worlds=3, own=False, pool=32))
    assert np.abs(moved[:2, :2]).max() > 5e-3
    assert np.abs(moved[2, 1]) > 0.02
    assert speeds.max() > 2.2


def test_a_full_pool_is_reported_as_the_engine_does():
    scene = Scene(FLAT, worlds=3, pool=1)
    centres = np.full((3, len(RADII), 3), 5.0)
    centres[:, :2] = ORIGIN + [0.0, 0.0, 0.012]
    scene.place(centres)
    mjw.step(scene.model, scene.data)
    assert scene.data.nacon.numpy()[0] == 6
    assert (scene.data.overflow.numpy() == int(mjw.OverflowType.NARROWPHASE)).all()


def test_other_shapes_stay_with_the_engine():
    box = '<body pos="0 0 8"><freejoint/><geom type="box" size=".03 .03 .03" mass=".3" contype="0"/></body>'
    scene = Scene(FLAT, worlds=1, extra=box, pool=16)
    assert scene.left == 1
    centres = np.tile(ORIGIN + [0.0, 0.0, 0.015], (1, len(RADII) + 1, 1))
    centres[0, -1, 2] += 0.0149
    scene.place(centres)
    found = scene.collide()
    assert len(found[0, 0]) == 1
    assert len(found[0, len(RADII)]) >= 1
    assert found[0, len(RADII)][0].normal == pytest.approx([0.0, 0.0, 1.0], abs=1e-3)


def test_a_sphere_in_a_pit_comes_to_rest():
    """In the tip of an inverted pyramid it touches four faces, of which it is given two at a time."""
    x = np.abs(np.arange(9) - 4) * 0.03
    scene = Scene(np.maximum(x[:, None], x[None, :]), worlds=1)
    centres = np.tile(ORIGIN + [0.013, 0.007, 0.1], (1, len(RADII), 1))
    scene.place(centres)
    speeds = scene.step(200)
    assert speeds[-20:].max() < 0.05


def rough_terrain():
    """Bumps of 3 cm and, under the hind feet, a step."""
    heights = np.random.default_rng(6).uniform(0.0, 0.03, (41, 31))
    heights[:17] += 0.06
    return height_field(heights, CELL)


def make_robot(engine: str):
    from legged_gym.sim.config import ControlCfg, SimCfg
    from legged_gym.sim.factory import make_simulator

    control = with_settings(ControlCfg, stiffness={"joint": 60.0}, damping={"joint": 2.0})
    sim = with_settings(SimCfg, engine=engine, contact_time_constant=0.02)
    return make_simulator(Go2Asset(), control, sim, rough_terrain(), 2, "cpu")


@pytest.fixture(scope="module")
def robots():
    """The same robot in MuJoCo Warp and MuJoCo C."""
    made = make_robot("mujoco_warp"), make_robot("mujoco")
    yield made
    for sim in made:
        sim.close()


def test_a_robot_on_rough_ground_moves_as_in_mujoco_c(robots):
    warp_sim, c_sim = robots
    for sim in robots:
        targets = place(sim, height=0.42)
        run(sim, targets, 15)
    for step in range(15):
        for sim in robots:
            sim.step(targets)
        offset = (warp_sim.root_states - c_sim.root_states).abs()
        assert offset[:, :3].max() < 0.006, step
        assert offset[:, 3:7].max() < 0.03, step
    assert warp_sim.contact_forces[:, :, 2].sum(dim=1).numpy() == pytest.approx(np.full(2, WEIGHT), rel=0.1)


def test_forces_at_rest_on_rough_ground_carry_the_weight(robots):
    sim = robots[0]
    assert isinstance(sim, MujocoWarpSimulator)
    targets = place(sim, height=0.42)
    run(sim, targets, 80)
    total = sim.contact_forces.sum(dim=1)
    assert total[:, 2].numpy() == pytest.approx(np.full(2, WEIGHT), rel=0.01)
    assert total[:, :2].abs().max() < 0.02 * WEIGHT
    assert sim.root_states[:, 7:].abs().max() < 0.02
    assert not torch.any(sim.failed)
