"""MuJoCo Warp: thousands of robots stepped together on an NVIDIA GPU."""

import functools
import logging

import numpy as np
import torch

from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.model_fields import check_field
from legged_gym.sim.modelled_simulator import ModelledSimulator
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from legged_gym.sim.terrain_model import TerrainLike, steep_rise
from robust_parallel.graph import CapturedFunction
from robust_parallel.physics.model_parts import limit_solver
from robust_parallel.warp_physics.package import require_package

require_package()

import mujoco_warp as mjw  # noqa: E402 - after the check of what is installed, as the two that import it
import warp as wp  # noqa: E402

from legged_gym.sim import warp_kernels as kernels  # noqa: E402
from robust_parallel.warp_physics.heightfield_contacts import take_over_spheres  # noqa: E402
from robust_parallel.warp_physics.kernels import FAILURES, add_contact_forces, export_state  # noqa: E402
from robust_parallel.warp_physics.launches import capture, record_launch  # noqa: E402
from robust_parallel.warp_physics.stream import torch_stream  # noqa: E402
from robust_parallel.warp_physics.tree import geom_bodies, kinematic_tree  # noqa: E402

logger = logging.getLogger(__name__)

_RANDOMIZED = (
    "geom_friction",
    "body_mass",
    "body_inertia",
    "body_ipos",
    "actuator_gainprm",
    "actuator_biasprm",
    "actuator_forcerange",
    "dof_frictionloss",
    "dof_damping",
    "dof_armature",
)
"""Arrays of the engine's model that `randomize` writes."""
_DERIVED = ("body_subtreemass", "body_invweight0", "dof_invweight0")
"""Arrays that follow from them (`set_const`)."""
_INERTIAL_FIELDS = ("base_mass", "base_com", "dof_armature")
_GAINS = ("stiffness", "damping")


