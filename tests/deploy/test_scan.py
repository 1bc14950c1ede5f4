import numpy as np
import pytest

from legged_gym.deploy.height_map import HeightMap
from legged_gym.deploy.map_noise import CONDITIONS, MapNoise
from legged_gym.deploy.scan import MapQuality, Scan
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain

FORWARD = np.array([1.0, 0.0])


class SmallCfg(TerrainCfg):
    num_rows = num_cols = 1
    border_size = 0.0


@pytest.fixture
def ground() -> HeightMap:
    """Rises by 0.5 m per m along x and falls by 0.1 along y."""
    terrain = Terrain(SmallCfg(), seed=1)
    rows, cols = terrain.heights.shape
    x, y = (np.arange(count) * terrain.horizontal_scale - 4.0 for count in (rows, cols))
    terrain.heights[:] = 0.5 * x[:, None] - 0.1 * y
    return HeightMap(terrain)


def at(x: float) -> np.ndarray:
    return np.array([[x, 0.0, 0.2]])


def begun(scan: Scan) -> Scan:
    scan.begin(np.random.default_rng(0))
    return scan


def test_points_turn_with_the_heading(ground: HeightMap) -> None:
    scan = begun(Scan(ground, np.array([[0.4, 0.0], [0.0, 0.4]]), None, MapQuality(), 0.02))
    np.testing.assert_allclose(scan.read(at(1.0), FORWARD), [[0.7 - 0.2, 0.5 - 0.04 - 0.2]], atol=1e-6)
    np.testing.assert_allclose(scan.read(at(1.0), np.array([0.0, 1.0])), [[0.46 - 0.2, 0.3 - 0.2]], atol=1e-6)
    np.testing.assert_allclose(scan.samples, [[1.0, 0.4, 0.46], [0.6, 0.0, 0.3]], atol=1e-6)


def test_latency_shows_an_earlier_reading(ground: HeightMap) -> None:
    scan = begun(Scan(ground, np.zeros((1, 2)), None, MapQuality(latency=0.1), 0.02))
    seen = [float(scan.read(at(0.1 * step), FORWARD)[0, 0]) for step in range(8)]
    assert seen == pytest.approx([0.05 * max(step - 5, 0) - 0.2 for step in range(8)], abs=1e-6)
    begun(scan)
    assert scan.read(at(1.0), FORWARD)[0, 0] == pytest.approx(0.3)


def test_a_missing_map_says_nothing(ground: HeightMap) -> None:
    scan = begun(Scan(ground, np.zeros((3, 2)), None, MapQuality(missing=True), 0.02))
    assert np.isnan(scan.read(at(1.0), FORWARD)).all()


def test_noise_moves_the_points_and_adds_to_the_heights(ground: HeightMap) -> None:
    class Fixed(MapNoise):
        def draw(self) -> tuple[np.ndarray, np.ndarray]:
            return np.full((1, 3, 2), [0.2, 0.0]), np.full((1, 3), 0.03)

    scan = begun(Scan(ground, np.zeros((3, 2)), Fixed([(1.0, CONDITIONS["small"])], 1, 3), MapQuality(), 0.02))
    np.testing.assert_allclose(scan.read(at(1.0), FORWARD), np.full((1, 3), 0.6 - 0.2 + 0.03), atol=1e-6)
