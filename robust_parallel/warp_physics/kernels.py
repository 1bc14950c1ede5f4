# type: ignore  (Warp compiles these functions; to a type checker they are no Python)
# ruff: noqa: UP018  (a variable that changes starts as int(0): a bare 0 would be a constant)
"""Kernels around MuJoCo Warp's own that every engine here needs: what went wrong, forces of contacts, states of bodies.

Engine arrays are MuJoCo's (quaternions wxyz, angular velocity of the base in its own axes); the others are state
tensors (xyzw, world axes). Bodies are numbered as in `HingeTree.body_ids`, joints as in `dof_names`; joints start at
`joint_qpos` and `joint_dof` of `qpos` and `qvel`, after the 7 and 6 numbers of a free base, or at 0.
"""

import mujoco_warp as mjw
import warp as wp

FAILURES = ("non_finite", "out_of_bounds", "contact_overflow", "constraint_overflow")
"""Kinds of failure, in the order of the counters of failures; a world counts under the first that applies."""

_Overflow = mjw.OverflowType
_CONTACT_OVERFLOW = wp.constant(int(_Overflow.BROADPHASE | _Overflow.NARROWPHASE | _Overflow.CCD | _Overflow.HFIELD))
_CONSTRAINT_OVERFLOW = wp.constant(int(_Overflow.NEFC | _Overflow.NJMAX_NNZ))

_vec5 = wp.types.vector(length=5, dtype=float)


@wp.func
def read_quat(values: wp.array2d[float], world: int, start: int) -> wp.quat:
    """The unit quaternion stored wxyz from column `start`."""
    return wp.normalize(
        wp.quat(values[world, start + 1], values[world, start + 2], values[world, start + 3], values[world, start])
    )


@wp.func
def write_quat(values: wp.array2d[float], world: int, start: int, quat: wp.quat):
    """Store wxyz from column `start`."""
    values[world, start] = quat[3]
    for i in range(3):
        values[world, start + 1 + i] = quat[i]


@wp.func
def write_base(
    world: int,
    is_free: bool,
    states: wp.array2d[float],
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    mocap_pos: wp.array2d[wp.vec3],
    mocap_quat: wp.array2d[wp.quat],
):
    """Give a world's base the state of its row of `states` [N, 13]; one that is not free is a mocap body."""
    quat = wp.normalize(wp.quat(states[world, 3], states[world, 4], states[world, 5], states[world, 6]))
    if is_free:
        turn = wp.quat_rotate_inv(quat, wp.vec3(states[world, 10], states[world, 11], states[world, 12]))
        for i in range(3):
            qpos[world, i] = states[world, i]
            qvel[world, i] = states[world, 7 + i]
            qvel[world, 3 + i] = turn[i]
        write_quat(qpos, world, 3, quat)
    else:
        mocap_pos[world, 0] = wp.vec3(states[world, 0], states[world, 1], states[world, 2])
        mocap_quat[world, 0] = wp.quat(quat[3], quat[0], quat[1], quat[2])


@wp.func
def failure_kind(
    world: int,
    has_free_base: bool,
    max_position: float,
    max_velocity: float,
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    overflow: wp.array[int],
) -> int:
    """Index in `FAILURES` of what went wrong in a world's step, -1 if nothing did."""
    finite, bounded = bool(True), bool(True)
    for i in range(qpos.shape[1]):
        finite = finite and wp.isfinite(qpos[world, i])
    for i in range(qvel.shape[1]):
        finite = finite and wp.isfinite(qvel[world, i])
        bounded = bounded and wp.abs(qvel[world, i]) <= max_velocity
    if has_free_base:
        position = wp.vec3(qpos[world, 0], qpos[world, 1], qpos[world, 2])
        bounded = bounded and wp.length(position) <= max_position
    kind = int(-1)
    if not finite:
        kind = 0
    elif not bounded:
        kind = 1
    elif (overflow[world] & _CONTACT_OVERFLOW) != 0:
        kind = 2
    elif (overflow[world] & _CONSTRAINT_OVERFLOW) != 0:
        kind = 3
    return kind


