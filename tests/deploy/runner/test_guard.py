"""The guarding process' own function, with signs of life from the test."""

import signal
from multiprocessing import Pipe

import pytest

from legged_gym.config.io import instantiate
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.guard import guard


class Sink:
    def __init__(self) -> None:
        self.sent, self.closed = [], False

    def send(self, command) -> None:
        self.sent.append(command)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def cfg():
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


def test_it_brakes_when_the_signs_of_life_end(cfg):
    sink = run(cfg, b"alive", b"alive")
    assert len(sink.sent) > 3 and all(command.is_damping for command in sink.sent) and sink.closed
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
