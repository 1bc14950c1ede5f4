"""Pictures of robots on their terrain, for any engine: drawn off-screen by MuJoCo C from the robots' states."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import mujoco
import numpy as np

from legged_gym.sim.config import AssetCfg
from legged_gym.sim.terrain_model import TerrainLike
from legged_gym.viewing.render_scene import PosedRobot, TerrainPatch, build_scene, new_geom
from robust_parallel.opengl import open_gl

_MAX_GEOMS = 10000
_SIGHT = 8.0
"""Robots farther than this from the one that is followed are not drawn, m: fog and terrain end there."""
_CUT_DISTANCE = 1.0
"""The camera follows smoothly, but cuts to a robot that is farther from where it looked, m."""
_CLEARANCE = 0.15
"""Least height of the line of sight over the ground behind the robot, m."""
_ARROW_HEIGHT = 0.3
"""Height of a velocity's arrow over the base, m."""
_ARROW_SCALE = 0.5
"""Length of a velocity's arrow for each m/s, m."""
_FOLLOW = 0.25
"""Share of the way to the robot that the camera's aim goes in one frame."""

Colour = tuple[float, float, float, float]


class Robots(Protocol):
    """What is drawn: a `Simulator`, or what else holds the states of N robots as it does, in tensors or arrays."""

    dof_names: list[str]
    root_states: Any
    """Base link [N, 13]."""
    dof_pos: Any
    """Joint angles [N, D], rad."""


@dataclass(frozen=True)
class Camera:
    """Where the tracked robot is seen from."""

    distance: float = 2.0
    """Distance from the robot's base, m."""
    azimuth: float = 120.0
    """Direction of view about the vertical, degrees: 0 looks along world x, 90 along world y."""
    elevation: float = -20.0
    """Direction of view above the horizon, degrees."""


@dataclass(frozen=True)
class Spheres:
    """Points, such as those of a height scan."""

    positions: np.ndarray
    """World positions [K, 3], m."""
    radius: float = 0.015
    colour: Colour = (1.0, 0.45, 0.1, 1.0)


@dataclass(frozen=True)
class Arrow:
    """A vector, such as a commanded velocity."""

    start: np.ndarray
    """World position of its foot [3], m."""
    vector: np.ndarray
    """Way from its foot to its tip [3], m."""
    colour: Colour = (0.1, 0.8, 0.2, 1.0)
    width: float = 0.015
    """Radius of its shaft, m."""


@dataclass(frozen=True)
class Block:
    """A box along the axes of the world that a robot is seen through."""

    low: np.ndarray
    """World position of its corner of least x, y, z [3], m."""
    high: np.ndarray
    """That of the opposite one [3], m."""
    colour: Colour = (0.40, 0.48, 0.60, 0.45)


Marker = Spheres | Arrow | Block


def velocity_arrow(
    position: np.ndarray,
    velocity: np.ndarray | Sequence[float],
    heading: np.ndarray | Sequence[float] = (1.0, 0.0),
    colour: Colour = Arrow.colour,
) -> Arrow:
    """An arrow over a robot.

    Args:
        position: of its base [3], m.
        velocity: forward and sideways of the heading [2], m/s.
        heading: unit vector [2] in the world; by default the velocity is the world's.
        colour: of the arrow.
    """
    (vx, vy), (c, s) = velocity, heading
    vector = np.array([c * vx - s * vy, s * vx + c * vy, 0.0])
    return Arrow(position + np.array([0.0, 0.0, _ARROW_HEIGHT]), _ARROW_SCALE * vector, colour)


