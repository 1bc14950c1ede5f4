"""Where a depth camera's pixels look, when its images are taken and when robots have them."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.interface.readings import Readings
from legged_gym.sensors.depth_camera import DepthCamera
from legged_gym.sensors.depth_image import DepthCameraCfg, DepthImage, pixel_rays
from legged_gym.utils.errors import UserError
from tests.sensors.ray_scenes import ground_map

DT = 0.02
"""Control step, s."""
LEVEL = ground_map(np.zeros((401, 401)))
UPRIGHT = torch.tensor([0.0, 0.0, 0.0, 1.0])


def camera_cfg(**settings: Any) -> DepthCameraCfg:
    """A small camera that looks straight down from the base's origin."""
    small = {
        **{"resolution": [3, 4], "crop": [0, 0, 0, 0], "shape": [3, 4], "horizontal_fov": [20.0, 20.0]},
        **{"position": [0.0, 0.0, 0.0], "rotation": [0.0, 90.0, 0.0], "range": [0.0, 100.0]},
        **{"position_noise": [0.0, 0.0, 0.0], "rotation_noise": [0.0, 0.0, 0.0]},
    }
    cfg = DepthCameraCfg()
    cfg.noise = DepthCameraCfg.noise()  # pyright: ignore[reportAttributeAccessIssue] - a section's instance
    for name, value in {**small, **settings}.items():
        setattr(cfg, name, value)
    return cfg


def make(num_envs: int = 1, noisy: bool = False, **settings: Any) -> DepthCamera:
    return DepthCamera(camera_cfg(**settings), LEVEL, num_envs, DT, torch.device("cpu"), noisy)


def look(camera: DepthCamera, heights: list[float], fresh: list[bool]) -> list[float]:
    """The depths in the middle of the images after a control step at whose end the bases are so high."""
    poses = torch.zeros(len(heights), 7)
    poses[:, 2], poses[:, 3:] = torch.tensor(heights), UPRIGHT
    camera.look(torch.tensor(fresh), poses)
    return camera.images[:, 1, 1].tolist()


def test_pixels_of_a_whole_image() -> None:
    """Two rows and four columns, half of the width as unit: centres at 3/4 and 1/4 to the left, then to the right."""
    rays = pixel_rays([2, 4], [0, 0, 0, 0], [2, 4])
    lefts = [0.75, 0.25, -0.25, -0.75]
    assert rays.tolist() == [[left, up] for up in (0.25, -0.25) for left in lefts]


def test_cropped_pixels_look_where_they_did_and_resized_ones_between_them() -> None:
    whole = pixel_rays([4, 8], [0, 0, 0, 0], [4, 8]).view(4, 8, 2)
    cropped = pixel_rays([4, 8], [1, 0, 2, 3], [3, 3]).view(3, 3, 2)
    torch.testing.assert_close(cropped, whole[1:, 2:5])
    halved = pixel_rays([4, 8], [0, 0, 0, 0], [2, 4]).view(2, 4, 2)
    torch.testing.assert_close(halved[0, 0], whole[:2, :2].mean(dim=(0, 1)))


def test_the_field_of_view_is_that_of_the_whole_image() -> None:
    """90 degrees: the middle of the outermost of 4 pixels is 3/4 to the side. The camera, at 0.5 m, is pitched by 45
    degrees, and the base turned; upper pixels look farther."""
    camera = make(horizontal_fov=[90.0, 90.0], resolution=[2, 4], shape=[2, 4], rotation=[0.0, 45.0, 0.0])
    pose = torch.tensor([[0.1, 0.2, 0.5, 0.0, 0.0, math.sin(0.4), math.cos(0.4)]])
    camera.look(torch.tensor([True]), pose)
    sine = math.sqrt(0.5)
    expected = torch.tensor([0.5 / (sine * (1 - 0.25)), 0.5 / (sine * (1 + 0.25))])
    torch.testing.assert_close(camera.images[0], expected[:, None].expand(2, 4))


def test_the_mount_moves_with_the_base() -> None:
    """0.3 m before a base that is pitched down by 30 degrees: 0.15 m lower, and looking down if mounted at 60."""
    camera = make(position=[0.3, 0.0, 0.0], rotation=[0.0, 60.0, 0.0], shape=[1, 1], resolution=[1, 1])
    pitch = math.radians(30.0)
    camera.look(
        torch.tensor([True]), torch.tensor([[0.0, 0.0, 0.5, 0.0, math.sin(pitch / 2), 0.0, math.cos(pitch / 2)]])
    )
    assert camera.images.item() == pytest.approx(0.35, abs=1e-5)


