"""The guarding process' own function, with signs of life from the test."""

import os
import signal
import time
from functools import partial
from itertools import count
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace

import pytest

from legged_gym.config.io import instantiate
from legged_gym.deploy.runner import guard as guarding
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.guard import Guard, guard
from legged_gym.utils.errors import UserError


class Sink:
    def __init__(self) -> None:
        self.sent, self.closed = [], False

    def send(self, command) -> None:
        self.sent.append(command)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def cfg(monkeypatch):
    monkeypatch.setattr(os, "setsid", lambda: None)  # the tests' own process stays with its terminal
    cfg = instantiate(RunnerCfg)
    cfg.guard.braking_time, cfg.guard.max_silence = 0.05, 0.02
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield cfg
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(cfg, *messages: bytes) -> Sink:
    ours, theirs = Pipe()
    for message in messages:
        ours.send_bytes(message)
    sink = Sink()
    guard(theirs, lambda: sink, cfg, 12)
    return sink


def test_it_brakes_when_the_signs_of_life_end(cfg, monkeypatch):
    clock = count(step=1.0 / cfg.commands.rate)
    monkeypatch.setattr(guarding, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda seconds: None))
    sink = run(cfg, b"alive", b"alive")
    assert len(sink.sent) == pytest.approx(0.05 * cfg.commands.rate, abs=1)
    assert all(command.is_damping for command in sink.sent) and sink.closed
    assert sink.sent[0].damping.tolist() == [3.0] * 12


def test_it_does_nothing_when_the_run_has_ended(cfg):
    sink = run(cfg, b"alive", b"end")
    assert not sink.sent and sink.closed


def test_it_brakes_when_the_other_end_is_gone(cfg):
    class Gone:
        def send_bytes(self, data: bytes) -> None:
            pass

        def recv_bytes(self) -> bytes:
            raise EOFError

    sink = Sink()
    guard(Gone(), lambda: sink, cfg, 12)
    assert sink.sent


class FileSink(Sink):
    """Keeps, for another process to read, how many commands were sent."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, command) -> None:
        with self._file.open("ab") as file:
            file.write(b"b" if command.is_damping else b"!")

    def close(self) -> None:
        pass


@pytest.mark.parametrize("is_dismissed", [True, False])
def test_unless_it_is_told_that_the_robot_is_braked_it_brakes(cfg, tmp_path, is_dismissed):
    guard = Guard(partial(FileSink, tmp_path / "sent"), cfg, 12)
    guard.alive()
    if is_dismissed:
        guard.dismiss()
    guard.finish()
    assert guard._process.exitcode == 0
    sent = (tmp_path / "sent").read_bytes() if (tmp_path / "sent").exists() else b""
    assert not sent if is_dismissed else {*sent} == {*b"b"}


@pytest.fixture
def process(cfg):
    """A guarding process of its own."""
    guard = Guard(Sink, cfg, 12)
    yield guard
    guard._process.kill()


def test_what_reaches_the_runners_group_does_not_reach_it(process):
    """Ctrl-Z and Ctrl-\\ are sent to all processes of a terminal's group, and so is `kill -9 -GROUP`."""
    number = process._process.pid
    assert os.getsid(number) == os.getpgid(number) == number != os.getpgrp()


def test_a_frozen_one_is_told_of_and_does_not_keep_the_end_waiting(process):
    os.kill(process._process.pid, signal.SIGSTOP)
    with pytest.raises(UserError, match="frozen"):
        for _ in range(10_000):
            process.alive()
    process._longest_end = 0.1
    begin = time.monotonic()
    process.finish()
    assert time.monotonic() - begin < 5.0
    process._process.join(5.0)
    assert process._process.exitcode == -signal.SIGKILL
