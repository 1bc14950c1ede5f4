"""The one contract between environments and physics engines."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import torch

from legged_gym.actuators.actuator import DRIVE_FIELDS, Actuator
from legged_gym.sim.late_targets import LateTargets

if TYPE_CHECKING:  # the contract needs no engine
    from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
    from legged_gym.sim.roles import Roles
    from legged_gym.sim.terrain_model import TerrainLike
    from robust_parallel.urdf import Mimic

RANDOMIZABLE_FIELDS: dict[str, str] = {
    "friction": "sliding friction coefficient of every collision geometry of the robot, [N]",
    "torsional_friction": "their friction coefficient about the normal, m, [N]; needs `asset.torsional_friction`",
    "base_mass": "mass of the base link in kg, its inertia scaled with it, [N]",
    "base_com": "centre of mass of the base link in its own frame, m, [N, 3]",
    "stiffness": "proportional gain of the joint drives, N m/rad, [N, D]",
    "damping": "derivative gain of the joint drives, N m s/rad, [N, D]",
    "torque_limits": "torque limit of the joint drives, N m, [N, D]",
    "dof_friction": "dry joint friction, N m, [N, D]",
    "dof_damping": "passive viscous joint damping, N m s/rad, [N, D]",
    "dof_armature": "rotor inertia reflected to the joint, kg m^2, [N, D]",
}
"""Model parameters that every engine can hold per environment: field -> meaning and shape.

