"""COLLADA (.dae) meshes as triangles: the nodes of the scene with their places, colours left aside.

As in ROS the file's unit counts and its upward axis does not.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator

import numpy as np

Element = ElementTree.Element

_MAX_DEPTH = 100
"""Nodes within nodes; more are a node within itself."""


def collada_triangles(data: bytes) -> np.ndarray:
    """Corners of all triangles [n, 3, 3] of a file's scene, m.

    Raises:
        ValueError: it is no COLLADA file, or broken.
    """
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError) as error:
        raise ValueError(str(error)) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    unit = root.find("asset/unit")
    metre = 1.0 if unit is None else float(unit.get("meter", "1"))
    named = {name: element for element in root.iter() if (name := element.get("id"))}
    try:
        parts = [_geometry(named, mesh) @ place[:3, :3].T + place[:3, 3] for mesh, place in _placed(root, named)]
    except (KeyError, IndexError) as error:
        raise ValueError(f"it names {error}, which is not in it") from error
    return metre * np.concatenate([np.zeros((0, 3, 3)), *parts])


def _placed(root: Element, named: dict[str, Element]) -> Iterator[tuple[Element, np.ndarray]]:
    """The geometries of the scene, each with its place [4, 4]; all of them as they are if there is no scene."""
    link = root.find("scene/instance_visual_scene")
    scene = root.find(".//visual_scene") if link is None else named[_target(link)]
    if scene is None:
        yield from ((geometry, np.eye(4)) for geometry in root.iter("geometry"))
        return
    yield from (placed for node in scene.findall("node") for placed in _in_node(node, named, np.eye(4)))


def _in_node(
    node: Element, named: dict[str, Element], place: np.ndarray, depth: int = 0
) -> Iterator[tuple[Element, np.ndarray]]:
    if depth > _MAX_DEPTH:
        raise ValueError("its nodes hang in a circle")
    for element in node:
        if element.tag in _TRANSFORMS:
            place = place @ _TRANSFORMS[element.tag](_numbers(element))
    for element in node:
        if element.tag == "instance_geometry":
            yield named[_target(element)], place
        elif element.tag in ("node", "instance_node"):
            inner = element if element.tag == "node" else named[_target(element)]
            yield from _in_node(inner, named, place, depth + 1)


def _geometry(named: dict[str, Element], geometry: Element) -> np.ndarray:
    """Triangles of one geometry [n, 3, 3]."""
    parts = [np.zeros((0, 3, 3))]
    for primitive in geometry.iterfind("mesh/*"):
        if primitive.tag in ("triangles", "polylist", "polygons"):
            parts.append(_primitive(named, primitive))
    return np.concatenate(parts)


def _primitive(named: dict[str, Element], primitive: Element) -> np.ndarray:
    """Triangles of a list of polygons [n, 3, 3], each polygon a fan from its first corner."""
    inputs = primitive.findall("input")
    vertex = _input(inputs, "VERTEX")
    stride = 1 + max(int(element.get("offset", "0")) for element in inputs)
    source = _input(named[_target(vertex)].findall("input"), "POSITION")
    points = _points(named[_target(source)])
    offset = int(vertex.get("offset", "0"))
    faces = [_numbers(p).astype(int).reshape(-1, stride)[:, offset] for p in primitive.iter("p")]
    if primitive.tag == "triangles":
        return points[np.concatenate(faces).reshape(-1, 3)] if faces else np.zeros((0, 3, 3))
    if primitive.tag == "polylist":
        counts = _numbers(primitive.find("vcount")).astype(int)
        faces = np.split(np.concatenate(faces), np.cumsum(counts)[:-1]) if len(counts) else []
    corners = [face[[0, i, i + 1]] for face in faces for i in range(1, len(face) - 1)]
    return points[np.array(corners, dtype=int).reshape(-1, 3)]


def _input(inputs: list[Element], semantic: str) -> Element:
    found = [element for element in inputs if element.get("semantic") == semantic]
    if not found:
        raise ValueError(f"a list of polygons has no {semantic}")
    return found[0]


def _points(source: Element) -> np.ndarray:
    """Positions [n, 3] of a source."""
    accessor = source.find("technique_common/accessor")
    stride = 3 if accessor is None else int(accessor.get("stride", "3"))
    return _numbers(source.find("float_array")).reshape(-1, stride)[:, :3]


def _numbers(element: Element | None) -> np.ndarray:
    return np.array((("" if element is None else element.text) or "").split(), dtype=np.float64)


def _target(element: Element) -> str:
    """Name of what an element refers to."""
    return (element.get("url") or element.get("source") or "").removeprefix("#")


def _translate(offset: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def _rotate(axis_angle: np.ndarray) -> np.ndarray:
    """Turned by degrees about an axis (Rodrigues' formula)."""
    x, y, z = axis_angle[:3] / np.linalg.norm(axis_angle[:3])
    angle = np.radians(axis_angle[3])
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix = np.eye(4)
    matrix[:3, :3] += np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return matrix


_TRANSFORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "matrix": lambda numbers: numbers.reshape(4, 4),
    "translate": _translate,
    "rotate": _rotate,
    "scale": lambda numbers: np.diag([*numbers, 1.0]),
}
"""Elements that place a node, outermost first."""
