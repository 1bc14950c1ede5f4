"""What a robot must offer to be run: the way its messages come and go."""

from typing import Protocol

import numpy as np

from legged_gym.deploy.runner.messages import BasePose, GroundMap, JointCommand, RobotState


class Transport(Protocol):
    """One robot. `poll_state` and `send` belong to the command thread, `poll_map` to the policy's."""

    lying_pose: np.ndarray
    """Joint angles of the robot that lies on its belly, legs folded [D], rad."""
    state: RobotState | None
    """The newest that was sound; None: none has come."""
    arrived: list[RobotState]
    """Those that were sound in the last `poll_state`, oldest first."""
    faulty: int
    """How many messages in a row had a wrong checksum or length: the most of any row that the last `poll_state` saw."""
    foreign_commands: int
    """How many commands of other programs have been seen."""
    map: GroundMap | None
    """The newest; None: none has come."""
    pose: BasePose | None
    """The newest; None: none has come."""

    def poll_state(self, now: float) -> None:
        """Take over what has arrived of the robot's sensors and of other programs' commands by now, s."""
        ...

    def poll_map(self, now: float) -> None:
        """Take over what has arrived of maps and poses by now, s."""
        ...

    def send(self, command: JointCommand) -> None:
        """Hand a command to the drives."""
        ...

    def release(self, timeout: float) -> None:
        """Make the robot's built-in controller lie down and give the motors up.

        Args:
            timeout: longest wait, s.

        Raises:
            UserError: it has not by then.
        """
        ...

    def close(self) -> None:
        """Leave."""
        ...
