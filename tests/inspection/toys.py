"""Small robots with limbs: legs of a hip that abducts, a thigh and a calf of 0.2 m each, and a ball for a foot."""

from tests.urdf.toys import LIMIT, inertial, joint, link, origin

X, Y = '<axis xyz="1 0 0"/>', '<axis xyz="0 1 0"/>'
KNEE = '<limit lower="-2.5" upper="-0.5" effort="40" velocity="20"/>'
BODY = link("trunk", inertial(8.0, 0.1), '<collision><geometry><box size="0.5 0.2 0.1"/></geometry></collision>')
QUADRUPED_MASS = 8.0 + 4 * (0.3 + 0.5 + 0.2)


def leg(name: str, x: float, y: float, thigh_limit: str = LIMIT, rest: str = "0 0 0") -> str:
    """A leg of 1 kg at (x, y) of the trunk; `rest` turns its hip."""
    foot = f'<collision>{origin("0 0 -0.2")}<geometry><sphere radius="0.02"/></geometry></collision>'
    return (
        link(f"{name}_hip", inertial(0.3, 1e-3)) + link(f"{name}_thigh", inertial(0.5, 2e-3))
        + link(f"{name}_calf", inertial(0.2, 1e-3), foot)
        + joint(f"{name}_abduct", "trunk", f"{name}_hip", "revolute", origin(f"{x} {y} 0", rest), X, LIMIT)
        + joint(f"{name}_swing", f"{name}_hip", f"{name}_thigh", "revolute", Y, thigh_limit)
        + joint(f"{name}_knee", f"{name}_thigh", f"{name}_calf", "revolute", origin("0 0 -0.2"), Y, KNEE)
    )  # fmt: skip


QUADRUPED = BODY + "".join(
    leg(name, x, y) for name, x, y in (("FL", 0.2, 0.1), ("FR", 0.2, -0.1), ("RL", -0.2, 0.1), ("RR", -0.2, -0.1))
)
ARM = (
    link("arm", inertial(0.4, 1e-3, origin=origin("0 0 0.1")),
         f'<collision>{origin("0 0 0.1")}<geometry><cylinder radius="0.03" length="0.2"/></geometry></collision>')
    + joint("shoulder", "trunk", "arm", "revolute", origin("0 0 0.05"), Y, LIMIT)
)  # fmt: skip
