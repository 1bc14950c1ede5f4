"""What `run_robot.py` does once its flags are read."""

import argparse
import atexit
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.cyclone import LOOPBACK, CycloneBus
from legged_gym.deploy.go2.connect import connect
from legged_gym.deploy.go2.dry_run import DryBus
from legged_gym.deploy.go2.grid_map import GridMapBus, read_grid_maps
from legged_gym.deploy.go2.limits import check_drives, check_limits
from legged_gym.deploy.go2.messages import HEIGHT_MAPS, POSES, STATES
from legged_gym.deploy.go2.transport import Go2Transport
from legged_gym.deploy.runner.command_loop import CommandLoop
from legged_gym.deploy.runner.config import RunnerCfg, runner_settings
from legged_gym.deploy.runner.first_start import HUNG_TORQUE_SHARE, FirstStart
from legged_gym.deploy.runner.ground_readings import GroundReadings
from legged_gym.deploy.runner.guard import Guard
from legged_gym.deploy.runner.messages import Buttons
from legged_gym.deploy.runner.operator_keys import HELP
from legged_gym.deploy.runner.operators import (
    ButtonOperator,
    Gamepad,
    Keyboard,
    Operator,
    Operators,
    check_steering,
)
from legged_gym.deploy.runner.phases import Machine
from legged_gym.deploy.runner.policy_loop import PolicyLoop
from legged_gym.deploy.runner.priority import ask_for_real_time
from legged_gym.deploy.runner.recording import RecordedBus, Recorder, read_recording
from legged_gym.deploy.runner.replay import Topics, replay
from legged_gym.deploy.runner.robot_facts import facts_of
from legged_gym.deploy.runner.run import Run, wait_until_free
from legged_gym.deploy.runner.transport import Transport
from legged_gym.utils.errors import UserError

if TYPE_CHECKING:
    from legged_gym.deploy.runner.browser import BrowserOperator

VIEWER = "viewer"
"""The operator in the browser, of `--steer`."""

logger = logging.getLogger(__name__)


def run_robot(args: argparse.Namespace) -> None:
    """Run, or make the steps of a recording again."""
    controller = Controller(Path(args.policy))
    if args.grid_map and controller.metadata.map is None:
        raise UserError("--grid_map: the policy reads no map; leave it out")
    if args.replay:
        _replay(args.replay, controller)
        return
    facts = facts_of(controller)
    check_limits(facts.joint_names, facts.dof_pos_limits, facts.torque_limits)
    check_drives(facts.joint_names, facts.dof_vel_limits, facts.stiffness, facts.damping)
    first = FirstStart(controller.path, args.hung)
    if _is_real(args):
        first.ask()
    cfg = _settings(args.overrides, first.hung)
    check_steering(cfg, controller.metadata.commands["ranges"])
    browser = _browser(args, controller, cfg)
    if not ask_for_real_time():
        logger.warning("no real-time priority: keep this computer idle, or run as root or with an rtprio limit")
    recorder = Recorder(args.record) if args.record else None
    try:
        _run(args, controller, cfg, first, recorder, browser)
    finally:
        if browser is not None:
            browser.close()
        if recorder is not None:
            recorder.close()
    if recorder is not None and recorder.fault:
        raise UserError(recorder.fault)


def _is_real(args: argparse.Namespace) -> bool:
    """Whether a robot will move that may break: not a simulated one, and not none at all."""
    return not args.dry_run and args.interface != LOOPBACK


def _browser(args: argparse.Namespace, controller: Controller, cfg: RunnerCfg) -> "BrowserOperator | None":
    """The operator in the browser, if one is wanted: started before this process has real-time priority."""
    if args.viewer != "web" and args.steer != VIEWER:
        return None
    from legged_gym.deploy.runner.browser import BrowserOperator  # a robot's computer may lack what it needs

    return BrowserOperator(controller, cfg, args.viewer_address, args.steer == VIEWER)


def _settings(overrides: list[str], hung: bool) -> RunnerCfg:
    cfg = runner_settings(overrides)
    if hung:
        cfg.commands.torque_share = min(cfg.commands.torque_share, HUNG_TORQUE_SHARE)
    return cfg


