"""The picture of a robot's depth image."""

from types import SimpleNamespace

import numpy as np
import torch

from legged_gym.sensors.depth_image import DepthImage
from legged_gym.viewing.depth_view import NO_DEPTH, depth_picture, with_depth

CAMERA = SimpleNamespace(
    images=torch.tensor([[[9.0, 9.0]] * 2, [[0.5, 2.0], [1.4, 0.0]]]), image=DepthImage([2, 2], [0.5, 1.5])
)
"""Of the second robot: as near as can be, farther than can be, a tenth before the end, and none."""


def test_near_is_bright_and_no_depth_is_red() -> None:
    picture = depth_picture(CAMERA, robot=1, factor=2)
    assert picture.shape == (4, 4, 3) and picture.dtype == np.uint8
    assert picture[1, 1].tolist() == [255] * 3 and picture[0, 2].tolist() == [0] * 3
    assert picture[2, 0].tolist() == [26] * 3 and picture[3, 3].tolist() == list(NO_DEPTH)


def test_it_is_in_the_lower_right_corner_a_third_wide() -> None:
    frame = np.full((10, 20, 3), 7, dtype=np.uint8)
    framed = with_depth(frame, CAMERA, robot=1)
    np.testing.assert_array_equal(framed[-6:, -6:], depth_picture(CAMERA, robot=1, factor=3))
    assert (framed[-7, -7:] == 255).all() and (framed[:-7] == 7).all() and (framed[:, :-7] == 7).all()
    assert (frame == 7).all()
