"""Spheres on a height field: contacts against brute force in NumPy, MuJoCo C's surface, and what the robot does."""

from types import SimpleNamespace

import mujoco
import numpy as np
import pytest
import torch

mjw = pytest.importorskip("mujoco_warp")
wp = pytest.importorskip("warp")

from legged_gym.sim.heightfield_contacts import take_over_spheres  # noqa: E402
from legged_gym.sim.mujoco_warp import MujocoWarpSimulator  # noqa: E402
from tests.sim.robots import WEIGHT, Go2Asset, height_field, place, run, with_settings  # noqa: E402

CELL = 0.05
RADII = (0.0155, 0.022, 0.057)
THICKNESS = 1.0
ORIGIN = np.array([0.3, -0.2, -0.1])
"""Origin of the map: its middle, at its lowest height."""

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def quiet_warp():
    wp.config.log_level = wp.LOG_WARNING


def compile_scene(heights: np.ndarray, extra: str = "") -> mujoco.MjModel:
    """Free spheres of `RADII` that touch the ground only; `heights` [rows along y, columns along x], lowest 0."""
    rows, cols = heights.shape
    size = f"{0.5 * (cols - 1) * CELL} {0.5 * (rows - 1) * CELL} {heights.max() or 0.001} {THICKNESS}"
    spheres = "".join(
        f'<body pos="0 0 {5 + i}"><joint type="free" damping=".001"/>'
        f'<geom size="{radius}" mass=".3" contype="0" priority="1" friction="{0.4 + 0.1 * i}" solref=".01 1"/></body>'
        for i, radius in enumerate(RADII)
    )
    spec = mujoco.MjSpec.from_string(
        f"""<mujoco><option timestep=".005" cone="pyramidal" integrator="implicitfast"/>
        <asset><hfield name="ground" nrow="{rows}" ncol="{cols}" size="{size}"/></asset>
        <worldbody><geom type="hfield" hfield="ground" pos="{" ".join(map(str, ORIGIN))}"/>{spheres}{extra}</worldbody>
        </mujoco>"""
    )
    spec.hfields[0].userdata = (heights / (heights.max() or 1.0)).ravel()
    return spec.compile()


class Scene:
    """Worlds of that scene in MuJoCo Warp, with the project's contacts or the engine's own."""

    def __init__(self, heights: np.ndarray, worlds: int, own: bool = True, pool: int = 8, extra: str = ""):
        self.heights, self.worlds = heights, worlds
        self.host = compile_scene(heights, extra)
        self.model = mjw.put_model(self.host)
        self.model.opt.warn_overflow = 0
        self.left = take_over_spheres(self.model) if own else None
        self.data = mjw.make_data(self.host, nworld=worlds, nconmax=pool, njmax=64)
        self.spheres = np.flatnonzero(self.host.geom_type == mujoco.mjtGeom.mjGEOM_SPHERE)

    def place(self, centres: np.ndarray) -> None:
        """Put the spheres' centres [N, S, 3] somewhere, at rest."""
        qpos = np.tile(self.host.qpos0, (self.worlds, 1)).astype(np.float32)
        for sphere in range(centres.shape[1]):
            qpos[:, 7 * sphere : 7 * sphere + 3] = centres[:, sphere]
        self.data.qpos.assign(qpos)
        self.data.qvel.zero_()
        self.data.qacc_warmstart.zero_()

    def collide(self) -> dict[tuple[int, int], list[SimpleNamespace]]:
        """Contacts by (world, sphere), in the order they were found."""
        mjw.kinematics(self.model, self.data)
        mjw.collision(self.model, self.data)
        return self.contacts()

    def contacts(self) -> dict[tuple[int, int], list[SimpleNamespace]]:
        contact, count = self.data.contact, int(self.data.nacon.numpy()[0])
        assert count <= self.data.naconmax
        names = ("dist", "pos", "frame", "friction", "solref", "solimp", "dim", "geom", "worldid", "includemargin")
        names += ("geomcollisionid", "type")
        columns = {name: getattr(contact, name).numpy()[:count] for name in names}
        found: dict[tuple[int, int], list[SimpleNamespace]] = {}
        for i in range(count):
            one = SimpleNamespace(
                **{name: column[i] for name, column in columns.items()}, normal=columns["frame"][i, 0]
            )
            found.setdefault((int(one.worldid), int(one.geom[1]) - 1), []).append(one)
        return found

    def step(self, steps: int) -> np.ndarray:
        """Largest speed of a sphere in each of the steps [T, N, S]."""
        speeds = []
        for _ in range(steps):
            mjw.step(self.model, self.data)
            velocity = self.data.qvel.numpy().reshape(self.worlds, -1, 6)
            speeds.append(np.linalg.norm(velocity[:, : len(RADII), :3], axis=2))
        return np.array(speeds)

    def centres(self) -> np.ndarray:
        return self.data.qpos.numpy().reshape(self.worlds, -1, 7)[:, : len(RADII), :3]


def triangles(heights: np.ndarray) -> np.ndarray:
    """Corners of all triangles of the surface in the world [T, 3, 3], the diagonal from low to high x and y."""
    rows, cols = heights.shape
    x, y = np.arange(cols) * CELL - 0.5 * (cols - 1) * CELL, np.arange(rows) * CELL - 0.5 * (rows - 1) * CELL
    grid = np.stack([*np.meshgrid(x, y), heights], axis=2) + ORIGIN
    low, high = grid[:-1, :-1].reshape(-1, 3), grid[1:, 1:].reshape(-1, 3)
    east, north = grid[:-1, 1:].reshape(-1, 3), grid[1:, :-1].reshape(-1, 3)
    return np.concatenate([np.stack([low, east, high], axis=1), np.stack([low, high, north], axis=1)])


