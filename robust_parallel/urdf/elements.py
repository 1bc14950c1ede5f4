"""A URDF's elements turned into the data of `tree`, number by number; what physics does not need is passed over."""

import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any
from xml.parsers import expat

from robust_parallel.errors import UserError
from robust_parallel.files import read_bytes
from robust_parallel.urdf.tree import JOINT_KINDS, Inertial, Joint, Link, Mimic, Pose, Robot, Shape, Vector

Element = ElementTree.Element

_SIZES = {"box": ("size",), "sphere": ("radius",), "cylinder": ("radius", "length"), "capsule": ("radius", "length")}
_INERTIA = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
_LARGEST_SHAPE = 100.0
"""Of a robot, m."""
_MANY_TURNS = 25.2
"""Beyond four turns a range is none that a cable bears, rad; 26 degrees and more are."""
_GREATEST = 1.0e6
"""Of any number, in SI units: beyond it are no robots, and limits are none. Exporters write such for "no limit"."""
_LEAST_MASS = 1.0e-12
"""Of a link, kg: engines take less for nothing."""
_LEAST_LIMIT = 1.0e-6
"""Of torque, N m, and speed, rad/s."""
_LEAST_AXIS = 1.0e-6
"""Length of an axis that still points somewhere."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""Marks at the beginning of files that some Windows editors write."""


def parse(path: Path) -> Robot:
    """Read a URDF file as it stands.

    Raises:
        UserError: it is no URDF, or one of its numbers or names is missing or wrong.
    """
    return _Parser(path).robot()


