"""What a URDF says of a robot, as plain data: SI units, radians, the file's own frames."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

Vector = tuple[float, float, float]

JOINT_KINDS = ("fixed", "revolute", "continuous", "prismatic", "floating", "planar")
"""What URDF has; all but the first let the child move."""


@dataclass(frozen=True)
class Pose:
    """A frame in its parent's."""

    xyz: Vector = (0.0, 0.0, 0.0)
    """Origin, m."""
    rpy: Vector = (0.0, 0.0, 0.0)
    """Roll, pitch and yaw about the parent's axes, in this order, rad."""


@dataclass(frozen=True)
class Inertial:
    """Mass of a link and how it lies."""

    mass: float
    """Mass, kg."""
    inertia: tuple[float, float, float, float, float, float]
    """Inertia ixx, iyy, izz, ixy, ixz, iyz about the centre of mass, in the axes of `origin`, kg m^2."""
    origin: Pose = Pose()
    """Centre of mass in the link's frame."""


@dataclass(frozen=True)
class Shape:
    """A collision or visual shape of a link."""

    kind: str
    """`box`, `sphere`, `cylinder`, `capsule` or `mesh`."""
    size: tuple[float, ...] = ()
    """Sides of a box, radius of a sphere, radius and length of a cylinder or capsule (without its caps), m; scale of a
    mesh."""
    file: str = ""
    """File of a mesh, as the URDF names it."""
    origin: Pose = Pose()
    rgba: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Link:
    """A rigid part."""

    name: str
    inertial: Inertial | None = None
    """None: it weighs nothing."""
    collisions: tuple[Shape, ...] = ()
    visuals: tuple[Shape, ...] = ()


@dataclass(frozen=True)
class Mimic:
    """A joint follows another: its angle is `multiplier` times that one's, plus `offset`."""

    joint: str
    multiplier: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Joint:
    """What holds a child link to its parent."""

    name: str
    kind: str
    """Type of the joint as in URDF; a revolute joint without a range has become continuous."""
    parent: str
    child: str
    origin: Pose = Pose()
    axis: Vector = (1.0, 0.0, 0.0)
    lower: float = -math.inf
    upper: float = math.inf
    """Range, rad."""
    effort: float = math.inf
    """Largest torque, N m; infinite where the file gives none."""
    velocity: float = math.inf
    """Largest speed, rad/s; infinite where the file gives none."""
    damping: float = 0.0
    """Viscous friction, N m s/rad."""
    friction: float = 0.0
    """Dry friction, N m."""
    mimic: Mimic | None = None
    dont_collapse: bool = False
    """A fixed joint whose child asks to stay a body of its own, where an importer would merge it into its parent."""


@dataclass(frozen=True)
class Robot:
    """A robot's links and joints, in the file's order."""

    path: Path
    name: str
    links: tuple[Link, ...]
    joints: tuple[Joint, ...]
    notices: tuple[str, ...] = ()
    """What was mended or left out, a line each."""

    @property
    def mass(self) -> float:
        """Mass of all links together, kg."""
        return math.fsum(link.inertial.mass for link in self.links if link.inertial is not None)

    @property
    def root(self) -> Link:
        """The link that is no joint's child."""
        children = {joint.child for joint in self.joints}
        return next(link for link in self.links if link.name not in children)

    def welded_to(self, name: str) -> list[str]:
        """The link and all that fixed joints hold to it from there outwards, in the order of a walk outwards."""
        fixed: dict[str, list[str]] = {}
        for joint in self.joints:
            if joint.kind == "fixed":
                fixed.setdefault(joint.parent, []).append(joint.child)
        welded = [name]
        for link in welded:  # grows while it is walked
            welded += fixed.get(link, [])
        return welded

    def with_links(self, changed: dict[str, Link], *notices: str) -> Self:
        """The robot with some links replaced, by name, and what there is to say of it."""
        links = tuple(changed.get(link.name, link) for link in self.links)
        return replace(self, links=links, notices=self.notices + notices)
