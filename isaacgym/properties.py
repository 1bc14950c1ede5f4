"""Properties of bodies, shapes and joints, as getters give them and setters take them."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from isaacgym.geometry import Mat33, Vec3
from isaacgym.record import NonNegative, Record

DOF_PROPERTIES = np.dtype(
    [
        ("hasLimits", np.bool_),
        ("lower", np.float32),
        ("upper", np.float32),
        ("driveMode", np.int32),
        ("velocity", np.float32),
        ("effort", np.float32),
        ("stiffness", np.float32),
        ("damping", np.float32),
        ("friction", np.float32),
        ("armature", np.float32),
    ],
    align=True,  # torch takes a column only if rows are a whole number of its elements apart
)
"""A joint: limits, rad, rad/s and N m; how it is driven; damping, N m s/rad; dry friction, N m; armature, kg m^2."""


@dataclass
class DofState(Record):
    """A joint's angle, rad, and velocity, rad/s."""

    dtype: ClassVar[np.dtype] = np.dtype([("pos", np.float32), ("vel", np.float32)])

    pos: float = 0.0
    vel: float = 0.0


@dataclass
class RigidShapeProperties(Record):
    """A collision shape."""

    friction: NonNegative = 1.0
    rolling_friction: float = 0.0
    torsion_friction: float = 0.0
    restitution: float = 0.0
    compliance: float = 0.0
    thickness: float = 0.0
    contact_offset: float = 0.02
    rest_offset: float = 0.0
    filter: int = 0
    """Two shapes of one robot touch only if they have no bit in common."""


@dataclass
class RigidBodyProperties(Record):
    """A body: what it weighs, and how it lies in its own frame."""

    mass: NonNegative = 0.0
    """kg."""
    com: Vec3 = field(default_factory=Vec3)
    """Centre of mass, m."""
    inertia: Mat33 = field(default_factory=Mat33)
    """About the centre of mass, kg m^2."""
    flags: int = 0

    @property
    def invMass(self) -> float:  # noqa: N802  (Isaac Gym's name)
        """1 / mass, 1/kg; of what weighs nothing, infinity."""
        return 1.0 / self.mass if self.mass else math.inf

    @property
    def invInertia(self) -> Mat33:  # noqa: N802  (Isaac Gym's name)
        """Inverse of the inertia, 1/(kg m^2), as far as there is one."""
        rows = (self.inertia.x, self.inertia.y, self.inertia.z)
        return Mat33(*(Vec3(*row) for row in np.linalg.pinv([[row.x, row.y, row.z] for row in rows]).tolist()))
