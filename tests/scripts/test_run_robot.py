import os

import numpy as np
import pytest

from legged_gym.scripts.programs.run_robot import _is_real
from legged_gym.scripts.run_robot import main, make_parser
from legged_gym.utils.errors import UserError
from tests.deploy.runner.loop import FLAT, POLICIES, STUDENT, Loop


@pytest.fixture(autouse=True)
def without_real_time(monkeypatch):
    """The tests' own process must not go before all others."""
    monkeypatch.setattr(os, "sched_setscheduler", lambda *_: None)


def test_a_recording_is_replayed_in_one_line(tmp_path, capsys):
    from legged_gym.deploy.runner.recording import Recorder

    recorder = Recorder(tmp_path / "walk.bin")
    loop = Loop(STUDENT, recorder=recorder)
    loop.walk(0.2)
    recorder.close()
    main([str(STUDENT), "--replay", str(tmp_path / "walk.bin")])
    assert capsys.readouterr().out == f"{len(loop.steps)} steps, targets differ by at most 0 rad\n"
    assert np.isfinite(loop.steps[-1].targets).all()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([FLAT, "--set=stops.max_tild=1"], "stops.max_tilt"),
        ([FLAT, "--set=stops.max_tilt=-1"], "stops.max_tilt = -1.0 must be a number"),
        ([FLAT, "--set=motion.stiffness=1e9"], "motion.stiffness = 1000000000.0 must be .* at most 1000"),
        ([FLAT, "--set=commands.rate=1e6"], "commands.rate = 1000000.0 must be a number of at least 1 and"),
        ([FLAT, "--set=stops.max_motor_temperature=1e9"], "max_motor_temperature = 1000000000.0 must be"),
        ([FLAT, "--set=steering.max_vx=1.5"], "steering.max_vx = 1.5 is beyond what the policy was trained on, 1"),
        ([FLAT, "--interface=eth0"], "a first start of this controller: hang the robot up"),
        ([POLICIES / "go2_flat.onnx"], "needs readings that no robot has"),
        ([POLICIES / "anymal_c_flat.onnx"], "anymal_c_flat.onnx"),
        ([POLICIES / "qmini.onnx"], "the policy is of another robot: a Go2 has no hip_yaw_l"),
        ([FLAT, "--set=map.max_age=1e6"], "map.max_age = 1000000.0 must be .* at most 2"),
        ([FLAT, "--set=stops.max_frozen_states=1000000"], "max_frozen_states = 1000000 must be .* at most 1000"),
        ([FLAT, "--set=commands.rate=20"], "commands.rate = 20: a turn is no shorter than guard.max_silence = 0.05 s"),
        ([FLAT, "--set=stops.max_overrun=0.1"], "max_overrun = 0.1 s is borne by nobody: the guarding process brakes"),
        ([FLAT, "--domain=233"], "argument --domain: must be from 0 to 232, got 233"),
        ([FLAT, "--replay=missing.bin"], "there is no missing.bin"),
        (
            [FLAT, f"--replay={__file__}", f"--grid_map={__file__}"],
            "--grid_map: --replay makes the steps of a recording again",
        ),
        (
            [FLAT, f"--replay={__file__}", "--set=stops.max_tilt=1"],
            "--set: --replay makes the steps of a recording again",
        ),
    ],
)
def test_what_the_user_can_mend(arguments, says, tmp_path, monkeypatch):
    monkeypatch.setattr("legged_gym.deploy.runner.first_start.FirstStart.__init__.__defaults__", (tmp_path / "none",))
    with pytest.raises(UserError, match=says):
        main([str(argument) for argument in arguments])


def test_no_robot():
    pytest.importorskip("cyclonedds", reason="cyclonedds is not installed (extra `robot`)")
    domain = 2 + 23 * os.getpid() % 220  # where nobody is
    with pytest.raises(UserError, match="the robot does not answer"):
        main([str(FLAT), f"--domain={domain}", "--set=start.release_timeout=0.2"])
    with pytest.raises(UserError, match="no state of the robot"):
        main([str(FLAT), f"--domain={domain}", "--dry_run", "--set=start.state_timeout=0.2"])


@pytest.mark.parametrize(
    ("flags", "is_real"), [([], False), (["--interface=eth0"], True), (["--interface=eth0", "--dry_run"], False)]
)
def test_only_a_real_robot_proves_a_controller(flags, is_real):
    """Ten seconds in the simulator, or of a dry run, say nothing of how the real one's legs go."""
    assert _is_real(make_parser().parse([str(FLAT), "--hung", *flags])) == is_real
