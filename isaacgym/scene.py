"""What scripts build before they simulate: a simulation, its environments and their actors."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import time
from collections.abc import Sequence, Sized
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import torch

from isaacgym.assets import Asset
from isaacgym.cameras import Camera
from isaacgym.geometry import Transform, Vec3
from isaacgym.grids import Grid, pasted
from isaacgym.meshes import Box, Piece, Soup
from isaacgym.params import PlaneParams, SimParams
from isaacgym.properties import DofState, RigidBodyProperties, RigidShapeProperties
from isaacgym.rasters import rasterised
from robust_parallel.errors import UserError

T = TypeVar("T")


def require_columns(array: np.ndarray, *names: str) -> None:
    """See that a structured array has some columns.

    Raises:
        UserError: it has not, or is not structured.
    """
    for name in names:
        if name not in (array.dtype.names or ()):
            raise UserError(f"isaacgym: an array of {array.dtype} has no column {name!r}; take what the getter gives")


def require_each(what: str, properties: Sized, count: int) -> None:
    """See that there are properties of each part.

    Raises:
        UserError: there are more or fewer.
    """
    if len(properties) != count:
        raise UserError(f"isaacgym: properties of {len(properties)}, expected one of each {what}: {count}")


def _of_handle(what: str, items: Sequence[T], handle: int) -> T:
    if handle not in range(len(items)):
        raise UserError(f"isaacgym: there is no {what} {handle} in this environment; it has {len(items)}")
    return items[handle]


@dataclass
class Actor:
    """A robot in an environment: its place at the start, and its own copy of all that can differ between robots."""

    asset: Asset
    pose: np.ndarray
    """Position and quaternion xyzw of the base in the world [7], m."""
    name: str
    filter: int
    """Bits of all its shapes; -1: the shapes' own."""
    segment: int = 0
    """Id in pictures of segments."""

    def __post_init__(self) -> None:
        self.shapes = self.asset.shape_properties()
        self.dof_properties = self.asset.dof_properties.copy()
        self.bodies = self.asset.bodies.copy()
        self.dof_states = np.zeros(len(self.dof_properties), DofState.dtype)
        """Of the joints at the start [D]."""

    @property
    def collides_with_itself(self) -> bool:
        """Whether two of its shapes may touch: they have no bit of their filters in common."""
        if self.filter != -1:
            return self.filter == 0
        return not any(shape.filter for shape in self.shapes)

    def set_bodies(self, properties: Sequence[RigidBodyProperties], recompute_inertia: bool) -> None:
        """Take masses, centres and inertias.

        Args:
            properties: of each body.
            recompute_inertia: let the inertia grow with the mass, instead of taking the one given.

        Raises:
            UserError: they are of more bodies or fewer.
        """
        bodies = self.bodies
        require_each("body", properties, len(bodies.mass))
        for index, body in enumerate(properties):
            if not recompute_inertia:
                rows = (body.inertia.x, body.inertia.y, body.inertia.z)
                bodies.inertia[index] = [(row.x, row.y, row.z) for row in rows]
            elif bodies.mass[index] > 0.0:  # frames weigh nothing
                bodies.inertia[index] *= body.mass / bodies.mass[index]
            bodies.mass[index] = body.mass
            bodies.com[index] = body.com.x, body.com.y, body.com.z

    def shape_properties(self) -> list[RigidShapeProperties]:
        """Properties of all shapes, fresh."""
        return [shape.copied() for shape in self.shapes]

    def set_shapes(self, properties: Sequence[RigidShapeProperties]) -> None:
        """Take frictions and the like, of each shape.

        Raises:
            UserError: they are of more shapes or fewer.
        """
        require_each("shape", properties, len(self.shapes))
        self.shapes = [shape.copied() for shape in properties]


