"""A window with the robots of any engine, in real time, driven by the keyboard (MuJoCo's own viewer)."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import time
from typing import Any

import mujoco
import mujoco.viewer
import numpy as np

from legged_gym.sim.render_scene import TerrainPatch, build_scene
from legged_gym.utils.errors import UserError
from legged_gym.utils.keyboard import KeyboardCommand


class Viewer:
    """Shows all robots, the camera on the first; its keys set the velocity command of all."""

    def __init__(self, env: Any) -> None:
        """Open the window.

        Args:
            env: a `LeggedRobot`.

        Raises:
            UserError: no window can be opened.
        """
        self._env = env
        self._model = build_scene(env.cfg.asset, env.terrain, width=640, height=480, fast=False)
        self._data = mujoco.MjData(self._model)
        self._patch = None if env.terrain.is_plane else TerrainPatch(self._model, env.terrain)
        self._joints = [int(self._model.joint(name).qposadr[0]) for name in env.dof_names]
        ranges = env.cfg.commands.ranges
        self.command = KeyboardCommand([ranges.lin_vel_x, ranges.lin_vel_y, ranges.ang_vel_yaw])
        self._show(0)
        try:
            self._window = mujoco.viewer.launch_passive(
                self._model, self._data, key_callback=self.command.press, show_left_ui=False, show_right_ui=False
            )
        except (mujoco.FatalError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"cannot open a window ({reason}); use --headless or --video FILE.mp4") from error
        self._window.cam.type = mujoco.mjtCamera.mjCAMERA_TRACKING
        self._window.cam.trackbodyid = 1
        self._window.cam.distance, self._window.cam.azimuth, self._window.cam.elevation = 3.0, 120.0, -20.0
        self._window.opt.geomgroup[:] = [1, 1, 1, 0, 0, 0]
        self._next_frame = time.perf_counter()

    def before_step(self) -> None:
        """Give every robot the command."""
        self.command.apply(self._env.commands)

    def show(self) -> bool:
        """Show the present state when its time has come; False when the window was closed."""
        window, scene = self._window, self._window.user_scn
        if not window.is_running() or scene is None:
            return False
        dynamic = mujoco.mjtCatBit.mjCAT_DYNAMIC.value
        with window.lock():
            scene.ngeom = 0
            for other in range(1, self._env.num_envs):
                self._show(other)
                mujoco.mjv_addGeoms(self._model, self._data, window.opt, window.perturb, dynamic, scene)
            self._show(0)
            moved = self._patch is not None and self._patch.follow(self._data.qpos[:3])
        if moved:
            window.update_hfield(0)
        keys, texts = self.command.lines()
        window.set_texts((None, mujoco.mjtGridPos.mjGRID_TOPLEFT, keys, texts))
        window.sync()
        self._wait()
        return True

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _wait(self) -> None:
        """Hold the pace of the real robot; a machine that is too slow shows it slower, and does not catch up."""
        now = time.perf_counter()
        self._next_frame = max(self._next_frame + self._env.dt, now)
        time.sleep(self._next_frame - now)

    def _show(self, robot: int) -> None:
        """Pose the scene's one robot as that of an environment."""
        root = self._env.root_states[robot].cpu().numpy()
        qpos = self._data.qpos
        qpos[:3] = root[:3]
        qpos[3:7] = np.roll(root[3:7], 1)  # xyzw -> wxyz
        qpos[self._joints] = self._env.dof_pos[robot].cpu().numpy()
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
