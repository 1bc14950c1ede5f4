"""What the calls ask of a physics engine."""

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from isaacgym.scene import Actor


class Properties(Protocol):
    """What can differ between robots."""

    def write(self, actors: Sequence[Actor], rows: Any) -> None:
        """Give the robots `rows` [n], sorted NumPy integers, the properties of as many actors."""
        ...


class Engine(Protocol):
    """The state of N robots, and what changes it.

    What is written is the state at once; contact forces and body states are those of the end of the last step. Robots
    whose step fails are put back, at rest, where the step before left them, and are counted.

    Arrays are NumPy's where the state is on the CPU, and tensors on the engine's device where it is on a GPU: `array`
    gives the storage of a tensor as one. Positions are in m, quaternions xyzw, velocities of origins, in world axes.
    """

    device: torch.device
    """Where state tensors are."""
    time: float
    """Simulated time, s."""

    @property
    def properties(self) -> Properties: ...

    @property
    def failures(self) -> dict[str, int]:
        """Failures since the start, by kind. May wait for the GPU."""
        ...

    def array(self, tensor: torch.Tensor) -> Any:
        """The storage of a tensor as the other calls take arrays."""
        ...

    def simulate(self) -> None:
        """Advance by all substeps."""
        ...

    def read_roots(self, out: Any) -> None:
        """Write position, quaternion, linear velocity of the origin and angular velocity of each base [N, 13]."""
        ...

    def read_joints(self, out: Any) -> None:
        """Write angle, rad, and velocity, rad/s, of each joint [N, D, 2]."""
        ...

    def read_bodies(self, out: Any) -> None:
        """Write the state of each body [N, B, 13], laid out as the base's, at the end of the last step."""
        ...

    def read_contacts(self, out: Any) -> None:
        """Write the net contact force on each body in the last substep [N, B, 3], N."""
        ...

    def read_torques(self, out: Any) -> None:
        """Write the torques that drive the joints [N, D, 1], N m: as they are set, or of drives in the last substep."""
        ...

    def set_roots(self, states: Any, rows: Any) -> None:
        """Set the bases of the robots `rows` to theirs of all states [N, 13]; joints stay as they are."""
        ...

    def set_joints(self, states: Any, rows: Any) -> None:
        """Set the joints of the robots `rows` to theirs of all angles and velocities [N, D, 2]; bases stay."""
        ...

    def keep(self) -> None:
        """Take the present state for that of the end of the last step."""
        ...

    def set_torques(self, torques: Any) -> None:
        """Set what drives the joints without drives [N, D], N m, until it is set again."""
        ...

    def set_targets(self, positions: Any | None, speeds: Any | None, rows: Any) -> None:
        """Set what joints with drives are driven to, rad and rad/s, of the robots `rows` to theirs of all [N, D]."""
        ...

    def push_bodies(self, forces: Any, torques: Any, local: bool) -> None:
        """Add forces at the centres of mass, N, and torques, N m, on bodies [N, B, 3] for the next step.

        Args:
            forces: in world axes.
            torques: in world axes.
            local: they are in the bodies' axes instead.
        """
        ...

    def report_failures(self) -> None:
        """Tell of failures that were not told yet."""
        ...

    def set_gravity(self, gravity: Any) -> None:
        """Set the gravity of all [3], m/s^2."""
        ...
