"""Vectors, quaternions, transforms and matrices as Isaac Gym's scripts write them: mutable, with named parts."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from isaacgym.record import Record, number
from robust_parallel.errors import UserError


class Numbers(Record):
    """What arrays hold in single precision as `dtype`."""

    dtype: ClassVar[np.dtype]

    @classmethod
    def from_buffer(cls, buffer: Any) -> Self:
        """What a structured element, or as many plain numbers, hold.

        Raises:
            UserError: there are more numbers or fewer.
        """
        given = np.asarray(buffer)
        plain = given if given.dtype.names else given.astype(np.float32)
        numbers = np.frombuffer(plain.tobytes(), np.float32).tolist()
        expected = cls.dtype.itemsize // np.dtype(np.float32).itemsize
        if len(numbers) != expected:
            raise UserError(f"isaacgym: {cls.__name__}.from_buffer: {len(numbers)} numbers; it has {expected}")
        return cls._of(numbers)

    @classmethod
    def _of(cls, numbers: list[float]) -> Self:
        return cls(*numbers)


@dataclass
class Vec3(Numbers):
    """A vector."""

    dtype: ClassVar[np.dtype] = np.dtype([(axis, np.float32) for axis in "xyz"])

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0

    def __add__(self, other: "Vec3") -> "Vec3":
        return Vec3(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other: "Vec3") -> "Vec3":
        return Vec3(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor: Any) -> "Vec3":
        factor = number(factor)
        return Vec3(self.x * factor, self.y * factor, self.z * factor)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> "Vec3":
        return self * (1.0 / number(divisor))

    def __neg__(self) -> "Vec3":
        return self * -1.0

    def dot(self, other: "Vec3") -> float:
        """Scalar product."""
        return self.x * other.x + self.y * other.y + self.z * other.z

    def cross(self, other: "Vec3") -> "Vec3":
        """Vector product."""
        return Vec3(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    def length(self) -> float:
        """Euclidean norm."""
        return math.sqrt(self.dot(self))

    def length_sq(self) -> float:
        """Square of the norm."""
        return self.dot(self)

    def normalize(self) -> "Vec3":
        """The unit vector of the same direction; one without length stays."""
        return self / (self.length() or 1.0)


@dataclass
class Quat(Numbers):
    """A rotation as a unit quaternion."""

    dtype: ClassVar[np.dtype] = np.dtype([(axis, np.float32) for axis in "xyzw"])

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    w: float = 1.0

    @classmethod
    def from_axis_angle(cls, axis: Vec3, angle: float) -> Self:
        """Turned by an angle, rad, about an axis of any length."""
        half = 0.5 * number(angle)
        vector = axis.normalize() * math.sin(half)
        return cls(vector.x, vector.y, vector.z, math.cos(half))

    @classmethod
    def from_euler_zyx(cls, x: float, y: float, z: float) -> Self:
        """Turned about the fixed axes x, y and z in this order, rad.

        Which argument is whose is not documented; public scripts pass a heading as the third.
        """
        axes = Vec3(0.0, 0.0, 1.0), Vec3(0.0, 1.0, 0.0), Vec3(1.0, 0.0, 0.0)
        about_z, about_y, about_x = (cls.from_axis_angle(*turn) for turn in zip(axes, (z, y, x), strict=True))
        whole = about_z * about_y * about_x
        return cls(whole.x, whole.y, whole.z, whole.w)

    def to_euler_zyx(self) -> tuple[float, float, float]:
        """Angles about x, y and z that `from_euler_zyx` takes, rad."""
        x, y, z, w = self.x, self.y, self.z, self.w
        pitch = math.asin(max(-1.0, min(1.0, 2.0 * (w * y - z * x))))
        roll = math.atan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y))
        return roll, pitch, math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))

    def __mul__(self, other: "Quat") -> "Quat":
        a, b = Vec3(self.x, self.y, self.z), Vec3(other.x, other.y, other.z)
        vector = b * self.w + a * other.w + a.cross(b)
        return Quat(vector.x, vector.y, vector.z, self.w * other.w - a.dot(b))

    def inverse(self) -> "Quat":
        """The rotation back."""
        return Quat(-self.x, -self.y, -self.z, self.w)

    def normalize(self) -> "Quat":
        """The same rotation with norm 1; zeros stay."""
        norm = math.sqrt(self.x**2 + self.y**2 + self.z**2 + self.w**2) or 1.0
        return Quat(self.x / norm, self.y / norm, self.z / norm, self.w / norm)

    def rotate(self, vector: Vec3) -> Vec3:
        """A vector turned by it."""
        axis = Vec3(self.x, self.y, self.z)
        twice = axis.cross(vector) * 2.0
        return vector + twice * self.w + axis.cross(twice)


@dataclass(init=False)
class Transform(Numbers):
    """A pose: rotation `r`, then translation `p`."""

    dtype: ClassVar[np.dtype] = np.dtype([("p", Vec3.dtype), ("r", Quat.dtype)])

    p: Vec3
    r: Quat

    def __init__(self, p: Vec3 | None = None, r: Quat | None = None) -> None:
        """At the origin, not turned, unless told otherwise."""
        self.p = Vec3() if p is None else p
        self.r = Quat() if r is None else r

    @classmethod
    def _of(cls, numbers: list[float]) -> Self:
        return cls(Vec3(*numbers[:3]), Quat(*numbers[3:]))

    def __mul__(self, other: "Transform") -> "Transform":
        return Transform(self.transform_point(other.p), self.r * other.r)

    def inverse(self) -> "Transform":
        """The transform back."""
        back = self.r.inverse()
        return Transform(-back.rotate(self.p), back)

    def transform_point(self, point: Vec3) -> Vec3:
        """Where a point goes."""
        return self.r.rotate(point) + self.p

    def transform_vector(self, vector: Vec3) -> Vec3:
        """How a direction is turned."""
        return self.r.rotate(vector)

    def transform_points(self, points: np.ndarray) -> np.ndarray:
        """Where points go, `Vec3.dtype` as they are."""
        return _each(self.transform_point, points)

    def transform_vectors(self, vectors: np.ndarray) -> np.ndarray:
        """How directions are turned, `Vec3.dtype` as they are."""
        return _each(self.transform_vector, vectors)


def _each(move: Callable[[Vec3], Vec3], vectors: np.ndarray) -> np.ndarray:
    """An array of vectors, each of them moved."""
    given = np.asarray(vectors)
    moved = np.empty(given.shape, Vec3.dtype)
    for place in np.ndindex(given.shape):
        to = move(Vec3.from_buffer(given[place]))
        moved[place] = to.x, to.y, to.z
    return moved


@dataclass
class Mat33(Record):
    """A matrix by its rows."""

    x: Vec3 = field(default_factory=Vec3)
    y: Vec3 = field(default_factory=Vec3)
    z: Vec3 = field(default_factory=Vec3)
