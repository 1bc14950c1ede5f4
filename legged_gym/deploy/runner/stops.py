"""The stops: what must not be, looked for at every turn of the command thread. The first one brakes for good."""

from collections import deque
from collections.abc import Iterator

import numpy as np

from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import RobotState
from legged_gym.deploy.runner.robot_facts import RobotFacts
from legged_gym.deploy.runner.transport import Transport

WINDOW = 1.0
"""Time in which what is lost, in disorder or of others is counted, s."""


class Stops:
    """Watches the robot's messages. Counts over several messages are of sound ones that follow each other."""

    def __init__(self, cfg: RunnerCfg, facts: RobotFacts) -> None:
        self._cfg, self._facts = cfg.stops, facts
        self._last: RobotState | None = None
        self._frozen = self._fast = self._strong = 0
        self._window: deque[RobotState] = deque()
        self._foreign: deque[tuple[float, int]] = deque()
        """When how many commands of others had been seen, of the last `WINDOW`."""

    def reasons(self, transport: Transport, now: float) -> Iterator[str]:
        """Why the robot must be stopped now, in words; nothing if it is well.

        Args:
            transport: to the robot, polled by now.
            now: s.
        """
        cfg, state = self._cfg, transport.state
        if self._new_foreign(transport.foreign_commands, now) >= cfg.foreign_commands:
            yield "another program commands the motors"
        if transport.faulty >= cfg.max_faulty_states:
            yield f"{transport.faulty} states in a row with a wrong checksum"
        if state is None:
            yield "no state of the robot"
            return
        if now - state.time > cfg.max_state_age:
            yield f"no state of the robot for {1e3 * (now - state.time):.0f} ms"
        for each in transport.arrived or [state]:
            if self._last is None or each.index != self._last.index:
                self._count(each)
            disorder = each.disorder - self._window[0].disorder
            if disorder >= cfg.max_disorder:
                yield f"states of two robots: {disorder} in {WINDOW:g} s are out of order"
            yield from self._of_body(each)
            yield from self._of_joints(each)

    def _new_foreign(self, seen: int, now: float) -> int:
        """How many commands of others have come within `WINDOW`; what came before the first look is over."""
        self._foreign.append((now, seen))
        while now - self._foreign[0][0] > WINDOW:
            self._foreign.popleft()
        return seen - self._foreign[0][1]

    def _count(self, state: RobotState) -> None:
        last, cfg, facts = self._last, self._cfg, self._facts
        same = last is not None and (
            np.array_equal(state.gyro, last.gyro) and np.array_equal(state.acceleration, last.acceleration)
        )
        self._frozen = self._frozen + 1 if same else 0
        fast = np.abs(state.dof_vel) > cfg.dof_vel_factor * facts.dof_vel_limits
        strong = np.abs(state.torque) > cfg.torque_factor * facts.torque_limits
        self._fast = self._fast + 1 if fast.any() else 0
        self._strong = self._strong + 1 if strong.any() else 0
        self._window.append(state)
        while state.time - self._window[0].time > WINDOW:
            self._window.popleft()
        self._last = state

    def _of_body(self, state: RobotState) -> Iterator[str]:
        cfg = self._cfg
        norm = float(np.linalg.norm(state.quat))
        if not 0.9 < norm < 1.1:
            yield f"an orientation that is none, of length {norm:.2f}"
            return
        if not np.isfinite([state.gyro, state.acceleration]).all():
            yield "the inertial unit reads what is no number"
        tilt = float(np.arccos(np.clip(-state.gravity[2], -1.0, 1.0)))
        if tilt > cfg.max_tilt:
            yield f"tilted by {tilt:.2f} rad"
        if self._frozen >= cfg.max_frozen_states:
            yield f"the same inertial reading in {self._frozen + 1} states"
        if state.charge < cfg.min_charge:
            yield f"battery at {state.charge:.0f} %"

    def _of_joints(self, state: RobotState) -> Iterator[str]:
        cfg, facts = self._cfg, self._facts
        names = facts.joint_names
        readings = np.stack([state.dof_pos, state.dof_vel, state.torque])
        if not np.isfinite(readings).all():
            yield f"{names[int(np.argmin(np.isfinite(readings).all(axis=0)))]} reads what is no number"
        beyond = np.max(
            [facts.dof_pos_limits[:, 0] - state.dof_pos, state.dof_pos - facts.dof_pos_limits[:, 1]], axis=0
        )
        if beyond.max() > cfg.dof_pos_margin:
            yield f"{names[beyond.argmax()]} is {beyond.max():.2f} rad beyond its limit"
        if self._fast >= cfg.max_vel_states:
            yield f"a joint at {np.abs(state.dof_vel).max():.1f} rad/s"
        if self._strong >= cfg.max_torque_states:
            yield f"a torque of {np.abs(state.torque).max():.1f} N m"
        if state.temperature.max() > cfg.max_motor_temperature:
            yield f"the motor of {names[state.temperature.argmax()]} at {state.temperature.max():.0f} degrees"
        lost = state.lost - self._window[0].lost
        if lost.max() >= cfg.max_lost:
            yield f"{lost.max():.0f} messages to {names[lost.argmax()]} lost in {WINDOW:g} s"
