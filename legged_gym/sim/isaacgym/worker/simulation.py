"""A simulation of copies of one robot in Isaac Gym: built, stepped, changed, as the other side asks.

What is more than a few numbers lies in arrays that both processes share: joints and bodies in the other side's order,
masks as bytes.
"""

from typing import Any, Dict, Iterable, List, Optional, Sequence

from isaacgym import gymapi, gymtorch  # isort: skip  # before torch
import arrays
import cuda_memory
import torch
from serve import Handlers, RefusedError
from wire import Message

_FRICTION_STEP = 1.0e-3
"""PhysX holds 64k different materials: coefficients are multiples of this."""
_NO_LIMIT = 3.0e38
"""N m."""
_ROW = 64
"""Environments beside each other; they all lie at the origin."""


def open_simulation(handlers: Handlers, request: Message) -> Message:
    """Let Isaac Gym take its device, and take requests that build a world there, step and change it."""
    simulation = Simulation(request)
    handlers.update(build=simulation.build, step=simulation.step, write=simulation.write)
    return {}


HANDLERS: Handlers = {"open": open_simulation}


class Simulation:
    """N robots, their shared arrays, and Isaac Gym's tensors."""

    def __init__(self, request: Message) -> None:
        """Make an empty simulation.

        Raises:
            RefusedError: Isaac Gym makes none.
        """
        self._gym = gymapi.acquire_gym()
        self._device = torch.device(request["device"])
        self._sim = self._gym.create_sim(self._device.index or 0, -1, gymapi.SIM_PHYSX, _sim_params(request))
        if self._sim is None:
            raise RefusedError(f"create_sim gave no simulation on {self._device}")

    def build(self, handlers: Handlers, request: Message) -> Message:
        """Build the world: ground, robots with their properties, tensors.

        Raises:
            RefusedError: Isaac Gym understands the robot's file otherwise, or prepares no simulation.
        """
        gym, sim, device, robot = self._gym, self._sim, self._device, request["robot"]
        _add_ground(gym, sim, request["ground"])
        asset = gym.load_asset(sim, robot["folder"], robot["file"], _asset_options(robot))
        if asset is None:
            raise RefusedError("load_asset gave no asset of {folder}/{file}".format(**robot))
        joints, bodies = gym.get_asset_dof_names(asset), gym.get_asset_rigid_body_names(asset)
        self._to_gym = _order(joints, robot["joints"], "joints", device)
        self._from_gym = _order(robot["joints"], joints, "joints", device)
        self._bodies = _order(robot["bodies"], bodies, "bodies", device)
        self._state = _tensors(request["state"], device)
        self._pull = torch.tensor(robot["servos"], device=device)
        self._wheels = torch.tensor(robot["wheels"], dtype=torch.bool, device=device)
        self._base = robot["base"]
        self._welded = [(bodies.index(name), turn) for name, turn in self._base["welded"].items()]
        self._envs = self._make_envs(asset, request["num_envs"], robot["self_collisions"])
        self._write(request["fields"], range(len(self._envs)))
        if not gym.prepare_sim(sim):
            raise RefusedError("prepare_sim failed")
        self._acquire(len(joints))
        return {}

    def step(self, handlers: Handlers, request: Message) -> Message:
        """Advance by `substeps`, driven by the PD law or by the `torques` that lie in the shared array."""
        gym, sim, state = self._gym, self._sim, self._state
        self._set_states()
        for substep in range(request["substeps"]):
            if not request["torques"]:
                self._drive(substep)
            self._apply_torques()
            gym.simulate(sim)
            gym.fetch_results(sim, True)
            gym.refresh_dof_state_tensor(sim)
            joints = self._joints.to(state["dof_pos"].device)
            state["dof_pos"].copy_(joints[:, self._from_gym, 0])
            state["dof_vel"].copy_(joints[:, self._from_gym, 1])
        gym.refresh_actor_root_state_tensor(sim)
        gym.refresh_net_contact_force_tensor(sim)
        state["root_states"].copy_(self._roots)
        contacts = self._contacts.to(state["contact_forces"].device)
        state["contact_forces"].copy_(contacts[:, self._bodies])
        _synchronize(state["dof_pos"].device)
        return {}

    def write(self, handlers: Handlers, request: Message) -> Message:
        """Give robots whose byte in `changed` is set the shared values of some `fields`."""
        rows = self._state["changed"].nonzero().view(-1).tolist()
        self._write(request["fields"], rows)
        return {}

    def _make_envs(self, asset: Any, count: int, self_collisions: bool) -> List[Any]:
        zero, pose = gymapi.Vec3(0.0, 0.0, 0.0), gymapi.Transform()
        envs = []
        for index in range(count):
            env = self._gym.create_env(self._sim, zero, zero, _ROW)
            self._gym.create_actor(env, asset, pose, "robot", index, 0 if self_collisions else 1, 0)
            envs.append(env)
        return envs

    def _acquire(self, dofs: int) -> None:
        """Isaac Gym's own tensors, which keep their storage."""
        gym, sim, count = self._gym, self._sim, len(self._envs)
        self._roots = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim)).view(count, 13)
        self._joints = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim)).view(count, dofs, 2)
        self._contacts = gymtorch.wrap_tensor(gym.acquire_net_contact_force_tensor(sim)).view(count, -1, 3)
        self._forces = torch.zeros(count, dofs, device=self._joints.device)

    def _set_states(self) -> None:
        """Give the robots that were reset or pushed since the last step their states: one call for each tensor."""
        gym, sim, state = self._gym, self._sim, self._state
        rows = self._take("set_roots")
        if len(rows):
            self._roots.copy_(state["root_states"])
            gym.set_actor_root_state_tensor_indexed(
                sim, gymtorch.unwrap_tensor(self._roots), gymtorch.unwrap_tensor(rows), len(rows)
            )
        rows = self._take("set_joints")
        if len(rows):
            self._joints[..., 0].copy_(state["dof_pos"][:, self._to_gym])
            self._joints[..., 1].copy_(state["dof_vel"][:, self._to_gym])
            gym.set_dof_state_tensor_indexed(
                sim, gymtorch.unwrap_tensor(self._joints), gymtorch.unwrap_tensor(rows), len(rows)
            )

    def _take(self, mask: str) -> torch.Tensor:
        """Rows of a mask that are set, and are no more."""
        rows = self._state[mask].nonzero().view(-1).to(torch.int32).to(self._roots.device)
        self._state[mask].zero_()
        return rows

    def _drive(self, substep: int) -> None:
        """Torques of the drives: clip(gain target - stiffness q - damping qd, +-limit), N m."""
        state = self._state
        stiffness, damping, limits = state["stiffness"], state["damping"], state["torque_limits"]
        targets = torch.where((state["late"] > substep)[:, None], state["earlier"], state["sent"])
        gain = torch.where(self._wheels, damping, stiffness)
        pull = self._pull * stiffness * state["dof_pos"] + damping * state["dof_vel"]
        torch.max(torch.min(gain * targets - pull, limits), -limits, out=state["torques"])

    def _apply_torques(self) -> None:
        """Let torques act, but none on a robot of which one is no number: it is marked as `faulty`."""
        state = self._state
        torques = state["torques"]
        bad = ~torch.isfinite(torques).all(dim=1)
        state["faulty"].masked_fill_(bad, 1)
        torques.masked_fill_(bad[:, None], 0.0)
        self._forces.copy_(torques[:, self._to_gym])
        self._gym.set_dof_actuation_force_tensor(self._sim, gymtorch.unwrap_tensor(self._forces))

    def _write(self, fields: Sequence[str], rows: Iterable[int]) -> None:
        gym = self._gym
        values = {name: self._state[name].cpu().tolist() for name in fields}
        joint_fields = {"dof_friction": "friction", "dof_damping": "damping", "dof_armature": "armature"}
        joint_values = {name: self._state[name][:, self._to_gym].cpu().numpy() for name in joint_fields}
        for row in rows:
            env = self._envs[row]
            if "friction" in values:
                shapes = gym.get_actor_rigid_shape_properties(env, 0)
                for shape in shapes:
                    # The friction of a pair is the mean of both, and that of the ground is 0.
                    shape.friction = round(2.0 * values["friction"][row] / _FRICTION_STEP) * _FRICTION_STEP
                    shape.restitution = 0.0
                gym.set_actor_rigid_shape_properties(env, 0, shapes)
            if any(name in values for name in joint_fields):
                joints = gym.get_actor_dof_properties(env, 0)
                joints["driveMode"].fill(int(gymapi.DOF_MODE_EFFORT))
                joints["stiffness"].fill(0.0)
                joints["effort"].fill(_NO_LIMIT)  # the drives have limited their torques
                for name, field in joint_fields.items():
                    joints[field][:] = joint_values[name][row]
                gym.set_actor_dof_properties(env, 0, joints)
            if "base_mass" in values or "base_com" in values:
                self._write_base(env, row, "base_mass" in values)

    def _write_base(self, env: Any, row: int, is_of_mass: bool) -> None:
        """Change mass and centre of the base from what its file says.

        Isaac Gym keeps what is welded to the base as bodies of their own, with a part of its mass each: all of them
        become heavier by the same factor, and move by the same way.
        """
        factor = float(self._state["base_mass"][row]) / self._base["mass"]
        way = [new - old for new, old in zip(self._state["base_com"][row].tolist(), self._base["com"])]
        bodies = self._gym.get_actor_rigid_body_properties(env, 0)
        for index, turn in self._welded:
            body = bodies[index]
            x, y, z = (sum(part * step for part, step in zip(axis, way)) for axis in turn)
            body.mass *= factor
            body.com = gymapi.Vec3(body.com.x + x, body.com.y + y, body.com.z + z)
        self._gym.set_actor_rigid_body_properties(env, 0, bodies, recomputeInertia=is_of_mass)