class MujocoWarpSimulator(ModelledSimulator):
    """The `Simulator` contract on MuJoCo Warp.

    The substeps of a control step are one CUDA graph; with an actuator model there is one of a single substep, and one
    of torch's for the model, launched in turn. Three kernels publish what came of them: failed worlds, the
    contact forces of the last substep, the live tensors. Everything is issued on torch's current stream and nothing
    waits for the GPU. `reset` and `apply_push` are plain kernel launches, which may be captured in another CUDA graph
    (`torch.cuda.graph`); a step may not. Where `randomize` changes inertia (mass, centre of mass, armature) it does
    wait, and takes hundreds of launches: do so at the start-up.

    Not bit-reproducible on a GPU: contacts enter a shared pool in any order, and forces and constraint terms are summed
    by atomic additions, so two runs part in the last bits and then diverge. On the CPU device, which exists for tests,
    runs are reproducible. Worlds influence each other in one way only: when the contact pool is full, contacts of any
    world may be missing, and all worlds fail.
    """

    device_types = ("cuda", "cpu")
    failure_kinds = FAILURES
    pool_settings = {"contact_overflow": "sim.max_contacts", "constraint_overflow": "sim.max_constraints"}

    def __init__(
        self,
        asset: AssetCfg,
        control: ControlCfg,
        sim: SimCfg,
        terrain: TerrainLike,
        num_envs: int,
        device: str | torch.device,
    ):
        """Build the model, compile the kernels and capture the substeps.

        Raises:
            UserError: the robot or its configuration is faulty.
        """
        robot = build_robot_model(asset, control, sim, terrain, contact_sensors=False)
        limit_solver(robot.model, sim.solver_iterations, sim.solver_ls_iterations)
        self._take_over(robot, control, sim, num_envs, device)
        wp.config.log_level = wp.LOG_WARNING
        wp.init()
        self._warp_device = wp.device_from_torch(self.device)
        with wp.ScopedDevice(self._warp_device):
            self._model, self._data = _put(robot, sim, terrain, num_envs, asset.self_collisions)
        self._allocate_tensors()
        self._record_launches(sim)
        self._parameters = self._parameter_views()
        self._graph = None
        self._drive = CapturedFunction(self._compute_torques, self.device)
        self._prepare()

    def step(self, targets: torch.Tensor, delay: torch.Tensor | None = None) -> None:
        self._require_open()
        self._targets.send(targets, delay)
        self.step_physics()
        self.contact_forces.zero_()
        stream = self._stream()
        self._check_launch.launch(stream)
        self._contact_launch.launch(stream)
        self._export_launch.launch(stream)

    def step_physics(self) -> None:
        with wp.ScopedDevice(self._warp_device):
            if self._actuator is None:
                self._advance()
                return
            for _ in range(self.decimation):
                self._drive()
                self._advance()

    def reset(
        self, mask: torch.Tensor, root_states: torch.Tensor, dof_pos: torch.Tensor, dof_vel: torch.Tensor
    ) -> None:
        self._require_open()
        self._reset_mask.copy_(mask)
        self._reset_root.copy_(root_states)
        self._reset_dof_pos.copy_(dof_pos)
        self._reset_dof_vel.copy_(dof_vel)
        self._follow_mimics(self._reset_dof_pos, self._reset_dof_vel)
        self._targets.reset(self._reset_mask, self._reset_dof_pos)
        if self._actuator is not None:
            self._actuator.reset(self._reset_mask, self._reset_dof_pos)
        stream = self._stream()
        self._reset_launch.launch(stream)
        self._export_launch.launch(stream)

    def apply_push(self, delta_velocity: torch.Tensor) -> None:
        """Add a velocity step [N, 6] (linear, angular; world axes) to the base. A fixed base stays where it is."""
        if self.robot.fixed_base:
            return
        self._push.copy_(delta_velocity)
        stream = self._stream()
        self._push_launch.launch(stream)
        self._export_launch.launch(stream)

    def _write_field(self, field: str, values: torch.Tensor, mask: torch.Tensor | None) -> None:
        for view, factor in self._views(field):
            shape = (self.num_envs,) + (1,) * (view.ndim - 1)
            new = values.to(view).reshape(values.shape + (1,) * (view.ndim - values.ndim)) * factor
            view.copy_(new if mask is None else torch.where(mask.reshape(shape), new, view))
        if field in _GAINS and self.robot.wheels.size:
            wheels = self.robot.wheels.tolist()
            self._views("stiffness")[0][0][:, wheels] = -self._views("damping")[0][0][:, wheels]
        if field in _INERTIAL_FIELDS:
            self._synchronize()
            with wp.ScopedDevice(self._warp_device):
                mjw.set_const(self._model, self._data, restore=False)
            self._synchronize()

    def _read_field(self, field: str) -> torch.Tensor:
        view, factor = self._views(field)[0]
        return view / factor

    def pool_fill(self) -> dict[str, float]:
        contacts, rows = int(wp.to_torch(self._data.nacon)[0]), int(wp.to_torch(self._data.nefc).max())
        return {
            "sim.max_contacts": contacts / self._data.naconmax,
            "sim.max_constraints": rows / self._data.njmax,
        }

    def _free(self) -> None:
        self._synchronize()
        del self._graph, self._drive, self._target_launch, self._check_launch, self._contact_launch, self._export_launch
        del self._reset_launch, self._push_launch, self._parameters, self._model, self._data

    def _views(self, field: str) -> list[tuple[torch.Tensor, torch.Tensor | float]]:
        check_field(field, self.robot)
        return self._parameters[field]

    def _allocate_tensors(self) -> None:
        worlds, dofs, bodies = self.num_envs, len(self.dof_names), len(self.body_names)
        zeros = functools.partial(torch.zeros, device=self.device)
        self.root_states = zeros(worlds, 13)
        self.dof_pos = zeros(worlds, dofs)
        self.dof_vel = zeros(worlds, dofs)
        self.torques = zeros(worlds, dofs)
        self.body_states = zeros(worlds, bodies, 13)
        self.contact_forces = zeros(worlds, bodies, 3)
        self.failed = zeros(worlds, dtype=torch.bool)
        self.failure_totals = zeros(len(FAILURES), dtype=torch.int32)
        self._misled = torch.zeros_like(self.failed)
        """Worlds whose drives were told a target that is no number since the last check."""
        self._ctrl = wp.to_torch(self._data.ctrl)
        self._targets = self._make_targets(self._tensor(self.robot.servos))
        self._joint_pos = wp.to_torch(self._data.qpos)[:, self.robot.joint_qpos]
        self._joint_vel = wp.to_torch(self._data.qvel)[:, self.robot.joint_dof]
        # Launches and graphs hold addresses: what callers pass is copied to a fixed place first.
        self._reset_mask = zeros(worlds, dtype=torch.bool)
        self._reset_root = zeros(worlds, 13)
        self._reset_dof_pos = zeros(worlds, dofs)
        self._reset_dof_vel = zeros(worlds, dofs)
        self._push = zeros(worlds, 6)

    def _record_launches(self, sim: SimCfg) -> None:
        """Kernel launches with their arguments bound, ready to be issued again and again."""
        data, robot = self._data, self.robot
        launch = functools.partial(record_launch, device=self._warp_device)
        offsets = robot.joint_qpos.start, robot.joint_dof.start
        targets = self._targets
        root, dof_pos = wp.from_torch(self.root_states), wp.from_torch(self.dof_pos)
        torques, failed = wp.from_torch(self.torques), wp.from_torch(self.failed)
        contact_forces = wp.from_torch(self.contact_forces, dtype=wp.vec3)
        misled = wp.from_torch(self._misled)
        self._target_launch = launch(
            kernels.choose_targets,
            dim=self.num_envs,
            inputs=[wp.from_torch(targets.sent), wp.from_torch(targets.earlier)],
            outputs=[wp.from_torch(targets.late), data.ctrl, misled],
        )
        self._check_launch = launch(
            kernels.check_worlds,
            dim=self.num_envs,
            inputs=[*offsets, sim.max_position, sim.max_velocity],
            outputs=[root, dof_pos, data.qfrc_actuator, data.qpos, data.qvel, data.qacc_warmstart]
            + [data.overflow, misled, torques, failed, wp.from_torch(self.failure_totals)],
        )
        with wp.ScopedDevice(self._warp_device):
            bodies, tree = geom_bodies(robot), kinematic_tree(robot)
        contact = data.contact
        self._contact_launch = launch(
            add_contact_forces,
            dim=data.naconmax,
            inputs=[robot.model.opt.cone == mjw.ConeType.PYRAMIDAL, data.naconmax, data.nacon]
            + [contact.worldid, contact.geom, contact.dim, contact.frame, contact.friction, contact.efc_address]
            + [data.efc.force, bodies, failed],
            outputs=[contact_forces],
        )
        self._export_launch = launch(
            export_state,
            dim=(self.num_envs, len(self.body_names)),
            inputs=[*offsets, *tree, data.qpos, data.qvel, data.mocap_pos, data.mocap_quat],
            outputs=[root, dof_pos, wp.from_torch(self.dof_vel), wp.from_torch(self.body_states)],
        )
        self._reset_launch = launch(
            kernels.reset_worlds,
            dim=self.num_envs,
            inputs=[*offsets, wp.from_torch(self._reset_mask), wp.from_torch(self._reset_root)]
            + [wp.from_torch(self._reset_dof_pos), wp.from_torch(self._reset_dof_vel)],
            outputs=[data.qpos, data.qvel, data.qacc_warmstart, data.time, data.mocap_pos, data.mocap_quat]
            + [torques, contact_forces, failed],
        )
        self._push_launch = launch(
            kernels.push_bases, dim=self.num_envs, inputs=[wp.from_torch(self._push)], outputs=[data.qpos, data.qvel]
        )

    def _parameter_views(self) -> dict[str, list[tuple[torch.Tensor, torch.Tensor | float]]]:
        """Where each randomizable field lies in the engine's model: views and the factors its values take in them."""
        robot, model = self.robot, {name: wp.to_torch(getattr(self._model, name)) for name in _RANDOMIZED}
        base, joints = robot.base_id, robot.joint_dof
        first, last = int(robot.geom_ids[0]), int(robot.geom_ids[-1])  # the terrain's geometry comes before them
        inertia_per_mass = self._tensor(robot.model.body_inertia[base] / robot.model.body_mass[base])
        sliding, torsional = model["geom_friction"][:, :, 0], model["geom_friction"][:, :, 1]
        drive_limits = model["actuator_forcerange"]
        pull = self._tensor(-robot.servos)
        return {
            "friction": [(sliding[:, first], 1.0), (sliding[:, first : last + 1], 1.0)],
            "torsional_friction": [(torsional[:, first], 1.0), (torsional[:, first : last + 1], 1.0)],
            "base_mass": [(model["body_mass"][:, base], 1.0), (model["body_inertia"][:, base], inertia_per_mass)],
            "base_com": [(model["body_ipos"][:, base], 1.0)],
            "stiffness": [(model["actuator_gainprm"][:, :, 0], 1.0), (model["actuator_biasprm"][:, :, 1], pull)],
            "damping": [(model["actuator_biasprm"][:, :, 2], -1.0)],
            "torque_limits": [(drive_limits[:, :, 1], 1.0), (drive_limits[:, :, 0], -1.0)],
            "dof_friction": [(model["dof_frictionloss"][:, joints], 1.0)],
            "dof_damping": [(model["dof_damping"][:, joints], 1.0)],
            "dof_armature": [(model["dof_armature"][:, joints], 1.0)],
        }

    def _prepare(self) -> None:
        """Compile the kernels by a first step, capture the substeps, and start from the model's zero pose."""
        logger.info("MuJoCo Warp compiles its kernels at first use: about a minute, cached afterwards")
        zero_pose = torch.zeros(self.num_envs, 13, device=self.device)
        zero_pose[:, 6] = 1.0
        state = (zero_pose, torch.zeros_like(self.dof_pos), torch.zeros_like(self.dof_vel))
        everyone = torch.ones_like(self.failed)
        self._synchronize()  # torch's and Warp's streams start out unordered
        self.reset(everyone, *state)
        if self.device.type == "cuda":
            self._graph = capture(self._substeps, self._warp_device)
        self.step(self.dof_pos)
        self.reset(everyone, *state)
        self.failure_totals.zero_()

    def _compute_torques(self) -> None:
        """Let the actuator model act on the present state of the joints."""
        assert self._actuator is not None
        self._actuator.compute(self._targets.pass_substep(), self._joint_pos, self._joint_vel)
        self._ctrl.copy_(self._actuator.torques)

    def _advance(self) -> None:
        """What is captured, on torch's current stream; without a graph on Warp's own."""
        if self._graph is None:
            self._substeps()
        else:
            wp.capture_launch(self._graph, stream=self._stream())

    def _substeps(self) -> None:
        """On Warp's current stream: the physics steps of a control step, or one if an actuator comes before each."""
        if self._actuator is not None:
            mjw.step(self._model, self._data)
            return
        for _ in range(self.decimation):
            self._target_launch.launch()
            mjw.step(self._model, self._data)

    def _stream(self) -> wp.Stream | None:
        return torch_stream(self.device)

    def _synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def _put(
    robot: RobotModel, sim: SimCfg, terrain: TerrainLike, num_envs: int, self_collisions: bool
) -> tuple[mjw.Model, mjw.Data]:
    """The engine's model and data on Warp's current device.

    The contact pool also holds the candidates of the engine's collision detection: of a height field, which is one
    wherever the robot is, only shapes other than spheres, each of which needs a place in the convex collider as well.
    """
    model = mjw.put_model(robot.model, batch_sizes=dict.fromkeys(_RANDOMIZED + _DERIVED, num_envs))
    model.opt.warn_overflow = 0  # read from `Data.overflow` instead of printed by the GPU
    model.opt.graph_conditional = wp.is_conditional_graph_supported() or wp.get_device().is_cpu
    candidates = take_over_spheres(model, steep_rise(terrain), _ceiling(robot, terrain))
    if candidates and (terrain.slope_threshold or terrain.ceiling is not None):
        logger.warning(
            "%d collision shapes of the robot are no spheres: to them vertical faces are ramps, and nothing hangs over "
            "the ground",
            candidates,
        )
    contacts = max(sim.max_contacts, candidates)
    convex = None if self_collisions else candidates
    rows = sim.max_constraints + robot.model.neq
    data = mjw.make_data(robot.model, nworld=num_envs, nconmax=contacts, nccdmax=convex, njmax=rows)
    return model, data


def _ceiling(robot: RobotModel, terrain: TerrainLike) -> np.ndarray | None:
    """Underside of what hangs over the ground, as MuJoCo has a height field: rows along y, over its lowest point, m."""
    if terrain.ceiling is None:
        return None
    return terrain.ceiling.T - robot.model.geom_pos[robot.terrain_geom_id, 2]
