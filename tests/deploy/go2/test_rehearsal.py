"""A runner's process against a simulated Go2 on DDS. Bounds are wide: other work may have the processors."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from legged_gym import deploy
from legged_gym.deploy import sick_file
from legged_gym.deploy.go2.rehearsal import Rehearsal, second_writer, send
from legged_gym.deploy.go2.simulated import Setting
from legged_gym.deploy.runner.config import runner_settings
from legged_gym.scripts.programs import rehearse_robot as rehearsing
from legged_gym.scripts.rehearse_robot import main
from legged_gym.utils.errors import UserError
from tests.deploy.runner.loop import FLAT, STUDENT

pytest.importorskip("cyclonedds", reason="cyclonedds is not installed (extra `robot`)")

DOMAINS = count(2 + 17 * os.getpid() % 220)
"""Of DDS: other tests may run beside, and the guard of a runner that was killed brakes on."""
WAITS = ("stops.max_overrun", "stops.max_state_age", "stops.max_target_age", "guard.max_silence")
PATIENT = [f"{name}=2" for name in WAITS]
"""No stop because the machine is busy: the longest that these may be, s."""
SOON = 1.5
"""Well within that, s."""
QUICK = [*PATIENT, "motion.fold_time=0.5", "motion.rise_time=1"]
"""And soon on its feet."""
BRIEF = [*QUICK, "motion.last_time=0.5", "guard.braking_time=1"]
"""And soon over: all of it is real time, in which two loops are busy."""


@pytest.fixture(autouse=True)
def without_real_time(monkeypatch):
    """The tests' own process must not go before all others."""
    monkeypatch.setattr(os, "sched_setscheduler", lambda *_: None)


@pytest.fixture
def rehearse():
    """Start a rehearsal in a domain of its own; all end with the test."""
    begun = []

    def start(*flags: str) -> Rehearsal:
        begun.append(Rehearsal(FLAT, Setting(), next(DOMAINS), BRIEF, flags))
        return begun[-1]

    yield start
    for rehearsal in begun:
        rehearsal.close()


def test_sticks_are_moved_by_what_the_runner_takes_full_ones_for(monkeypatch):
    monkeypatch.setattr(Rehearsal, "wait", lambda *_: True)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: SimpleNamespace(poll=lambda: 0))
    rehearsal = Rehearsal(FLAT, Setting(), next(DOMAINS), ["steering.max_vx=0.3", "steering.max_vy=0"])
    try:
        rehearsal.steer(0.15, 0.0, 0.0)
        np.testing.assert_allclose(rehearsal.robot.buttons.sticks, [0.0, 0.5, 0.0, 0.0])
    finally:
        rehearsal.close()


@pytest.mark.parametrize("walks", [True, False])
def test_whether_it_walks_is_the_runners_word(walks):
    """The gains of standing may be the policy's own."""
    said = ["passive", "standing up", "walking blind: no height map"]
    rehearsal = SimpleNamespace(
        _cfg=runner_settings(["motion.stiffness=20"]), wait_robot=lambda seconds: None,
        press=lambda *buttons: said.append("walking") if walks and buttons == ("start",) else None,
        wait=lambda done, longest: done(), robot=SimpleNamespace(is_braked=False), log=lambda: "\n".join(said),
    )  # fmt: skip
    rehearsal._walks = lambda: Rehearsal._walks(rehearsal)
    with nullcontext() if walks else pytest.raises(UserError, match="does not walk"):
        Rehearsal.walk(rehearsal)


def test_a_stop_ends_the_responses_and_is_told():
    """Commands after it came to nothing, and their velocities were no numbers."""
    asked = []

    class Robot:
        time, velocity = 0.0, np.array([0.1, 0.0, 0.2])

        @property
        def is_braked(self) -> bool:
            return len(asked) == 3 and self.time > 0.1

    def pass_time(seconds: float) -> None:
        robot.time += seconds

    robot = Robot()
    rehearsal = SimpleNamespace(
        robot=robot, walk=lambda: None, steer=lambda *command: asked.append(list(command)), wait_robot=pass_time,
        close=lambda: asked.append("closed"), log=lambda: "walking\nbraking: a late command thread\n",
    )  # fmt: skip
    came = rehearsing._responses(rehearsal)
    assert [row["command"] for row in came["responses"]] == asked[:2] and asked[3:] == ["closed"]
    for row in came["responses"]:
        np.testing.assert_allclose(row["achieved"], [0.1, 0.0, 0.2])
    assert came["responses_ended"] == "braking: a late command thread"


@pytest.mark.slow
@pytest.mark.parametrize("to_group", [False, True], ids=["alone", "with all of its group"])
def test_a_walk_whose_runner_is_killed(rehearse, to_group):
    rehearsal = rehearse()
    rehearsal.walk()
    rehearsal.steer(0.5, 0.0, 0.0)
    begin = rehearsal.robot.position[:2].copy()
    rehearsal.wait_robot(2.0)
    assert np.linalg.norm(rehearsal.robot.position[:2] - begin) > 0.2 and rehearsal.robot.tilt < 0.4
    assert rehearsal.robot.faulty_commands == 0
    assert rehearsal.brakes_after(send(rehearsal, signal.SIGKILL, to_group), 2.0) < SOON
    for _ in range(50):
        time.sleep(0.02)
        assert rehearsal.robot.is_braked  # nothing after a dead process but brakes