def _sim_params(request: Message) -> Any:
    """Settings: PhysX's own are those that legged_gym is known by."""
    params, on_gpu = gymapi.SimParams(), request["device"] != "cpu"
    params.dt, params.substeps = request["dt"], 1
    params.up_axis, params.gravity = gymapi.UP_AXIS_Z, gymapi.Vec3(*request["gravity"])
    params.use_gpu_pipeline = params.physx.use_gpu = on_gpu
    physx = params.physx
    physx.solver_type, physx.num_position_iterations, physx.num_velocity_iterations = 1, 4, 0
    physx.contact_offset, physx.rest_offset = 0.01, 0.0
    physx.bounce_threshold_velocity, physx.max_depenetration_velocity = 0.5, 1.0
    physx.max_gpu_contact_pairs, physx.default_buffer_size_multiplier = 2**23, 5
    if request["threads"]:
        physx.num_threads = request["threads"]
    return params


def _asset_options(robot: Message) -> Any:
    """Links behind fixed joints stay bodies, shapes what they are; no damping but that of the joints."""
    options = gymapi.AssetOptions()
    options.default_dof_drive_mode = int(gymapi.DOF_MODE_EFFORT)
    options.collapse_fixed_joints = options.replace_cylinder_with_capsule = options.disable_gravity = False
    options.fix_base_link = robot["fixed_base"]
    options.density = 0.001
    options.angular_damping = options.linear_damping = options.armature = 0.0
    options.max_angular_velocity = options.max_linear_velocity = 1000.0
    options.thickness = 0.01
    return options


