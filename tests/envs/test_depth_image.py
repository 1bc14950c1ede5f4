"""A task with a depth camera: a section of its configuration and a word in a group."""

from typing import Any

import pytest
import torch

from legged_gym.envs.go2.go2_config import Go2FlatCfg
from legged_gym.sensors.depth_image import DepthCameraCfg
from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv, zero_actions


def seeing(cfg: Any, **settings: Any) -> None:
    """Give a task a camera of 2 x 3 pixels that looks 45 degrees down, and let its policy see."""

    class depth_camera(DepthCameraCfg):
        resolution, crop, shape = [2, 3], [0, 0, 0, 0], [2, 3]
        horizontal_fov = [30.0, 30.0]
        position, position_noise = [0.3, 0.0, 0.0], [0.0, 0.0, 0.0]
        rotation, rotation_noise = [0.0, 45.0, 0.0], [0.0, 0.0, 0.0]
        range = [0.0, 2.0]
        latency_range = [0.0, 0.0]

    cfg.depth_camera = depth_camera()
    cfg.depth_camera.noise = DepthCameraCfg.noise()
    for name, value in settings.items():
        setattr(cfg.depth_camera, name, value)
    cfg.observations.policy = [*Go2FlatCfg.observations.policy, "depth_image"]
    cfg.init_state.tilt_noise = 0.0


def test_a_robot_sees_the_ground_before_it(make: MakeEnv) -> None:
    """Upright on a plane at height h: the depth at the middle of the image is h / sin 45."""
    env = make(change=seeing)
    camera = env.depth_camera
    assert camera is not None and camera.images.shape == (8, 2, 3)
    upper, lower = camera.images[:, :, 1].unbind(dim=1)
    middle = 2.0 / (1.0 / upper + 1.0 / lower)  # inverse depths are linear in the image
    torch.testing.assert_close(middle, env.root_states[:, 2] / 0.5**0.5, atol=1e-4, rtol=0.0)
    seen = env.get_observations()["policy"][:, -6:]
    torch.testing.assert_close(seen, camera.images.flatten(1) / 2.0 - 0.5)


def test_images_follow_the_steps(make: MakeEnv) -> None:
    """At 10 Hz and 50 control steps a second each robot has a new image in every fifth step."""
    env = make(change=seeing)
    changes = torch.zeros(8)
    for _ in range(20):
        before = env.readings.depth_image.clone()
        observations, _, dones, _ = env.step(zero_actions(env))
        assert not dones.any()
        changes += (env.readings.depth_image != before).flatten(1).any(dim=1)
        torch.testing.assert_close(observations["policy"][:, -6:], env.readings.depth_image.flatten(1) / 2.0 - 0.5)
    assert changes.tolist() == [4.0] * 8


def test_without_the_section_there_is_one_line(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.observations.policy = [*Go2FlatCfg.observations.policy, "depth_image"]

    with pytest.raises(UserError, match=r"depth_image needs a section `class depth_camera"):
        make(change=change)


def test_settings_of_the_camera_are_checked(make: MakeEnv) -> None:
    with pytest.raises(UserError, match=r"depth_camera.crop = \[1, 1, 0, 0\] leaves nothing"):
        make(change=lambda cfg: seeing(cfg, crop=[1, 1, 0, 0]))
