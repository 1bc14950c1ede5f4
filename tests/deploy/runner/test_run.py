"""A run's end: whatever has led there, the last commands are brakes."""

import gc
import logging
import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from legged_gym.config.io import instantiate
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.runner import run as running
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.phases import Machine, Phase, Wish
from legged_gym.deploy.runner.robot_facts import facts_of
from legged_gym.deploy.runner.run import Run
from legged_gym.utils.errors import UserError
from tests.deploy.runner.loop import FLAT

FOLDED = np.tile([0.0, 1.36, -2.65], 4)


@pytest.fixture
def machine():
    """Of a robot that stands up, in the middle of it."""
    cfg = instantiate(RunnerCfg)
    cfg.motion.last_time = 0.05
    machine = Machine(cfg, facts_of(Controller(FLAT)), FOLDED)
    machine.wish(Wish.STAND)
    return machine


@pytest.fixture(autouse=True)
def process_as_before():
    handlers = {number: signal.getsignal(number) for number in running._ENDS}
    interval = sys.getswitchinterval()
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    sys.setswitchinterval(interval)
    gc.unfreeze()


class Commands:
    """Keeps what the drives are told."""

    def __init__(self, machine: Machine) -> None:
        self._machine, self.sent = machine, []

    def turn(self, now: float) -> None:
        self.sent.append(self._machine.command(FOLDED, now))


def start(machine: Machine, policy=lambda now: None, wishes=lambda: iter(())) -> tuple[Run, Commands]:
    commands, operator = Commands(machine), SimpleNamespace(wishes=wishes)
    return Run(commands, SimpleNamespace(turn=policy), machine, operator, machine._cfg, 0.02), commands


def together(*numbers: int) -> None:
    """Signals that come before the first of them is handled."""
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    for number in numbers:
        os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


@pytest.mark.parametrize(
    "numbers",
    [[signal.SIGINT], [signal.SIGINT, signal.SIGTERM], [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]],
)
def test_signals_end_in_brakes_however_many_come_at_once(machine, numbers):
    run, commands = start(machine)

    def tell() -> None:
        if machine.phase is Phase.STAND and threading.current_thread() is threading.main_thread():
            together(*numbers)

    run.go(tell)
    assert machine.reason == "the operator" and run.is_braked
    assert any(not command.is_damping for command in commands.sent) and commands.sent[-1].is_damping


def test_what_nobody_has_foreseen_ends_in_brakes(machine):
    run, commands = start(machine)

    def tell() -> None:
        if machine.phase is Phase.STAND:
            machine.stop = lambda reason: Machine.stop(machine, reason) if reason == "the end of the run" else None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run.go(tell)
    assert commands.sent[-1].is_damping and run.is_braked


def test_a_policy_that_hangs_does_not_keep_the_program_from_its_end(machine, monkeypatch):
    monkeypatch.setattr(running, "_LAST_TURN", 0.1)
    let_go = threading.Event()
    run, commands = start(machine, lambda now: let_go.wait())

    def tell() -> None:
        machine.stop("a fault")

    begin = time.monotonic()
    try:
        with pytest.raises(UserError, match="stopped: a fault"):
            run.go(tell)
        assert time.monotonic() - begin < 5.0 and commands.sent[-1].is_damping and run.hangs
    finally:
        let_go.set()


def test_loops_do_not_wait_for_a_terminal_that_is_paused(machine, monkeypatch):
    """The main thread alone writes to it, and hangs."""
    paused, written = threading.Event(), []

    class Terminal(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert threading.current_thread() is threading.main_thread()
            written.append(record.getMessage())
            paused.wait(5.0)

    turns = []

    def policy(now: float) -> None:
        running.logger.warning("walking blind")
        turns.append(now)
        if len(turns) == 3:
            machine.stop("a fault")
            paused.set()

    terminal = Terminal()
    logging.getLogger().addHandler(terminal)
    run, _ = start(machine, policy)
    try:
        with pytest.raises(UserError, match="stopped: a fault"):
            run.go(lambda: None)
    finally:
        logging.getLogger().removeHandler(terminal)
    assert len(turns) >= 3 and written.count("walking blind") == len(turns)


@pytest.mark.parametrize("early", [[Wish.STAND], [Wish.STOP, Wish.STAND]])
def test_what_was_asked_for_before_the_run_is_not_done_unless_it_is_to_stop(machine, early):
    machine._wish = None
    looks = iter([early, [], [], [Wish.STOP]])
    run, commands = start(machine, wishes=lambda: iter(next(looks)))
    run.go(lambda: None)
    assert all(command.is_damping for command in commands.sent)
    assert len(list(looks)) == (3 if Wish.STOP in early else 0)