def test_images_come_at_their_rate_and_late() -> None:
    """Every 5 control steps an image, which is there 12 steps later; that of the beginning stands for those before."""
    camera = make(latency_range=[0.24, 0.24])
    seen = [look(camera, [1.0 + step], [step == 0])[0] for step in range(30)]
    assert seen == pytest.approx([1.0] * 17 + [6.0] * 5 + [11.0] * 5 + [16.0] * 3, abs=1e-4)


def test_robots_take_turns_and_begin_anew_at_any_time() -> None:
    """Without latency robot i has a new image in steps that are i short of a multiple of 3."""
    camera = make(num_envs=4, rate=1.0 / 0.06, latency_range=[0.0, 0.0])
    look(camera, [1.0] * 4, [True] * 4)
    seen = [look(camera, [1.0 + step] * 4, [False, step == 4, False, False]) for step in range(1, 7)]
    by_robot = list(zip(*seen, strict=True))
    assert by_robot[0] == pytest.approx((1, 1, 4, 4, 4, 7), abs=1e-4)
    assert by_robot[1] == pytest.approx((1, 3, 3, 5, 6, 6), abs=1e-4)
    assert by_robot[2] == pytest.approx((2, 2, 2, 5, 5, 5), abs=1e-4)
    assert by_robot[3] == by_robot[0]


def test_an_episode_does_not_see_the_one_before() -> None:
    camera = make(latency_range=[0.2, 0.26])
    for step in range(23):
        look(camera, [1.0 + step], [step == 0])
    seen = [look(camera, [50.0 + step], [step == 0])[0] for step in range(20)]
    assert seen[0] == pytest.approx(50.0, abs=1e-3) and min(seen) == seen[0]


def test_latencies_are_drawn_for_each_episode_within_their_range() -> None:
    camera = make(num_envs=300, latency_range=[0.1, 0.2], rate=50.0)
    for step in range(12):
        seen = look(camera, [1.0 + step] * 300, [step == 0] * 300)
    ages = 12.0 - torch.tensor(seen)  # an image that is due after 5.3 steps is there after 6
    assert ages.min().item() == pytest.approx(6.0, abs=1e-3) and ages.max().item() == pytest.approx(10.0, abs=1e-3)
    assert ages.mean().item() == pytest.approx(8.0, abs=0.3)


def test_each_robots_camera_is_mounted_a_little_differently() -> None:
    camera = make(num_envs=500, position_noise=[0.0, 0.0, 0.2], horizontal_fov=[20.0, 40.0])
    seen = torch.tensor(look(camera, [1.0] * 500, [True] * 500))
    assert seen.min() > 0.8 and seen.max() < 1.2 and seen.std().item() == pytest.approx(0.2 / math.sqrt(3), rel=0.1)


def test_noise_is_on_all_images_but_an_episodes_first() -> None:
    camera = make(num_envs=6, noisy=True, latency_range=[0.0, 0.0])
    camera.images.zero_()
    first = look(camera, [1.0] * 6, [True] * 6)
    assert first[1:5] == pytest.approx([1.0] * 4, abs=1e-5) and first[0] != first[1]
    for _ in range(5):
        later = look(camera, [1.0] * 6, [False] * 6)
    assert len(set(later)) > 1 and later[1] != first[1]


def test_a_policy_is_told_the_share_of_the_range() -> None:
    term = DepthImage([1, 4], [0.3, 2.3]).term()
    told = term.scale * term.compute(Readings(depth_image=torch.tensor([[[0.0, 0.3, 1.8, 3.0]]])))
    torch.testing.assert_close(told, torch.tensor([[-0.5, -0.5, 0.25, 0.5]]))


def test_an_image_lasts_whole_control_steps() -> None:
    with pytest.raises(UserError, match=r"rate = 30 Hz: an image lasts 1.667 control steps .* such as 25 Hz"):
        make(rate=30.0)


def test_contradictions() -> None:
    found = list(camera_cfg(crop=[2, 1, 0, 0], range=[1.0, 1.0]).contradictions())
    assert len(found) == 2 and "crop" in found[0] and "range" in found[1]


def test_patches_are_no_larger_than_the_image() -> None:
    cfg = camera_cfg(shape=[5, 9])
    cfg.noise.hole_size = cfg.noise.false_size = 9
    assert not list(cfg.contradictions())
    cfg.noise.hole_size = cfg.noise.false_size = 10
    found = list(cfg.contradictions())
    assert [line.split(",")[0] for line in found] == [
        f"depth_camera.noise.{kind}_size = 10 pixels is larger than an image of 5 x 9" for kind in ("hole", "false")
    ]
    cfg.noise.hole_share = cfg.noise.false_share = 0.0
    assert not list(cfg.contradictions())
