"""What the formulas of observations may use: named tensors, of N simulated robots or of the one that is driven."""

from collections.abc import Callable
from typing import Any

import torch


class Readings:
    """What the robot's sensors say, and what its controller remembers.

    A simulation shows its live storage here, a controller what it was given; both have those that the observed terms
    use. SI units; D joints in the robot's order, F feet, L legs.
    """

    base_ang_vel: torch.Tensor
    """Gyroscope: base frame [N, 3], rad/s."""
    projected_gravity: torch.Tensor
    """Direction of gravity in the base frame, a unit vector [N, 3]; upright: 0, 0, -1."""
    commands: torch.Tensor
    """Forward, sideways and yaw velocity asked for [N, 3], m/s and rad/s."""
    dof_pos: torch.Tensor
    """Joint angles as the encoders read them, with the error of their zero [N, D], rad."""
    dof_vel: torch.Tensor
    """Joint velocities [N, D], rad/s."""
    default_dof_pos: torch.Tensor
    """Joint targets at zero action [D], rad."""
    actions: torch.Tensor
    """Actions of the last control step, clipped [N, A]; zeros at an episode's start."""
    last_actions: torch.Tensor
    """Actions of the control step before the last one [N, A]."""
    dof_pos_errors: torch.Tensor
    """Commanded joint target minus joint angle, both as the encoders count, at the ends of the last three control
    steps, newest first [N, 3, D], rad; zeros before an episode's start. A step's target is what was sent to the drives
    at its beginning."""
    dof_vel_history: torch.Tensor
    """Joint velocities one and two control steps ago [N, 2, D], rad/s; the first ones stand for those before."""
    gait_phase: torch.Tensor
    """Phase of each leg in its stride [N, L], in [0, 1)."""
    base_pos: torch.Tensor
    """Base in the frame of its map [N, 3], m."""
    scan_heights: torch.Tensor
    """Ground at the points of the height scan, in the frame of the map [N, P], m."""
    foot_heights: torch.Tensor
    """Ground at the points of the foot scan relative to their foot [N, F, P], m; NaN: unknown."""
    depth_image: torch.Tensor
    """Depths that the robot's camera has delivered [N, R, C], m; 0: none."""
    privileged: dict[str, torch.Tensor]
    """What no robot measures, by the name of its term [N, width]: given to controllers that run in a simulation."""

    def __init__(self, **tensors: Any) -> None:
        """Take the readings that there are, by name."""
        for name, tensor in tensors.items():
            setattr(self, name, tensor)


def readings_of(compute: Callable[[Readings], torch.Tensor], readings: Readings) -> set[str]:
    """The names of the readings that a formula uses, found by evaluating it."""
    watched = _Watched(readings)
    compute(watched)
    return watched.used


class _Watched(Readings):
    """Readings that note which of them are asked for."""

    def __init__(self, readings: Readings) -> None:
        super().__init__()
        self.used: set[str] = set()
        self._readings = readings

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._readings, name)
        self.used.add(name)
        return value
