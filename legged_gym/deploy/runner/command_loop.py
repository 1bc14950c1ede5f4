"""The thread that talks to the drives: whatever happens to the policy, it sends a command at each turn."""

import logging
from collections.abc import Callable

from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import damped
from legged_gym.deploy.runner.operators import wish_of
from legged_gym.deploy.runner.phases import Machine, Phase, Wish
from legged_gym.deploy.runner.robot_facts import RobotFacts
from legged_gym.deploy.runner.stops import Stops
from legged_gym.deploy.runner.torque_limit import limited
from legged_gym.deploy.runner.transport import Transport
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)


class CommandLoop:
    """One turn: look, stop if there is a reason, command."""

    def __init__(
        self, transport: Transport, machine: Machine, facts: RobotFacts, cfg: RunnerCfg, alive: Callable[[], None]
    ) -> None:
        """Set up.

        Args:
            transport: to the robot.
            machine: what to command.
            facts: of the robot.
            cfg: settings.
            alive: called at each turn: a sign of life for whoever guards this one.
        """
        self._transport, self._machine, self._alive = transport, machine, alive
        self._stops = Stops(cfg, facts)
        self._torque = cfg.commands.torque_share * facts.torque_limits
        self._longest = 1.0 / cfg.commands.rate + cfg.stops.max_overrun
        self._brakes = damped(len(facts.joint_names), cfg.motion.passive_damping)
        self._last: float | None = None

    def turn(self, now: float) -> None:
        """Send one command, at `now`, s. An exception of any kind brakes the robot and stops the machine."""
        try:
            self._turn(now)
            self._alive()
        except Exception as error:
            is_first = self._machine.phase is not Phase.STOPPED
            expected = isinstance(error, UserError)
            self._machine.stop(str(error) if expected else f"{type(error).__name__}: {error}")
            self._transport.send(self._brakes)
            if is_first and not expected:  # braked first: a terminal may keep who writes to it waiting
                logger.exception("in the command thread")

    def _turn(self, now: float) -> None:
        transport, machine = self._transport, self._machine
        transport.poll_state(now)
        reasons = list(self._stops.reasons(transport, now))
        if self._last is not None and now - self._last > self._longest:
            # The first of all: what else is found then, as commands of the guarding process, comes of it.
            reasons.insert(0, f"the command thread stood still for {1e3 * (now - self._last):.0f} ms")
        self._last = now
        machine.judge(reasons)
        state = transport.state
        if state is None:
            transport.send(self._brakes)
            return
        if wish_of(state.remote) is Wish.STOP:
            machine.stop("the operator")  # at once, and whatever keeps the thread that listens to operators waiting
        command = machine.command(state.dof_pos, now)
        transport.send(limited(command, state.dof_pos, state.dof_vel, self._torque))
