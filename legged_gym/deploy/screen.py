"""Looking at trials: a window in real time, or a video."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import time
from pathlib import Path
from typing import Protocol

import imageio
import mujoco
import numpy as np

from legged_gym.deploy.trial import Bench
from legged_gym.sim.render_scene import TerrainPatch, build_scene
from legged_gym.sim.rendering import Arrow, Renderer, Spheres
from legged_gym.utils.errors import UserError

MAX_FPS = 25.0
SAMPLE_COLOUR = (1.0, 0.45, 0.1, 1.0)
SAMPLE_RADIUS = 0.012
_ARROW_HEIGHT = 0.3
"""Of the command's arrow over the base, m."""
_ARROW_SCALE = 0.5
"""Length of the arrow for each m/s, m."""


class Screen(Protocol):
    """Something that shows the robot, and the ground that its map tells it of."""

    def show(self, command: np.ndarray) -> bool:
        """Show the present state under a command [3]; False when the user has closed the window."""
        ...

    def close(self) -> None:
        """Close window or file."""


class Film:
    """A video of every trial; an arrow shows the command."""

    def __init__(self, bench: Bench, path: Path, width: int = 640, height: int = 480) -> None:
        """Open the file.

        Args:
            bench: whose robot is filmed.
            path: mp4 file to write.
            width: pixels, even.
            height: pixels, even.

        Raises:
            UserError: no OpenGL, or the file cannot be written.
        """
        if path.suffix.lower() != ".mp4":
            raise UserError(f"the video {path} must end in .mp4")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise UserError(f"cannot write the video {path}: {error.strerror}") from error
        self._bench = bench
        dt = bench.metadata.control_dt
        self._stride = max(1, round(1.0 / (MAX_FPS * dt)))
        """Control steps between frames."""
        self._step = 0
        self._states = _States(bench)
        self._renderer = Renderer(self._states, bench.metadata.asset, bench.terrain, width, height)
        fps = 1.0 / (self._stride * dt)
        self._writer = imageio.get_writer(path, fps=fps, macro_block_size=1, ffmpeg_log_level="error")

    def show(self, command: np.ndarray) -> bool:
        """Film the present state, if it is a frame's turn."""
        if self._step % self._stride == 0:
            self._states.refresh()
            frame = self._renderer.render(0, markers=self._markers(command))
            self._writer.append_data(frame)  # pyright: ignore[reportAttributeAccessIssue]
        self._step += 1
        return True

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        self._renderer.close()

    def _markers(self, command: np.ndarray) -> list[Arrow | Spheres]:
        robot = self._bench.robot
        (c, s), (vx, vy) = robot.heading, command[:2]
        velocity = np.array([c * vx - s * vy, s * vx + c * vy, 0.0])
        start = robot.position + np.array([0.0, 0.0, _ARROW_HEIGHT])
        samples = self._bench.observation.samples
        return [Arrow(start, _ARROW_SCALE * velocity), Spheres(samples, SAMPLE_RADIUS, SAMPLE_COLOUR)]


class Window:
    """MuJoCo's own viewer, in real time."""

    def __init__(self, bench: Bench) -> None:
        """Open the window.

        Args:
            bench: whose robot is shown.

        Raises:
            UserError: no window can be opened.
        """
        # Imported where it is used: a machine without display may lack OpenGL.
        import mujoco.viewer

        self._bench = bench
        self._model = build_scene(bench.metadata.asset, bench.terrain, width=640, height=480, fast=False)
        self._data = mujoco.MjData(self._model)
        self._patch = None if bench.terrain.is_plane else TerrainPatch(self._model, bench.terrain)
        self._joints = [int(self._model.joint(name).qposadr[0]) for name in bench.metadata.joint_names]
        self._pose()
        try:
            self._window = mujoco.viewer.launch_passive(
                self._model, self._data, show_left_ui=False, show_right_ui=False
            )
        except (mujoco.FatalError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"cannot open a window ({reason}); use --headless or --video FILE.mp4") from error
        self._window.cam.type = mujoco.mjtCamera.mjCAMERA_TRACKING
        self._window.cam.trackbodyid = 1
        self._window.cam.distance, self._window.cam.azimuth, self._window.cam.elevation = 3.0, 120.0, -20.0
        self._window.opt.geomgroup[:] = [1, 1, 1, 0, 0, 0]
        self._next_frame = time.perf_counter()

    def show(self, command: np.ndarray) -> bool:
        """Show the present state when its time has come; False when the window was closed."""
        window, scene = self._window, self._window.user_scn
        if not window.is_running() or scene is None:
            return False
        with window.lock():
            self._pose()
            moved = self._patch is not None and self._patch.follow(self._data.qpos[:3])
            self._mark(scene)
        if moved:
            window.update_hfield(0)
        text = "vx {:+.2f} m/s\nvy {:+.2f} m/s\nyaw rate {:+.2f} rad/s".format(*command)
        window.set_texts((None, mujoco.mjtGridPos.mjGRID_TOPLEFT, text, ""))
        window.sync()
        now = time.perf_counter()
        self._next_frame = max(self._next_frame + self._bench.metadata.control_dt, now)
        time.sleep(self._next_frame - now)
        return True

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _pose(self) -> None:
        """Pose the scene's robot as the simulated one."""
        robot, qpos = self._bench.robot, self._data.qpos
        qpos[:3], qpos[3:7], qpos[self._joints] = robot.position, robot.quat, robot.dof_pos
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)

    def _mark(self, scene: mujoco.MjvScene) -> None:
        """Draw the samples that the policy sees."""
        samples = self._bench.observation.samples[: scene.maxgeom]
        scene.ngeom = len(samples)
        size, colour = np.full(3, SAMPLE_RADIUS), np.array(SAMPLE_COLOUR, np.float32)
        for geom, position in zip(scene.geoms, samples, strict=False):
            mujoco.mjv_initGeom(geom, mujoco.mjtGeom.mjGEOM_SPHERE, size, position, np.eye(3).ravel(), colour)


class _States:
    """The one robot as the renderer reads it."""

    def __init__(self, bench: Bench) -> None:
        self._robot = bench.robot
        self.dof_names = bench.metadata.joint_names
        self.root_states = np.zeros((1, 13))
        self.dof_pos = np.zeros((1, len(self.dof_names)))

    def refresh(self) -> None:
        """Take over the robot's present pose."""
        self.root_states[0, :3] = self._robot.position
        self.root_states[0, 3:7] = np.roll(self._robot.quat, -1)  # wxyz -> xyzw
        self.dof_pos[0] = self._robot.dof_pos
