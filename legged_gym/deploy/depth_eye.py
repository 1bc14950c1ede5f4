"""The depth camera of one robot, its images drawn by MuJoCo's own renderer."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
from typing import Any

import mujoco
import numpy as np

from legged_gym.deploy.robot import Robot
from legged_gym.terrain.terrain import Terrain
from legged_gym.viewing.render_scene import SNAP, TerrainPatch, add_ground
from robust_parallel.opengl import open_gl

FINENESS = 4
"""Pixels that are drawn along each side of one of the camera's: the policy's are read where their centres are."""
NEAR = 0.01
"""What is nearer is not drawn, m."""
OPAQUE = (0.5, 0.5, 0.5, 1.0)
"""Colour of ceilings: what is transparent has no depth."""
_MAX_GEOMS = 20000
_FORWARD = (0.5, 0.5, -0.5, -0.5)
"""From the frame of MuJoCo's cameras, which look along -z, to one that looks along x, wxyz."""


class DepthEye:
    """Takes images as the policy's training has them, but without a stereo camera's errors.

    Mount, angle of view and latency are drawn for each trial. Neither the robot nor anything else that moves is seen.
    """

    def __init__(self, camera: dict[str, Any], robot: Robot, terrain: Terrain, dt: float) -> None:
        """Build the scene and open OpenGL.

        Args:
            camera: the section `depth_camera` of the controller's metadata.
            robot: who carries it.
            terrain: what is to be seen.
            dt: control step, s.

        Raises:
            UserError: no OpenGL.
        """
        self._camera, self._robot = camera, robot
        self._period = round(1.0 / (camera["rate"] * dt))
        self._latency_steps = np.array(camera["latency_range"]) / dt
        rows, cols = (FINENESS * side for side in camera["resolution"])
        self._size = rows, cols
        self._pixels = _centres(camera)
        spec = mujoco.MjSpec()
        add_ground(spec, terrain, 2.0 * _reach(camera) + SNAP)  # it follows the robot to within half of this
        eye = spec.worldbody.add_body(name="eye", mocap=True)
        eye.add_camera(name="eye", quat=_FORWARD)
        spec.stat.extent = 1.0
        self._far = 1.1 * camera["range"][1]
        spec.visual.map.znear, spec.visual.map.zfar = NEAR, self._far
        spec.visual.global_.offwidth, spec.visual.global_.offheight = cols, rows
        spec.visual.quality.offsamples = 0
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._patch = None if terrain.is_plane else TerrainPatch(self._model, terrain, OPAQUE)
        self._scene = mujoco.MjvScene(self._model, maxgeom=_MAX_GEOMS)
        self._view = mujoco.MjvCamera()
        self._view.type, self._view.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, 0
        self._gl, self._context = open_gl(self._model, cols, rows)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR.value

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial: draw the camera's mount and how late it is."""
        camera = self._camera
        self._position = np.array(camera["position"]) + rng.uniform(-1.0, 1.0, 3) * camera["position_noise"]
        angles = np.array(camera["rotation"]) + rng.uniform(-1.0, 1.0, 3) * camera["rotation_noise"]
        self._rotation = np.empty(4)
        mujoco.mju_euler2Quat(self._rotation, np.radians(angles), "XYZ")
        half_width = math.tan(math.radians(rng.uniform(*camera["horizontal_fov"])) / 2.0)
        rows, cols = camera["resolution"]
        self._model.cam_fovy[0] = 2.0 * math.degrees(math.atan(half_width * rows / cols))
        self._latency = rng.uniform(*self._latency_steps)
        self._clock = int(rng.integers(self._period))
        self._past: list[np.ndarray] = []

    def read(self) -> dict[str, np.ndarray]:
        """The image that the robot has now, `depth_image` [R, C], m; once a control step."""
        while len(self._past) <= self._clock // self._period:  # the first stands for those before it
            self._past.append(self.look())
        there = max(math.floor((self._clock - self._latency) / self._period), 0)
        self._clock += 1
        return {"depth_image": self._past[there]}

    def look(self) -> np.ndarray:
        """What the camera sees now [R, C], m, as far as its range goes."""
        data, robot = self._data, self._robot
        place, offset = np.empty(4), np.empty(3)
        mujoco.mju_mulQuat(place, robot.quat, self._rotation)
        mujoco.mju_rotVecQuat(offset, self._position, robot.quat)
        data.mocap_pos[0], data.mocap_quat[0] = robot.position + offset, place
        self._gl.make_current()
        if self._patch is not None and self._patch.follow(robot.position):
            mujoco.mjr_uploadHField(self._model, self._context, 0)
        mujoco.mj_kinematics(self._model, data)
        mujoco.mj_camlight(self._model, data)
        options, everything = mujoco.MjvOption(), mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self._model, data, options, None, self._view, everything, self._scene)
        if self._patch is not None:
            self._patch.add_to(self._scene)
        buffer = np.empty(self._size, dtype=np.float32)
        rect = mujoco.MjrRect(0, 0, self._size[1], self._size[0])
        mujoco.mjr_render(rect, self._scene, self._context)
        mujoco.mjr_readPixels(None, buffer, rect, self._context)
        rows, cols = self._pixels
        drawn = buffer[::-1][rows[:, None], cols].astype(np.float64)
        depths = NEAR * self._far / (drawn * (self._far - NEAR) + NEAR)  # 1 at NEAR, 0 at the farthest
        return depths.clip(max=self._camera["range"][1]).astype(np.float32)

    def close(self) -> None:
        """Free OpenGL."""
        self._gl.make_current()
        self._context.free()
        self._gl.free()


def _reach(camera: dict[str, Any]) -> float:
    """How far from the base the farthest thing may be that a corner of the image shows, m."""
    rows, cols = camera["resolution"]
    half_width = math.tan(math.radians(max(camera["horizontal_fov"])) / 2.0)
    mount = np.abs(camera["position"]) + camera["position_noise"]
    return float(camera["range"][1] * math.hypot(1.0, half_width, half_width * rows / cols) + np.linalg.norm(mount))


def _centres(camera: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the drawn pixels in which the centres of the policy's are."""
    (rows, cols), (top, bottom, left, right) = camera["resolution"], camera["crop"]
    row = top + (np.arange(camera["shape"][0]) + 0.5) * ((rows - top - bottom) / camera["shape"][0])
    col = left + (np.arange(camera["shape"][1]) + 0.5) * ((cols - left - right) / camera["shape"][1])
    return np.floor(FINENESS * row).astype(int), np.floor(FINENESS * col).astype(int)
