"""The policy, at the rate of its file: readings in, joint targets to the state machine."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from legged_gym.deploy.commands import AXES
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.runner.ground_readings import BLIND, GroundReadings
from legged_gym.deploy.runner.messages import BasePose, GroundMap, RobotState
from legged_gym.deploy.runner.phases import Machine, Phase
from legged_gym.deploy.runner.transport import Transport
from legged_gym.utils.errors import UserError

SENSORS: dict[str, Callable[[RobotState], np.ndarray]] = {
    "gyro": lambda state: state.gyro,
    "gravity": lambda state: state.gravity,
    "dof_pos": lambda state: state.dof_pos,
    "dof_vel": lambda state: state.dof_vel,
    "present_dof_pos": lambda state: state.dof_pos,
    "present_dof_vel": lambda state: state.dof_vel,
}
"""Readings that are in a state of the robot."""


class Step(NamedTuple):
    """A step of the policy: all that its targets come from."""

    time: float
    """s"""
    begins: bool
    """The policy's memory was empty."""
    command: np.ndarray
    """vx, vy (m/s), yaw rate (rad/s) [3]."""
    state: int
    """Index of the message."""
    map: int
    """Index of the message; -1: none had come."""
    pose: int
    """Index of the message; -1: none had come."""
    sees: bool
    """The map was believed."""
    targets: np.ndarray
    """[D], rad."""


class PolicyLoop:
    """Steps the controller while the machine walks."""

    def __init__(
        self,
        controller: Controller,
        transport: Transport,
        machine: Machine,
        ground: GroundReadings,
        command: Callable[[], np.ndarray],
        note: Callable[[Step], None] = lambda step: None,
    ) -> None:
        """Set up.

        Args:
            controller: the file.
            transport: to the robot.
            machine: takes the targets.
            ground: judges the height maps.
            command: gives the velocity command [3], m/s, m/s, rad/s; beyond 0 and what was trained it is cut off.
            note: called after each step.

        Raises:
            UserError: the controller takes a reading that no robot has.
        """
        self._controller, self._transport, self._machine = controller, transport, machine
        self._ground, self._command, self._note = ground, command, note
        self._looks = controller.metadata.map is not None
        ranges = controller.metadata.commands["ranges"]
        trained = np.array([ranges[name] for name in AXES])
        self._allowed = np.minimum(trained[:, 0], 0.0), np.maximum(trained[:, 1], 0.0)  # released sticks move no robot
        for name in controller.readings:
            if name not in SENSORS and name != "command" and not (self._looks and name in BLIND):
                raise UserError(f"{controller.path.name} takes the reading {name!r}, which the robot does not measure")
        self._walked = False
        self.walked = 0
        """Steps that were made."""

    def turn(self, now: float) -> None:
        """Make a step of the policy if the robot walks, at `now`, s."""
        transport, machine = self._transport, self._machine
        transport.poll_map(now)
        walks, begins = machine.phase is Phase.WALK, not self._walked
        self._walked = walks
        state, ground, pose = transport.state, transport.map, transport.pose
        if not walks or state is None:
            return
        if begins:
            self._controller.reset()
        command = np.clip(self._command(), *self._allowed)
        seen = self._ground.read(transport, now) if self._looks else BLIND
        targets = self._controller.step(readings_of(state, command, seen)).astype(np.float64)
        if not self._controller.ok:
            machine.stop("a reading or an action that is no number")
        machine.offer(targets, now)
        self.walked += 1
        self._note(Step(now, begins, command, state.index, _index(ground), _index(pose), seen is not BLIND, targets))


def readings_of(state: RobotState, command: np.ndarray, ground: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A controller's readings by name, under a velocity command [3] (m/s, m/s, rad/s), on a ground (`map_readings`)."""
    return {name: sense(state) for name, sense in SENSORS.items()} | {"command": command} | ground


def _index(message: GroundMap | BasePose | None) -> int:
    return -1 if message is None else message.index
