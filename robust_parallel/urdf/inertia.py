"""Mass and inertia of the links: what no body can have is mended, and the base carries all that is welded to it.

With S the second moments of mass about the centre of mass (S = sum of m x x^T), a body's inertia is tr(S) 1 - S. A body
exists exactly if S has no negative eigenvalue: then the inertia is positive and keeps the triangle rule.
"""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from robust_parallel.urdf.shapes import extent, rotation
from robust_parallel.urdf.tree import Inertial, Link, Pose, Robot

_FLATTEST = 1.0e-8
"""Least of a body's second moments against the greatest: a thin plate has 1e-6, and rounding is far below."""
_LEAST = 1.0e-12
"""Least second moment, kg m^2: engines take smaller ones for nothing."""
_VIOLATION = 1.0e-6
"""What is mended without a word, against the greatest second moment: the digits that files are written with."""
_GYRATION = 1.0e-3
"""Least radius of gyration given to a mass without inertia, m."""
_TRACE_MASS = 1.0e-8
"""Mass of a part that moves and weighs nothing, against that of the robot: engines need some."""
_BASE_SHARE = 1.0e-3
"""A root link whose welded parts weigh less than this share of it stands for them as it is."""


def tensor(inertial: Inertial) -> np.ndarray:
    """Inertia [3, 3] about the centre of mass, in the axes of its `origin`, kg m^2."""
    xx, yy, zz, xy, xz, yz = inertial.inertia
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def possible(inertia: np.ndarray) -> tuple[np.ndarray | None, bool]:
    """The inertia of a body that is nearest to the one given [3, 3], kg m^2; None where there is none at all.

    Also whether it differs from the one given by more than rounding.
    """
    values, axes = np.linalg.eigh(0.5 * np.trace(inertia) * np.eye(3) - inertia)
    if values[-1] <= 0.0:
        return None, True
    least = max(_FLATTEST * float(values[-1]), _LEAST)
    if values[0] >= least:
        return inertia, False
    moments = axes @ np.diag(np.maximum(values, least)) @ axes.T
    return np.trace(moments) * np.eye(3) - moments, bool(values[0] < -_VIOLATION * values[-1])


def with_possible_inertia(robot: Robot) -> Robot:
    """Mend the inertia that no body can have, and give a trace of mass to parts that move without any."""
    changed: dict[str, Link] = {}
    told: dict[str, list[str]] = {}
    for link in robot.links:
        if link.inertial is None:
            continue
        given = tensor(link.inertial)
        mended, differs = possible(given)
        if mended is None:
            mended = nominal(link, robot.path)
        if mended is not given:
            changed[link.name] = replace(link, inertial=replace(link.inertial, inertia=_six(mended)))
        if differs:
            what = (
                f"no body of {link.inertial.mass:g} kg has the principal inertia {_principal(given)}; "
                f"{_principal(mended)} kg m^2 instead"
            )
            told.setdefault(what, []).append(repr(link.name))
    notices = [f"link{'s' * (len(names) > 1)} {', '.join(names)}: {what}" for what, names in told.items()]
    return _with_traces(robot.with_links(changed, *notices))


def nominal(link: Link, urdf: Path) -> np.ndarray:
    """Inertia [3, 3] of a solid box of a link's mass, as large as its shapes, in the axes of its inertial frame.

    A link without shapes, or with meshes that cannot be read, gets a small radius of gyration.
    """
    assert link.inertial is not None
    low, high = extent(link.collisions or link.visuals, urdf, rotation(link.inertial.origin.rpy))
    sizes = np.maximum(high - low, 0.0) if np.isfinite(high - low).all() else np.zeros(3)
    moments = link.inertial.mass * np.maximum(sizes**2 / 12.0, _GYRATION**2)
    return np.diag(np.maximum(moments.sum() - moments, _LEAST))


def with_whole_base(robot: Robot) -> Robot:
    """Let the root link carry the mass of all that is welded to it: its mass and centre are then those of the base."""
    links = {link.name: link for link in robot.links}
    names = robot.welded_to(robot.root.name)
    root, others = links[names[0]], [links[name] for name in names[1:]]
    welded = math.fsum(link.inertial.mass for link in others if link.inertial is not None)
    if welded <= _BASE_SHARE * (root.inertial.mass if root.inertial is not None else 0.0):
        return robot
    frames = {root.name: (np.eye(3), np.zeros(3))}
    holders = {joint.child: joint for joint in robot.joints}
    for name in names[1:]:
        turn, place = frames[holders[name].parent]
        origin = holders[name].origin
        frames[name] = turn @ rotation(origin.rpy), place + turn @ np.array(origin.xyz)
    parts = [(link.inertial, *frames[link.name]) for link in (root, *others) if link.inertial is not None]
    changed = {link.name: replace(link, inertial=None) for link in others}
    changed[root.name] = replace(root, inertial=combined(parts))
    return robot.with_links(changed)


def combined(parts: list[tuple[Inertial, np.ndarray, np.ndarray]]) -> Inertial:
    """One inertial of several, by parallel axes.

    Args:
        parts: each with its link's rotation [3, 3] and place [3] in the common frame.

    Returns:
        Mass and inertia in the axes of the common frame.
    """
    mass = math.fsum(inertial.mass for inertial, _, _ in parts)
    centres = [place + turn @ np.array(inertial.origin.xyz) for inertial, turn, place in parts]
    centre = sum((part[0].mass * at for part, at in zip(parts, centres, strict=True)), np.zeros(3)) / mass
    total = np.zeros((3, 3))
    for (inertial, turn, _), at in zip(parts, centres, strict=True):
        axes, arm = turn @ rotation(inertial.origin.rpy), at - centre
        total += axes @ tensor(inertial) @ axes.T + inertial.mass * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    x, y, z = centre.tolist()
    return Inertial(mass, _six(total), Pose((x, y, z)))


def _six(inertia: np.ndarray) -> tuple[float, float, float, float, float, float]:
    xx, yy, zz, xy, xz, yz = inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]].tolist()
    return xx, yy, zz, xy, xz, yz


def _with_traces(robot: Robot) -> Robot:
    """Give the links of moving joints a trace of mass where all that is welded to them weighs nothing."""
    links = {link.name: link for link in robot.links}
    changed: dict[str, Link] = {}
    mass = _TRACE_MASS * robot.mass
    for name in (robot.root.name, *(joint.child for joint in robot.joints if joint.kind != "fixed")):
        if all(links[welded].inertial is None for welded in robot.welded_to(name)):
            inertia = mass * 0.1**2
            trace = Inertial(mass, (inertia, inertia, inertia, 0.0, 0.0, 0.0))
            changed[name] = replace(links[name], inertial=trace)
    if not changed:
        return robot
    listed = ", ".join(map(repr, changed))
    return robot.with_links(changed, f"moving without mass, so given {mass:.1g} kg each: {listed}")


def _principal(inertia: np.ndarray) -> str:
    return " ".join(f"{value:g}" for value in np.linalg.eigvalsh(inertia))
