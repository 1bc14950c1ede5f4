"""A robot's shapes and limbs at given joint angles, whatever its parts are called."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import mujoco
import numpy as np

from robust_parallel.urdf import Joint, Robot, compile_spec, to_spec

_INSIDE = 0.1
"""A joint that cannot be at zero rests this share of its range inside the nearer limit."""
_LEVEL = 0.1
"""Feet are the ends of limbs whose lowest points lie within this share of the robot's height over the lowest one."""
_HUB = 0.005
"""The middle of a wheel's shapes is nearer to its axis than this, m."""
_FLAT = 0.005
"""Points no more than this above the lowest one touch the ground, too, m: soles are not quite flat."""
_ENDS = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
"""Ends of a cylinder or capsule of half length 1."""
_CORNERS = np.array(list(product((-1.0, 1.0), repeat=3)))
"""Corners of a box of half lengths 1."""


@dataclass(frozen=True)
class Limb:
    """A chain of joints from the base to an end with a shape."""

    end: str
    """Body with the lowest shape of the last moving part at the time of asking."""
    joints: tuple[str, ...]
    """Its joints from the base outwards."""
    geoms: tuple[int, ...]
    """Collision shapes of the last moving part."""


class Skeleton:
    """One robot with its base at the origin, upright."""

    def __init__(self, robot: Robot) -> None:
        """Compile the robot alone.

        Raises:
            UserError: a collision mesh is missing or cannot be read, or MuJoCo refuses the robot.
        """
        spec = to_spec(robot)
        spec.body(robot.root.name).add_freejoint()
        self.model = compile_spec(spec, robot.path)
        self.data = mujoco.MjData(self.model)
        described = {joint.name: joint for joint in robot.joints}
        names = [self.model.joint(index).name for index in range(1, self.model.njnt)]
        self.joints: dict[str, Joint] = {name: described[name] for name in names}
        """The joints that move, in the model's order."""
        self.dof_names = [name for name in names if self.joints[name].mimic is None]
        """Those that mimic no other."""
        self.pose(self.rest())

    @property
    def base(self) -> str:
        """The root link."""
        return self.model.body(1).name

    @property
    def body_names(self) -> list[str]:
        """All bodies, base first."""
        return [self.model.body(index).name for index in range(1, self.model.nbody)]

    def rest(self) -> dict[str, float]:
        """Every joint at zero, or a little inside its range where that does not hold zero, rad."""
        angles = {}
        for name in self.dof_names:
            lower, upper = self.joints[name].lower, self.joints[name].upper
            margin = _INSIDE * (upper - lower) if np.isfinite(upper - lower) else 0.0
            angles[name] = 0.0 if lower <= 0.0 <= upper else float(np.clip(0.0, lower + margin, upper - margin))
        return angles

    def with_followers(self, angles: Mapping[str, float]) -> dict[str, float]:
        """The angles, and those of the joints that mimic another, rad."""
        followers = {}
        for name, joint in self.joints.items():
            if joint.mimic is not None:
                followers[name] = joint.mimic.multiplier * angles[joint.mimic.joint] + joint.mimic.offset
        return {**angles, **followers}

    def pose(self, angles: Mapping[str, float]) -> None:
        """Put the joints at the given angles, those that mimic another where it takes them."""
        self.data.qpos[:] = 0.0
        self.data.qpos[3] = 1.0
        for name, angle in self.with_followers(angles).items():
            self.data.joint(name).qpos[0] = angle
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)

    def lowest(self, geom: int) -> float:
        """Height of a shape's lowest point over the base's origin, m."""
        return float(self._corners(geom)[:, 2].min())

    def sole(self, geoms: tuple[int, ...]) -> np.ndarray:
        """Middle of what touches the ground where some shapes are lowered to it [3], in the base's frame, m."""
        corners = np.concatenate([self._corners(geom) for geom in geoms])
        touching = corners[corners[:, 2] <= corners[:, 2].min() + _FLAT]
        return (touching.min(axis=0) + touching.max(axis=0)) / 2.0

    def _corners(self, geom: int) -> np.ndarray:
        """Points of a shape [P, 3] among which its lowest ones are, in the base's frame, m."""
        model, turn, size = self.model, self.data.geom_xmat[geom].reshape(3, 3), self.model.geom_size[geom]
        down = -turn[2]  # in the shape's frame
        match model.geom_type[geom]:
            case mujoco.mjtGeom.mjGEOM_SPHERE:
                points = size[0] * down[None]
            case mujoco.mjtGeom.mjGEOM_CAPSULE:
                points = size[0] * down + _ENDS * size[1]
            case mujoco.mjtGeom.mjGEOM_CYLINDER:
                aside = down * (1.0, 1.0, 0.0)
                points = size[0] * aside / max(np.linalg.norm(aside), 1.0e-9) + _ENDS * size[1]
            case mujoco.mjtGeom.mjGEOM_BOX:
                points = _CORNERS * size
            case _:
                points = self._hulls[geom]
        return self.data.geom_xpos[geom] + points @ turn.T

    @cached_property
    def _hulls(self) -> dict[int, np.ndarray]:
        """Corners of the convex hull of each mesh [P, 3], in the shape's frame, m."""
        return {
            int(geom): _hull(self.model, self.model.geom_dataid[geom])
            for geom in np.flatnonzero(self.model.geom_type == mujoco.mjtGeom.mjGEOM_MESH)
        }

    def ground(self) -> float:
        """Height of the lowest point of all shapes over the base's origin, m; 0 of a robot without shapes."""
        return min(map(self.lowest, range(self.model.ngeom)), default=0.0)

    def height(self) -> float:
        """From the lowest shape to the highest joint, m."""
        return max(float(self.data.xpos[1:, 2].max()) - self.ground(), 0.0)

    def reach(self) -> float:
        """Greatest extent of the joints along a horizontal axis, m."""
        return float(np.ptp(self.data.xpos[1:, :2], axis=0).max())

    def base_clearance(self) -> float:
        """Height of the base's shapes over the lowest shape, m; infinite if it has none."""
        welded = self.model.body_weldid[self.model.geom_bodyid] == 1
        return min((self.lowest(int(g)) for g in np.flatnonzero(welded)), default=np.inf) - self.ground()

    def limbs(self) -> list[Limb]:
        """The ends of all chains of joints that carry a shape, in the order of bodies.

        The end of a chain is its part that reaches farthest along the chain, whatever the pose.
        """
        model = self.model
        shapes: dict[int, list[int]] = {}
        for geom in range(model.ngeom):
            shapes.setdefault(int(model.body_weldid[model.geom_bodyid[geom]]), []).append(geom)
        inner = {ancestor for body in shapes for ancestor in self._ancestors(body)[1:]}
        ends: dict[int, None] = {}
        for body in shapes:
            if body not in inner and body != 1:
                parts = [part for part in self._ancestors(body) if part in shapes and part != 1]
                ends[max(parts, key=lambda part: self._length(part, shapes[part]))] = None
        limbs = []
        for body in ends:
            chain = [part for part in self._ancestors(body) if model.body_jntnum[part] and part != 1]
            end = min(shapes[body], key=self.lowest)
            joints = tuple(model.joint(model.body_jntadr[part]).name for part in reversed(chain))
            limbs.append(Limb(model.body(model.geom_bodyid[end]).name, joints, tuple(shapes[body])))
        return limbs

    def legs(self) -> list[Limb]:
        """The limbs that reach the lowest."""
        limbs = self.limbs()
        if not limbs:
            return []
        depths = [min(map(self.lowest, limb.geoms)) for limb in limbs]
        level = min(depths) + _LEVEL * self.height()
        return [limb for limb, depth in zip(limbs, depths, strict=True) if depth <= level]

    def centre(self, geoms: tuple[int, ...]) -> np.ndarray:
        """Middle of some shapes [3], in the base's frame, m."""
        boxes = [self.data.geom_xmat[g].reshape(3, 3) @ self.model.geom_aabb[g, :3] for g in geoms]
        return np.mean([self.data.geom_xpos[g] + box for g, box in zip(geoms, boxes, strict=True)], axis=0)

    def centre_of_mass(self) -> np.ndarray:
        """Centre of mass of the whole robot [3], in the base's frame, m."""
        return self.data.subtree_com[1].copy()

    def axis(self, joint: str) -> np.ndarray:
        """Axis of a joint [3], in the base's frame."""
        return self.data.joint(joint).xaxis

    def anchor(self, joint: str) -> np.ndarray:
        """A joint's place [3], in the base's frame, m."""
        return self.data.joint(joint).xanchor

    def is_wheel(self, joint: str) -> bool:
        """Whether a joint turns without end about the middle of the shapes that it moves."""
        geoms = self._moved_geoms(joint)
        if np.isfinite(self.joints[joint].upper) or not geoms:
            return False
        arm = self.centre(geoms) - self.anchor(joint)
        return bool(np.linalg.norm(np.cross(self.axis(joint), arm)) < _HUB)

    def wheel_radius(self, joint: str) -> float:
        """Height of a wheel's axle over its lowest point, m."""
        return float(self.anchor(joint)[2]) - min(map(self.lowest, self._moved_geoms(joint)))

    def moved_by(self, joint: str) -> str:
        """The body that a joint moves."""
        return self.model.body(self.model.joint(joint).bodyid[0]).name

    def beyond(self, joint: str) -> tuple[float, np.ndarray]:
        """Mass of all that a joint moves against the base, kg, and its centre [3], in the base's frame, m."""
        body = self.model.joint(joint).bodyid[0]
        return float(self.model.body_subtreemass[body]), self.data.subtree_com[body].copy()

    def _moved_geoms(self, joint: str) -> tuple[int, ...]:
        """Shapes of the part that a joint moves."""
        body = self.model.joint(joint).bodyid[0]
        return tuple(np.flatnonzero(self.model.body_weldid[self.model.geom_bodyid] == body).tolist())

    def _ancestors(self, body: int) -> list[int]:
        """The body and all it hangs on, up to the base."""
        chain = [body]
        while chain[-1] > 1:
            chain.append(int(self.model.body_parentid[chain[-1]]))
        return chain

    def _length(self, body: int, geoms: list[int]) -> float:
        """Way from the base along a chain of bodies to the middle of the last one's farthest shape, m."""
        chain = sum(float(np.linalg.norm(self.model.body_pos[part])) for part in self._ancestors(body)[:-1])
        return chain + max(float(np.linalg.norm(self.centre((g,)) - self.data.xpos[body])) for g in geoms)


def _hull(model: mujoco.MjModel, mesh: int) -> np.ndarray:
    """Vertices of a mesh [P, 3], m: those of its convex hull, if MuJoCo made one."""
    first = model.mesh_vertadr[mesh]
    vertices = model.mesh_vert[first : first + model.mesh_vertnum[mesh]].astype(float)
    graph = model.mesh_graphadr[mesh]
    if graph < 0:
        return vertices
    count = model.mesh_graph[graph]  # then the number of faces, an address of each vertex, and the vertices
    return vertices[model.mesh_graph[graph + 2 + count : graph + 2 + 2 * count]]
