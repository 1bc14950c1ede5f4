# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
"""GPU kernels of this engine alone: the end of a step, and setting bases and joints of listed robots.

Engine arrays are MuJoCo's (quaternions wxyz, angular velocity of the base in its own axes); the others are as Isaac
Gym's tensors are (xyzw, world axes). Joints start at `joint_qpos` and `joint_dof` of `qpos` and `qvel`.
"""

import warp as wp

from robust_parallel.warp_physics.kernels import failure_kind, write_base


@wp.kernel(enable_backward=False)
def check_worlds(
    has_free_base: bool,
    max_position: float,
    max_velocity: float,
    kept_qpos: wp.array2d[float],
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    qacc_warmstart: wp.array2d[float],
    overflow: wp.array[int],
    failed: wp.array[bool],
    counts: wp.array[int],
    contact_forces: wp.array2d[wp.vec3],
):
    """Put failed worlds back, at rest, to where they were before the step; clear contact forces. One thread a world."""
    world = wp.tid()
    kind = failure_kind(world, has_free_base, max_position, max_velocity, qpos, qvel, overflow)
    failed[world] = kind >= 0
    overflow[world] = 0
    if kind >= 0:
        wp.atomic_add(counts, kind, 1)
        for i in range(qpos.shape[1]):
            qpos[world, i] = kept_qpos[world, i]
        for i in range(qvel.shape[1]):
            qvel[world, i] = 0.0
            qacc_warmstart[world, i] = 0.0
    for i in range(contact_forces.shape[1]):
        contact_forces[world, i] = wp.vec3()


@wp.kernel(enable_backward=False)
def keep_state(
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    mocap_pos: wp.array2d[wp.vec3],
    mocap_quat: wp.array2d[wp.quat],
    kept_qpos: wp.array2d[float],
    kept_qvel: wp.array2d[float],
    kept_mocap_pos: wp.array2d[wp.vec3],
    kept_mocap_quat: wp.array2d[wp.quat],
):
    """Remember the state at the end of a step; one thread a world."""
    world = wp.tid()
    for i in range(qpos.shape[1]):
        kept_qpos[world, i] = qpos[world, i]
    for i in range(qvel.shape[1]):
        kept_qvel[world, i] = qvel[world, i]
    for i in range(mocap_pos.shape[1]):
        kept_mocap_pos[world, i] = mocap_pos[world, i]
        kept_mocap_quat[world, i] = mocap_quat[world, i]


@wp.kernel(enable_backward=False)
def set_roots(
    has_free_base: bool,
    rows: wp.array[int],
    states: wp.array2d[float],
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    qacc_warmstart: wp.array2d[float],
    mocap_pos: wp.array2d[wp.vec3],
    mocap_quat: wp.array2d[wp.quat],
):
    """Set the bases of listed worlds to theirs of all states [N, 13]; one thread a listed world."""
    world = rows[wp.tid()]
    if world < 0 or world >= states.shape[0]:
        return
    write_base(world, has_free_base, states, qpos, qvel, mocap_pos, mocap_quat)
    for i in range(qvel.shape[1]):
        qacc_warmstart[world, i] = 0.0  # the solver must not start from the forces of another state


@wp.kernel(enable_backward=False)
def set_joints(
    joint_qpos: int,
    joint_dof: int,
    rows: wp.array[int],
    states: wp.array3d[float],
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    qacc_warmstart: wp.array2d[float],
):
    """Set the joints of listed worlds to theirs of all angles and velocities [N, D, 2]; one thread a listed world."""
    world = rows[wp.tid()]
    if world < 0 or world >= states.shape[0]:
        return
    for i in range(states.shape[1]):
        qpos[world, joint_qpos + i] = states[world, i, 0]
        qvel[world, joint_dof + i] = states[world, i, 1]
    for i in range(qvel.shape[1]):
        qacc_warmstart[world, i] = 0.0
