"""What is drawn in the browser: robots on their ground, and arrows and points around the one that is looked at."""

from collections.abc import Callable
from typing import Any

import numpy as np
import trimesh
import viser

from legged_gym.viewing.web.ground_mesh import GroundPatch, Triangles, known, surface
from legged_gym.viewing.web.messages import Frame, Scene
from legged_gym.viewing.web.robot_mesh import RobotMeshes

COMMAND, VELOCITY, FORCE = (32, 178, 70), (50, 110, 230), (214, 60, 120)
MAP = (255, 120, 25)
CLOSED, OPEN = np.array([150, 150, 165]), np.array([0, 200, 100])
"""Colours of a believed point where the gate lets nothing, or everything, of the map through."""
_GROUND = {"light": ((172, 164, 148), None), "dark": ((156, 148, 132), None), "ceiling": ((105, 125, 155), 0.45)}
"""Colour and opacity of the ground's parts."""
_SKY = (np.array([120, 165, 215]), np.array([228, 236, 244]))
"""Colours of the background, top and bottom."""
_LIFT = 0.012
"""Points are drawn so far over the ground, m: half of each would be below."""
_ARROW_HEIGHT, _METRES_PER_SPEED, _METRES_PER_NEWTON = 0.35, 0.5, 0.0025
_FOOT = 0.02
"""Height of the middle of a foot that stands, m."""
_SHORTEST = 0.02
"""Arrows below this length are not drawn, m."""
_FOLLOW = 0.2
"""Share of the way to the robot's height that the view goes in one picture: it does not shake with each step."""
LAYERS = {
    "command and velocity": ("command", "velocity"),
    "contacts": ("forces",),
    "map samples": ("samples",),
    "believed ground": ("beliefs",),
    "other robots": (),
}
"""What can be switched off, and the names of its shapes."""


