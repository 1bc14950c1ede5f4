"""Images that MuJoCo's own renderer makes for a controller, against the rays of its training."""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.depth_eye import DepthEye
from legged_gym.sensors.depth_camera import DepthCamera
from legged_gym.sensors.depth_image import DepthCameraCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import TrackTerrainCfg
from tests.opengl import needs_opengl

pytestmark = needs_opengl
DT = 0.02
CPU = torch.device("cpu")


class CameraCfg(DepthCameraCfg):
    """Of one robot, mounted as it is meant to be; its images are 7.5 control steps old."""

    horizontal_fov = [87.0, 87.0]
    position_noise = rotation_noise = [0.0, 0.0, 0.0]
    rotation = [3.0, 10.0, -5.0]
    latency_range = [0.15, 0.15]
    range = [0.0, 3.0]


@pytest.fixture(scope="module")
def tracks() -> Terrain:
    cfg = TrackTerrainCfg()
    cfg.num_rows, cfg.num_cols, cfg.border_size, cfg.horizontal_scale = 1, 4, 0.0, 0.04
    cfg.terrain_length, cfg.terrain_width, cfg.slope_threshold, cfg.difficulty_range = 8.0, 4.0, 0.95, (0.6, 0.6)
    cfg.platform_size = 1.0
    cfg.terrain_proportions = {f"{name}_track": 1.0 for name in ("climb", "leap", "crawl", "tilt")}
    return Terrain(cfg, seed=1)


@pytest.fixture
def eye(tracks: Terrain) -> Iterator[tuple[DepthEye, Any]]:
    robot = SimpleNamespace(position=np.zeros(3), quat=np.array([1.0, 0.0, 0.0, 0.0]))
    made = DepthEye(class_to_dict(CameraCfg), robot, tracks, DT)
    yield made, robot
    made.close()


def rays(tracks: Terrain, pose: torch.Tensor) -> DepthCamera:
    """The camera of training, which has looked from a pose [7] once."""
    camera = DepthCamera(CameraCfg(), tracks, 1, DT, CPU, noisy=False)
    camera.look(torch.ones(1, dtype=torch.bool), pose[None])
    return camera


@pytest.mark.parametrize("column", range(4))
def test_the_renderer_shows_what_the_rays_see(tracks: Terrain, eye: tuple[DepthEye, Any], column: int) -> None:
    made, robot = eye
    made.begin(np.random.default_rng(0))
    different = []
    for ahead, yaw in ((0.0, 0.0), (0.5, 0.2), (0.8, -0.4), (-0.2, 0.6)):
        place = tracks.env_origins[0, column] + np.array([ahead, 0.1, 0.45])
        half = math.sin(yaw / 2), math.cos(yaw / 2)
        robot.position, robot.quat = place, np.array([half[1], 0.0, 0.0, half[0]])
        pose = torch.tensor([*place, 0.0, 0.0, *half], dtype=torch.float32)
        theirs = rays(tracks, pose).images[0].numpy()
        assert (theirs < 1.5).mean() > 0.2 and theirs.shape == (48, 64)
        different.append((np.abs(made.look() - theirs) > 0.02).mean())
    assert max(different) < 0.01  # edges: a pixel is drawn where its centre is to an eighth of one


def test_images_come_when_they_did_in_training(tracks: Terrain, eye: tuple[DepthEye, Any]) -> None:
    """Walking forward: each image is of the place that the camera of training shows at that step."""
    made, robot = eye
    made.begin(np.random.default_rng(0))
    made._clock = 0
    start = tracks.env_origins[0, 0] + np.array([0.3, 0.0, 0.3])
    camera = DepthCamera(CameraCfg(), tracks, 1, DT, CPU, noisy=False)
    middles = []
    for step in range(25):
        robot.position = start + np.array([0.02 * step, 0.0, 0.0])
        pose = torch.tensor([*robot.position, 0.0, 0.0, 0.0, 1.0], dtype=torch.float32)
        camera.look(torch.tensor([step == 0]), pose[None])
        image = made.read()["depth_image"]
        middles.append((image[20, 32], camera.images[0, 20, 32].item()))
    ours, theirs = np.array(middles).T
    np.testing.assert_allclose(ours, theirs, atol=0.02)
    assert len(np.unique(ours.round(2))) == 4  # images 0 to 3; that of step 20 is not there before step 27.5


def test_a_trial_has_a_camera_of_its_own(tracks: Terrain) -> None:
    robot = SimpleNamespace(position=tracks.env_origins[0, 0] + np.array([0.5, 0.0, 0.3]), quat=np.eye(4)[0])
    made = DepthEye(class_to_dict(DepthCameraCfg), robot, tracks, DT)
    images = []
    for seed in (1, 2, 1):
        made.begin(np.random.default_rng(seed))
        images.append(made.look())
        assert 10.0 <= made._latency <= 13.0
    made.close()
    assert not np.array_equal(images[0], images[1]) and np.array_equal(images[0], images[2])