def _run(
    args: argparse.Namespace,
    controller: Controller,
    cfg: RunnerCfg,
    first: FirstStart,
    recorder: Recorder | None,
    browser: "BrowserOperator | None",
) -> None:
    facts = facts_of(controller)
    domain = args.domain if args.domain is not None else int(args.interface == LOOPBACK)
    bus = _bus(args, domain, recorder)
    with ExitStack() as stack:
        transport = Go2Transport(bus, facts.joint_names)
        stack.callback(transport.close)
        operator = _operators(args.steer, cfg, transport, browser)
        stack.callback(operator.close)
        machine = Machine(cfg, facts, transport.lying_pose)
        note = recorder.add_step if recorder is not None else _nothing
        policy = PolicyLoop(controller, transport, machine, GroundReadings(cfg), lambda: operator.velocity, note)
        alive: Callable[[], None] = _nothing
        dismiss: Callable[[], None] = _nothing
        if not args.dry_run:
            transport.release(cfg.start.release_timeout)
        wait_until_free(transport, cfg)
        if not args.dry_run:
            guard = Guard(partial(connect, args.interface, domain, facts.joint_names), cfg, len(facts.joint_names))
            stack.callback(guard.finish)
            alive, dismiss = guard.alive, guard.dismiss
        run = Run(CommandLoop(transport, machine, facts, cfg, alive), policy, machine, operator, cfg, facts.control_dt)
        logger.info("torques up to %.0f %%; %s", 100.0 * cfg.commands.torque_share, HELP[args.steer])
        tellers: list[Callable[[], None]] = [bus.tell] if isinstance(bus, DryBus) else []
        if browser is not None:
            tellers.append(browser.show(transport, machine, lambda: operator.velocity))
        try:
            run.go(lambda: _call(tellers))
        finally:
            if run.is_braked:
                dismiss()
            if run.hangs:  # ONNX Runtime's clean-up aborts the process while a run of it goes on
                atexit.register(os._exit, 2)
            logger.info("command thread: %s\npolicy: %s", run.command_jitter, run.policy_jitter)
            if _is_real(args):
                first.note(policy.walked * facts.control_dt, machine.reason)


def _bus(args: argparse.Namespace, domain: int, recorder: Recorder | None) -> Bus:
    bus: Bus = CycloneBus(args.interface, domain)
    bus = GridMapBus(bus, read_grid_maps(args.grid_map)) if args.grid_map else bus
    bus = RecordedBus(bus, recorder) if recorder is not None else bus
    return DryBus(bus) if args.dry_run else bus


def _call(tellers: Sequence[Callable[[], None]]) -> None:
    for tell in tellers:
        tell()


def _nothing(*_: object) -> None:
    pass


def _operators(steer: str, cfg: RunnerCfg, transport: Transport, browser: "BrowserOperator | None") -> Operators:
    """The one that steers, and the robot's own remote and a viewer, whose stops count always."""

    def pressed() -> Buttons | None:
        return None if transport.state is None else transport.state.remote

    remote = ButtonOperator(cfg, "the robot's remote", pressed)
    make: dict[str, Callable[[], Operator]] = {
        "remote": lambda: remote,
        "gamepad": lambda: ButtonOperator(cfg, "the gamepad", Gamepad().read),
        "keyboard": lambda: Keyboard(cfg),
    }
    chosen = browser if steer == VIEWER and browser is not None else make[steer]()
    others = [other for other in (remote, browser) if other is not None and other is not chosen]
    return Operators([chosen, *others])


def _replay(path: Path, controller: Controller) -> None:
    make_transport = partial(Go2Transport, joint_names=facts_of(controller).joint_names)
    steps = list(replay(read_recording(path), controller, make_transport, Topics(STATES, HEIGHT_MAPS, POSES)))
    if not steps:
        raise UserError(f"{path} has no step of a policy")
    differences = [float(np.abs(targets - step.targets).max()) for step, targets in steps]
    print(f"{len(differences)} steps, targets differ by at most {max(differences):.3g} rad")
