"""Spheres over a height field in MuJoCo Warp, and the same ground as a list of flat pieces in NumPy."""

from collections.abc import Sequence
from types import SimpleNamespace

import mujoco
import numpy as np
import pytest

mjw = pytest.importorskip("mujoco_warp")
wp = pytest.importorskip("warp")

from robust_parallel.warp_physics.heightfield_contacts import take_over_spheres  # noqa: E402

CELL = 0.05
RADII = (0.0155, 0.022, 0.057)
FOOT = RADII[1]
Found = tuple[float, Sequence[float], Sequence[float]]
"""Distance, normal and position of a contact."""
AWAY = 5.0
"""Where spheres are that a test doesn't look at, m."""
THICKNESS = 1.0
ORIGIN = np.array([0.3, -0.2, -0.1])
"""Origin of the map: its middle, at its lowest height."""


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

    def __init__(
        self,
        heights: np.ndarray,
        worlds: int,
        own: bool = True,
        pool: int = 8,
        extra: str = "",
        steep: float = np.inf,
        ceiling: np.ndarray | None = None,
    ):
        self.heights, self.worlds = heights, worlds
        self.ground = Ground(heights, steep)
        self.host = compile_scene(heights, extra)
        self.model = mjw.put_model(self.host)
        self.model.opt.warn_overflow = 0
        self.left = take_over_spheres(self.model, steep, ceiling) if own else None
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

    def throw(self, velocity: Sequence[float]) -> None:
        """Give every sphere a velocity, m/s, without spin."""
        qvel = self.data.qvel.numpy()
        qvel[:] = np.tile([*velocity, 0.0, 0.0, 0.0], qvel.shape[1] // 6)
        self.data.qvel.assign(qvel)

    def places(self) -> np.ndarray:
        """Centres of the spheres from the map's south-west corner [N, S, 3]."""
        return self.centres() - self.ground.corner

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


class Ground:
    """The surface of `heights`, piece by piece: triangles, and around edges that rise more than `steep` boxes.

    The boxes are flat: the level quarters of a blocky cell, and the walls between them. The triangles' diagonal runs
    from low to high x and y.
    """

    def __init__(self, heights: np.ndarray, steep: float = np.inf):
        self.heights = heights
        rows, cols = heights.shape
        self.corner = ORIGIN - 0.5 * CELL * np.array([cols - 1, rows - 1, 0])
        """World position of the first vertex, were its height 0."""
        edges_x, edges_y = abs(np.diff(heights, axis=1)) > steep, abs(np.diff(heights, axis=0)) > steep
        self.blocky = edges_x[1:] | edges_x[:-1] | edges_y[:, 1:] | edges_y[:, :-1]
        triangles, boxes = [], []
        for row, col in np.ndindex(rows - 1, cols - 1):
            if self.blocky[row, col]:
                boxes += self._quarters(row, col)
            else:
                low, high = self.vertex(row, col), self.vertex(row + 1, col + 1)
                triangles.append((low, self.vertex(row, col + 1), high))
                triangles.append((low, high, self.vertex(row + 1, col)))
        self.triangles = np.array(triangles).reshape(-1, 3, 3)
        self.boxes = np.array(boxes).reshape(-1, 2, 3)

    def vertex(self, row: float, col: float, height: float | None = None) -> np.ndarray:
        z = self.heights[int(row), int(col)] if height is None else height
        return self.corner + [CELL * col, CELL * row, z]

    def _quarters(self, row: int, col: int) -> list[list[np.ndarray]]:
        """Least and greatest corner of the pieces of a blocky cell."""
        h = self.heights[row : row + 2, col : col + 2]
        found = []
        for i, j in np.ndindex(2, 2):
            y, x = row + 0.5 * i, col + 0.5 * j
            found.append([self.vertex(y, x, h[i, j]), self.vertex(y + 0.5, x + 0.5, h[i, j])])
        for i in range(2):
            y, x = row + 0.5 * i, col + 0.5 * i
            found.append([self.vertex(y, col + 0.5, h[i].min()), self.vertex(y + 0.5, col + 0.5, h[i].max())])
            found.append([self.vertex(row + 0.5, x, h[:, i].min()), self.vertex(row + 0.5, x + 0.5, h[:, i].max())])
        return found

    def nearest_points(self, point: np.ndarray) -> np.ndarray:
        """The nearest point of each piece [P, 3]."""
        in_boxes = np.clip(point, self.boxes[:, 0], self.boxes[:, 1])
        return np.concatenate([nearest_in_triangles(self.triangles, point), in_boxes])

    def holds(self, point: np.ndarray) -> bool:
        height = self.height_at(point)
        return height is not None and point[2] < height

    def height_at(self, point: np.ndarray) -> float | None:
        """Height of the surface above or below a point; None off the map."""
        x, y = (point[:2] - self.corner[:2]) / CELL
        rows, cols = self.blocky.shape
        if not (0.0 <= x <= cols and 0.0 <= y <= rows):
            return None
        row, col = min(int(y), rows - 1), min(int(x), cols - 1)
        if self.blocky[row, col]:
            return float(self.vertex(round(y), round(x))[2])
        (sw, se), (nw, ne) = self.heights[row : row + 2, col : col + 2]
        u, v = x - col, y - row
        rise = u * (se - sw) + v * (ne - se) if u > v else u * (ne - nw) + v * (nw - sw)
        return float(ORIGIN[2] + sw + rise)


class Hanging:
    """What hangs over the ground: blocks of 1 m from the heights `ceiling` up, and the parts of their faces that show.

    A part shows if the space close before its middle is free. Sides are cut where a part that shows begins or ends.
    """

    def __init__(self, ceiling: np.ndarray):
        rows, cols = ceiling.shape
        corner = ORIGIN - 0.5 * CELL * np.array([cols, rows, 0])
        blocks = [
            [corner + [CELL * col, CELL * row, z], corner + [CELL * (col + 1), CELL * (row + 1), z + 1.0]]
            for (row, col), z in np.ndenumerate(ceiling)
            if np.isfinite(z)
        ]
        self.blocks = np.array(blocks)
        faces = [
            face for block in self.blocks for axis, side in np.ndindex(3, 2) for face in self._face(block, axis, side)
        ]
        self.faces = np.array(faces)

    def _face(self, block: np.ndarray, axis: int, side: int) -> list[np.ndarray]:
        """Least and greatest corner of what shows of one face of a block."""
        low, high = block[:, 2]
        levels = np.unique(np.clip(self.blocks[:, :, 2], low, high)) if axis < 2 else np.array([low, high])
        shown = []
        for bottom, top in zip(levels[:-1], levels[1:], strict=True):
            face = block.copy()
            face[:, 2] = bottom, top
            face[:, axis] = block[side, axis]
            before = face.mean(axis=0)
            before[axis] += (-1e-6, 1e-6)[side]
            if self.holds(before):
                continue
            if shown and shown[-1][1, 2] == bottom:
                shown[-1][1, 2] = top
            else:
                shown.append(face)
        return shown

    def holds(self, point: np.ndarray) -> bool:
        return bool(((self.blocks[:, 0] < point) & (point < self.blocks[:, 1])).all(axis=1).any())

    def nearest_points(self, point: np.ndarray) -> np.ndarray:
        """The nearest point of each face [F, 3]."""
        return np.clip(point, self.faces[:, 0], self.faces[:, 1])


def nearest_in_triangles(corners: np.ndarray, point: np.ndarray) -> np.ndarray:
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


def expected_contacts(ground: Ground | Hanging, centre: np.ndarray, radius: float) -> list[tuple[float, np.ndarray]]:
    """Distance and normal of one sphere's contacts, by looking at every piece of the ground."""
    points = ground.nearest_points(centre)
    distances = np.linalg.norm(centre - points, axis=1)
    first = distances.argmin()
    side = -1.0 if ground.holds(centre) else 1.0
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
        nearest = np.linalg.norm(ground.nearest_points(above) - above, axis=1).min()
        if nearest >= 0.966 * 0.1 * distances[second]:
            contacts.append((distances[second] - radius, normal))
    return contacts


def compare(scene: Scene, surface: Ground | Hanging, centres: np.ndarray) -> np.ndarray:
    """Assert that the contacts of spheres there [N, S, 3] are the expected ones; how many have none, one, two [3]."""
    centres = centres.astype(np.float32).astype(np.float64)
    scene.place(centres)
    found = scene.collide()
    counts = np.zeros(3, dtype=int)
    for world in range(scene.worlds):
        for sphere, radius in enumerate(RADII):
            expected = expected_contacts(surface, centres[world, sphere], radius)
            got = found.get((world, sphere), [])
            counts[len(expected)] += 1
            assert len(got) == len(expected), (world, sphere)
            for contact, (dist, normal) in zip(got, expected, strict=True):
                assert contact.dist == pytest.approx(dist, abs=2e-6)
                assert contact.normal == pytest.approx(normal, abs=1e-3)
                middle = centres[world, sphere] - (radius + dist / 2) * normal
                assert contact.pos == pytest.approx(middle, abs=3e-5)
                assert np.linalg.det(contact.frame) == pytest.approx(1.0, abs=1e-5)
    return counts


def contacts_at(scene: Scene, *places: tuple[float, float, float]) -> list[list[Found]]:
    """Distance, normal and position of the foot's contacts at places from the map's south-west corner, m."""
    centres = np.full((scene.worlds, len(RADII), 3), AWAY)
    for world, there in enumerate(places):
        centres[world, 1] = scene.ground.corner + there
    scene.place(centres)
    found = scene.collide()
    return [
        [
            (float(one.dist), one.normal.tolist(), (one.pos - scene.ground.corner).tolist())
            for one in found.get((world, 1), [])
        ]
        for world in range(len(places))
    ]


def check(found: list[Found], *expected: Found) -> None:
    assert len(found) == len(expected)
    for (dist, normal, pos), (right_dist, right_normal, right_pos) in zip(found, expected, strict=True):
        assert dist == pytest.approx(right_dist, abs=2e-6)
        assert normal == pytest.approx(right_normal, abs=2e-4)
        assert pos == pytest.approx(right_pos, abs=5e-6)
