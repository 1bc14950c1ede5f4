"""Calls of the viewer, which shows nothing and hears nothing."""

import logging
from typing import Any

from isaacgym.cameras import looking
from isaacgym.enums import MeshType
from isaacgym.geometry import Transform, Vec3
from isaacgym.params import CameraProperties
from isaacgym.scene import Env, Sim
from isaacgym.viewer import Viewer

logger = logging.getLogger(__name__)


class Viewing:
    """Scripts that open a window run as they would without."""

    def create_viewer(self, sim: Sim, props: CameraProperties) -> Viewer:
        """A viewer that shows nothing."""
        logger.warning("isaacgym: the viewer shows nothing; --headless says so to the script")
        return Viewer(sim, props.copied())

    def destroy_viewer(self, viewer: Viewer) -> None:
        """Nothing."""

    def viewer_camera_look_at(self, viewer: Viewer | None, env: Env | None, pos: Vec3, target: Vec3) -> None:
        """Let the viewer look at a target, in the frame of an environment or the world, m; none looks nowhere."""
        if viewer is None:  # players of forks aim it even if they made none
            return
        origin = env.origin if env else Vec3()
        viewer.pose = looking(pos + origin, target + origin)

    def get_viewer_camera_transform(self, viewer: Viewer, env: Env | None) -> Transform:
        """Where the viewer looks from, in the frame of an environment or the world."""
        return Transform(viewer.pose.p - (env.origin if env else Vec3()), viewer.pose.r)

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

    def set_rigid_body_color(self, env: Env, actor: int, body: int, type: MeshType, color: Vec3) -> None:
        """Nothing: robots have the colours of their files."""

    def set_light_parameters(self, sim: Sim, light_index: int, intensity: Vec3, ambient: Vec3, direction: Vec3) -> None:
        """Nothing."""
