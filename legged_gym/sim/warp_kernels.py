# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
# ruff: noqa: UP018  (a variable that changes starts as bool(True): a bare True would be a constant)
"""GPU kernels of this simulator alone: what a control step and a reset need besides the physics.

Engine arrays are MuJoCo's (quaternions wxyz, angular velocity of the base in its own axes); the others are the
simulator's live tensors (xyzw, world axes). Bodies are numbered as in `body_names`, joints as in `dof_names`; joints
start at `joint_qpos` and `joint_dof` of `qpos` and `qvel`, after the 7 and 6 numbers of a free base, or at 0.
"""

import warp as wp

from robust_parallel.warp_physics.kernels import failure_kind, read_quat, write_base, write_quat


@wp.kernel(enable_backward=False)
def choose_targets(
    sent: wp.array2d[float],
    earlier: wp.array2d[float],
    late: wp.array[int],
    ctrl: wp.array2d[float],
    misled: wp.array[bool],
):
    """Tell the drives what holds in the next substep, as `LateTargets.pass_substep`; one thread a world.

    A target that is no number marks its world: the engine would clip it to a torque limit.
    """
    world = wp.tid()
    for i in range(ctrl.shape[1]):
        target = wp.where(late[world] > 0, earlier[world, i], sent[world, i])
        ctrl[world, i] = target
        if not wp.isfinite(target):
            misled[world] = True
    late[world] -= 1


@wp.kernel(enable_backward=False)
def check_worlds(
    joint_qpos: int,
    joint_dof: int,
    max_position: float,
    max_velocity: float,
    root_states: wp.array2d[float],
    dof_pos: wp.array2d[float],
    qfrc_actuator: wp.array2d[float],
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    qacc_warmstart: wp.array2d[float],
    overflow: wp.array[int],
    misled: wp.array[bool],
    torques: wp.array2d[float],
    failed: wp.array[bool],
    counts: wp.array[int],
):
    """Find failed worlds and put them back, at rest, to the pose the live tensors still hold: that before the step.

    Launched with one thread a world, before `export_state`. Also publishes the torques and clears `overflow` and
    `misled`. A world whose last reset gave it no finite pose gets the model's zero pose.
    """
    world = wp.tid()
    kind = failure_kind(world, joint_qpos > 0, max_position, max_velocity, qpos, qvel, overflow)
    if misled[world]:
        kind = 0
    failed[world] = kind >= 0
    overflow[world] = 0
    misled[world] = False

    for i in range(torques.shape[1]):
        torques[world, i] = wp.where(kind >= 0, 0.0, qfrc_actuator[world, joint_dof + i])
    if kind >= 0:
        wp.atomic_add(counts, kind, 1)
        finite = bool(True)
        for i in range(7):
            finite = finite and wp.isfinite(root_states[world, i])
        for i in range(dof_pos.shape[1]):
            finite = finite and wp.isfinite(dof_pos[world, i])
        if joint_qpos > 0:
            for i in range(3):
                qpos[world, i] = wp.where(finite, root_states[world, i], 0.0)
            quat = wp.quat(root_states[world, 3], root_states[world, 4], root_states[world, 5], root_states[world, 6])
            write_quat(qpos, world, 3, wp.where(finite, quat, wp.quat_identity()))
        for i in range(dof_pos.shape[1]):
            qpos[world, joint_qpos + i] = wp.where(finite, dof_pos[world, i], 0.0)
        for i in range(qvel.shape[1]):
            qvel[world, i] = 0.0
            qacc_warmstart[world, i] = 0.0


@wp.kernel(enable_backward=False)
def reset_worlds(
    joint_qpos: int,
    joint_dof: int,
    mask: wp.array[bool],
    new_root: wp.array2d[float],
    new_dof_pos: wp.array2d[float],
    new_dof_vel: wp.array2d[float],
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    qacc_warmstart: wp.array2d[float],
    time: wp.array[float],
    mocap_pos: wp.array2d[wp.vec3],
    mocap_quat: wp.array2d[wp.quat],
    torques: wp.array2d[float],
    contact_forces: wp.array2d[wp.vec3],
    failed: wp.array[bool],
):
    """Give the worlds in `mask` a new state; one thread a world.

    Besides the state, a MuJoCo Warp step reads only the former warm start (and time): contacts, constraints
    and derived arrays are made anew, and the model has no activations, delays, sensors or sleep.
    """
    world = wp.tid()
    if not mask[world]:
        return
    write_base(world, joint_qpos > 0, new_root, qpos, qvel, mocap_pos, mocap_quat)
    for i in range(new_dof_pos.shape[1]):
        qpos[world, joint_qpos + i] = new_dof_pos[world, i]
        qvel[world, joint_dof + i] = new_dof_vel[world, i]
        torques[world, i] = 0.0
    for i in range(qvel.shape[1]):
        qacc_warmstart[world, i] = 0.0
    for i in range(contact_forces.shape[1]):
        contact_forces[world, i] = wp.vec3()
    time[world] = 0.0
    failed[world] = False


@wp.kernel(enable_backward=False)
def push_bases(delta_velocity: wp.array2d[float], qpos: wp.array2d[float], qvel: wp.array2d[float]):
    """Add a world-frame velocity step [N, 6] to free bases; one thread a world. A row of zeros changes no bit."""
    world = wp.tid()
    linear = wp.vec3(delta_velocity[world, 0], delta_velocity[world, 1], delta_velocity[world, 2])
    angular = wp.vec3(delta_velocity[world, 3], delta_velocity[world, 4], delta_velocity[world, 5])
    if linear == wp.vec3() and angular == wp.vec3():
        return
    angular = wp.quat_rotate_inv(read_quat(qpos, world, 3), angular)
    for i in range(3):
        qvel[world, i] += linear[i]
        qvel[world, 3 + i] += angular[i]
