"""What the user has set, and the pace that comes of it."""

import math

import pytest

from legged_gym.viewing.web import controls
from legged_gym.viewing.web.controls import Controls, Pace
from legged_gym.viewing.web.messages import Event, Kind


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0.0
        self.now += seconds


@pytest.fixture
def time(monkeypatch):
    time = Time()
    monkeypatch.setattr(controls, "time", time)
    return time


def test_takes_what_is_asked_for():
    taken = Controls()
    for event in (
        Event(Kind.PAUSE, True), Event(Kind.STEP), Event(Kind.STEP), Event(Kind.SPEED, 2.0), Event(Kind.ROBOT, 3),
        Event(Kind.PLACE, ("stairs_up", 4)), Event(Kind.STEER, [0.1, 0.0, 0.2]), Event(Kind.RESTART),
        Event(Kind.CHECKPOINT, "model_5.pt"), Event(Kind.END), Event(Kind.WISH, "walk"),
    ):  # fmt: skip
        taken.take(event)
    assert taken == Controls(True, 2, 2.0, 3, ("stairs_up", 4), [0.1, 0.0, 0.2], True, "model_5.pt", True)


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 2.0), (4.0, 0.5), (0.25, 8.0), (math.inf, 0.0)])
def test_a_hundred_steps_take_their_time(time, speed, seconds):
    pace, taken = Pace(0.02), Controls(speed=speed)
    looks = []
    for _ in range(100):
        pace.wait(taken, lambda: looks.append(time.now))
    assert time.now == pytest.approx(seconds, abs=1e-9)
    assert len(looks) >= 100  # the user is heard in every step, and between them often
    assert max((b - a for a, b in zip(looks, looks[1:], strict=False)), default=0.0) <= 0.02


def test_a_slow_machine_does_not_catch_up(time):
    pace, taken = Pace(0.02), Controls()
    time.now += 5.0
    pace.wait(taken, lambda: None)
    before = time.now
    pace.wait(taken, lambda: None)
    assert time.now - before == pytest.approx(0.02)


def test_paused_it_waits_and_goes_step_by_step(time):
    pace, taken = Pace(0.02), Controls(paused=True)
    asked = {1.0: Kind.STEP, 2.0: Kind.STEP, 3.0: Kind.PAUSE}

    def attend():
        for moment in [moment for moment in asked if time.now >= moment]:
            taken.take(Event(asked.pop(moment), False))

    ends = []
    for _ in range(4):
        pace.wait(taken, attend)
        ends.append(time.now)
    assert ends == pytest.approx([1.0, 2.0, 3.0, 3.02], abs=0.05)


def test_the_end_ends_a_pause(time):
    taken = Controls(paused=True)
    Pace(0.02).wait(taken, lambda: taken.take(Event(Kind.END)))
    assert taken.ended and time.now < 0.1
