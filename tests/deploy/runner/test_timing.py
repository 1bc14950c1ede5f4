import os
import time

from legged_gym.deploy.runner import timing
from legged_gym.deploy.runner.priority import ask_for_real_time
from legged_gym.deploy.runner.timing import Jitter, keep_pace


def test_a_loop_keeps_its_pace_and_leaves_out_what_it_missed(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(timing, "clock", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    turns: list[float] = []

    def turn(now: float) -> None:
        turns.append(round(now, 6))
        clock[0] += 0.5 if len(turns) == 3 else 0.001  # the third one takes too long

    jitter = Jitter()
    keep_pace(turn, 0.1, lambda: len(turns) == 6, jitter)
    assert turns == [0.0, 0.1, 0.2, 0.7, 0.8, 0.9]
    assert str(jitter).startswith("6 turns, late by 0.00 ms (p50)") and str(jitter).endswith("400.00 ms (most)")


def test_the_clock_goes_on_while_the_computer_is_suspended(monkeypatch):
    monkeypatch.setattr(
        time, "clock_gettime", lambda clock: {time.CLOCK_MONOTONIC: 5.0, time.CLOCK_BOOTTIME: 3605.0}[clock]
    )
    assert timing.clock() == 3605.0


def test_lateness_in_percentiles():
    jitter = Jitter()
    assert str(jitter) == "no turns"
    for late in range(101):
        jitter.add(1e-3 * late)
    assert str(jitter) == "101 turns, late by 50.00 ms (p50), 99.00 ms (p99), 100.00 ms (most)"


def test_real_time_is_asked_for_and_may_be_refused(monkeypatch):
    asked = []
    monkeypatch.setattr(os, "sched_setscheduler", lambda *arguments: asked.append(arguments[:2]))
    assert ask_for_real_time() and asked == [(0, os.SCHED_FIFO)]

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert not ask_for_real_time()
