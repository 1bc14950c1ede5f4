"""Pictures, depths and segments of what cameras see, drawn off-screen by MuJoCo."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np

from isaacgym.assets import Asset
from isaacgym.geometry import Quat, Transform, Vec3
from isaacgym.grids import Grid
from isaacgym.meshes import Box
from isaacgym.params import CameraProperties, PlaneParams
from isaacgym.scenery import GROUNDS, SHAPES, VISUALS, Window, build_scenery
from robust_parallel.opengl import open_gl

Array = np.ndarray

_NEAREST, _FARTHEST = 0.01, 200.0
"""Bounds of what is drawn, m: a depth buffer has so many bits."""
_MAX_GEOMS = 20000
_EYE = Quat(0.5, -0.5, -0.5, 0.5)
"""MuJoCo's camera, which looks along -z with y up, in the axes of one that looks along x with z up."""

_OPEN: list["Painter"] = []
"""Those that were not closed: OpenGL lets go of what belongs to the context of the moment, so none goes by itself."""


class Painter:
    """Draws robots of one asset on their ground, until it is closed."""

    def __init__(self, asset: Asset, ground: PlaneParams | Grid | None, boxes: Sequence[Box]) -> None:
        """Open OpenGL.

        Raises:
            UserError: there is none, or MuJoCo refuses what is to be drawn.
        """
        self._model = build_scenery(asset, ground, boxes)
        self._window = Window(self._model, ground) if isinstance(ground, Grid) else None
        self._data = mujoco.MjData(self._model)
        self._joints = [int(self._model.joint(name).qposadr[0]) for name in asset.dof_names]
        self._scene = mujoco.MjvScene(self._model, maxgeom=_MAX_GEOMS)
        self._option, self._view = mujoco.MjvOption(), mujoco.MjvCamera()
        self._view.type, self._view.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, 0
        self._gl, self._context = open_gl(self._model, 64, 64)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        _OPEN.append(self)

    def close(self) -> None:
        """Let go of OpenGL."""
        _OPEN.remove(self)
        self._gl.make_current()
        self._context.free()
        self._gl.free()

    def colours(self, pose: Transform, properties: CameraProperties, robots: Sequence[tuple[Array, Array]]) -> Array:
        """A picture [height, width, 4], RGBA, 8 bits.

        Args:
            pose: of the camera.
            properties: of the camera.
            robots: base state [13] and joint angles [D], rad, of each robot to draw.
        """
        self._draw(pose, properties, robots, flat=False)
        picture = np.full((properties.height, properties.width, 4), 255, dtype=np.uint8)
        colours = np.empty((properties.height, properties.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(colours, None, self._viewport(properties), self._context)
        picture[..., :3] = colours[::-1]
        return picture

    def depths(self, pose: Transform, properties: CameraProperties, robots: Sequence[tuple[Array, Array]]) -> Array:
        """Distances along the direction of view, m, negative, and -inf where there is nothing [height, width]."""
        near, far = self._draw(pose, properties, robots, flat=True)
        buffer = np.empty((properties.height, properties.width), dtype=np.float32)
        mujoco.mjr_readPixels(None, buffer, self._viewport(properties), self._context)
        nearness = buffer[::-1].astype(np.float64)  # 1 at the nearest plane, 0 at the farthest one
        depth = 1.0 / (1.0 / far + nearness * (1.0 / near - 1.0 / far))
        return np.where(nearness > 0.0, -depth, -np.inf).astype(np.float32)

    def segments(
        self, pose: Transform, properties: CameraProperties, robots: Sequence[tuple[Array, Array]], ids: tuple[int, int]
    ) -> Array:
        """What is seen in each pixel [height, width]: the id of the ground or of the robot, 0 where there is nothing.

        Args:
            pose: of the camera.
            properties: of the camera.
            robots: as in `colours`.
            ids: of the ground, and of the robots.
        """
        self._draw(pose, properties, robots, flat=True, segments=True)
        colours = np.empty((properties.height, properties.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(colours, None, self._viewport(properties), self._context)
        numbers = colours[::-1].astype(np.uint32) @ np.array([1, 256, 65536], dtype=np.uint32)
        meanings = np.zeros(_MAX_GEOMS + 1, dtype=np.uint32)
        for index in range(self._scene.ngeom):
            geom = self._scene.geoms[index]
            on_robot = geom.objid >= 0 and self._model.geom_bodyid[geom.objid] > 0
            meanings[geom.segid + 1] = ids[int(on_robot)]
        return meanings[numbers]

    def _draw(
        self,
        pose: Transform,
        properties: CameraProperties,
        robots: Sequence[tuple[Array, Array]],
        flat: bool,
        segments: bool = False,
    ) -> tuple[float, float]:
        """Draw, without sky if it is to be flat; gives the distances of the nearest and farthest plane, m."""
        self._gl.make_current()
        model, data = self._model, self._data
        near, far = max(properties.near_plane, _NEAREST), min(properties.far_plane, _FARTHEST)
        model.vis.map.znear, model.vis.map.zfar = near, far
        aspect = properties.height / properties.width
        model.cam_fovy[0] = 2.0 * math.degrees(
            math.atan(math.tan(math.radians(properties.horizontal_fov) / 2) * aspect)
        )
        self._place_camera(pose)
        self._option.geomgroup[:] = 0
        self._option.geomgroup[[GROUNDS, SHAPES if properties.use_collision_geometry else VISUALS]] = 1
        self._pose(robots[0])
        everything, moving = mujoco.mjtCatBit.mjCAT_ALL.value, mujoco.mjtCatBit.mjCAT_DYNAMIC.value
        mujoco.mjv_updateScene(model, data, self._option, None, self._view, everything, self._scene)
        for robot in robots[1:]:
            self._pose(robot)
            mujoco.mjv_addGeoms(model, data, self._option, mujoco.MjvPerturb(), moving, self._scene)
        flags, flag = self._scene.flags, mujoco.mjtRndFlag
        flags[flag.mjRND_SKYBOX], flags[flag.mjRND_SHADOW], flags[flag.mjRND_REFLECTION] = not flat, False, False
        flags[flag.mjRND_SEGMENT] = flags[flag.mjRND_IDCOLOR] = segments
        if (self._context.offWidth, self._context.offHeight) != (properties.width, properties.height):
            mujoco.mjr_resizeOffscreen(properties.width, properties.height, self._context)
        mujoco.mjr_render(self._viewport(properties), self._scene, self._context)
        return near, far

    def _place_camera(self, pose: Transform) -> None:
        ahead = pose.transform_vector(Vec3(1.0, 0.0, 0.0))
        place = np.array([pose.p.x, pose.p.y, pose.p.z])
        turn = pose.r * _EYE
        self._data.mocap_pos[0], self._data.mocap_quat[0] = place, (turn.w, turn.x, turn.y, turn.z)
        if self._window is not None and self._window.follow(place[:2], np.array([ahead.x, ahead.y])):
            mujoco.mjr_uploadHField(self._model, self._context, 0)

    def _pose(self, robot: tuple[Array, Array]) -> None:
        root, joints = robot
        self._data.qpos[:3], self._data.qpos[3:7] = root[:3], np.roll(root[3:7], 1)
        self._data.qpos[self._joints] = joints
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)

    def _viewport(self, properties: CameraProperties) -> Any:
        return mujoco.MjrRect(0, 0, properties.width, properties.height)


def close_all() -> None:
    """Close all that are open; where a program ends this is not needed."""
    for painter in list(_OPEN):
        painter.close()
