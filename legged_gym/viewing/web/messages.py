"""What a program and its viewer in a browser tell each other. NumPy alone: it is sent from process to process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

NOWHERE = np.zeros((0, 3))
"""No points."""


@dataclass(frozen=True)
class Ground:
    """What the robots walk on; see `legged_gym.sim.terrain_model.TerrainLike`."""

    heights: np.ndarray
    """[rows along x, columns along y], m."""
    horizontal_scale: float
    """Distance of neighbouring vertices, m."""
    origin_xy: tuple[float, float]
    """World position of `heights[0, 0]`, m."""
    is_plane: bool
    slope_threshold: float = 0.0
    """Steeper edges are vertical, m/m; 0: none is."""
    ceiling: np.ndarray | None = None
    """Underside of what hangs over the ground, as `heights`; infinite where nothing does."""

    @classmethod
    def of(cls, terrain: Any) -> "Ground":
        """That of a `Terrain`."""
        x, y = terrain.origin_xy
        return cls(
            terrain.heights,
            float(terrain.horizontal_scale),
            (float(x), float(y)),
            bool(terrain.is_plane),
            float(terrain.slope_threshold),
            terrain.ceiling,
        )

    @classmethod
    def plane(cls) -> "Ground":
        """Level ground at height 0, as far as one sees."""
        return cls(np.zeros((2, 2)), 1000.0, (-500.0, -500.0), is_plane=True)


@dataclass(frozen=True)
class Scene:
    """What stays the same, and what the user may do."""

    title: str
    robot: Path
    """Its URDF."""
    joint_names: Sequence[str]
    """Of the frames' joint angles."""
    ground: Ground
    num_robots: int = 1
    """How many there are to pick from."""
    rewards: Sequence[str] = ()
    """Names of the reward terms."""
    feet: Sequence[str] = ()
    """Names of the feet."""
    limits: Sequence[Sequence[float]] | None = None
    """Lower and upper bound of vx, vy (m/s) and yaw rate (rad/s); None: nobody steers here."""
    paced: bool = True
    """The program can be paused, stepped and told how fast to go."""
    restarts: bool = False
    """Episodes can be ended."""
    places: Sequence[str] = ()
    """Terrain types that a robot can be put on, or looked for."""
    levels: int = 0
    """Number of terrain levels."""
    checkpoints: Sequence[str] = ()
    """Policies that can be switched to; the present one first."""
    wishes: Sequence[str] = ()
    """What a robot can be asked for."""
    fps: float = 30.0
    """Pictures a second at most."""
    yields: bool = False
    """The program's work comes first where there is too little of the processor for both."""


@dataclass(frozen=True)
class Frame:
    """One moment. Of K robots that are drawn the first is the one that was picked; all else is of that one.

    World frame, m, unless said otherwise.
    """

    time: float
    """Since the program began, simulated, s."""
    robots: np.ndarray
    """Numbers of the robots [K]."""
    roots: np.ndarray
    """Base position and orientation, xyzw [K, 7]."""
    joints: np.ndarray
    """Joint angles [K, D], rad."""
    command: np.ndarray
    """vx, vy, yaw rate [3], m/s, rad/s."""
    velocity: np.ndarray
    """The same, measured."""
    feet: np.ndarray = field(default_factory=lambda: NOWHERE)
    """Feet [F, 3]."""
    forces: np.ndarray = field(default_factory=lambda: NOWHERE)
    """Contact forces on them [F, 3], N."""
    samples: np.ndarray = field(default_factory=lambda: NOWHERE)
    """What the map (or the height scan) says of the ground [P, 3]; not finite where it says nothing."""
    beliefs: np.ndarray = field(default_factory=lambda: NOWHERE)
    """What the policy believes of the ground [Q, 3], foot by foot."""
    over_feet: bool = False
    """The heights of these are over their foot; the feet are where the scene's bodies of these names are."""
    gates: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """How far the gate of each foot is open [F], 0 to 1; [1] of a gate that feet share."""
    on_ground: bool = False
    """Nobody knows how high the robots are: the lowest foot is on the ground."""
    ground: Ground | None = None
    """New ground, which takes the place of the scene's; heights that are not finite are unknown."""
    depth: np.ndarray | None = None
    """Depth image as a picture [H, W, 3], uint8."""
    rewards: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Reward terms [R], 1/s."""
    facts: Sequence[tuple[str, str]] = ()
    """Lines to read: name and value."""


class Notice(NamedTuple):
    """Something to tell the user."""

    text: str
    is_error: bool = False


class Policies(NamedTuple):
    """What can be switched to now; the present one first."""

    names: Sequence[str]


class Halt(NamedTuple):
    """Who steers is to ask for no motion until browsers steer anew; the viewer answers by such a command."""


class Kind(Enum):
    """What the user, or the viewer itself, asks for."""

    FRAME = "frame"
    """Somebody is looking: the next frame is wanted."""
    PAUSE = "pause"
    """bool"""
    STEP = "step"
    """One control step, while paused."""
    SPEED = "speed"
    """Times real time; infinite: as fast as it goes."""
    ROBOT = "robot"
    """Number of the robot to look at."""
    PLACE = "place"
    """Terrain type and level."""
    STEER = "steer"
    """vx, vy, yaw rate."""
    RESTART = "restart"
    CHECKPOINT = "checkpoint"
    """Name of the policy."""
    WISH = "wish"
    """One of the scene's."""
    END = "end"


class Event(NamedTuple):
    """What was asked for."""

    kind: Kind
    value: Any = None
