"""Isaac Gym behind the `Simulator` contract: a worker in an interpreter of its own steps robots in shared memory."""

import logging

import numpy as np
import torch
from torch import Tensor

from legged_gym.sim.body_states import BodyStates
from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.isaacgym.shared_memory import SharedTensors
from legged_gym.sim.isaacgym.worker_process import (
    BEGIN_LIMIT,
    BUILD_LIMIT,
    GREETING_LIMIT,
    STEP_LIMIT,
    WorkerProcess,
    find_interpreter,
)
from legged_gym.sim.isaacgym.world import describe_robot, describe_simulation, refuse_what_is_not_there, shared_ground
from legged_gym.sim.model_fields import check_field
from legged_gym.sim.modelled_simulator import ModelledSimulator
from legged_gym.sim.robot_model import build_robot_model
from legged_gym.sim.terrain_model import TerrainLike

logger = logging.getLogger(__name__)

_DRIVES = ("stiffness", "damping", "torque_limits")
"""Fields that the worker reads in every substep."""
_AT_BUILDING = ("base_mass", "base_com")
"""Fields that Isaac Gym takes only while it builds its world."""
_AT_ANY_TIME = ("friction", "dof_friction", "dof_damping", "dof_armature")
"""Fields that it takes of single robots."""


class IsaacGymSimulator(ModelledSimulator):
    """The `Simulator` contract on NVIDIA's Isaac Gym, or on what offers its calls.

    The live tensors lie in memory that the worker writes, ordinary memory or a GPU's; a control step is one message.
    `reset` and `apply_push` write states here and mark them: before its next substep the worker sets all of them by one
    call for bases and one for joints, since Isaac Gym takes one of each a step. Body states are computed from base and
    joints, since its own are stale after a state was set.

    The world is built before the first step, with the properties that robots have by then. Those that Isaac Gym takes
    only then (mass and centre of mass of the base) make a new worker and world when they are written later.

    The drives' PD law runs in the worker, explicitly, before every substep; an actuator model runs here, and makes each
    substep a message. On a GPU every step waits for it, and nothing here is captured.
    """

    device_types = ("cuda", "cpu")
    failure_kinds = ("non_finite", "out_of_bounds")

    def __init__(
        self,
        asset: AssetCfg,
        control: ControlCfg,
        sim: SimCfg,
        terrain: TerrainLike,
        num_envs: int,
        device: str | torch.device,
    ):
        """Start the worker, which loads Isaac Gym and takes its device.

        Raises:
            UserError: the robot or its configuration is faulty, or has what Isaac Gym lacks; the interpreter, Isaac Gym
                or its GPU are not there.
        """
        robot = build_robot_model(asset, control, sim, terrain, contact_sensors=False)
        refuse_what_is_not_there(asset, robot)
        self._take_over(robot, control, sim, num_envs, device)
        self._terrain = terrain
        self._simulation, self._described = describe_simulation(sim, str(self.device)), describe_robot(asset, robot)
        self._max_position, self._max_velocity = sim.max_position, sim.max_velocity
        self._allocate_tensors()
        self._set_nominal_fields()
        self._written: set[str] = set()
        """Fields that were written."""
        self._unwritten: set[str] = set()
        """Fields that robots have otherwise than the worker's world."""
        self._python = find_interpreter()
        self._worker = self._start()

    def step(self, targets: Tensor, delay: Tensor | None = None) -> None:
        self._require_open()
        self._targets.send(targets, delay)
        self._pose_before.copy_(self.root_states[:, :7])
        self._dof_pos_before.copy_(self.dof_pos)
        self._faulty.zero_()
        self.step_physics()
        self._hold_failed()
        self._bodies.update()

    def step_physics(self) -> None:
        self._bring_up_to_date()
        if self._actuator is None:
            self._ask_to_step(self.decimation)
            return
        for _ in range(self.decimation):
            self._actuator.compute(self._targets.pass_substep(), self.dof_pos, self.dof_vel)
            self.torques.copy_(self._actuator.torques)
            self._ask_to_step(1)

    def reset(self, mask: Tensor, root_states: Tensor, dof_pos: Tensor, dof_vel: Tensor) -> None:
        self._require_open()
        if self._is_known_empty(mask):
            return
        pose, velocity = root_states.split((7, 6), dim=1)
        quat = pose[:, 3:] / torch.linalg.vector_norm(pose[:, 3:], dim=1, keepdim=True)
        if self.robot.fixed_base:
            velocity = torch.zeros_like(velocity)
        root = torch.cat((pose[:, :3], quat, velocity), dim=1)
        self._set_states(mask, root, dof_pos, dof_vel)
        self._wild.copy_(torch.where(mask, self._too_fast(), self._wild))
        self._targets.reset(mask, dof_pos)
        if self._actuator is not None:
            self._actuator.reset(mask, dof_pos)
        self._clear_forces(mask)
        self.failed.masked_fill_(mask, False)
        self._bodies.update()

    def apply_push(self, delta_velocity: Tensor) -> None:
        """Add a velocity step [N, 6] (linear, angular; world axes) to the base. A fixed base stays where it is."""
        pushed = (delta_velocity != 0.0).any(dim=1)
        if self.robot.fixed_base or self._is_known_empty(pushed):
            return
        self.root_states[:, 7:] += delta_velocity
        self._shared["set_roots"].masked_fill_(pushed, 1)
        self._bodies.update()

    def _free(self) -> None:
        self._worker.close()

    def _write_field(self, field: str, values: Tensor, mask: Tensor | None) -> None:
        check_field(field, self.robot)
        held = self._fields[field]
        values = values.to(held).view_as(held)
        rows = torch.ones_like(self.failed) if mask is None else mask
        held.copy_(torch.where(rows.view(-1, *[1] * (held.ndim - 1)), values, held))
        if field not in _DRIVES:
            self._shared["changed"].masked_fill_(rows, 1)
            self._written.add(field)
            self._unwritten.add(field)

    def _read_field(self, field: str) -> Tensor:
        check_field(field, self.robot)
        return self._fields[field].clone()

    def _start(self) -> WorkerProcess:
        """A worker that holds an empty simulation."""
        worker = WorkerProcess(self._python)
        worker.ask("greet", GREETING_LIMIT)
        versions = worker.ask("begin", BEGIN_LIMIT, device=self._simulation["device"])
        logger.info("isaacgym: a worker of Python %(python)s, PyTorch %(torch)s and NumPy %(numpy)s", versions)
        worker.ask("open", BUILD_LIMIT, **self._simulation)
        self._built = False
        return worker

    def _bring_up_to_date(self) -> None:
        """Let the worker have a world, and in it the properties that robots have here."""
        if self._built and self._unwritten.intersection(_AT_BUILDING):
            logger.warning("isaacgym: the base's mass or its centre changed after the first step: a new world is built")
            self._worker.close()
            self._worker = self._start()
        if not self._built:
            self._build()
        elif self._unwritten:
            self._synchronize()
            self._worker.ask("write", BUILD_LIMIT, fields=sorted(self._unwritten))
        if self._unwritten:
            self._shared["changed"].zero_()
            self._unwritten.clear()

    def _build(self) -> None:
        """Let the worker build its world, and set all states before the next substep."""
        for mask in ("set_roots", "set_joints"):
            self._shared[mask].fill_(1)
        if self._fields["dof_friction"].any():
            logger.warning(
                "isaacgym: joint friction is taken for PhysX's, which is a share of the joint's force and not in N m"
            )
        self._synchronize()
        fields = [*_AT_ANY_TIME, *sorted(self._written.intersection(_AT_BUILDING))]
        with shared_ground(self._terrain) as ground:
            self._worker.ask(
                "build", BUILD_LIMIT, robot=self._described, num_envs=self.num_envs, ground=ground,
                state=self._memory.description(), fields=fields,
            )  # fmt: skip
        self._built = True

    def _ask_to_step(self, substeps: int) -> None:
        self._synchronize()
        self._worker.ask("step", STEP_LIMIT, substeps=substeps, torques=self._actuator is not None)

    def _hold_failed(self) -> None:
        """Find the robots whose step failed, and put them back, at rest, where they were before it.

        Robots whose last reset gave them no finite pose get the model's zero pose.
        """
        before = torch.cat((self._pose_before, self._dof_pos_before), dim=1)
        was_finite = torch.isfinite(before).all(dim=1)
        finite = was_finite & torch.isfinite(self.root_states).all(dim=1) & torch.isfinite(self.dof_pos).all(dim=1)
        finite &= torch.isfinite(self.dof_vel).all(dim=1) & (self._faulty == 0)
        far = self.root_states[:, :3].square().sum(dim=1) > self._max_position**2
        wild = finite & (self._too_fast() | far | self._wild)
        self._wild.zero_()
        torch.logical_or(~finite, wild, out=self.failed)
        self.failure_totals += torch.stack((~finite, wild)).sum(dim=1, dtype=torch.int32)
        pose = torch.where(was_finite[:, None], before, self._zero_pose)
        root = torch.nn.functional.pad(pose[:, :7], (0, 6))
        self._set_states(self.failed, root, pose[:, 7:], torch.zeros_like(self.dof_vel))
        self._clear_forces(self.failed)

    def _too_fast(self) -> Tensor:
        """Robots that something of moves faster than it may [N]."""
        fastest = torch.maximum(self.root_states[:, 7:].abs().amax(dim=1), self.dof_vel.abs().amax(dim=1))
        return fastest > self._max_velocity

    def _set_states(self, mask: Tensor, root: Tensor, dof_pos: Tensor, dof_vel: Tensor) -> None:
        """Give the robots in a mask states, here and before the worker's next substep."""
        rows = mask[:, None]
        for live, new in ((self.root_states, root), (self.dof_pos, dof_pos), (self.dof_vel, dof_vel)):
            live.copy_(torch.where(rows, new, live))
        self._shared["set_roots"].masked_fill_(mask, 1)
        self._shared["set_joints"].masked_fill_(mask, 1)

    def _is_known_empty(self, mask: Tensor) -> bool:
        """Whether a mask is empty, as far as that is to be known without waiting for a GPU."""
        return self.device.type == "cpu" and not mask.any()

    def _clear_forces(self, mask: Tensor) -> None:
        self.torques.masked_fill_(mask[:, None], 0.0)
        self.contact_forces.masked_fill_(mask[:, None, None], 0.0)

    def _synchronize(self) -> None:
        """Let what was written here be there for the worker."""
        if self.device.type == "cuda":
            torch.cuda.current_stream(self.device).synchronize()

    def _allocate_tensors(self) -> None:
        """The live tensors, and what else the worker sees."""
        envs, dofs, bodies = self.num_envs, len(self.dof_names), len(self.body_names)
        of_joints = ("dof_pos", "dof_vel", "torques", "sent", "earlier", *_DRIVES, *_AT_ANY_TIME[1:])
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(of_joints, (envs, dofs))
        shapes |= {"root_states": (envs, 13), "contact_forces": (envs, bodies, 3)}
        shapes |= {"friction": (envs,), "base_mass": (envs,), "base_com": (envs, 3)}
        kinds = {name: ("<f4", shape) for name, shape in shapes.items()} | {"late": ("<i4", (envs,))}
        kinds |= {name: ("|u1", (envs,)) for name in ("set_roots", "set_joints", "changed", "faulty")}
        self._memory = SharedTensors(kinds, self.device)
        self._shared = shared = self._memory.tensors
        self.root_states, self.contact_forces = shared["root_states"], shared["contact_forces"]
        self.dof_pos, self.dof_vel, self.torques = shared["dof_pos"], shared["dof_vel"], shared["torques"]
        self._fields = {name: shared[name] for name in (*_DRIVES, *_AT_BUILDING, *_AT_ANY_TIME)}
        self._faulty = shared["faulty"]
        self._targets = self._make_targets(self._tensor(self.robot.servos))
        self._targets.sent, self._targets.earlier, self._targets.late = (
            shared[name] for name in ("sent", "earlier", "late")
        )
        self.root_states[:, 6] = 1.0
        self._bodies = BodyStates(self.robot, self.root_states, self.dof_pos, self.dof_vel)
        self._bodies.update()
        self.body_states = self._bodies.states
        self.failed = torch.zeros(envs, dtype=torch.bool, device=self.device)
        self.failure_totals = torch.zeros(len(self.failure_kinds), dtype=torch.int32, device=self.device)
        self._wild = torch.zeros_like(self.failed)
        """Robots that were given a state faster than what counts as failed; Isaac Gym slows it down."""
        self._pose_before = torch.zeros(envs, 7, device=self.device)
        self._dof_pos_before = torch.zeros_like(self.dof_pos)
        self._zero_pose = torch.zeros(7 + dofs, device=self.device)
        self._zero_pose[6] = 1.0

    def _set_nominal_fields(self) -> None:
        """Give every robot what its description and configuration say."""
        robot, model = self.robot, self.robot.model
        stiffness = np.where(np.array(self.drive_modes) == "torque", 1.0, robot.stiffness)
        stiffness[robot.wheels] = robot.damping[robot.wheels]
        base, joints = robot.base_id, robot.joint_dof
        nominal = {
            "stiffness": stiffness,
            "damping": robot.damping,
            "torque_limits": robot.torque_limits,
            "friction": model.geom_friction[robot.geom_ids[0], 0],
            "base_mass": model.body_mass[base],
            "base_com": model.body_ipos[base],
            "dof_friction": model.dof_frictionloss[joints],
            "dof_damping": model.dof_damping[joints],
            "dof_armature": model.dof_armature[joints],
        }
        for name, value in nominal.items():
            self._fields[name].copy_(self._tensor(value))
