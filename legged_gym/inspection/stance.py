"""Joint angles and a base height at which a robot could stand."""

from dataclasses import dataclass

import numpy as np

from legged_gym.inspection.skeleton import Limb, Skeleton

_LATERAL = 0.7
"""A joint pitches if its axis lies closer than 45 degrees to the base's sideways axis."""
_HIP_RANGE, _KNEE_RANGE = 1.6, 2.4
"""Greatest angles from rest that are tried, rad: a right angle, and a leg folded as far as a sitting one."""
_HIP_STEPS, _KNEE_STEPS = 65, 33
_CROUCH_ON_TWO, _CROUCH = 0.97, 0.8
"""Height of the hips over the feet against a stretched leg's: on up to two legs, and on more."""
_BENT = 1.0e-3
"""What a radian off rest costs against a miss of the foot by the leg's length, squared: the smaller bend is taken."""
_LYING = 0.1
"""A robot whose base is lower than this share of its height over the ground lies on it."""
_SAME_REACH = 0.8
"""Limbs that reach this share as far below the base as the longest are legs of a robot that lies at rest."""


@dataclass(frozen=True)
class Stance:
    """How a robot stands."""

    angles: dict[str, float]
    """Angle of every joint but those that mimic another, rad."""
    joints: dict[str, float]
    """Angle of every joint, rad."""
    height: float
    """Height of the base's origin over the ground that the lowest shape touches, m."""
    mass_height: float
    """Height of the centre of mass over the ground, m."""
    feet: tuple[str, ...]
    """Bodies that stand on the ground."""


@dataclass(frozen=True)
class _Bend:
    """A leg at one point of the grid."""

    angles: dict[str, float]
    """Angles of hip, knee and, if there is one, ankle, rad."""
    x: float
    """Place of the foot along the base's forward axis, m."""
    down: float
    """Height of the hip over the foot, m."""
    cost: float
    """Squared angles from rest, rad^2, and 1 for a knee ahead of its hip on four legs, where it is behind by custom."""


def stances(skeleton: Skeleton) -> list[Stance]:
    """Ways to stand, the likeliest first: legs bent so that the feet are under the hips, then all joints at rest.

    On one or two legs the feet are under the centre of mass.
    """
    rest = skeleton.rest()
    skeleton.pose(rest)
    limbs = skeleton.limbs()
    bends = {limb: _bends(skeleton, limb, rest) for limb in limbs}
    skeleton.pose(rest)
    legs = skeleton.legs()
    if skeleton.base_clearance() < _LYING * skeleton.height():
        reaches = {limb: max((bend.down for bend in bends[limb]), default=0.0) for limb in limbs}
        legs = [limb for limb in limbs if reaches[limb] >= max(_SAME_REACH * max(reaches.values()), 1.0e-6)] or legs
    bent = dict(rest)
    for _ in range(2 if len(legs) <= 2 else 1):  # bending moves the centre of mass
        skeleton.pose(bent)
        ahead = float(skeleton.centre_of_mass()[0]) if len(legs) <= 2 else None
        for leg in legs:
            bent |= _best(skeleton, leg, bends[leg], ahead)
    return [_stance(skeleton, angles, legs) for angles in ([bent, rest] if bent != rest else [rest])]


def _stance(skeleton: Skeleton, angles: dict[str, float], legs: list[Limb]) -> Stance:
    angles = {name: round(angle, 3) for name, angle in angles.items()}
    skeleton.pose(angles)
    ends = {limb.joints: limb.end for limb in skeleton.limbs()}
    ground = skeleton.ground()
    return Stance(
        angles,
        skeleton.with_followers(angles),
        round(-ground, 4),
        max(float(skeleton.centre_of_mass()[2]) - ground, 0.0),
        tuple(ends[leg.joints] for leg in legs),
    )


def _bends(skeleton: Skeleton, limb: Limb, rest: dict[str, float]) -> list[_Bend]:
    """A grid over hip and knee of a limb; an ankle, if there is one, keeps the foot as it is at rest.

    Empty of a limb with fewer than two joints that pitch.
    """
    skeleton.pose(rest)
    signs = {
        name: float(np.sign(skeleton.axis(name)[1]))
        for name in limb.joints
        if name in rest and abs(skeleton.axis(name)[1]) > _LATERAL and not skeleton.is_wheel(name)
    }
    if len(signs) < 2:
        return []
    hip, knee, *others = signs
    bends = []
    for knee_angle in _grid(skeleton, knee, rest[knee], _KNEE_RANGE, _KNEE_STEPS):
        for hip_angle in _grid(skeleton, hip, rest[hip], _HIP_RANGE, _HIP_STEPS):
            angles = {hip: hip_angle, knee: knee_angle}
            if others:
                ankle = others[0]
                turned = signs[hip] * (hip_angle - rest[hip]) + signs[knee] * (knee_angle - rest[knee])
                angles[ankle] = rest[ankle] - signs[ankle] * turned
                if not skeleton.joints[ankle].lower <= angles[ankle] <= skeleton.joints[ankle].upper:
                    continue
            skeleton.pose(rest | angles)
            x, _, z = skeleton.sole(limb.geoms)
            cost = sum((angle - rest[name]) ** 2 for name, angle in angles.items())
            cost += float(not others and skeleton.anchor(knee)[0] > skeleton.anchor(hip)[0])
            bends.append(_Bend(angles, float(x), float(skeleton.anchor(hip)[2] - z), cost))
    return bends


def _best(skeleton: Skeleton, leg: Limb, bends: list[_Bend], ahead: float | None) -> dict[str, float]:
    """Angles that put a leg's foot under `ahead`, or under its hip, at the height of a crouch."""
    reach = max((bend.down for bend in bends), default=0.0)
    if reach <= 0.0:
        return {}
    x = float(skeleton.anchor(next(iter(bends[0].angles)))[0]) if ahead is None else ahead
    down = reach * (_CROUCH if ahead is None else _CROUCH_ON_TWO)
    return min(bends, key=lambda b: (b.x - x) ** 2 + (b.down - down) ** 2 + _BENT * reach**2 * b.cost).angles


def _grid(skeleton: Skeleton, name: str, rest: float, bound: float, steps: int) -> list[float]:
    joint = skeleton.joints[name]
    return np.linspace(max(joint.lower, rest - bound), min(joint.upper, rest + bound), steps).tolist()