@dataclass
class Env:
    """An environment: robots in it meet none of another."""

    sim: "Sim"
    index: int
    origin: Vec3
    actors: list[Actor] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)

    def add(self, asset: Asset, pose: Transform, name: str, filter: int, segment: int) -> int:
        """Put a robot into it; returns its handle.

        Raises:
            UserError: a robot is there already, the others are another robot, or the simulation is prepared.
        """
        if self.sim.engine is not None:
            raise UserError("isaacgym: create_actor after prepare_sim: all actors come before it")
        if self.actors:
            raise UserError("isaacgym: an environment holds one actor; a second one is not simulated yet")
        if self.sim.actors and not asset.is_robot_of(self.sim.actors[0].asset):
            raise UserError("isaacgym: all actors are of one asset; several are not simulated yet")
        place, turn = pose.p + self.origin, pose.r
        if turn.x == turn.y == turn.z == turn.w == 0.0:
            raise UserError("isaacgym: create_actor: a pose whose quaternion is 0 turns nowhere")
        numbers = np.array([place.x, place.y, place.z, turn.x, turn.y, turn.z, turn.w])
        self.actors.append(Actor(asset, numbers, name, filter, segment))
        self.sim.actors.append(self.actors[0])
        return 0

    def actor(self, handle: int) -> Actor:
        """The robot of a handle.

        Raises:
            UserError: there is none.
        """
        return _of_handle("actor", self.actors, handle)

    def camera(self, handle: int) -> Camera:
        """The camera of a handle.

        Raises:
            UserError: there is none.
        """
        return _of_handle("camera", self.cameras, handle)


@dataclass(frozen=True)
class Frame:
    """What is to be seen of N robots at one moment."""

    roots: np.ndarray
    """[N, 13]."""
    joints: np.ndarray
    """Angles [N, D], rad."""
    bodies: np.ndarray
    """[N, B, 13]."""


class Sim:
    """A simulation: its settings and its world; once it is prepared, its engine."""

    def __init__(self, params: SimParams, engine_name: str, device: torch.device) -> None:
        """An empty world for an engine with its tensors on a device."""
        self.params, self.engine_name, self.device = params, engine_name, device
        self.plane: PlaneParams | None = None
        self.pieces: list[Piece] = []
        """Pieces of uneven ground."""
        self.envs: list[Env] = []
        self.actors: list[Actor] = []
        self.engine: Any = None
        """What steps it, from `prepare_sim` on."""
        self.tensors: dict[str, Any] = {}
        """The tensors that were acquired, by what they hold."""
        self.started = time.monotonic()
        """On the clock `time.monotonic`, s."""
        self.frame: Frame | None = None
        """What cameras saw last."""
        self.painter: Any = None
        """What draws, once something was to be drawn."""
        self.ground_segment = 0
        """Id of the ground in pictures of segments."""
        self._pasted: Grid | None = None
        self._changed: set[int] = set()

    def add_env(self, lower: Vec3, upper: Vec3, num_per_row: int) -> Env:
        """The next environment, on a grid whose cells are as large as the bounds: along x first, then along y.

        Raises:
            UserError: the bounds are reversed, no environment is in a row, or the simulation is prepared.
        """
        if self.engine is not None:
            raise UserError("isaacgym: create_env after prepare_sim: all environments come before it")
        index, size = len(self.envs), upper - lower
        if num_per_row < 1 or min(size.x, size.y, size.z) < 0.0:
            raise UserError(f"isaacgym: create_env: {num_per_row} a row, from {lower} to {upper}")
        row, column = divmod(index, num_per_row)
        env = Env(self, index, Vec3(column * size.x, row * size.y, 0.0))
        self.envs.append(env)
        return env

    def ground(self) -> PlaneParams | Grid | None:
        """All ground but boxes in one.

        Raises:
            UserError: there is a plane and uneven ground, or its pieces do not fit together.
        """
        if self._pasted is not None:
            return self._pasted
        grids = [piece for piece in self.pieces if isinstance(piece, Grid)]
        soups = [piece for piece in self.pieces if isinstance(piece, Soup)]
        if self.plane is not None and (grids or soups):
            raise UserError("isaacgym: a plane and uneven ground at once are not simulated yet; leave out add_ground")
        lattice = min(grids, key=lambda grid: grid.cell, default=None)
        for soup in soups:
            grids.append(rasterised(soup, lattice))
            lattice = lattice or grids[0]
        self._pasted = pasted(grids) if grids else None
        return self._pasted or self.plane

    def boxes(self) -> list[Box]:
        """Boxes that stand on the ground, or hang above it."""
        return [piece for piece in self.pieces if isinstance(piece, Box)]

    def prepared(self) -> Any:
        """The engine.

        Raises:
            UserError: `prepare_sim` was not called.
        """
        if self.engine is None:
            raise UserError("isaacgym: this call comes after prepare_sim, which was not called")
        return self.engine

    def changed(self, env: Env) -> None:
        """Note that an actor's properties are others now."""
        self._changed.add(env.index)

    def write_changes(self) -> None:
        """Give the engine the properties that changed since the last call."""
        if self._changed:
            rows = np.array(sorted(self._changed))
            self.prepared().properties.write([self.actors[row] for row in rows], rows)
            self._changed.clear()
