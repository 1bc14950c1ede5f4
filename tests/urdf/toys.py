"""Small URDFs: a two-legged toy of 3.1 kg, and pieces to make others of."""

from pathlib import Path

BALL = '<collision><geometry><sphere radius="0.03"/></geometry></collision>'
BOX = '<collision><geometry><box size="0.2 0.14 0.1"/></geometry></collision>'


def inertial(mass: float, *inertia: float, origin: str = "") -> str:
    """Mass, kg, and inertia: one number for all axes, or ixx, iyy, izz and perhaps ixy, ixz, iyz."""
    numbers = inertia * 3 if len(inertia) == 1 else inertia
    numbers += (0.0,) * (6 - len(numbers))
    parts = zip(("ixx", "iyy", "izz", "ixy", "ixz", "iyz"), numbers, strict=True)
    tensor = " ".join(f'{key}="{value}"' for key, value in parts)
    return f'<inertial>{origin}<mass value="{mass}"/><inertia {tensor}/></inertial>'


def link(name: str, *content: str) -> str:
    return f'<link name="{name}">{"".join(content)}</link>\n'


def joint(name: str, parent: str, child: str, kind: str = "fixed", *content: str) -> str:
    ends = f'<parent link="{parent}"/><child link="{child}"/>'
    return f'<joint name="{name}" type="{kind}">{ends}{"".join(content)}</joint>\n'


def origin(xyz: str = "0 0 0", rpy: str = "0 0 0") -> str:
    return f'<origin xyz="{xyz}" rpy="{rpy}"/>'


LIMIT = '<limit lower="-1" upper="1" effort="20" velocity="20"/>'
AXIS = '<axis xyz="0 1 0"/>'
TRUNK = link("trunk", inertial(2.0, 0.01), BOX)


def leg(side: str, y: float, kind: str = "revolute", joint_content: str = AXIS + LIMIT, foot: str = BALL) -> str:
    hip = joint(f"{side}_hip", "trunk", f"{side}_leg", kind, origin(f"0 {y} 0"), joint_content)
    ankle = joint(f"{side}_ankle", f"{side}_leg", f"{side}_foot", "fixed", origin("0 0 -0.2"))
    return link(f"{side}_leg", inertial(0.5, 0.002)) + hip + link(f"{side}_foot", inertial(0.05, 1e-4), foot) + ankle


LEGS = leg("left", 0.1) + leg("right", -0.1)
TOY_MASS = 3.1


def write(folder: Path, *content: str, name: str = "toy.urdf") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'<?xml version="1.0"?>\n<robot name="toy">\n{"".join(content)}</robot>\n')
    return path
