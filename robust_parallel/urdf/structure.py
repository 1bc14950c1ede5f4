"""The tree that links and joints form: checked, and freed of the world that some files hang it on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from robust_parallel.errors import UserError
from robust_parallel.urdf.tree import Joint, Link, Mimic, Robot

_WORLD = "world"
"""The name of what does not move: MuJoCo's, and by custom that of a root link without a body."""
_MAX_DEPTH = 500
"""Links from the root to the last one; the robots that are published have some twenty."""


def check_tree(robot: Robot) -> None:
    """Make sure that the joints form one tree over all links.

    Raises:
        UserError: they do not; it names the links and joints.
    """
    path = robot.path
    for kind, names in (("links", [link.name for link in robot.links]), ("joints", [j.name for j in robot.joints])):
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise UserError(f"{path}: two {kind} have the name {_listed(twice)}")
    names = {link.name for link in robot.links}
    for joint in robot.joints:
        for end, link in (("parent", joint.parent), ("child", joint.child)):
            if link not in names:
                raise UserError(f"{path}: joint {joint.name!r}: its {end} link {link!r} is not in the file")
    parents: dict[str, Joint] = {}
    for joint in robot.joints:
        if joint.child in parents:
            held = parents[joint.child].name, joint.name
            raise UserError(f"{path}: link {joint.child!r} hangs on two joints: {_listed(held)}")
        parents[joint.child] = joint
    roots = [link.name for link in robot.links if link.name not in parents]
    if len(roots) > 1:
        raise UserError(f"{path}: a robot needs one root link, this has {len(roots)}: {_listed(roots)}")
    depths = _depths(robot, roots)
    if circle := [name for name in names if name not in depths]:
        raise UserError(f"{path}: these links hang on each other in a circle: {_listed(sorted(circle))}")
    deepest = max(depths, key=lambda name: depths[name])
    if depths[deepest] > _MAX_DEPTH:
        raise UserError(f"{path}: link {deepest!r} is {depths[deepest]} links away from the root; {_MAX_DEPTH} at most")


def without_world(robot: Robot) -> Robot:
    """Leave out a root link that stands for the world, and give any other link of that name another one."""
    root = robot.root
    held = [joint for joint in robot.joints if joint.parent == root.name]
    empty = root.inertial is None and not root.collisions
    if empty and len(held) == 1 and (held[0].kind == "floating" or (held[0].kind == "fixed" and root.name == _WORLD)):
        notice = f"link {root.name!r} stands for the world: {held[0].child!r} is the base"
        if held[0].kind == "fixed":
            notice += f", and asset.fix_base_link says whether it is free, not joint {held[0].name!r}"
        links = tuple(link for link in robot.links if link is not root)
        joints = tuple(joint for joint in robot.joints if joint is not held[0])
        robot = replace(robot, links=links, joints=joints, notices=(*robot.notices, notice))
    return _without_name(robot, _WORLD) if any(link.name == _WORLD for link in robot.links) else robot


def _without_name(robot: Robot, name: str) -> Robot:
    taken = {link.name for link in robot.links}
    new = f"{name}_link"
    while new in taken:
        new += "_"

    def renamed(old: str) -> str:
        return new if old == name else old

    links: tuple[Link, ...] = tuple(replace(link, name=renamed(link.name)) for link in robot.links)
    joints = tuple(replace(j, parent=renamed(j.parent), child=renamed(j.child)) for j in robot.joints)
    notice = f"link {name!r} is called {new!r} here: its own name is that of what does not move"
    return replace(robot, links=links, joints=joints, notices=(*robot.notices, notice))


def _depths(robot: Robot, roots: list[str]) -> dict[str, int]:
    """Joints between each link and the root, of those that can be reached from there."""
    children: dict[str, list[str]] = {}
    for joint in robot.joints:
        children.setdefault(joint.parent, []).append(joint.child)
    depths, reached = dict.fromkeys(roots, 0), list(roots)
    for name in reached:  # grows while it is walked
        for child in children.get(name, []):
            depths[child] = depths[name] + 1
            reached.append(child)
    return depths


def with_direct_leaders(robot: Robot) -> Robot:
    """Let a joint that mimics one that mimics another follow the last one of the chain.

    Raises:
        UserError: a joint mimics one that does not move, or they mimic each other in a circle.
    """
    joints = {joint.name: joint for joint in robot.joints}
    return replace(robot, joints=tuple(replace(j, mimic=_direct(j, joints, robot)) for j in robot.joints))


def _direct(joint: Joint, joints: dict[str, Joint], robot: Robot) -> Mimic | None:
    mimic = joint.mimic
    passed = [joint.name]
    while mimic is not None:
        leader = joints.get(mimic.joint)
        if leader is None or leader.kind not in ("revolute", "continuous", "prismatic"):
            raise UserError(f"{robot.path}: joint {passed[-1]!r} mimics {mimic.joint!r}, which is no joint that turns")
        if leader.name in passed:
            raise UserError(f"{robot.path}: these joints mimic each other in a circle: {_listed(passed)}")
        if leader.mimic is None:
            return mimic
        passed.append(leader.name)
        factor, further = mimic.multiplier, leader.mimic
        mimic = Mimic(further.joint, factor * further.multiplier, factor * further.offset + mimic.offset)
    return None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
