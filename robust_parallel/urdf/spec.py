"""A robot handed to MuJoCo: as a URDF of the elements its importer knows, each once, with the meshes in memory.

The importer stays the back end: its frames and inertias are MuJoCo's own to the last bit.
"""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import logging
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

import mujoco

from robust_parallel.errors import UserError
from robust_parallel.urdf.meshes import find_mesh, read_mesh
from robust_parallel.urdf.tree import Joint, Link, Pose, Robot, Shape

logger = logging.getLogger(__name__)

Element = ElementTree.Element


def to_spec(robot: Robot, visuals: bool = False) -> mujoco.MjSpec:
    """Make an editable MuJoCo model of a robot, links behind fixed joints kept as bodies, its shapes without mass.

    Args:
        robot: as `read_urdf` gives it.
        visuals: with its visual shapes; of links with one that cannot be read the collision shapes are drawn instead,
            and one warning says so.

    Raises:
        UserError: a collision mesh is missing or cannot be read, or MuJoCo refuses the robot.
    """
    writer = _Writer(robot, visuals)
    try:
        spec = mujoco.MjSpec.from_string(writer.text(), assets=writer.assets)
    except ValueError as error:
        raise UserError(f"{robot.path}: MuJoCo cannot read the robot: {_one_line(error)}") from error
    for geom in spec.geoms:
        geom.density = 0.0  # a link without a mass weighs nothing, whatever its shapes
    for mesh in spec.meshes:
        mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL  # else it would have to be closed
    return spec


def compile_spec(spec: mujoco.MjSpec, path: Path) -> mujoco.MjModel:
    """The model that engines step.

    Args:
        spec: of a robot, alone or on its terrain.
        path: of the robot's description, for errors.

    Raises:
        UserError: MuJoCo refuses it.
    """
    try:
        return spec.compile()
    except ValueError as error:
        raise UserError(f"{path}: MuJoCo cannot compile the robot: {_one_line(error)}") from error


class _Writer:
    """Writes a robot's URDF and collects the meshes that it names."""

    def __init__(self, robot: Robot, visuals: bool) -> None:
        self._robot = robot
        self._visuals = visuals
        self._meshes: dict[tuple[str, tuple[float, ...]], str] = {}
        self.assets: dict[str, bytes] = {}
        """Content of the meshes, by the names they have in the text."""
        self._undrawn: list[tuple[str, str]] = []
        """Links with a visual that cannot be read, and why."""

    def text(self) -> str:
        """The robot as a URDF."""
        root = Element("robot", name=self._robot.name or "robot")
        options = {"fusestatic": "false", "strippath": "false"}
        options["discardvisual"] = "false" if self._visuals else "true"
        ElementTree.SubElement(ElementTree.SubElement(root, "mujoco"), "compiler", options)
        for link in self._robot.links:
            self._add_link(root, link)
        for joint in self._robot.joints:
            _add_joint(root, joint)
        if self._undrawn:
            names = ", ".join(repr(name) for name, _ in self._undrawn)
            verb = "is" if len(self._undrawn) == 1 else "are"
            logger.warning("%s %s drawn by collision shapes: %s", names, verb, self._undrawn[0][1])
        return ElementTree.tostring(root, encoding="unicode")

    def _add_link(self, root: Element, link: Link) -> None:
        element = ElementTree.SubElement(root, "link", name=link.name)
        if link.inertial is not None:
            inertial = ElementTree.SubElement(element, "inertial")
            _add_origin(inertial, link.inertial.origin)
            ElementTree.SubElement(inertial, "mass", value=repr(link.inertial.mass))
            keys = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
            numbers = map(repr, link.inertial.inertia)
            ElementTree.SubElement(inertial, "inertia", dict(zip(keys, numbers, strict=True)))
        for shape in link.collisions:
            try:
                self._add_shape(element, "collision", shape)
            except UserError as error:
                raise UserError(f"{self._robot.path}: link {link.name!r}: {error}") from error
        if self._visuals:
            for shape in self._drawn(link):
                self._add_shape(element, "visual", shape)

    def _drawn(self, link: Link) -> Sequence[Shape]:
        """Visual shapes of a link, or, where one of them cannot be read, its collision shapes."""
        try:
            for shape in link.visuals:
                if shape.kind == "mesh":
                    self._mesh(shape)
        except UserError as error:
            self._undrawn.append((link.name, str(error)))
            return link.collisions
        return link.visuals

    def _add_shape(self, link: Element, use: str, shape: Shape) -> None:
        element = ElementTree.SubElement(link, use)
        _add_origin(element, shape.origin)
        geometry = ElementTree.SubElement(element, "geometry")
        form = ElementTree.SubElement(geometry, shape.kind)
        match shape.kind:
            case "mesh":
                form.attrib.update(filename=self._mesh(shape), scale=_text(shape.size))
            case "box":
                form.set("size", _text(shape.size))
            case _:
                form.attrib.update(zip(("radius", "length"), map(repr, shape.size), strict=False))
        if use == "visual" and shape.rgba is not None:
            material = ElementTree.SubElement(element, "material", name="")
            ElementTree.SubElement(material, "color", rgba=_text(shape.rgba))

    def _mesh(self, shape: Shape) -> str:
        """The name of a mesh in `assets`; one file at another scale is another mesh."""
        key = shape.file, shape.size
        if key not in self._meshes:
            path = find_mesh(shape.file, self._robot.path)
            kind, content = read_mesh(path)
            name = f"mesh_{len(self._meshes)}{kind}"
            _check_mesh(name, content, shape)
            self._meshes[key] = name
            self.assets[name] = content
        return self._meshes[key]


def _check_mesh(name: str, content: bytes, shape: Shape) -> None:
    """Let MuJoCo compile a mesh alone, so that its complaint can be told with the file's name."""
    spec = mujoco.MjSpec()
    spec.assets = {name: content}
    shell = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
    spec.add_mesh(name="mesh", file=name, scale=shape.size, inertia=shell)
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname="mesh")
    try:
        spec.compile()
    except ValueError as error:
        raise UserError(f"the mesh {shape.file!r} cannot be read: {_one_line(error)}") from error


def _add_joint(root: Element, joint: Joint) -> None:
    element = ElementTree.SubElement(root, "joint", name=joint.name, type=joint.kind)
    _add_origin(element, joint.origin)
    ElementTree.SubElement(element, "parent", link=joint.parent)
    ElementTree.SubElement(element, "child", link=joint.child)
    if joint.kind in ("revolute", "continuous", "prismatic"):
        ElementTree.SubElement(element, "axis", xyz=_text(joint.axis))
    limits = {"lower": joint.lower, "upper": joint.upper, "effort": joint.effort}
    finite = {name: repr(value) for name, value in limits.items() if math.isfinite(value)}
    if finite:
        ElementTree.SubElement(element, "limit", finite)


def _add_origin(element: Element, pose: Pose) -> None:
    if pose != Pose():
        ElementTree.SubElement(element, "origin", xyz=_text(pose.xyz), rpy=_text(pose.rpy))


def _text(vector: Sequence[float]) -> str:
    return " ".join(map(repr, vector))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
