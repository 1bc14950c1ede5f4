"""What a policy's actions mean."""

from collections.abc import Sequence

import torch
from torch import nn

POSITION, VELOCITY, TORQUE, HELD = "position", "velocity", "torque", "held"
"""What a drive is told: a joint angle, rad, a speed, rad/s, a torque, N m, or the default angle whatever the action."""
ACTED = (POSITION, VELOCITY, TORQUE)
"""Modes of the joints that take an action."""
MIXED = "mixed"
"""Not all joints are told the same."""


class ActionMap(nn.Module):
    """From actions to what the drives are told, for any number of robots."""

    default_dof_pos: torch.Tensor

    def __init__(self, scale: float, clip: float, target: str, default_dof_pos: torch.Tensor) -> None:
        """Declare the meaning.

        Args:
            scale: rad (N m) of a unit action.
            clip: bound of an action.
            target: `POSITION`: joint target = scale * action + default angle; `TORQUE`: torque = scale * action.
            default_dof_pos: joint targets at zero action [D], rad.
        """
        super().__init__()
        self.scale, self.clip, self.target = scale, clip, target
        self.num_actions = len(default_dof_pos)
        self.register_buffer("default_dof_pos", default_dof_pos)

    def clipped(self, actions: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Actions [N, D] within their bound."""
        return torch.clamp(actions, -self.clip, self.clip, out=out)

    def joint_targets(self, actions: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """What the drives are told [N, D] for clipped actions [N, D]: rad as the encoders count, or N m."""
        if self.target == TORQUE:
            return torch.mul(actions, self.scale, out=out)
        return torch.add(self.default_dof_pos, actions, alpha=self.scale, out=out)

    def without_zero(self, targets: torch.Tensor, motor_zero: torch.Tensor) -> None:
        """Turn targets [N, D], in place, into the joints' true angles, whose encoders read `motor_zero` [N, D] more."""
        if self.target == POSITION:
            targets.sub_(motor_zero)

    def posed(self, angles: torch.Tensor) -> torch.Tensor:
        """Deviations from the default angles [N, D], without those of joints that have no angle to keep."""
        return angles


class MixedActionMap(ActionMap):
    """From actions to what drives of several modes are told; A of the D joints take an action, in their order.

    A joint of the mode `position` is told scale * action + default angle, of `velocity` or `torque` scale * action,
    rad/s or N m; the others take none: `held` ones are told their default angle.
    """

    offsets: torch.Tensor
    scales: torch.Tensor
    servos: torch.Tensor
    turning: torch.Tensor
    source: torch.Tensor

    def __init__(
        self, scales: Sequence[float], clip: float, modes: Sequence[str], default_dof_pos: torch.Tensor
    ) -> None:
        """Declare the meaning.

        Args:
            scales: rad, rad/s or N m of a unit action, of each joint [D].
            clip: bound of an action.
            modes: of each joint's drive [D].
            default_dof_pos: joint targets at zero action [D], rad.
        """
        super().__init__(1.0, clip, MIXED, default_dof_pos)
        acted = [mode in ACTED for mode in modes]
        self.num_actions = sum(acted)

        def of_joints(values: Sequence[float]) -> torch.Tensor:
            return torch.tensor(values, dtype=torch.float32, device=default_dof_pos.device)

        servos = of_joints([float(mode in (POSITION, HELD)) for mode in modes])
        source = [sum(acted[:joint]) if acted[joint] else 0 for joint in range(len(modes))]
        self.register_buffer("servos", servos)
        self.register_buffer("turning", of_joints([float(mode == VELOCITY) for mode in modes]))
        self.register_buffer("offsets", default_dof_pos * servos)
        self.register_buffer("scales", of_joints([s if acts else 0.0 for s, acts in zip(scales, acted, strict=True)]))
        self.register_buffer("source", torch.tensor(source, device=default_dof_pos.device))

    def joint_targets(self, actions: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """What the drives are told [N, D] for clipped actions [N, A]: rad as the encoders count, rad/s or N m."""
        return torch.addcmul(self.offsets, actions.index_select(1, self.source), self.scales, out=out)

    def without_zero(self, targets: torch.Tensor, motor_zero: torch.Tensor) -> None:
        targets.addcmul_(motor_zero, self.servos, value=-1.0)

    def posed(self, angles: torch.Tensor) -> torch.Tensor:
        return angles * (1.0 - self.turning)


def make_action_map(
    modes: Sequence[str], scales: Sequence[float], clip: float, default_dof_pos: torch.Tensor
) -> ActionMap:
    """The meaning of actions for joints of these drive modes [D] and scales [D]."""
    if len(set(scales)) == 1 and len(set(modes)) == 1 and modes[0] in (POSITION, TORQUE):
        return ActionMap(scales[0], clip, modes[0], default_dof_pos)
    return MixedActionMap(scales, clip, modes, default_dof_pos)