class _Parser:
    """Reads one file; `place` tells errors where."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = self._read()
        self._notices: list[str] = []
        self._rangeless: list[str] = []

    def robot(self) -> Robot:
        self._colours = {
            name: rgba
            for material in self._root.findall("material")
            if (name := material.get("name")) and (rgba := self._rgba(material))
        }
        links = tuple(self._link(element) for element in self._root.findall("link"))
        joints = tuple(self._joint(element) for element in self._root.findall("joint"))
        if not links:
            raise UserError(f"{self._path}: it has no <link>")
        for limit, meaning in (("effort", "torque"), ("velocity", "speed")):
            names = [j.name for j in joints if j.kind in ("revolute", "continuous") and getattr(j, limit) == math.inf]
            if names:
                self._notices.append(f"no {limit} limit, so any {meaning}: {', '.join(names)}")
        if self._rangeless:
            self._notices.append(f"a range of one angle is none, so it turns freely: {', '.join(self._rangeless)}")
        return Robot(self._path, self._root.get("name", ""), links, joints, tuple(self._notices))

    def _read(self) -> Element:
        """The root element.

        Without namespaces: published files use prefixes that they do not declare.
        """
        builder = ElementTree.TreeBuilder()
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = builder.start
        parser.EndElementHandler = builder.end
        try:
            data = read_bytes(self._path)
            if not data.startswith(_UTF_16):
                data = data.removeprefix(b"\xef\xbb\xbf").strip(b"\0 \t\r\n")
            parser.Parse(data, True)
            root = builder.close()
        except (expat.ExpatError, OSError, AssertionError, LookupError) as error:
            raise UserError(f"{self._path}: not a URDF: {' '.join(str(error).split())}") from error
        if root.tag in ("mujoco", "mujocoinclude"):
            raise UserError(f"{self._path}: this is MJCF, MuJoCo's own format; asset.file takes a URDF")
        if root.tag != "robot":
            raise UserError(f"{self._path}: not a URDF: its root element is <{root.tag}>, not <robot>")
        if any(
            e.tag.startswith("xacro:") or any(mark in v for v in e.attrib.values() for mark in ("${", "$("))
            for e in root.iter()
        ):
            raise UserError(f"{self._path}: this is a xacro template; expand it first: xacro FILE > robot.urdf")
        return root

    # -- links --------------------------------------------------------------------------------------------------------

    def _link(self, element: Element) -> Link:
        name = self._name(element, "link")
        place = f"link {name!r}"
        visuals = (self._visual(e, place) for e in element.findall("visual"))
        collisions = [self._shape(e, place) for e in element.findall("collision")]
        if None in collisions:
            self._notices.append(f"{place}: a <collision> of no size or no known geometry is left out")
        return Link(
            name,
            self._inertial(self._only(element, "inertial", place), place),
            tuple(shape for shape in collisions if shape is not None),
            tuple(shape for shape in visuals if shape is not None),
        )

    def _visual(self, element: Element, place: str) -> Shape | None:
        """A visual shape; None also where it is written wrongly, since physics does not need it."""
        try:
            return self._shape(element, place)
        except UserError as error:
            self._notices.append(f"not drawn: {str(error).removeprefix(f'{self._path}: ')}")
            return None

    def _inertial(self, element: Element | None, place: str) -> Inertial | None:
        mass_element = None if element is None else self._only(element, "mass", place)
        if element is None or mass_element is None:
            return None
        mass = self._number(mass_element, "value", place)
        if mass < 0.0:
            raise UserError(f"{self._path}: {place}: its mass is {mass:g} kg")
        tensor = self._only(element, "inertia", place)
        inertia: Any = (0.0,) * 6 if tensor is None else tuple(self._number(tensor, k, place, 0.0) for k in _INERTIA)
        if mass < _LEAST_MASS:
            if any(inertia):
                self._notices.append(f"{place}: it has an inertia, but a mass of {mass:g} kg: it weighs nothing")
            return None
        return Inertial(mass, inertia, self._pose(element, place))

    def _shape(self, element: Element, place: str) -> Shape | None:
        """A collision or visual shape; None if it has no extent, or a form that nothing here knows."""
        place = f"{place} <{element.tag}>"
        geometry = self._only(element, "geometry", place)
        forms = [] if geometry is None else [e for e in geometry if e.tag in (*_SIZES, "mesh")]
        if len(forms) > 1:
            raise UserError(f"{self._path}: {place}: its <geometry> has {len(forms)} shapes; which of them holds?")
        form = next(iter(forms), None)
        if form is None:
            return None
        file = ""
        if form.tag == "mesh":
            file = form.get("filename", "").strip()
            if not file:
                raise UserError(f"{self._path}: {place}: <mesh> has no filename")
            size = self._numbers(form, "scale", 3, place, (1.0, 1.0, 1.0))
        else:
            counts = {"size": 3}
            size = tuple(n for key in _SIZES[form.tag] for n in self._numbers(form, key, counts.get(key, 1), place))
            if min(size) < 0.0:
                raise UserError(f"{self._path}: {place}: a {form.tag} of size {' '.join(f'{n:g}' for n in size)}")
        if form.tag != "mesh" and max(size) > _LARGEST_SHAPE:
            raise UserError(f"{self._path}: {place}: a {form.tag} of {max(size):g} m; is it in millimetres?")
        if 0.0 in size:
            return None
        return Shape(form.tag, size, file, self._pose(element, place), self._colour(element))

    def _colour(self, element: Element) -> tuple[float, ...] | None:
        material = element.find("material")
        if material is None:
            return None
        return self._rgba(material) or self._colours.get(material.get("name", ""))

    def _rgba(self, material: Element) -> tuple[float, ...] | None:
        """A material's colour; None also where it is written wrongly, since physics does not need it."""
        colour = material.find("color")
        try:
            return None if colour is None else self._numbers(colour, "rgba", 4, "")
        except UserError:
            return None

    # -- joints -------------------------------------------------------------------------------------------------------

    def _joint(self, element: Element) -> Joint:
        name = self._name(element, "joint")
        place = f"joint {name!r}"
        kind = element.get("type", "")
        if kind not in JOINT_KINDS:
            raise UserError(f"{self._path}: {place}: its type is {kind!r}; URDF has {', '.join(JOINT_KINDS)}")
        parent, child = (self._end(element, end, place) for end in ("parent", "child"))
        if kind == "fixed":
            apart = element.get("dont_collapse", "").lower() == "true"
            return Joint(name, kind, parent, child, self._pose(element, place), dont_collapse=apart)
        lower, upper = self._range(element, kind, place)
        limit, dynamics = (self._only(element, tag, place) for tag in ("limit", "dynamics"))
        return Joint(
            name,
            "continuous" if kind == "revolute" and lower == -math.inf else kind,
            parent,
            child,
            self._pose(element, place),
            self._axis(self._only(element, "axis", place), place),
            lower,
            upper,
            self._largest(limit, "effort", place),
            self._largest(limit, "velocity", place),
            self._friction(dynamics, "damping", place),
            self._friction(dynamics, "friction", place),
            self._mimic(self._only(element, "mimic", place), place),
        )

    def _axis(self, element: Element | None, place: str) -> Vector:
        default = (1.0, 0.0, 0.0)
        x, y, z = default if element is None else self._numbers(element, "xyz", 3, place, default)
        if math.hypot(x, y, z) < _LEAST_AXIS:
            raise UserError(f"{self._path}: {place}: its axis is {x:g} {y:g} {z:g}")
        return x, y, z

    def _range(self, element: Element, kind: str, place: str) -> tuple[float, float]:
        """Range of a joint, infinite where there is none; a single angle is what files have that mean no range."""
        limit = self._only(element, "limit", place)
        if kind not in ("revolute", "prismatic") or limit is None:
            return -math.inf, math.inf
        lower, upper = (self._limit(limit, key, place) for key in ("lower", "upper"))
        if lower > upper:
            raise UserError(f"{self._path}: {place}: its lower limit {lower:g} is above the upper one, {upper:g}")
        if lower == upper:
            self._rangeless.append(place.partition(" ")[2])
            return -math.inf, math.inf
        if upper - lower == 2.0 * _GREATEST:
            return -math.inf, math.inf
        if max(-lower, upper) == _GREATEST:
            raise UserError(f"{self._path}: {place}: its range from {lower:g} to {upper:g} has one limit alone")
        if kind == "revolute" and max(-lower, upper) > _MANY_TURNS:
            self._notices.append(f"{place}: its range is {lower:g} to {upper:g} rad; is it in degrees?")
        return lower, upper

    def _mimic(self, element: Element | None, place: str) -> Mimic | None:
        if element is None:
            return None
        leader = element.get("joint")
        if not leader:
            raise UserError(f"{self._path}: {place}: <mimic> names no joint")
        return Mimic(
            leader, self._number(element, "multiplier", place, 1.0), self._number(element, "offset", place, 0.0)
        )

    def _end(self, element: Element, end: str, place: str) -> str:
        link = self._only(element, end, place)
        name = "" if link is None else link.get("link", "")
        if not name:
            raise UserError(f"{self._path}: {place}: it has no {end} link")
        return name

    def _only(self, element: Element, tag: str, place: str) -> Element | None:
        """A child that physics needs, of which there cannot be two."""
        found = element.findall(tag)
        if len(found) > 1:
            raise UserError(f"{self._path}: {place}: it has {len(found)} <{tag}>; which of them holds?")
        return found[0] if found else None

    # -- numbers ------------------------------------------------------------------------------------------------------

    def _name(self, element: Element, kind: str) -> str:
        name = element.get("name", "")
        if not name:
            raise UserError(f"{self._path}: a <{kind}> has no name")
        return name

    def _pose(self, element: Element, place: str) -> Pose:
        origin = self._only(element, "origin", place)
        if origin is None:
            return Pose()
        x, y, z = self._numbers(origin, "xyz", 3, place, (0.0, 0.0, 0.0))
        roll, pitch, yaw = self._numbers(origin, "rpy", 3, place, (0.0, 0.0, 0.0))
        if max(abs(roll), abs(pitch), abs(yaw)) > _MANY_TURNS:
            self._notices.append(f"{place}: its rpy is {roll:g} {pitch:g} {yaw:g} rad; is it in degrees?")
        return Pose((x, y, z), (roll, pitch, yaw))

    def _largest(self, limit: Element | None, key: str, place: str) -> float:
        """A limit's size; infinite where it is missing, 0, or so large that it means none."""
        value = 0.0 if limit is None else self._limit(limit, key, place)
        self._refuse_negative(value, key, place)
        if 0.0 < value < _LEAST_LIMIT:
            raise UserError(f"{self._path}: {place}: its {key} is {value:g}, with which it cannot move")
        return value if 0.0 < value < _GREATEST else math.inf

    def _friction(self, dynamics: Element | None, key: str, place: str) -> float:
        value = 0.0 if dynamics is None else self._number(dynamics, key, place, 0.0)
        self._refuse_negative(value, key, place)
        return value

    def _refuse_negative(self, value: float, key: str, place: str) -> None:
        if value < 0.0:
            raise UserError(f"{self._path}: {place}: its {key} is {value:g}")

    def _limit(self, element: Element, key: str, place: str) -> float:
        """A number of a limit, 0 if it is missing, brought within what robots have."""
        value = self._numbers(element, key, 1, place, (0.0,), math.inf)[0]
        return min(max(value, -_GREATEST), _GREATEST)

    def _number(self, element: Element, key: str, place: str, default: float | None = None) -> float:
        return self._numbers(element, key, 1, place, None if default is None else (default,))[0]

    def _numbers(
        self,
        element: Element,
        key: str,
        count: int,
        place: str,
        default: tuple[float, ...] | None = None,
        greatest: float = _GREATEST,
    ) -> tuple[float, ...]:
        text = element.get(key)
        if text is None and default is not None:
            return default
        try:
            numbers = tuple(map(_decimal, (text or "").split()))
        except ValueError:
            numbers = ()
        if len(numbers) != count or not all(map(math.isfinite, numbers)):
            wanted = "a finite number" if count == 1 else f"{count} finite numbers"
            raise UserError(f"{self._path}: {place}: <{element.tag}> needs {wanted} in {key!r}, not {text!r}")
        if max(map(abs, numbers)) > greatest:
            raise UserError(f"{self._path}: {place}: <{element.tag}> has {text!r} in {key!r}, beyond {greatest:g}")
        return numbers


def _decimal(text: str) -> float:
    """A number as XML has it; Python's own also take digits of other scripts, and `_` between them."""
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return float(text)