@wp.kernel(enable_backward=False)
def add_contact_forces(
    pyramidal: bool,
    capacity: int,
    count: wp.array[int],
    contact_world: wp.array[int],
    contact_geom: wp.array[wp.vec2i],
    contact_dim: wp.array[int],
    contact_frame: wp.array[wp.mat33],
    contact_friction: wp.array[_vec5],
    row_address: wp.array2d[int],
    row_force: wp.array2d[float],
    geom_body: wp.array[int],
    failed: wp.array[bool],
    contact_forces: wp.array2d[wp.vec3],
):
    """Sum the solver's contact forces [N, B] over the bodies, in world axes; one thread a contact of the pool.

    A pyramidal cone's rows are forces along its 2 (dim - 1) edges, normal +- friction * tangent; an elliptic cone's are
    the components. A contact frame's rows are the normal, from the first geometry to the second, and two tangents; the
    force acts on the second. `geom_body` is -1 for the terrain.
    """
    contact = wp.tid()
    if contact >= wp.min(count[0], capacity):
        return
    world = contact_world[contact]
    if failed[world]:
        return
    dim = wp.min(contact_dim[contact], 3)
    force = wp.vec3()
    if pyramidal and dim > 1:
        for edge in range(2 * (contact_dim[contact] - 1)):
            address = row_address[contact, edge]
            if address >= 0:
                size = row_force[world, address]
                force[0] += size
                tangent = edge // 2
                if tangent < 2:
                    sign = 1.0 - 2.0 * float(edge % 2)
                    force[1 + tangent] += sign * contact_friction[contact][tangent] * size
    else:
        for i in range(dim):
            address = row_address[contact, i]
            if address >= 0:
                force[i] = row_force[world, address]

    force = wp.transpose(contact_frame[contact]) * force
    first = geom_body[contact_geom[contact][0]]
    second = geom_body[contact_geom[contact][1]]
    if first >= 0:
        wp.atomic_add(contact_forces, world, first, -force)
    if second >= 0:
        wp.atomic_add(contact_forces, world, second, force)


@wp.kernel(enable_backward=False)
def export_state(
    joint_qpos: int,
    joint_dof: int,
    chains: wp.array2d[int],
    body_offset: wp.array[wp.vec3],
    body_rotation: wp.array[wp.quat],
    body_joint: wp.array[int],
    joint_axis: wp.array[wp.vec3],
    qpos: wp.array2d[float],
    qvel: wp.array2d[float],
    mocap_pos: wp.array2d[wp.vec3],
    mocap_quat: wp.array2d[wp.quat],
    root_states: wp.array2d[float],
    dof_pos: wp.array2d[float],
    dof_vel: wp.array2d[float],
    body_states: wp.array3d[float],
):
    """Publish positions and velocities of the base, the joints and every body; one thread a world and body.

    Forward kinematics along the body's chain of ancestors, from `qpos` and `qvel` alone: the engine's own derived
    arrays are one substep old after a step, and its velocities refer to the centre of mass of the kinematic tree. The
    chains are `chains` [B, L], base first, filled up with -1; a joint turns about an axis through its body's origin.
    """
    world, body = wp.tid()
    linear, angular = wp.vec3(), wp.vec3()
    if joint_qpos > 0:
        position = wp.vec3(qpos[world, 0], qpos[world, 1], qpos[world, 2])
        rotation = read_quat(qpos, world, 3)
        linear = wp.vec3(qvel[world, 0], qvel[world, 1], qvel[world, 2])
        angular = wp.quat_rotate(rotation, wp.vec3(qvel[world, 3], qvel[world, 4], qvel[world, 5]))
    else:
        position = mocap_pos[world, 0]
        wxyz = mocap_quat[world, 0]
        rotation = wp.quat(wxyz[1], wxyz[2], wxyz[3], wxyz[0])

    for level in range(1, chains.shape[1]):
        link = chains[body, level]
        if link >= 0:
            offset = wp.quat_rotate(rotation, body_offset[link])
            position += offset
            linear += wp.cross(angular, offset)
            rotation = rotation * body_rotation[link]
            joint = body_joint[link]
            if joint >= 0:
                angular += wp.quat_rotate(rotation, joint_axis[link]) * qvel[world, joint_dof + joint]
                rotation = rotation * wp.quat_from_axis_angle(joint_axis[link], qpos[world, joint_qpos + joint])

    for i in range(3):
        body_states[world, body, i] = position[i]
        body_states[world, body, 7 + i] = linear[i]
        body_states[world, body, 10 + i] = angular[i]
    for i in range(4):
        body_states[world, body, 3 + i] = rotation[i]
    if body == 0:
        for i in range(13):
            root_states[world, i] = body_states[world, 0, i]
    joint = body_joint[body]
    if joint >= 0:
        dof_pos[world, joint] = qpos[world, joint_qpos + joint]
        dof_vel[world, joint] = qvel[world, joint_dof + joint]
