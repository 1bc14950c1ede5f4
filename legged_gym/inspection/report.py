"""What was found, in lines for a terminal."""

import math

from legged_gym.inspection.inspect import Inspection
from legged_gym.inspection.stance import Stance
from legged_gym.inspection.standing import Stand


def report_lines(found: Inspection) -> list[str]:
    """Mass, base and feet, joints with their limits, bodies and notices."""
    feet = found.ways[0].feet
    lines = [
        f"{found.path}: {found.robot.name or 'robot'}, {found.mass:.6g} kg ({found.mass_in_file:.6g} kg in the file)",
        f"base: {found.robot.root.name}",
        f"feet: {', '.join(feet) or 'none'}",
        f"joints ({len(found.dof_names)}):",
        *_joint_lines(found),
        f"bodies ({len(found.body_names)}): {', '.join(found.body_names)}",
    ]
    return lines + [f"notice: {notice}" for notice in found.robot.notices]


def stand_line(found: Inspection, stance: Stance, outcome: Stand) -> str:
    """How standing went."""
    if not outcome.stood:
        return f"standing: fell after {outcome.duration:.2f} s, from a base height of {stance.height:.3f} m"
    limit = {joint.name: joint.effort for joint in found.joints}.get(outcome.joint, math.inf)
    share = f", {outcome.torque / limit:.0%} of its limit" if math.isfinite(limit) else ""
    return (
        f"standing: stood for {outcome.duration:g} s, base at {outcome.height:.3f} m; "
        f"largest torque {outcome.torque:.3g} N m ({outcome.joint}{share})"
    )


def _joint_lines(found: Inspection) -> list[str]:
    width = max(map(len, found.dof_names), default=0)
    lines = []
    for joint in found.joints:
        bounded = math.isfinite(joint.lower) or math.isfinite(joint.upper)
        limits = f"{joint.lower:8.3f} to {joint.upper:7.3f} rad" if bounded else f"{'turns freely':>23}"
        effort = f"{joint.effort:g} N m" if math.isfinite(joint.effort) else "any torque"
        speed = f"{joint.velocity:g} rad/s" if math.isfinite(joint.velocity) else "any speed"
        follows = "" if joint.mimic is None else f", follows {joint.mimic.joint}"
        lines.append(f"  {joint.name:<{width}} {limits}, {effort}, {speed}{follows}")
    return lines