@pytest.mark.slow
def test_signals_that_come_together_leave_nothing_but_brakes(rehearse):
    """As a closed terminal sends them: the second one must not end what the first one has begun."""
    rehearsal = rehearse()
    rehearsal.walk()
    rehearsal.steer(0.5, 0.0, 0.0)
    rehearsal.wait_robot(0.5)

    def both() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            send(rehearsal, number)()

    assert rehearsal.brakes_after(both, 2.0) < SOON
    rehearsal.runner.wait(timeout=30.0)
    assert rehearsal.robot.is_braked and "braking: the operator" in rehearsal.log()


@pytest.mark.slow
def test_another_program_stops_it_and_is_told(rehearse, tmp_path):
    rehearsal = rehearse(f"--record={tmp_path / 'walk.bin'}")
    other = second_writer(rehearsal.domain)
    rehearsal.press("L2", "up")
    time.sleep(0.5)
    assert not rehearsal.robot.is_braked
    assert rehearsal.brakes_after(other, 2.0) < SOON
    rehearsal.runner.wait(timeout=30.0)
    assert rehearsal.runner.returncode == 2
    assert "error: stopped: another program commands the motors" in rehearsal.log()
    assert "command thread: " in rehearsal.log() and (tmp_path / "walk.bin").stat().st_size > 1e5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sickness", "reason", "longest"),
    [
        ("jump of a target", "the target of FL_hip_joint jumped by", 2),
        ("hung policy", "the policy is late by ", 0.3),
    ],
)
def test_a_sick_policy_is_stopped_for_its_sickness(monkeypatch, sickness, reason, longest):
    """Where a policy is to be late, no other stop comes so soon."""
    settings = [text.replace("max_target_age=2", f"max_target_age={longest}") for text in BRIEF]
    monkeypatch.setattr(sick_file, "SICKNESSES", {sickness: sick_file.SICKNESSES[sickness]})
    begun = []

    def begin(policy: Path, flags: Sequence[str]) -> Rehearsal:
        begun.append(Rehearsal(policy, Setting(), next(DOMAINS), settings, flags))
        return begun[-1]

    (row,) = rehearsing._sicknesses(begin, FLAT)
    assert row["fault"] == sickness and 0.0 < row["ms"] < 1e3 * SOON
    assert f"braking: {reason}" in row["reason"]
    assert begun[0].runner.returncode == 2  # a policy that hangs for good does not abort it


@pytest.mark.slow
def test_a_map_that_becomes_empty_makes_it_blind_and_is_told(monkeypatch):
    monkeypatch.setattr(rehearsing, "MAP_FAULTS", {"empty map": {"empty_map": True}})
    (row,) = rehearsing._blindness(lambda policy: Rehearsal(policy, Setting(), next(DOMAINS), BRIEF), STUDENT)
    assert row["reason"] == "walking blind: the height map is empty" and 0.0 < row["ms"] < 1e3 * SOON


def test_a_policy_without_a_map_has_no_faults_of_one():
    assert not list(rehearsing._blindness(lambda policy: pytest.fail("nothing to rehearse"), FLAT))


def test_without_onnx_a_line_says_what_it_is_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "legged_gym.deploy.sick_file")
    monkeypatch.delattr(deploy, "sick_file")
    with pytest.raises(UserError, match="sick copies of the policy's file, which needs the package onnx"):
        rehearsing._sick_files()


def test_interrupted_while_the_runner_starts_it_ends_both_sides(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    begun, popen, threads = [], subprocess.Popen, set(threading.enumerate())
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: begun.append(popen(*args, **kwargs)) or begun[0])
    monkeypatch.setattr(Rehearsal, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Rehearsal(FLAT, Setting(), next(DOMAINS))
    assert begun[0].poll() is not None and set(threading.enumerate()) <= threads


def test_a_robots_thread_keeps_no_process(rehearse):
    """A second Ctrl-C cuts its end short."""
    assert rehearse()._thread.daemon


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: None, "there is no "),
        (lambda path: path.mkdir(), "policy.onnx"),
        (lambda path: path.write_bytes(b"no model"), "is no ONNX model"),
    ],
)
@pytest.mark.parametrize("what", ["--faults", "--responses", "--kills=1"])
def test_what_is_no_policy_is_told_before_anything_begins(write, message, what, tmp_path, monkeypatch):
    monkeypatch.setattr(rehearsing, "Rehearsal", lambda *_: pytest.fail("begun"))
    write(tmp_path / "policy.onnx")
    with pytest.raises(UserError, match=message):
        main([str(tmp_path / "policy.onnx"), what])


@pytest.mark.slow
def test_a_rehearsed_walk_is_a_table(capsys):
    main([str(FLAT), "--walk=1", *(f"--set={text}" for text in QUICK)])
    table = capsys.readouterr().out
    assert "False" in table and "lin_vel_error_in_sim2sim" in table and "command thread: " in table


def test_the_same_walk_without_messages_is_one_of_the_same_policy():
    found = rehearsing._in_sim2sim(FLAT, 10.0, np.array([0.6, 0.3, 0.8]))
    assert 0.02 < found["lin_vel_error_in_sim2sim"] < 0.2 and found["fall_rate_in_sim2sim"] == 0.0
