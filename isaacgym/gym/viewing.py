"""Calls of the viewer, which shows nothing and hears nothing, and of cameras, whose pictures are black."""

import functools
import logging
from typing import Any

import numpy as np

from isaacgym.enums import CameraFollowMode, ImageType
from isaacgym.geometry import Transform, Vec3
from isaacgym.params import CameraProperties
from isaacgym.scene import Env, Sim
from robust_parallel.errors import UserError

logger = logging.getLogger(__name__)


class Viewer:
    """A window that is not there."""


class Viewing:
    """Scripts that open a window run as they would without."""

    def create_viewer(self, sim: Sim, props: CameraProperties) -> Viewer:
        """A viewer that shows nothing."""
        logger.warning("isaacgym: the viewer shows nothing; --headless says so to the script")
        return Viewer()

    def destroy_viewer(self, viewer: Viewer) -> None:
        """Nothing."""

    def viewer_camera_look_at(self, viewer: Viewer, env: Env | None, pos: Vec3, target: Vec3) -> None:
        """Nothing."""

    def get_viewer_camera_transform(self, viewer: Viewer, env: Env | None) -> Transform:
        """The world's origin."""
        return Transform()

    def subscribe_viewer_keyboard_event(self, viewer: Viewer, key: int, name: str) -> bool:
        """Nothing: no key will be pressed."""
        return True

    def query_viewer_has_closed(self, viewer: Viewer) -> bool:
        """It never closes."""
        return False

    def query_viewer_action_events(self, viewer: Viewer) -> list[Any]:
        """No key was pressed."""
        return []

    def poll_viewer_events(self, viewer: Viewer) -> None:
        """Nothing."""

    def draw_viewer(self, viewer: Viewer, sim: Sim, render_collision: bool = False) -> None:
        """Nothing."""

    def sync_frame_time(self, sim: Sim) -> None:
        """Nothing: nobody watches, so nothing waits for the clock."""

    def step_graphics(self, sim: Sim) -> None:
        """Nothing."""

    def clear_lines(self, viewer: Viewer) -> None:
        """Nothing."""

    def add_lines(self, viewer: Viewer, env: Env | None, num_lines: int, vertices: Any, colors: Any) -> None:
        """Nothing."""

    def set_light_parameters(self, sim: Sim, light_index: int, intensity: Vec3, ambient: Vec3, direction: Vec3) -> None:
        """Nothing."""

    def create_camera_sensor(self, env: Env, props: CameraProperties) -> int:
        """A camera's handle: its pictures are black."""
        env.cameras.append(props)
        return len(env.cameras) - 1

    def set_camera_location(self, camera: int, env: Env, pos: Vec3, target: Vec3) -> None:
        """Nothing."""

    def set_camera_transform(self, camera: int, env: Env, transform: Transform) -> None:
        """Nothing."""

    def attach_camera_to_body(
        self, camera: int, env: Env, body: int, offset: Transform, mode: CameraFollowMode
    ) -> None:
        """Nothing."""

    def render_all_camera_sensors(self, sim: Sim) -> None:
        """Nothing."""

    def start_access_image_tensors(self, sim: Sim) -> None:
        """Nothing."""

    def end_access_image_tensors(self, sim: Sim) -> None:
        """Nothing."""

    def get_camera_image(self, sim: Sim, env: Env, camera: int, type: ImageType) -> np.ndarray:
        """A black picture [height, 4 width], RGBA.

        Raises:
            UserError: it is to be a depth image, which is no film but what a policy sees.
        """
        if type != ImageType.IMAGE_COLOR:
            raise UserError("isaacgym: get_camera_image: depth images are not there yet; a black one would mislead")
        _tell_black()
        props = env.cameras[camera]
        return np.tile(np.array([0, 0, 0, 255], dtype=np.uint8), (props.height, props.width))


@functools.cache
def _tell_black() -> None:
    logger.warning("isaacgym: pictures of cameras are black; they are not drawn yet")
