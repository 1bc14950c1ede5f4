"""A robot's depth image as a picture, and its place in a larger one."""

from typing import Any

import numpy as np

NO_DEPTH = (120, 20, 20)
"""Colour of pixels without depth; the others are grey, the nearer, the brighter."""
_SHARE = 3
"""The picture is at most one in so many parts of a frame's width."""


def depth_picture(camera: Any, robot: int, factor: int = 3) -> np.ndarray:
    """What a robot has of its camera now, as RGB [factor R, factor C, 3], uint8.

    Args:
        camera: a `DepthCamera`.
        robot: index of the environment.
        factor: side of a pixel of the image in the picture.
    """
    picture = as_picture(camera.images[robot].cpu().numpy(), camera.image)
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def as_picture(depths: np.ndarray, image: Any) -> np.ndarray:
    """Depths [R, C], m, of a `DepthImage` as RGB [R, C, 3], uint8."""
    share = (depths.clip(image.near, image.far) - image.near) / (image.far - image.near)
    grey = np.rint(255.0 * (1.0 - share)).astype(np.uint8)
    picture = np.repeat(grey[..., None], 3, axis=-1)
    picture[depths == 0.0] = NO_DEPTH
    return picture


def with_depth(frame: np.ndarray, camera: Any, robot: int) -> np.ndarray:
    """A frame [H, W, 3] with a robot's depth image in its lower right corner, in white lines."""
    factor = max(1, frame.shape[1] // (_SHARE * camera.image.cols))
    picture = np.pad(depth_picture(camera, robot, factor), ((1, 0), (1, 0), (0, 0)), constant_values=255)
    framed = frame.copy()
    framed[-picture.shape[0] :, -picture.shape[1] :] = picture[-frame.shape[0] :, -frame.shape[1] :]
    return framed
