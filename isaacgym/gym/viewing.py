"""Calls of the viewer, which shows nothing and hears nothing, and of cameras, which take no pictures yet."""

import logging
from typing import Any

from isaacgym.geometry import Transform, Vec3
from isaacgym.params import CameraProperties
from isaacgym.scene import Env, Sim

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
        """A camera's handle: asking for its picture is refused."""
        env.cameras.append(props)
        return len(env.cameras) - 1
