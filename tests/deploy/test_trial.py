import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from legged_gym.deploy.tiles import Tile
from legged_gym.deploy.trial import Setup, Simulation, run_all
from legged_gym.utils.errors import UserError
from tests.deploy.policies import WriteController, go2_metadata, map_metadata, term

FLAT = Tile(0, 0, 0)
"""A slope of level 0."""


def test_a_robot_that_stands_neither_falls_nor_leaves(write_controller: WriteController) -> None:
    simulation = Simulation(Setup(write_controller(), command=(0.6, 0.0, 0.0)))
    outcome = simulation.run(FLAT)
    assert outcome is not None and not outcome.fell and not outcome.succeeded
    assert outcome.steps == 999  # the last is left out
    assert outcome.means[0] == pytest.approx(0.6, abs=0.02) and outcome.means[3] == pytest.approx(0.6, abs=0.02)
    assert outcome.means[1:3] == pytest.approx([0.0, 0.0], abs=0.02)
    assert 1.0 < outcome.means[4] < 100.0


def test_folding_legs_are_a_fall(write_controller: WriteController) -> None:
    outcome = Simulation(Setup(write_controller(bias=2.0))).run(FLAT)
    assert outcome is not None and outcome.fell and not outcome.succeeded
    assert 3 < outcome.steps < 40