def _add_ground(gym: Any, sim: Any, ground: Optional[Message]) -> None:
    """A plane, or meshes out of shared arrays, of friction 0: that of a pair is the robot's alone."""
    if ground is None:
        plane = gymapi.PlaneParams()
        plane.normal = gymapi.Vec3(0.0, 0.0, 1.0)
        plane.static_friction = plane.dynamic_friction = plane.restitution = 0.0
        gym.add_ground(sim, plane)
        return
    parts = arrays.map_arrays(ground["file"], ground["places"], ground["size"])
    for index, place in enumerate(ground["origins"]):
        vertices, triangles = parts[f"vertices{index}"], parts[f"triangles{index}"]
        mesh = gymapi.TriangleMeshParams()
        mesh.nb_vertices, mesh.nb_triangles = len(vertices), len(triangles)
        mesh.transform.p = gymapi.Vec3(*place)
        mesh.static_friction = mesh.dynamic_friction = mesh.restitution = 0.0
        gym.add_triangle_mesh(sim, vertices.flatten(), triangles.flatten(), mesh)


def _order(wanted: List[str], names: List[str], what: str, device: torch.device) -> torch.Tensor:
    """Index among `names` of each one wanted.

    Raises:
        RefusedError: they are not the same names.
    """
    if sorted(wanted) != sorted(names):
        differing = sorted(set(wanted) ^ set(names))
        raise RefusedError("Isaac Gym reads other {} out of the robot's file: {}".format(what, ", ".join(differing)))
    return torch.tensor([names.index(name) for name in wanted], dtype=torch.long, device=device)


def _tensors(state: Message, device: torch.device) -> Dict[str, torch.Tensor]:
    """The shared arrays: in the GPU's memory if that is where the simulation runs."""
    if device.type == "cpu":
        mapped = arrays.map_arrays(state["file"], state["places"], state["size"])
        return {name: torch.from_numpy(array) for name, array in mapped.items()}
    torch.zeros(1, device=device)  # PyTorch's context of the device is the current one now
    block = cuda_memory.opened(state["handle"])
    return {
        name: torch.as_tensor(block.view(kind, shape, first), device=device)
        for name, (kind, shape, first) in state["places"].items()
    }


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
