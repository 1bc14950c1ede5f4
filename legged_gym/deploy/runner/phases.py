"""The state machine: passive -> stand up -> walk -> sit down -> passive, and stopped, which nothing leaves."""

import logging
import threading
from collections.abc import Sequence
from enum import Enum

import numpy as np

from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import JointCommand, damped
from legged_gym.deploy.runner.robot_facts import RobotFacts

logger = logging.getLogger(__name__)


class Phase(Enum):
    """What the robot does."""

    PASSIVE = "passive"
    STAND = "standing up"
    WALK = "walking"
    SIT = "sitting down"
    STOPPED = "stopped"


class Wish(Enum):
    """What the operator asks for."""

    STAND = "stand"
    WALK = "walk"
    SIT = "sit"
    STOP = "stop"


_NEXT = {
    (Phase.PASSIVE, Wish.STAND): Phase.STAND,
    (Phase.STAND, Wish.WALK): Phase.WALK,
    (Phase.STAND, Wish.SIT): Phase.SIT,
    (Phase.WALK, Wish.STAND): Phase.STAND,
    (Phase.WALK, Wish.SIT): Phase.SIT,
    (Phase.SIT, Wish.STAND): Phase.STAND,
}
"""Phases that wishes lead to; to stop is always possible."""


class Motion:
    """Joint angles that go through poses at constant speed, and stay at the last one."""

    def __init__(self, start: float, poses: Sequence[np.ndarray], times: Sequence[float]) -> None:
        """Begin.

        Args:
            start: s.
            poses: joint angles, the present ones first, rad.
            times: from each to the next, s.
        """
        self._poses = np.stack(poses)
        self._times = start + np.concatenate([[0.0], np.cumsum(times)])

    def at(self, now: float) -> np.ndarray:
        """Joint angles [D], rad."""
        index = int(np.clip(np.searchsorted(self._times, now, side="right"), 1, len(self._times) - 1))
        begin, end = self._times[index - 1 : index + 1]
        share = min(max((now - begin) / (end - begin), 0.0), 1.0)
        return self._poses[index - 1] + share * (self._poses[index] - self._poses[index - 1])

    def is_over(self, now: float) -> bool:
        """Whether the last pose is reached."""
        return bool(now >= self._times[-1])


class Machine:
    """Phases and what they command. One thread asks for commands, another offers targets, a third one wishes."""

    def __init__(self, cfg: RunnerCfg, facts: RobotFacts, lying_pose: np.ndarray) -> None:
        """Begin passive.

        Args:
            cfg: its `motion` and `stops`.
            facts: of the robot.
            lying_pose: joint angles of the robot that lies on folded legs [D], rad.
        """
        self._cfg, self._facts, self._lying = cfg, facts, lying_pose
        self._lock = threading.Lock()
        self._brakes = damped(len(lying_pose), cfg.motion.passive_damping)
        self.phase = Phase.PASSIVE
        self.reason = ""
        """Why it was stopped."""
        self._motion: Motion | None = None
        self._wish: Wish | None = None
        self._targets: np.ndarray | None = None
        self._targets_due = 0.0

    def wish(self, wish: Wish) -> None:
        """Ask for something; what the present phase does not lead to is ignored."""
        if wish is Wish.STOP:
            self.stop("the operator")
        else:
            self._wish = wish

    def stop(self, reason: str) -> None:
        """Brake for good; the first reason stays."""
        with self._lock:
            if self.phase is not Phase.STOPPED:
                self.phase, self.reason = Phase.STOPPED, reason

    def judge(self, reasons: Sequence[str]) -> None:
        """Stop for the first of several reasons; while passive, which is braked anyway, refuse to stand up instead."""
        if self.phase is not Phase.PASSIVE:
            for reason in reasons:
                self.stop(reason)
        elif reasons and self._wish is not None:
            logger.warning("not standing up: %s", reasons[0])
            self._wish = None

    def offer(self, targets: np.ndarray, now: float) -> None:
        """Take a policy's joint targets [D], rad; the next must come within a control step and `max_target_age`."""
        cfg = self._cfg.stops
        if self.phase is not Phase.WALK:
            return
        last = self._targets if self._targets is not None else self._facts.default_dof_pos
        if not np.isfinite(targets).all():
            self.stop("a target that is no number")
        elif (jump := np.abs(targets - last)).max() > cfg.max_target_jump:
            self.stop(f"the target of {self._facts.joint_names[jump.argmax()]} jumped by {jump.max():.2f} rad")
        with self._lock:
            if self.phase is Phase.WALK:
                self._targets = targets
                self._targets_due = now + self._facts.control_dt + cfg.max_target_age

    def command(self, dof_pos: np.ndarray, now: float) -> JointCommand:
        """What the drives do now, with the joints at `dof_pos` [D], rad."""
        with self._lock:
            self._advance(dof_pos, now)
            if self.phase is Phase.WALK:
                if now > self._targets_due:
                    late = 1e3 * (now - self._targets_due + self._cfg.stops.max_target_age)
                    self.phase, self.reason = Phase.STOPPED, f"the policy is late by {late:.0f} ms"
                    return self._brakes
                facts = self._facts
                targets = self._targets if self._targets is not None else facts.default_dof_pos
                return JointCommand(targets, facts.stiffness, facts.damping)
            if self._motion is None or self.phase not in (Phase.STAND, Phase.SIT):
                return self._brakes
            motion, joints = self._cfg.motion, len(dof_pos)
            gains = np.full(joints, motion.stiffness), np.full(joints, motion.damping)
            return JointCommand(self._motion.at(now), *gains)

    def _advance(self, dof_pos: np.ndarray, now: float) -> None:
        wish, self._wish = self._wish, None
        over = self._motion is not None and self._motion.is_over(now)
        if self.phase is Phase.SIT and over:
            self.phase = Phase.PASSIVE
        if wish is Wish.WALK and not over:
            return
        following = _NEXT.get((self.phase, wish)) if wish is not None else None
        if following is not None:
            self._begin(following, dof_pos, now)

    def _begin(self, phase: Phase, dof_pos: np.ndarray, now: float) -> None:
        cfg, standing = self._cfg.motion, self._facts.default_dof_pos
        if phase is Phase.STAND and self.phase is Phase.WALK:
            self._motion = Motion(now, [dof_pos, standing], [cfg.fold_time])
        elif phase is Phase.STAND:
            self._motion = Motion(now, [dof_pos, self._lying, standing], [cfg.fold_time, cfg.rise_time])
        elif phase is Phase.SIT:
            self._motion = Motion(now, [dof_pos, self._lying], [cfg.rise_time])
        else:
            # The default pose holds until the policy's first targets, for which it has two steps.
            self._targets = None
            self._targets_due = now + 2.0 * self._facts.control_dt + self._cfg.stops.max_target_age
        self.phase = phase