def test_a_robot_beyond_the_tiles_edge_has_left_it(
    write_controller: WriteController, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = Simulation(Setup(write_controller()))
    step = simulation.robot.step
    origin = simulation.terrain.env_origins[0, 0, :2].copy()

    def glide(targets: np.ndarray) -> None:
        simulation.robot.position[1] += 0.1
        step(targets)

    monkeypatch.setattr(simulation.robot, "step", glide)
    outcome = simulation.run(FLAT)
    assert outcome is not None and outcome.succeeded and not outcome.fell
    assert 4.0 < simulation.robot.position[1] - origin[1] < 4.3
    assert np.abs(simulation.robot.position[0] - origin[0]) < 1.1  # within 1 m of the centre, at the start


def test_where_a_tile_ends_no_episode_to_last_is_to_succeed(
    write_controller: WriteController, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = go2_metadata()
    metadata["simulation"]["termination"] |= {"leave_tile": False}
    path, command = write_controller(metadata), (0.0, 0.0, 0.0)
    assert Simulation(Setup(path)).terrain.is_plane
    simulation = Simulation(Setup(path, "all", command=command))
    monkeypatch.setattr(simulation, "max_steps", 50)
    reset, commands = simulation.robot.reset, []

    def beyond_the_edge(position: np.ndarray, *state: Any) -> None:
        reset(position + np.array([4.2, 0.0, 0.5]), *state)

    monkeypatch.setattr(simulation.robot, "reset", beyond_the_edge)
    outcome = simulation.run(FLAT)
    assert outcome is not None and outcome.steps == 49 and outcome.succeeded
    simulation = Simulation(Setup(path, "all"))
    simulation.run(FLAT, lambda command: commands.append(command) or len(commands) < 600)
    assert (commands[0] != commands[599]).any()  # drawn anew


def test_the_end_of_the_map_ends_a_trial_that_a_tile_does_not(
    write_controller: WriteController, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = go2_metadata()
    metadata["simulation"]["termination"] |= {"leave_tile": False}
    simulation = Simulation(Setup(write_controller(metadata), "all", command=(0.0, 0.0, 0.0)))
    reset = simulation.robot.reset
    edge = -simulation.terrain.origin_xy[0]
    monkeypatch.setattr(simulation.robot, "reset", lambda position, *state: reset(np.array([edge, 0.0, 1.0]), *state))
    outcome = simulation.run(FLAT)
    assert outcome is not None and outcome.steps == 0 and outcome.succeeded and not outcome.fell


def test_what_a_fall_is_is_the_tasks(write_controller: WriteController) -> None:
    metadata = go2_metadata()
    metadata["simulation"]["termination"] |= {"max_tilt": 0.0}
    outcome = Simulation(Setup(write_controller(metadata))).run(FLAT)
    assert outcome is not None and outcome.fell and outcome.steps == 0


def test_down_in_a_hole_is_a_fall(write_controller: WriteController, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap from 1.55 m on around the platform, of 0.1 m at level 0 and with its floor 1 m down."""
    simulation = Simulation(Setup(write_controller(), "gap", command=(0.0, 0.0, 0.0)))
    assert simulation.terrain.type_names[0] == "gap"
    reset, origin = simulation.robot.reset, simulation.terrain.env_origins[0, 0]
    monkeypatch.setattr(simulation.robot, "step", lambda targets: None)
    for height, steps in ((0.05, simulation.max_steps - 1), (-0.05, 0)):
        place = origin + np.array([1.58, 0.0, height])
        monkeypatch.setattr(simulation.robot, "reset", lambda position, *state, at=place: reset(at, *state))
        outcome = simulation.run(FLAT)
        assert outcome is not None and outcome.steps == steps and outcome.fell is (height < 0.0)


def crossing_metadata(**termination: Any) -> dict[str, Any]:
    """Metadata of a robot that is sent across gaps, begins at rest in the middle of its tile, and has 0.51 s for it."""
    metadata = go2_metadata("go2_sight")
    metadata["simulation"]["crossing"] = {"speed": [0.7, 1.5], "patience": 0.51}
    metadata["simulation"]["termination"] |= termination
    metadata["simulation"]["init_state"] |= {"position_noise": 0.0, "velocity_noise": 0.0}
    return metadata


def test_a_robot_that_stands_where_it_is_to_cross_is_stuck(write_controller: WriteController) -> None:
    simulation, commands = Simulation(Setup(write_controller(crossing_metadata()), "gap")), []
    outcome = simulation.run(FLAT, lambda command: commands.append(command) or True)
    assert outcome is not None and outcome.stuck and not outcome.fell and not outcome.succeeded
    assert outcome.steps == 25  # of 0.02 s; after the next one its time is over
    assert 0.7 <= commands[0][0] <= 1.5 and len({command[0] for command in commands}) == 1
    simulation.steered = np.zeros(3)  # by hand it may stand
    assert simulation.run(FLAT, lambda command: commands.append(command) or len(commands) < 150) is None
    assert len(commands) == 150


@pytest.mark.parametrize("setting", [{"terrain": "slope_up"}, {"terrain": "gap", "command": (0.0, 0.0, 0.0)}])
def test_elsewhere_and_under_a_command_of_ones_own_a_robot_may_stand(
    write_controller: WriteController, setting: dict[str, Any]
) -> None:
    simulation = Simulation(Setup(write_controller(crossing_metadata()), **setting))
    steps: list[np.ndarray] = []
    assert simulation.run(FLAT, lambda command: steps.append(command) or len(steps) < 60) is None
    assert len(steps) == 60 and max(command[0] for command in steps) <= 1.0


def test_who_crawls_below_the_height_of_parkour_has_fallen(write_controller: WriteController) -> None:
    """Standing at 0.3 m, a Go2 falls by a least height of 0.4 m, and by none."""
    limits = {"max_tilt": 3.14, "max_roll": 0.8, "max_pitch": 1.6}
    for least, fell in ((0.4, True), (0.15, False)):
        metadata = crossing_metadata(**limits, height=[least, 1.5])
        outcome = Simulation(Setup(write_controller(metadata), "climb_track")).run(FLAT)
        assert outcome is not None and outcome.fell is fell and outcome.stuck is not fell


def test_the_same_tile_gives_the_same_trial_and_another_one_another(write_controller: WriteController) -> None:
    simulation = Simulation(Setup(write_controller(go2_metadata(observations=[term("projected_gravity", 0.05)]))))

    def starts(tile: Tile) -> list[float]:
        states = []
        simulation.run(
            tile, lambda command: states.append([*simulation.robot.position, *simulation.robot.dof_pos]) or False
        )
        return states[0]

    first, other = starts(FLAT), starts(FLAT._replace(repeat=1))
    assert starts(FLAT) == first and other != first


def test_starts_tilted_and_with_angles_off_the_pose_as_the_task_says(write_controller: WriteController) -> None:
    metadata = go2_metadata()
    metadata["simulation"]["init_state"] |= {
        "dof_pos_factor": [1.0, 1.0], "dof_pos_noise": {"hip": 0.1, "calf": 0.2}, "tilt_noise": 0.3,
    }  # fmt: skip
    simulation = Simulation(Setup(write_controller(metadata)))
    poses, tilts = [], []
    for repeat in range(100):
        simulation._begin(FLAT._replace(repeat=repeat))
        poses.append(np.abs(simulation.robot.dof_pos - simulation.metadata.default_dof_pos))
        tilts.append(simulation.robot.tilt)
    hips, thighs, calves = np.max(poses, axis=0).reshape(4, 3).T
    assert (thighs == 0.0).all()
    assert (hips > 0.09).all() and (hips <= 0.1 + 1e-6).all() and (calves > 0.18).all() and (calves <= 0.2 + 1e-6).all()
    assert 0.3 < max(tilts) < 0.3 * np.sqrt(2.0)


def test_a_viewer_ends_a_trial(write_controller: WriteController) -> None:
    commands = []

    def show(command: np.ndarray) -> bool:
        commands.append(list(command))
        return len(commands) < 3

    assert Simulation(Setup(write_controller(), command=(0.1, 0.2, 0.3))).run(FLAT, show) is None
    assert commands == [[0.1, 0.2, 0.3]] * 3


def test_the_controllers_state_begins_anew_with_each_trial(
    write_controller: WriteController, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = Simulation(Setup(write_controller(growth=0.1)))
    step, targets = simulation.controller.step, []
    rest = simulation.metadata.default_dof_pos

    def record(readings: Any) -> np.ndarray:
        targets.append(step(readings)[0] - rest[0])
        return rest

    monkeypatch.setattr(simulation.controller, "step", record)
    for _ in range(2):
        simulation.run(FLAT, lambda command: len(targets) % 4 != 0)
    assert targets == pytest.approx([0.0, 0.1, 0.2, 0.3] * 2, abs=1e-6)


def test_a_network_that_makes_nothing_of_finite_readings_is_an_error(write_controller: WriteController) -> None:
    simulation = Simulation(Setup(write_controller(bias=np.inf)))
    with pytest.raises(UserError, match="what the network of policy.onnx says is not finite"):
        simulation.run(FLAT)


def test_the_maps_condition_changes_in_the_middle_of_a_trial(
    write_controller: WriteController, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = Simulation(Setup(write_controller(map_metadata()), "plane", command=(0.0, 0.0, 0.0)))
    monkeypatch.setattr(simulation, "max_steps", 6)
    reads, changes = [], []
    assert simulation._map is not None
    read = simulation._map.read
    monkeypatch.setattr(simulation._map, "read", lambda: reads.append(0) or read())
    monkeypatch.setattr(simulation._map, "change_condition", lambda: changes.append(len(reads)))
    simulation.run(FLAT)
    assert changes == [3] and len(reads) == 6


def test_every_trial_has_another_robot(write_controller: WriteController, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation, drawn = Simulation(Setup(write_controller())), []
    monkeypatch.setattr(simulation.robot, "randomize", lambda rng: drawn.append(rng.random()))
    for repeat in range(3):
        simulation.run(FLAT._replace(repeat=repeat), lambda command: False)
    simulation.run(FLAT, lambda command: False)
    assert len(set(drawn[:3])) == 3 and drawn[3] == drawn[0]


def test_several_processes_give_the_same_as_one(write_controller: WriteController) -> None:
    setup = Setup(write_controller(bias=2.0))
    chosen = [Tile(0, 0, repeat) for repeat in range(3)]
    one = [Simulation(setup).run(tile) for tile in chosen]
    two = list(run_all(setup, chosen, processes=2))
    assert [outcome.tile for outcome in two] == chosen
    for a, b in zip(one, two, strict=True):
        assert a is not None and a[:5] == b[:5]
        np.testing.assert_array_equal(a.means, b.means)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_processes_do_not_outlive_the_one_that_waits_for_them(write_controller: WriteController, number: int) -> None:
    code = (
        "import multiprocessing, pathlib, sys\n"
        "from legged_gym.deploy.trial import Setup, run_all\n"
        "from legged_gym.deploy.tiles import Tile\n"
        "outcomes = run_all(Setup(pathlib.Path(sys.argv[1])), [Tile(0, 0, repeat) for repeat in range(99)], 2)\n"
        "next(outcomes)\n"
        "print(*(child.pid for child in multiprocessing.active_children()), flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(write_controller(bias=2.0))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    waiting = subprocess.Popen(command, text=True, **pipes)
    assert waiting.stdout is not None
    workers = waiting.stdout.readline().split()
    waiting.send_signal(number)
    told = waiting.communicate()[1]
    end = time.monotonic() + 30.0
    while any(_runs(worker) for worker in workers) and time.monotonic() < end:
        time.sleep(0.05)
    assert len(workers) == 2 and not any(_runs(worker) for worker in workers)
    if number != signal.SIGKILL:  # which leaves no time to remove semaphores
        # Seldom CPython's pool adds a BrokenPipeError as it exits: it wakes the thread that is closing that very pipe.
        assert f"robust_parallel.errors.StoppedError: {number:d}" in told.splitlines() and "leaked" not in told


def _runs(process: str) -> bool:
    """Whether there is a process of this number that is not dead already."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_missing_robot_is_an_error(write_controller: WriteController, tmp_path: Path) -> None:
    metadata = go2_metadata()
    metadata["simulation"]["asset"]["file"] = str(tmp_path / "robot.urdf")
    with pytest.raises(UserError, match="robot description not found: .*robot.urdf"):
        Simulation(Setup(write_controller(metadata)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"torque_limits": [23.7, 23.7, 99.0] * 4}, "torque_limits of FL_calf_joint is 99, that of its simulation"),
        ({"stiffness": [20.0] * 11 + [25.0]}, "stiffness of RR_calf_joint is 25, that of its simulation 20: its file"),
        ({"damping": [0.0] * 12}, "damping of FL_hip_joint is 0, that of its simulation 0.5: its file contradicts"),
    ],
)
def test_drives_that_are_not_those_of_the_files_simulation_are_refused(
    write_controller: WriteController, changes: dict[str, list[float]], message: str
) -> None:
    metadata = go2_metadata()
    metadata["actuator"] |= {name: values for name, values in changes.items() if name != "torque_limits"}
    metadata["torque_limits"] = changes.get("torque_limits", metadata["torque_limits"])
    with pytest.raises(UserError, match=message):
        Simulation(Setup(write_controller(metadata), terrain="plane"))


def test_joint_limits_that_are_not_those_of_the_files_simulation_are_refused(write_controller: WriteController) -> None:
    metadata = go2_metadata(dof_pos_limits=[[-8.0, 9.0]] * 12)
    with pytest.raises(UserError, match=r"limits of FL_hip_joint are \[-8.0, 9.0\], those of its simulation \[-1.0"):
        Simulation(Setup(write_controller(metadata), terrain="plane"))


def test_what_opengl_holds_is_freed_once(write_controller: WriteController) -> None:
    freed: list[str] = []
    simulation = Simulation(Setup(write_controller()))
    simulation.close()  # without a camera
    vars(simulation)["_eye"] = SimpleNamespace(close=lambda: freed.append("eye"))
    simulation.close()
    simulation.close()
    assert freed == ["eye"]
