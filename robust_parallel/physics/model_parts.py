"""Parts of a MuJoCo model of one robot on its ground, for whatever engine steps it."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence

import mujoco
import numpy as np

GROUND = "terrain"
"""Name of the plane or height field."""


def set_options(spec: mujoco.MjSpec, dt: float, gravity: Sequence[float]) -> None:
    """Choose integrator and solver.

    Newton's method goes on until its tolerance, within MuJoCo's own limits. One or two iterations are the rule, but
    feet that slip take eight. Cut off after five, A1s with a friction of 0.2 to 0.6 fell in 25 % of their leaps, not in
    2 %.

    Args:
        spec: the model.
        dt: time step, s.
        gravity: m/s^2.
    """
    option = spec.option
    option.timestep = dt
    option.gravity = np.array(gravity)
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.solver = mujoco.mjtSolver.mjSOL_NEWTON
    option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL
    option.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_ISLAND)  # looking for islands in one robot costs 5 %


def pair_with_ground(spec: mujoco.MjSpec, friction: float, has_boxes: bool) -> None:
    """List the pairs of the robot's geometries with the plane or field, instead of the rules of what may touch.

    The rules remain for boxes. The n-th pair is that of the robot's n-th geometry.
    """
    ground = spec.geom(GROUND)
    ground.contype = ground.conaffinity = 0
    for index, geom in enumerate(spec.geoms):
        if geom.parent.name == "world":
            continue
        geom.name = geom.name or f"collision_{index}"
        geom.conaffinity = int(has_boxes)
        pair = spec.add_pair(geomname1=GROUND, geomname2=geom.name, solref=geom.solref)
        pair.friction[:2] = friction
        pair.condim, pair.friction[2] = geom.condim, geom.friction[1]


def add_contact_sensors(spec: mujoco.MjSpec, body_names: Sequence[str]) -> None:
    """One sensor a body: the sum of its contact forces, in world axes, acting on the body (hence in second place)."""
    force = 1 << int(mujoco.mjtConDataField.mjCONDATA_FORCE)
    netforce = 3
    for name in body_names:
        spec.add_sensor(
            name=f"{name}_contact",
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            reftype=mujoco.mjtObj.mjOBJ_BODY,
            refname=name,
            intprm=[force, netforce, 1],
        )


def limit_solver(model: mujoco.MjModel, iterations: int, line_search_iterations: int) -> None:
    """Cut the solver off, where all robots wait for the slowest one.

    Args:
        model: the compiled model.
        iterations: of Newton's method, at most.
        line_search_iterations: in each of them, at most.
    """
    model.opt.iterations, model.opt.ls_iterations = iterations, line_search_iterations


def use_older_collider(model: mujoco.MjModel) -> None:
    """Let MuJoCo C find contacts of convex shapes as it used to.

    Its newer collider takes a height field's cells for bodies with walls of their own, and on stairs throws feet out
    sideways that the older one lifts; that one costs 15 % of the speed, and only there.
    """
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_NATIVECCD)
