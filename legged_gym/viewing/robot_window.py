"""A window with the robots of any engine, in real time: MuJoCo's own viewer."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import time
from collections.abc import Callable, Sequence

import mujoco
import mujoco.viewer
import numpy as np

from legged_gym.sim.config import AssetCfg
from legged_gym.sim.terrain_model import TerrainLike
from legged_gym.utils.errors import UserError
from legged_gym.viewing.render_scene import PosedRobot, TerrainPatch, build_scene
from legged_gym.viewing.rendering import Marker, Robots, add_marker, as_array


class RobotWindow:
    """Shows all robots, the camera on the first."""

    def __init__(
        self,
        robots: Robots,
        asset: AssetCfg,
        terrain: TerrainLike,
        dt: float,
        on_key: Callable[[int], None] | None = None,
        own_letters: str = "",
    ) -> None:
        """Open the window.

        Args:
            robots: who is shown.
            asset: their description.
            terrain: what they walk on.
            dt: time between two pictures, s.
            on_key: called, by another thread, with the code (of GLFW) of every key that is pressed.
            own_letters: keys with which the viewer switches something of the picture, and is not to: it is switched
                back within a few frames.

        Raises:
            UserError: no window can be opened.
        """
        self._robots = robots
        self._dt = dt
        self._posed_robot = PosedRobot(build_scene(asset, terrain, width=640, height=480, fast=False), robots.dof_names)
        self._patch = None if terrain.is_plane else TerrainPatch(self._posed_robot.model, terrain)
        self._posed_robot.pose(as_array(robots.root_states)[0], as_array(robots.dof_pos)[0])
        try:
            self._window = mujoco.viewer.launch_passive(
                self._posed_robot.model,
                self._posed_robot.data,
                key_callback=on_key,
                show_left_ui=False,
                show_right_ui=False,
            )
        except (mujoco.FatalError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"cannot open a window ({reason}); use --headless or --video FILE.mp4") from error
        self._window.cam.type = mujoco.mjtCamera.mjCAMERA_TRACKING
        self._window.cam.trackbodyid = 1
        self._window.cam.distance, self._window.cam.azimuth, self._window.cam.elevation = 3.0, 120.0, -20.0
        self._window.opt.geomgroup[:] = [1, 1, 1, 0, 0, 0]
        self._kept_options = _Switches(self._window.opt, mujoco.mjVISSTRING, own_letters)
        self._kept_scene = _Switches(self._window.user_scn, mujoco.mjRNDSTRING, own_letters)
        self._next_frame = time.perf_counter()

    def show(
        self,
        text: tuple[str, str],
        markers: Sequence[Marker] = (),
        picture: np.ndarray | None = None,
    ) -> bool:
        """Show the present state when its time has come; False when the window was closed.

        Args:
            text: two columns of lines for the upper left corner.
            markers: extra shapes.
            picture: RGB [height, width, 3], uint8, for the lower left corner.
        """
        window, scene, posed = self._window, self._window.user_scn, self._posed_robot
        if not window.is_running() or scene is None:
            return False
        roots, joints = as_array(self._robots.root_states), as_array(self._robots.dof_pos)
        with window.lock():
            self._kept_options.restore()
            self._kept_scene.restore()
            scene.ngeom = 0
            moved = self._patch is not None and self._patch.follow(roots[0, :3])
            if self._patch is not None:
                self._patch.add_to(scene)
            for marker in markers:
                add_marker(scene, marker)
            for other in range(1, len(roots)):
                posed.pose(roots[other], joints[other])
                posed.add_to(scene, window.opt)
            posed.pose(roots[0], joints[0])
        if moved:
            window.update_hfield(0)
        window.set_texts((None, mujoco.mjtGridPos.mjGRID_TOPLEFT, *text))
        if picture is not None:
            height, width, _ = picture.shape
            window.set_images((mujoco.MjrRect(0, 0, width, height), picture))
        window.sync()
        self._wait()
        return True

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _wait(self) -> None:
        """Hold the pace of the real robot; a machine that is too slow shows it slower, and does not catch up."""
        now = time.perf_counter()
        self._next_frame = max(self._next_frame + self._dt, now)
        time.sleep(self._next_frame - now)


class _Switches:
    """Switches of the picture that the viewer has letters for, held as they were at the start."""

    def __init__(self, owner: mujoco.MjvOption | mujoco.MjvScene, table: Sequence[Sequence[str]], letters: str) -> None:
        self._owner = owner
        self._indices = [index for index, (*_, letter) in enumerate(table) if letter and letter in letters]
        self._values = np.array(owner.flags)[self._indices]

    def restore(self) -> None:
        """Put them back."""
        self._owner.flags[self._indices] = self._values