class Stage:
    """The scene. The world moves under the robot that is looked at, so that the camera stays the user's own."""

    def __init__(self, server: viser.ViserServer, scene: Scene, pick: Callable[[int], None]) -> None:
        """Build what stays.

        Args:
            server: that draws.
            scene: what is shown.
            pick: called with the number of a robot that was clicked.

        Raises:
            UserError: the robot's description is faulty.
        """
        self._server, self._pick, self._feet = server, pick, scene.feet
        self._robots = RobotMeshes(scene.robot, scene.joint_names)
        self._patch = None if scene.ground.is_plane else GroundPatch(scene.ground)
        self._shown = dict.fromkeys(LAYERS, True)
        self.follows = True
        """The camera goes with the robot."""
        self._aim: np.ndarray | None = None
        self._numbers = np.zeros(0, dtype=int)
        api = server.scene
        api.set_up_direction("+z")
        api.configure_environment_map(environment_intensity=0.45)
        share = np.linspace(0.0, 1.0, 64)[:, None, None]
        api.set_background_image(np.rint(_SKY[0] + share * (_SKY[1] - _SKY[0])).astype(np.uint8).repeat(4, axis=1))
        self._world = api.add_frame("/world", show_axes=False)
        self._bodies = [self._add_body(*pair) for pair in zip(self._robots.names, self._robots.meshes, strict=True)]
        none = np.zeros((0, 2, 3), np.float32)
        self._arrows = {
            "command": api.add_arrows("/world/command", none, COMMAND, shaft_radius=0.012, head_radius=0.03),
            "velocity": api.add_arrows("/world/velocity", none, VELOCITY, shaft_radius=0.012, head_radius=0.03),
            "forces": api.add_arrows("/world/forces", none, FORCE, shaft_radius=0.008, head_radius=0.02),
        }
        for arrow in self._arrows.values():
            arrow.head_length = 0.06
        self._points = {
            name: api.add_point_cloud(f"/world/{name}", np.zeros((0, 3)), colour, point_size=size, point_shape="circle")
            for name, colour, size in (("samples", MAP, 0.022), ("beliefs", tuple(OPEN), 0.03))
        }
        for cloud in self._points.values():
            cloud.precision = "float32"
        self._meshes: dict[str, Any] = {}
        self._plane: viser.GridHandle | None = None
        if self._patch is None:
            self._plane = api.add_grid(
                "/world/ground", width=200.0, height=200.0, infinite_grid=True, fade_distance=25.0,
                plane_color=_GROUND["light"][0], plane_opacity=1.0, cell_color=(150, 143, 130),
                section_color=(120, 114, 104), shadow_opacity=0.35,
            )  # fmt: skip

    def _add_body(self, name: str, mesh: trimesh.Trimesh) -> viser.BatchedGlbHandle:
        handle = self._server.scene.add_batched_meshes_trimesh(
            f"/world/robots/{name}", mesh, batched_wxyzs=np.zeros((0, 4)), batched_positions=np.zeros((0, 3))
        )

        @handle.on_click
        def _(event: viser.SceneNodePointerEvent) -> None:
            index = event.instance_index
            if index is not None and index < len(self._numbers):
                self._pick(int(self._numbers[index]))

        return handle

    def show(self, layer: str, visible: bool) -> None:
        """Switch a layer on or off; from the next frame on."""
        self._shown[layer] = visible

    def draw(self, frame: Frame) -> None:
        """Show a frame."""
        count = len(frame.roots) if self._shown["other robots"] else 1
        self._numbers = frame.robots[:count]
        positions, quats = self._robots.place(frame.roots[:count], frame.joints[:count])
        base = frame.roots[0, :3].astype(float)
        if frame.on_ground:
            lift = _FOOT - positions[:, 0, 2].min()
            positions[:, :, 2] += lift
            base[2] += lift
        ground = self._ground(frame, base)
        with self._server.atomic():
            self._look_at(base)
            for name, part in (ground or {}).items():
                self._lay(name, part, *_GROUND[name])
            for handle, position, quat in zip(self._bodies, positions, quats, strict=True):
                handle.batched_positions, handle.batched_wxyzs = position.astype(np.float32), quat.astype(np.float32)
            self._draw_arrows(frame, base)
            self._draw_points("samples", frame.samples, np.tile(MAP, (len(frame.samples), 1)))
            self._draw_points("beliefs", self._beliefs(frame, positions), gate_colours(frame))

    def _ground(self, frame: Frame, base: np.ndarray) -> dict[str, Triangles] | None:
        """The ground's new parts; None: they are those of the last time."""
        if frame.ground is not None:
            if self._plane is not None:
                self._plane.remove()
                self._plane = None
            new = frame.ground
            return {"light": known(surface(new.heights, new.horizontal_scale, np.array(new.origin_xy)))}
        return None if self._patch is None else self._patch.follow(base)

    def _beliefs(self, frame: Frame, positions: np.ndarray) -> np.ndarray:
        """The believed points in the world [Q, 3]."""
        if not frame.over_feet or not len(frame.beliefs):
            return frame.beliefs
        heights = self._robots.feet(self._feet, positions)[:, 2].repeat(len(frame.beliefs) // len(self._feet))
        return frame.beliefs + np.outer(heights, [0.0, 0.0, 1.0])

    def _look_at(self, base: np.ndarray) -> None:
        if self._aim is None or np.linalg.norm(base - self._aim) > 1.0:
            self._aim = base.copy()
        elif self.follows:
            self._aim[:2] = base[:2]
            self._aim[2] += _FOLLOW * (base[2] - self._aim[2])
        self._world.position = -self._aim

    def _lay(self, name: str, part: Triangles, colour: tuple[int, int, int], opacity: float | None) -> None:
        old = self._meshes.pop(name, None)
        if old is not None:
            old.remove()
        if len(part.faces):
            self._meshes[name] = self._server.scene.add_mesh_simple(
                f"/world/{name}", part.vertices.astype(np.float32), part.faces.astype(np.uint32), color=colour,
                flat_shading=True, side="double", opacity=opacity, cast_shadow=False,
            )  # fmt: skip

    def _draw_arrows(self, frame: Frame, base: np.ndarray) -> None:
        x, y, z, w = frame.roots[0, 3:7]
        yaw = np.arctan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
        turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
        for name, speed, height in (("command", frame.command, 0.04), ("velocity", frame.velocity, 0.0)):
            start = base + [0.0, 0.0, _ARROW_HEIGHT + height]
            self._set_arrows(name, start[None], np.append(_METRES_PER_SPEED * turn @ speed[:2], 0.0)[None])
        self._set_arrows("forces", frame.feet, _METRES_PER_NEWTON * frame.forces)

    def _set_arrows(self, name: str, starts: np.ndarray, vectors: np.ndarray) -> None:
        long = np.linalg.norm(vectors, axis=1) > _SHORTEST if self._is_shown(name) else np.zeros(len(vectors), bool)
        self._arrows[name].points = np.stack([starts[long], starts[long] + vectors[long]], axis=1).astype(np.float32)

    def _draw_points(self, name: str, points: np.ndarray, colours: np.ndarray) -> None:
        known = np.isfinite(points).all(axis=1) if self._is_shown(name) else np.zeros(len(points), bool)
        cloud = self._points[name]
        cloud.visible = bool(known.any())
        if cloud.visible:
            cloud.points = (points[known] + [0.0, 0.0, _LIFT]).astype(np.float32)
            cloud.colors = colours[known].astype(np.uint8)

    def _is_shown(self, name: str) -> bool:
        return all(self._shown[layer] for layer, names in LAYERS.items() if name in names)


def gate_colours(frame: Frame) -> np.ndarray:
    """Colours of the believed points [Q, 3], foot by foot: the opener the gate, the greener."""
    count, gates = len(frame.beliefs), frame.gates if len(frame.gates) else np.ones(1)
    each = np.repeat(gates, -(-count // len(gates)))[:count, None]
    return np.rint(CLOSED + each * (OPEN - CLOSED)).astype(np.uint8)
