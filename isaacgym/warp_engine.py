"""MuJoCo Warp behind the calls: thousands of robots stepped together on an NVIDIA GPU."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import functools
import logging
import os

import mujoco
import numpy as np
import torch

from isaacgym.drives import DRIVE_FIELDS, Drives
from isaacgym.failure_log import FailureLog
from isaacgym.failure_reader import CountReader
from isaacgym.fields import PropertyFields, fields_of
from isaacgym.model import Model
from isaacgym.torch_utils import quat_rotate
from robust_parallel.errors import UserError
from robust_parallel.physics.model_parts import GROUND
from robust_parallel.warp_physics.package import require_package

require_package()

import mujoco_warp as mjw  # noqa: E402 - after the check of what is installed, as the two that import it
import warp as wp  # noqa: E402

from isaacgym import warp_kernels as kernels  # noqa: E402
from robust_parallel.warp_physics.heightfield_contacts import take_over_spheres  # noqa: E402
from robust_parallel.warp_physics.kernels import FAILURES, add_contact_forces, export_state  # noqa: E402
from robust_parallel.warp_physics.launches import capture, record_launch  # noqa: E402
from robust_parallel.warp_physics.stream import torch_stream  # noqa: E402
from robust_parallel.warp_physics.tree import geom_bodies, kinematic_tree  # noqa: E402

logger = logging.getLogger(__name__)

_MAX_POSITION, _MAX_VELOCITY = 1.0e4, 1.0e3
"""A base farther away, m, or anything faster than this, m/s or rad/s, has failed."""
_MAX_CONTACTS, _MAX_CONSTRAINTS = "ISAACGYM_MAX_CONTACTS", "ISAACGYM_MAX_CONSTRAINTS"
"""Environment variables: contacts of a robot on average, constraint rows of a robot at most."""
_DERIVED = ("body_subtreemass", "body_invweight0", "dof_invweight0")
"""Arrays of the model that follow from masses, inertias and armatures."""


class WarpEngine:
    """The `Engine` contract on MuJoCo Warp.

    A step is one CUDA graph: its substeps, what went wrong in them, contact forces, and a copy of the state at its end.
    All is issued on torch's current stream, and nothing waits for the GPU but new masses, inertias and armatures. On
    Warp's CPU device, which exists for tests, the same is launched kernel by kernel.
    """

    def __init__(
        self,
        model: Model,
        poses: np.ndarray,
        substeps: int,
        ground_friction: float,
        device: torch.device,
        walls: np.ndarray | None = None,
    ) -> None:
        """Put the robots where they start, their joints at 0, compile the kernels and capture a step.

        Args:
            model: that of all robots.
            poses: position, m, and quaternion xyzw of each base [N, 7].
            substeps: physics steps that `simulate` takes.
            ground_friction: the ground's coefficient.
            device: a GPU; or the CPU, for tests.
            walls: heights of the corners of uneven ground's cells, where some of its faces are vertical
                [rows - 1, columns - 1, 2, 2], m; spheres are stopped by them.
        """
        self.device = device
        self.time = 0.0
        self._substeps, self._free_base, self._count = substeps, not model.fixed_base, len(poses)
        self._dt = substeps * float(model.model.opt.timestep)
        wp.config.log_level = wp.LOG_WARNING
        wp.init()
        self._warp_device = wp.device_from_torch(device)
        with wp.ScopedDevice(self._warp_device):
            self._model, self._data = _put(model, len(poses), walls)
        self._fields = {name: wp.to_torch(getattr(self._model, name)) for name in fields_of(model)}
        self.properties = PropertyFields(model, len(poses), ground_friction, self._upload, self._set_const)
        self._allocate(model)
        with wp.ScopedDevice(self._warp_device):
            self._record(model)
        hints = {"contact_overflow": f"raise {_MAX_CONTACTS}", "constraint_overflow": f"raise {_MAX_CONSTRAINTS}"}
        self._failure_log, self._count_reader = FailureLog(hints), CountReader(self._failure_counts)
        self._start(poses)

    @property
    def failures(self) -> dict[str, int]:
        """Failures since the start, by kind; waits for the GPU."""
        return dict(zip(FAILURES, self._failure_counts.tolist(), strict=True))

    def array(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor itself, which has to be on this device.

        Raises:
            UserError: it is on another one.
        """
        if tensor.device.type != self.device.type:
            raise UserError(f"isaacgym: a tensor on {tensor.device}; the simulation's are on {self.device}")
        return tensor.detach()

    def simulate(self) -> None:
        with wp.ScopedDevice(self._warp_device):
            if self._graph is None:
                self._step()
            else:
                wp.capture_launch(self._graph, stream=torch_stream(self.device))
        if self._pushed:
            self._body_forces.zero_()
            self._pushed = False
        self.time += self._dt
        if (counts := self._count_reader.look()) is not None:
            self._failure_log.tell(dict(zip(FAILURES, counts, strict=True)))

    def read_roots(self, out: torch.Tensor) -> None:
        self._launch(self._root_export)
        out.copy_(self._roots)

    def read_joints(self, out: torch.Tensor) -> None:
        out[..., 0].copy_(self._joint_pos)
        out[..., 1].copy_(self._joint_vel)

    def read_bodies(self, out: torch.Tensor) -> None:
        self._launch(self._body_export)
        out.copy_(self._bodies)

    def read_contacts(self, out: torch.Tensor) -> None:
        out.copy_(self._contact_forces)

    def read_torques(self, out: torch.Tensor) -> None:
        torch.add(self._torques, self._drive_torques, out=out[..., 0])

    def set_roots(self, states: torch.Tensor, rows: torch.Tensor) -> None:
        self._new_roots.copy_(states)
        self._launch_rows(self._root_setter, rows)

    def set_joints(self, states: torch.Tensor, rows: torch.Tensor) -> None:
        self._new_joints.copy_(states)
        self._launch_rows(self._joint_setter, rows)

    def keep(self) -> None:
        self._launch(self._keeping)

    def set_torques(self, torques: torch.Tensor) -> None:
        self._torques.copy_(torques if self._drives is None else torques * self._drives.are_absent)

    def set_targets(self, positions: torch.Tensor | None, speeds: torch.Tensor | None, rows: torch.Tensor) -> None:
        if self._drives is not None and positions is not None:
            self._drives.set_positions(positions, rows)
        if self._drives is not None and speeds is not None:
            self._drives.set_speeds(speeds, rows)

    def push_bodies(self, forces: torch.Tensor, torques: torch.Tensor, local: bool) -> None:
        both = torch.stack((forces, torques), dim=2)
        if local:
            self._launch(self._present_export)
            quat = self._present_bodies[:, :, None, 3:7].expand(-1, -1, 2, 4)
            both = quat_rotate(quat.reshape(-1, 4), both.view(-1, 3))
        self._body_forces[:, self._body_ids] += both.view(*forces.shape[:2], 6)
        self._pushed = True

    def report_failures(self) -> None:
        self._failure_log.tell(self.failures)

    def set_gravity(self, gravity: np.ndarray) -> None:
        wp.to_torch(self._model.opt.gravity).copy_(torch.from_numpy(gravity))

    def _allocate(self, model: Model) -> None:
        """Tensors at fixed places, and views of the engine's: launches and graphs hold addresses."""
        worlds, joints, bodies = self._count, len(model.dof_names), len(model.body_ids)
        data = self._data
        with torch.inference_mode(False):
            zeros = functools.partial(torch.zeros, device=self.device)
            self._roots, self._new_roots = zeros(worlds, 13), zeros(worlds, 13)
            self._new_joints = zeros(worlds, joints, 2)
            self._bodies, self._contact_forces = zeros(worlds, bodies, 13), zeros(worlds, bodies, 3)
            self._present_bodies, self._unread_joints = zeros(worlds, bodies, 13), zeros(2, worlds, joints)
            self._rows = zeros(worlds, dtype=torch.int32)
            self._failed, self._failure_counts = (
                zeros(worlds, dtype=torch.bool),
                zeros(len(FAILURES), dtype=torch.int32),
            )
            self._body_ids = torch.from_numpy(model.body_ids).to(self.device)
            self._joint_pos = wp.to_torch(data.qpos)[:, model.joint_qpos]
            self._joint_vel = wp.to_torch(data.qvel)[:, model.joint_dof]
            self._torques = wp.to_torch(data.qfrc_applied)[:, model.joint_dof]
            self._drive_torques = wp.to_torch(data.qfrc_actuator)[:, model.joint_dof]
            self._drives: Drives | None = None
            if model.model.nu:
                targets = zeros(2, worlds, joints)
                self._drives = Drives(self._fields["actuator_biasprm"], wp.to_torch(data.ctrl), *targets)
            self._body_forces, self._pushed = wp.to_torch(data.xfrc_applied), False

    def _record(self, model: Model) -> None:
        """Kernel launches with their arguments bound, to be issued again and again."""
        data, worlds = self._data, self._count
        launch = functools.partial(record_launch, device=self._warp_device)
        offsets = model.joint_qpos.start, model.joint_dof.start
        state = [data.qpos, data.qvel, data.mocap_pos, data.mocap_quat]
        kept = [wp.clone(array) for array in state]
        failed, forces = wp.from_torch(self._failed), wp.from_torch(self._contact_forces, dtype=wp.vec3)
        counts = wp.from_torch(self._failure_counts)
        self._check = launch(
            kernels.check_worlds,
            dim=worlds,
            inputs=[self._free_base, _MAX_POSITION, _MAX_VELOCITY, kept[0]],
            outputs=[data.qpos, data.qvel, data.qacc_warmstart, data.overflow, failed, counts, forces],
        )
        contact = data.contact
        self._add_contacts = launch(
            add_contact_forces,
            dim=data.naconmax,
            inputs=[model.model.opt.cone == mjw.ConeType.PYRAMIDAL, data.naconmax, data.nacon]
            + [contact.worldid, contact.geom, contact.dim, contact.frame, contact.friction, contact.efc_address]
            + [data.efc.force, geom_bodies(model), failed],
            outputs=[forces],
        )
        self._keeping = launch(kernels.keep_state, dim=worlds, inputs=state, outputs=kept)
        tree, roots = kinematic_tree(model), wp.from_torch(self._roots)
        joints = [wp.from_torch(part) for part in self._unread_joints]
        bodies = len(model.body_ids)
        present = [roots, *joints, wp.from_torch(self._present_bodies)]
        export = functools.partial(launch, export_state)
        self._root_export = export(dim=(worlds, 1), inputs=[*offsets, *tree, *state], outputs=present)  # the base alone
        self._present_export = export(dim=(worlds, bodies), inputs=[*offsets, *tree, *state], outputs=present)
        self._body_export = export(
            dim=(worlds, bodies),
            inputs=[*offsets, *tree, *kept],
            outputs=[wp.clone(roots), *joints, wp.from_torch(self._bodies)],
        )
        rows = wp.from_torch(self._rows)
        moved = [data.qpos, data.qvel, data.qacc_warmstart]
        self._root_setter = launch(
            kernels.set_roots,
            dim=worlds,
            inputs=[self._free_base, rows, wp.from_torch(self._new_roots)],
            outputs=[*moved, data.mocap_pos, data.mocap_quat],
        )
        self._joint_setter = launch(
            kernels.set_joints, dim=worlds, inputs=[*offsets, rows, wp.from_torch(self._new_joints)], outputs=moved
        )

    def _start(self, poses: np.ndarray) -> None:
        """Compile the kernels by a first step, capture a step, and put the robots where they start."""
        logger.info("MuJoCo Warp compiles its kernels at first use: about a minute, cached afterwards")
        states = torch.from_numpy(np.pad(poses, ((0, 0), (0, 6)))).to(self.device, torch.float32)
        everyone = torch.arange(self._count, device=self.device)
        self._synchronize()  # torch's and Warp's streams start out unordered
        self._graph: wp.Graph | None = None
        self.set_roots(states, everyone)
        if self.device.type == "cuda":
            self._synchronize()
            self._graph = capture(self._step, self._warp_device)
        self.set_roots(states, everyone)
        self.set_joints(torch.zeros_like(self._new_joints), everyone)
        self.keep()
        self._contact_forces.zero_()
        self._failure_counts.zero_()

    def _step(self) -> None:
        """What is captured; on Warp's current stream."""
        for _ in range(self._substeps):
            mjw.step(self._model, self._data)
        self._check.launch()
        self._add_contacts.launch()
        self._keeping.launch()

    def _upload(self, name: str, values: np.ndarray, rows: np.ndarray) -> None:
        new = torch.from_numpy(values).to(self.device, torch.float32)
        self._fields[name][torch.from_numpy(rows).to(self.device)] = new
        if name in DRIVE_FIELDS and self._drives is not None:
            self._drives.write()
            self._torques *= self._drives.are_absent

    def _set_const(self, rows: np.ndarray) -> None:
        self._synchronize()
        with wp.ScopedDevice(self._warp_device):
            mjw.set_const(self._model, self._data, restore=False)
        self._synchronize()

    def _launch(self, launch: wp.Launch) -> None:
        launch.launch(torch_stream(self.device))

    def _launch_rows(self, launch: wp.Launch, rows: torch.Tensor) -> None:
        """Launch with one thread for each of the robots `rows` [n]."""
        if len(rows):
            self._rows[: len(rows)].copy_(rows)
            launch.set_dim(len(rows))
            self._launch(launch)

    def _synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def _put(model: Model, worlds: int, walls: np.ndarray | None) -> tuple[mjw.Model, mjw.Data]:
    """The engine's model and data on Warp's current device.

    The contact pool also holds the candidates of the engine's collision detection: of a height field, which is one
    wherever the robot is, only shapes other than spheres, each of which needs a place in the convex collider as well.
    """
    put = mjw.put_model(model.model, batch_sizes=dict.fromkeys(fields_of(model) + _DERIVED, worlds))
    put.opt.warn_overflow = 0  # read from `Data.overflow` instead of printed by the GPU
    put.opt.graph_conditional = wp.is_conditional_graph_supported() or wp.get_device().is_cpu
    candidates = take_over_spheres(put, cells=None if walls is None else _cells(model.model, walls))
    if walls is not None and candidates:
        logger.warning("isaacgym: %d shapes of the robot are no spheres: vertical faces are ramps to them", candidates)
    others = len(model.box_ids) or model.model.geom_contype[model.geom_ids].any()  # pairs beside those with the ground
    data = mjw.make_data(
        model.model,
        nworld=worlds,
        nconmax=_number(_MAX_CONTACTS, 24 + candidates),
        nccdmax=None if others else candidates,
        njmax=_number(_MAX_CONSTRAINTS, 72 + 2 * len(model.dof_names)),
    )
    return put, data


def _cells(model: mujoco.MjModel, walls: np.ndarray) -> np.ndarray:
    """Corners of cells as `heightfield_cells` has them: rows along y, in units of the height field's range."""
    low, height = model.geom_pos[model.geom(GROUND).id, 2], model.hfield_size[0, 2]
    return (walls.transpose(1, 0, 3, 2) - low) / height


def _number(variable: str, default: int) -> int:
    """A positive number from an environment variable.

    Raises:
        UserError: it is none.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise UserError(f"isaacgym: {variable}={text!r} is no positive number")
    return int(text)