def nearest_points(corners: np.ndarray, point: np.ndarray) -> np.ndarray:
    """The nearest point of each triangle [T, 3]: the foot of the perpendicular, or the nearest point of three edges."""
    found, best = np.zeros((len(corners), 3)), np.full(len(corners), np.inf)
    for i in range(3):
        start, edge = corners[:, i], corners[:, (i + 1) % 3] - corners[:, i]
        along = np.clip(((point - start) * edge).sum(axis=1) / (edge**2).sum(axis=1), 0.0, 1.0)
        candidate = start + along[:, None] * edge
        distance = np.linalg.norm(point - candidate, axis=1)
        found[distance < best] = candidate[distance < best]
        best = np.minimum(best, distance)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(first, second)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    foot = point - ((point - corners[:, 0]) * normal).sum(axis=1, keepdims=True) * normal
    turns = [
        (np.cross(corners[:, (i + 1) % 3] - corners[:, i], foot - corners[:, i]) * normal).sum(axis=1) for i in range(3)
    ]
    over = (np.min(turns, axis=0) >= 0) | (np.max(turns, axis=0) <= 0)
    found[over] = foot[over]
    return found


def ground_height(corners: np.ndarray, point: np.ndarray) -> float | None:
    """Height of the surface above or below a point; None off the map."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    there = point - corners[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    u = (there[:, 0] * second[:, 1] - there[:, 1] * second[:, 0]) / area
    v = (first[:, 0] * there[:, 1] - first[:, 1] * there[:, 0]) / area
    under = np.flatnonzero(np.minimum(np.minimum(u, v), 1.0 - u - v) >= -1e-12)
    if not under.size:
        return None
    found = under[0]
    return float(corners[found, 0, 2] + u[found] * first[found, 2] + v[found] * second[found, 2])


def expected_contacts(corners: np.ndarray, centre: np.ndarray, radius: float) -> list[tuple[float, np.ndarray]]:
    """Distance and normal of one sphere's contacts, by looking at every triangle of the map."""
    points = nearest_points(corners, centre)
    distances = np.linalg.norm(centre - points, axis=1)
    first = distances.argmin()
    height = ground_height(corners, centre)
    side = -1.0 if height is not None and centre[2] < height else 1.0
    if side > 0.0 and distances[first] >= radius:
        return []
    normal = side * (centre - points[first]) / distances[first]
    contacts = [(side * distances[first] - radius, normal)]
    down = (centre - points) @ normal
    others = (distances < radius) & (down <= 0.99 * distances[first]) & (down <= 0.966 * distances)
    if side > 0.0 and others.any():
        second = np.where(others, distances, np.inf).argmin()
        normal = (centre - points[second]) / distances[second]
        above = points[second] + 0.1 * distances[second] * normal
        nearest = np.linalg.norm(nearest_points(corners, above) - above, axis=1).min()
        if nearest >= 0.966 * 0.1 * distances[second]:
            contacts.append((distances[second] - radius, normal))
    return contacts


@pytest.fixture(scope="module")
def rough():
    """Steps, slopes and noise, 7 x 9 points."""
    generator = np.random.default_rng(3)
    heights = generator.uniform(0.0, 0.08, (7, 9))
    heights[:, 5:] += 0.12
    heights[2:4, 1:3] = 0.03
    return Scene(heights - heights.min(), worlds=400)


def test_contacts_are_those_of_a_search_over_all_triangles(rough):
    generator = np.random.default_rng(4)
    corners = triangles(rough.heights)
    low, high = corners.reshape(-1, 3).min(axis=0), corners.reshape(-1, 3).max(axis=0)
    centres = generator.uniform(low - 0.05, high + 0.05, (rough.worlds, len(RADII), 3))
    for world in range(0, rough.worlds, 2):  # half of them close to the surface
        for sphere, radius in enumerate(RADII):
            height = ground_height(corners, centres[world, sphere])
            if height is not None:
                centres[world, sphere, 2] = height + generator.uniform(-3.0, 1.0) * radius
    centres = centres.astype(np.float32).astype(np.float64)
    rough.place(centres)
    found = rough.collide()
    counts = np.zeros(3, dtype=int)
    for world in range(rough.worlds):
        for sphere, radius in enumerate(RADII):
            expected = expected_contacts(corners, centres[world, sphere], radius)
            got = found.get((world, sphere), [])
            counts[len(expected)] += 1
            assert len(got) == len(expected), (world, sphere)
            for contact, (dist, normal) in zip(got, expected, strict=True):
                assert contact.dist == pytest.approx(dist, abs=2e-6)
                assert contact.normal == pytest.approx(normal, abs=1e-3)
                middle = centres[world, sphere] - (radius + dist / 2) * normal
                assert contact.pos == pytest.approx(middle, abs=3e-5)
                assert np.linalg.det(contact.frame) == pytest.approx(1.0, abs=1e-5)
    assert counts.min() > 40


def test_the_surface_is_that_of_mujoco_c(rough):
    """A small sphere touching down anywhere: MuJoCo C finds the same distance, hence has the same diagonals."""
    generator = np.random.default_rng(5)
    corners = triangles(rough.heights)
    half = np.array([0.5 * (n - 1) * CELL for n in rough.heights.shape[::-1]])
    centres = np.empty((rough.worlds, 1, 3))
    centres[:, 0, :2] = ORIGIN[:2] + generator.uniform(-half, half, (rough.worlds, 2))
    for centre in centres[:, 0]:
        height = ground_height(corners, centre)
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