Those of the drives (`stiffness`, `damping`, `torque_limits`) are the engine's PD's. Other actuator models have some of
them, or `torque_gain`, a factor on the torque before its limit, [N, D]: see `Simulator.drive_fields`.
"""


class Simulator(ABC):
    """N copies of one robot on one terrain, stepped together.

    All tensors are float32, live on `device`, keep their storage for the simulator's life and are refreshed in place
    by `step`, `reset` and `apply_push`. SI units; quaternions are xyzw; D joints and B bodies are ordered as
    `dof_names` and `body_names`. After `reset` every tensor describes the new state.
    """

    device_types: ClassVar[tuple[str, ...]] = ("cpu",)
    """Kinds of torch device that the engine runs on, the preferred one first."""
    failure_kinds: ClassVar[tuple[str, ...]]
    """What can go wrong in a step; an environment counts under one kind."""
    pool_settings: ClassVar[dict[str, str]] = {}
    """Kinds of failure for want of room -> the setting of the room."""
    num_envs: int
    device: torch.device
    physics_dt: float
    """Time step of one substep, s."""
    decimation: int
    """Substeps a control step."""
    dof_names: list[str]
    body_names: list[str]
    roles: "Roles"
    """Bodies and joints that the asset's configuration names."""
    dof_pos_limits: torch.Tensor
    """Lower and upper joint limits [D, 2], rad."""
    dof_vel_limits: torch.Tensor
    """Joint speed limits [D], rad/s."""
    torque_limits: torch.Tensor
    """Nominal torque limits [D], N m."""
    drive_fields: tuple[str, ...] = ("stiffness", "damping", "torque_limits")
    """Randomizable fields that the drives have. Torque is proportional to all of them together: a motor of strength s
    has s times each."""
    drive_modes: list[str]
    """How each joint is driven [D]: a mode of `ControlCfg.drive_modes`, or `mimic`: it follows another."""
    mimics: "Sequence[tuple[int, int, Mimic]]" = ()
    """Joints that follow another one: their index, that one's, and how; `reset` puts them where they belong."""
    joint_mirror: tuple[list[int], list[float]] | None = None
    """For each joint its counterpart on the robot's other side, and the sign of a turn that is the mirror image of its
    own [D]; None if one has none."""
    body_mirror: Mapping[int, int] = {}
    """Bodies with a counterpart on the robot's other side, which on its middle plane is the body itself: their index in
    `body_names`, and that one's."""
    _actuator: Actuator | None = None
    """What drives the joints in place of the engine's own PD."""
    root_states: torch.Tensor
    """Base link [N, 13], world axes: position, quaternion, linear velocity of its origin, angular velocity."""
    dof_pos: torch.Tensor
    """Joint angles [N, D], rad."""
    dof_vel: torch.Tensor
    """Joint velocities [N, D], rad/s."""
    torques: torch.Tensor
    """Drive torques that acted in the last substep [N, D], N m."""
    body_states: torch.Tensor
    """Every body [N, B, 13], laid out as `root_states`; an engine may bring it up to date when it is read: keep no
    reference to it over a step."""
    contact_forces: torch.Tensor
    """Net contact force on every body in the last substep [N, B, 3], world axes, N."""
    failed: torch.Tensor
    """Environments whose last step gave a non-finite or unbounded state, an engine error or a contact or constraint
    overflow [N], bool. They hold a finite state and wait for a reset."""

    failure_totals: torch.Tensor
    """Failures since the start by kind [K], int32."""

    @abstractmethod
    def __init__(
        self,
        asset: "AssetCfg",
        control: "ControlCfg",
        sim: "SimCfg",
        terrain: "TerrainLike",
        num_envs: int,
        device: str | torch.device,
    ) -> None:
        """Make `num_envs` copies of a robot on a terrain, all in the model's zero pose at the world's origin.

        Raises:
            UserError: the robot or its configuration is faulty, or the device is none of `device_types`.
        """

    @abstractmethod
    def step(self, targets: torch.Tensor, delay: torch.Tensor | None = None) -> None:
        """Advance `decimation` substeps, in each of which the drives follow the targets.

        Args:
            targets: [N, D] joint positions, rad; or torques, N m, if the engine `takes_torques`.
            delay: substeps that the targets are under way, 0 to `decimation` [N], int32: so long each robot's drives
                follow those of the last step, or the pose of a reset. None: none.
        """

    @abstractmethod
    def step_physics(self) -> None:
        """The substeps of `step` alone, with the last targets and without refreshing a tensor.

        It is the floor that benchmarks hold the environment against; the tensors are stale until the next `step`.
        """

    @abstractmethod
    def reset(
        self, mask: torch.Tensor, root_states: torch.Tensor, dof_pos: torch.Tensor, dof_vel: torch.Tensor
    ) -> None:
        """Give the environments in `mask` [N] bool a new state; the others stay bit-identical.

        Args:
            mask: environments to reset.
            root_states: [N, 13]; rows outside the mask are ignored.
            dof_pos: [N, D], rad.
            dof_vel: [N, D], rad/s.
        """

    @abstractmethod
    def apply_push(self, delta_velocity: torch.Tensor) -> None:
        """Add a velocity step [N, 6] (linear, angular; world axes) to the base: an impulse through its origin."""

    def rest(self, mask: torch.Tensor) -> None:  # noqa: B027 - an engine need not
        """Say which environments nobody looks at: an engine may save their physics, and leave them where they are.

        Args:
            mask: [N] bool; holds until the next call.
        """

    def randomize(self, field: str, values: torch.Tensor, mask: torch.Tensor | None = None) -> None:
        """Write a field of `RANDOMIZABLE_FIELDS`, for all environments or those in `mask` [N] bool.

        Raises:
            UserError: there is no such field, or robot or actuator model do not have it (so does `read`).
        """
        if self._actuator is not None and field in DRIVE_FIELDS:
            self._actuator.randomize(field, values, mask)
        else:
            self._write_field(field, values, mask)

    def read(self, field: str) -> torch.Tensor:
        """A copy of a field of `RANDOMIZABLE_FIELDS` as engine or actuator model hold it, [N, ...]."""
        if self._actuator is not None and field in DRIVE_FIELDS:
            return self._actuator.read(field)
        return self._read_field(field)

    def _use_actuator(self, actuator: Actuator | None) -> None:
        """Let a model drive the joints; None: the engine's own PD."""
        self._actuator = actuator
        if actuator is not None:
            self.drive_fields = tuple(actuator.parameters)

    @property
    def takes_torques(self) -> bool:
        """Whether the targets of `step` are torques and not joint positions."""
        return self._actuator is not None and self._actuator.takes_torques

    @property
    def target_delay(self) -> torch.Tensor | None:
        """By how many physics steps the drives hear late of the targets [N]; None: they hear of them at once."""
        return None if self._actuator is None else self._actuator.delay

    def scale_target_delay(self, factor: float) -> None:
        """Let the delays of targets that are drawn from now on be a share of what they would be, from 0 to 1."""
        if self._actuator is not None:
            self._actuator.delay_share.fill_(factor)

    def _make_targets(self, servos: torch.Tensor) -> LateTargets:
        """What holds the targets; `servos` [D] is 1 for the joints that the engine would drive to an angle."""
        return LateTargets(self.num_envs, torch.zeros_like(servos) if self.takes_torques else servos)

    @abstractmethod
    def warn_of_overlaps(self, dof_pos: Sequence[float]) -> None:
        """Log which of the robot's parts push each other all the time in its default pose [D], rad."""

    def _follow_mimics(self, dof_pos: torch.Tensor, dof_vel: torch.Tensor) -> None:
        """Set the joints that follow others to where those are, in place; [N, D] each."""
        for follower, leader, mimic in self.mimics:
            dof_pos[:, follower] = mimic.multiplier * dof_pos[:, leader] + mimic.offset
            dof_vel[:, follower] = mimic.multiplier * dof_vel[:, leader]

    @abstractmethod
    def _write_field(self, field: str, values: torch.Tensor, mask: torch.Tensor | None) -> None:
        """`randomize` of what the engine itself holds."""

    @abstractmethod
    def _read_field(self, field: str) -> torch.Tensor:
        """`read` of what the engine itself holds."""

    def failure_counts(self) -> dict[str, int]:
        """Failures since the start, by kind (host read: call it once an iteration, not in a step)."""
        return dict(zip(self.failure_kinds, self.failure_totals.tolist(), strict=True))

    def pool_fill(self) -> dict[str, float]:
        """How much of the room of each setting in `pool_settings` the last substep took, as a share of it.

        A host read, for diagnosis.
        """
        return {}

    @abstractmethod
    def close(self) -> None:
        """Free the engine's memory; once is enough, and more does nothing. Then `step` and `reset` raise UserError."""