class Renderer:
    """Draws robots of a simulator, one of them followed by the camera, on the part of the terrain around that one."""

    def __init__(
        self,
        sim: Robots,
        asset: AssetCfg,
        terrain: TerrainLike,
        width: int = 640,
        height: int = 480,
        fast: bool = False,
    ):
        """Open an off-screen OpenGL context.

        Args:
            sim: whose robots are drawn.
            asset: the robot's description; its visual shapes are drawn, or, if there are none, its collision shapes.
            terrain: what it walks on.
            width: pixels.
            height: pixels.
            fast: draw without shadows and smoothed edges, which without a GPU takes a fifth of the time.

        Raises:
            UserError: no OpenGL here.
        """
        self._sim = sim
        self._terrain = terrain
        self._size = (height, width)
        self._model = build_scene(asset, terrain, width, height, fast)
        self._patch = None if terrain.is_plane else TerrainPatch(self._model, terrain)
        self._posed_robot = PosedRobot(self._model, sim.dof_names)
        self._aim: np.ndarray | None = None
        self._elevation = 0.0
        self._options = mujoco.MjvOption()
        self._options.geomgroup[:] = [1, 1, 1, 0, 0, 0]
        self._scene = mujoco.MjvScene(self._model, maxgeom=_MAX_GEOMS)
        self._gl, self._context = open_gl(self._model, width, height)

    def render(
        self,
        env_id: int,
        camera: Camera = Camera(),  # noqa: B008  (frozen)
        markers: Sequence[Marker] = (),
        others: Sequence[int] = (),
        text: tuple[str, str] | None = None,
    ) -> np.ndarray:
        """Draw one frame.

        Args:
            env_id: the robot to follow.
            camera: where from.
            markers: extra shapes.
            others: further robots to draw, where they are in sight.
            text: two columns of lines for the upper left corner.

        Returns:
            RGB [height, width, 3], uint8.
        """
        self._gl.make_current()
        roots, joints = as_array(self._sim.root_states), as_array(self._sim.dof_pos)
        base = roots[env_id, :3].astype(np.float64)
        if self._patch is not None and self._patch.follow(base):
            mujoco.mjr_uploadHField(self._model, self._context, 0)
        self._posed_robot.pose(roots[env_id], joints[env_id])
        view = self._view(base, camera)
        # An infinite plane is laid out around the scene's camera, which updateScene itself moves only afterwards.
        mujoco.mjv_updateCamera(self._model, self._posed_robot.data, view, self._scene)
        mujoco.mjv_updateScene(
            self._model,
            self._posed_robot.data,
            self._options,
            None,
            view,
            mujoco.mjtCatBit.mjCAT_ALL.value,
            self._scene,
        )
        if self._patch is not None:
            self._patch.add_to(self._scene)
        for marker in markers:
            add_marker(self._scene, marker)
        for other in others:
            if other != env_id and np.linalg.norm(roots[other, :2] - base[:2]) < _SIGHT:
                self._posed_robot.pose(roots[other], joints[other])
                self._posed_robot.add_to(self._scene, self._options)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_FOG] = True
        pixels = np.empty((*self._size, 3), dtype=np.uint8)
        rect = mujoco.MjrRect(0, 0, self._size[1], self._size[0])
        mujoco.mjr_render(rect, self._scene, self._context)
        if text is not None:
            corner = mujoco.mjtGridPos.mjGRID_TOPLEFT
            mujoco.mjr_overlay(mujoco.mjtFont.mjFONT_NORMAL, corner, rect, *text, self._context)
        mujoco.mjr_readPixels(pixels, None, rect, self._context)
        return np.ascontiguousarray(pixels[::-1])

    def close(self) -> None:
        """Free the OpenGL context."""
        self._gl.make_current()
        self._context.free()
        self._gl.free()

    def _view(self, base: np.ndarray, camera: Camera) -> Any:
        cut = self._aim is None or bool(np.linalg.norm(base - self._aim) > _CUT_DISTANCE)
        follow = 1.0 if cut else _FOLLOW
        self._aim = base.copy() if self._aim is None else self._aim + follow * (base - self._aim)
        elevation = min(camera.elevation, self._clear_elevation(self._aim, camera))
        self._elevation += follow * (elevation - self._elevation)
        view = mujoco.MjvCamera()
        view.type = mujoco.mjtCamera.mjCAMERA_FREE
        view.lookat[:] = self._aim
        view.distance, view.azimuth = camera.distance, camera.azimuth
        view.elevation = self._elevation
        return view

    def _clear_elevation(self, aim: np.ndarray, camera: Camera) -> float:
        """The flattest direction of view, degrees, in which no ground stands between the camera and its aim [3]."""
        if self._terrain.is_plane:
            return 0.0
        terrain, azimuth = self._terrain, np.radians(camera.azimuth)
        behind = np.linspace(0.3, camera.distance, 12)
        points = aim[:2] - behind[:, None] * np.array([np.cos(azimuth), np.sin(azimuth)])
        cells = np.rint((points - np.array(terrain.origin_xy)) / terrain.horizontal_scale).astype(int)
        cells = np.clip(cells, 0, np.array(terrain.heights.shape) - 1)
        rise = terrain.heights[cells[:, 0], cells[:, 1]] + _CLEARANCE - aim[2]
        return -float(np.degrees(np.arctan2(rise, behind).max()))


def add_marker(scene: mujoco.MjvScene, marker: Marker) -> None:
    """Draw a marker, or what there is room for of it."""
    if isinstance(marker, Spheres):
        for position in np.asarray(marker.positions, dtype=np.float64):
            geom = new_geom(scene, mujoco.mjtGeom.mjGEOM_SPHERE, marker.colour)
            if geom is not None:
                geom.size[:] = marker.radius
                geom.pos[:] = position
        return
    if isinstance(marker, Block):
        geom = new_geom(scene, mujoco.mjtGeom.mjGEOM_BOX, marker.colour)
        if geom is not None:
            geom.pos[:], geom.size[:] = (marker.low + marker.high) / 2.0, (marker.high - marker.low) / 2.0
        return
    start = np.asarray(marker.start, dtype=np.float64)
    geom = new_geom(scene, mujoco.mjtGeom.mjGEOM_ARROW, marker.colour)
    if geom is not None:
        mujoco.mjv_connector(geom, mujoco.mjtGeom.mjGEOM_ARROW, marker.width, start, start + marker.vector)


def as_array(states: Any) -> np.ndarray:
    """States as an array, from whatever device they are on."""
    return states if isinstance(states, np.ndarray) else states.cpu().numpy()
