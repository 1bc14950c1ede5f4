"""What every actuator model offers the engines."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from legged_gym.utils.errors import UserError

Memory = tuple[Tensor, ...]
"""What drives remember from one physics step to the next."""
DRIVE_FIELDS = ("stiffness", "damping", "torque_limits", "torque_gain")
"""Randomizable fields that belong to a drive; no model has all of them."""


@dataclass(frozen=True)
class Drives:
    """What a model is to drive: the joints of N robots."""

    stiffness: Tensor
    """Nominal proportional gains [D], N m/rad."""
    damping: Tensor
    """Nominal derivative gains [D], N m s/rad."""
    torque_limits: Tensor
    """Nominal limits [D], N m."""
    num_envs: int
    physics_dt: float
    """The engine's time step, s."""


class Actuator(ABC):
    """The drives of N robots of D joints, run once a physics substep, before it.

    Everything is static tensors and masks, nothing waits for the device: `compute` can be captured in a CUDA graph.
    """

    takes_torques: ClassVar[bool] = False
    """Whether the model's targets are torques and not joint positions."""
    delay: Tensor | None = None
    """By how many physics steps the targets of each environment come late [N]; None: they do not."""

    def __init__(self, parameters: dict[str, Tensor], num_envs: int) -> None:
        """Give every environment the nominal parameters.

        Args:
            parameters: nominal values [D] of some `DRIVE_FIELDS`, `torque_limits` among them, on the drives' device.
            num_envs: number N of environments.

        Raises:
            UserError: there are no limits.
        """
        if "torque_limits" not in parameters:
            raise UserError(f"the actuator model {type(self).__name__} has no torque_limits among its parameters")
        self.parameters = {name: value.expand(num_envs, -1).clone() for name, value in parameters.items()}
        """`DRIVE_FIELDS` of each drive, each [N, D]. Torque is proportional to all of them together: a motor of
        strength s has s times each."""
        self.torques = torch.zeros_like(self.parameters["torque_limits"])
        """Torques of the last substep [N, D], N m."""
        self.delay_share = torch.ones((), device=self.torques.device)
        """Factor on delays that are drawn from now on."""
        self.memory: Memory = ()
        """What the drives remember. A model that remembers something sets it, it keeps its storage, and the model has
        its own `begin` and `reset`."""

    def begin(self, dof_pos: Tensor) -> Memory:
        """The memory at the beginning of an episode, in a pose [N, D], rad, in the shapes of `memory`.

        Empty for drives that remember nothing. Exported drives begin with it.
        """
        del dof_pos
        return ()

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: Any, drives: Drives) -> Self:
        """Make the model that a configuration describes.

        Args:
            settings: the section `control.actuator` of the configuration.
            drives: what to drive.

        Raises:
            UserError: the settings do not fit the model or the engine.
        """

    @abstractmethod
    def torque(self, targets: Tensor, dof_pos: Tensor, dof_vel: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        """One physics step as a function, which writes to nothing: arguments as of `compute`, and the memory.

        Returns:
            Torques before their limit [N, D], N m, and the next memory.
        """

    @torch.no_grad()
    def compute(self, targets: Tensor, dof_pos: Tensor, dof_vel: Tensor) -> None:
        """Let one physics step pass: write `torques`.

        Args:
            targets: what the drives are told [N, D]: joint positions, rad, or what the model takes instead.
            dof_pos: joint angles at the step's start [N, D], rad.
            dof_vel: joint velocities [N, D], rad/s.
        """
        torques, following = self.torque(targets, dof_pos, dof_vel, self.memory)
        for present, new in zip(self.memory, following, strict=True):
            present.copy_(new)
        self.limited(torques, out=self.torques)

    def reset(self, mask: Tensor, dof_pos: Tensor) -> None:
        """Forget the past of some environments, which a model with a memory does here; the others stay bit-identical.

        Args:
            mask: which [N], bool.
            dof_pos: joint angles of the new state [N, D], rad; rows outside the mask are ignored.
        """
        self.torques.masked_fill_(mask[:, None], 0.0)

    def randomize(self, field: str, values: Tensor, mask: Tensor | None = None) -> None:
        """Write one of `parameters` from values [N, D], for all environments or those in `mask` [N] bool.

        Raises:
            UserError: this model has no such parameter.
        """
        present = self._parameter(field)
        values = values.to(present)
        present.copy_(values if mask is None else torch.where(mask[:, None], values, present))

    def read(self, field: str) -> Tensor:
        """A copy of one of `parameters` [N, D].

        Raises:
            UserError: this model has no such parameter.
        """
        return self._parameter(field).clone()

    def _parameter(self, field: str) -> Tensor:
        if field not in self.parameters:
            raise UserError(
                f"the actuator model {type(self).__name__} has no {field} to read or randomize; it has "
                f"{', '.join(self.parameters)}"
            )
        return self.parameters[field]

    def limited(self, torques: Tensor, out: Tensor | None = None) -> Tensor:
        """Torques [N, D] within the limits, N m."""
        limits = self.parameters["torque_limits"]
        return torch.clamp(torques, -limits, limits, out=out)
