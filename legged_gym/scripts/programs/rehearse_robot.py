"""What `rehearse_robot.py` does once its flags are read."""

import argparse
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from legged_gym.deploy.commands import Commands
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.go2.faults import Faults
from legged_gym.deploy.go2.rehearsal import Rehearsal, second_writer, send
from legged_gym.deploy.go2.simulated import Setting
from legged_gym.deploy.runner.config import runner_settings
from legged_gym.deploy.runner.operators import largest
from legged_gym.deploy.runner.priority import ask_for_real_time
from legged_gym.deploy.runner.recording import STEP, read_recording
from legged_gym.deploy.scorecard import summarize
from legged_gym.deploy.tiles import PLANE, Tile
from legged_gym.deploy.trial import Setup, Simulation
from legged_gym.evaluation.report import table
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_json

FAULTS: dict[str, dict[str, Any]] = {
    "no states": {"silent": True}, "wrong checksums": {"wrong_checksum": True}, "frozen IMU": {"frozen_imu": True},
    "tilt of 1.2 rad": {"roll": 1.2}, "joint beyond its limit": {"dof_pos": 1.5}, "joint speed": {"dof_vel": 55.0},
    "torque": {"torque": -60.0}, "hot motor": {"temperature": 95}, "lost messages": {"lost": 20},
    "battery": {"charge": 4}, "a reading that is no number": {"dof_vel": np.nan},
}  # fmt: skip
"""Fields of the simulated robot's `Faults`."""
MAP_FAULTS: dict[str, dict[str, Any]] = {
    "empty map": {"empty_map": True}, "map in another frame": {"map_frame": "map"}, "no map": {"no_map": True},
    "old map": {"old_map": True},
}  # fmt: skip
"""The same; they brake nothing, but make the policy blind."""
SIGNALS = {
    "killed": (signal.SIGKILL, False), "terminated": (signal.SIGTERM, False), "frozen process": (signal.SIGSTOP, False),
    "killed with its group": (signal.SIGKILL, True), "suspended (Ctrl-Z)": (signal.SIGTSTP, True),
}  # fmt: skip
"""Each, and whether the runner's whole group gets it, as from a terminal."""
ANOTHER_PROGRAM, LATE_COMMANDS = "another program", "late command thread"
STANDSTILL = 0.025
"""Of the runner's process, s: longer than `stops.max_overrun`, shorter than `guard.max_silence`."""
RESPONSES = [
    *((v, 0.0, 0.0) for v in (0.0, 0.05, 0.1, 0.2, 0.5)), *((0.0, v, 0.0) for v in (0.1, 0.2)),
    *((0.0, 0.0, w) for w in (0.1, 0.2, 0.5)),
]  # fmt: skip
"""Commands of the response map: vx, vy (m/s), yaw rate (rad/s)."""
SETTLING, MEASURING = 2.0, 6.0
"""Of each command of the response map, s of the robot's time."""
FALLEN = 0.7
"""Tilt, rad."""
_LONGEST = 2.0
"""Wait for a brake, s."""
_TELLING = 0.2
"""For the runner to tell its reason, s."""
_BLIND, _SEES = "walking blind", "walking by the height map"
"""Beginnings of what the runner says of its map."""
_DOMAINS = range(2, 233)
"""Of DDS: 0 and 1 are for robots and simulators, ports end at 232."""


def rehearse(args: argparse.Namespace) -> None:
    """Rehearse, and print what came of it.

    Raises:
        UserError: it cannot be done.
    """
    policy, setting = Path(args.policy), Setting(latency=args.latency, loss=args.loss)
    controller = Controller(policy)
    ask_for_real_time()
    begin = partial(_begin, args, setting, count())
    summary: dict[str, Any] = {"policy": policy.name, "latency": args.latency, "loss": args.loss}
    if args.walk:
        summary |= _walk(begin(policy), controller, args.walk)
        summary |= _in_sim2sim(policy, args.walk, largest(runner_settings(args.overrides)))
    if args.responses:
        summary |= _responses(begin(policy))
    if args.faults:
        summary["faults"] = [*_sicknesses(begin, policy), *_faults(begin, policy)]
        summary["map_faults"] = list(_blindness(begin, policy))
    if args.kills:
        summary |= _kills(partial(begin, policy), args.kills)
    print(table({key: value for key, value in summary.items() if not isinstance(value, dict | list)}))
    for row in summary.get("faults", []):
        print("{fault:<30} braked after {ms:5.1f} ms: {reason}".format(**row))
    for row in summary.get("map_faults", []):
        print("{fault:<30} told after {ms:6.1f} ms: {reason}".format(**row))
    for row in summary.get("responses", []):
        print("asked {:+.2f} {:+.2f} {:+.2f}, came {:+.3f} {:+.3f} {:+.3f}".format(*row["command"], *row["achieved"]))
    if args.json:
        write_json(args.json, summary, indent=2)


def _begin(
    args: argparse.Namespace, setting: Setting, numbers: Iterator[int], policy: Path, flags: Sequence[str] = ()
) -> Rehearsal:
    """Each in a domain of its own: a guard may still be braking in the last one's, and others rehearse, too."""
    overrides = ["motion.last_time=0.5", "guard.braking_time=2", *args.overrides]
    domain = _DOMAINS[(41 * os.getpid() + next(numbers)) % len(_DOMAINS)]
    return Rehearsal(policy, setting, domain, overrides, flags)


def _walk(rehearsal: Rehearsal, controller: Controller, seconds: float) -> dict[str, Any]:
    """Random commands as sim2sim's, within what sticks can ask for; errors as its scorecard's."""
    metadata, robot = controller.metadata, rehearsal.robot
    dt = metadata.control_dt
    commands = Commands(metadata.commands, False, None, dt)
    errors, tilt, came = [], 0.0, robot.time
    try:
        rehearsal.walk()
        commands.begin(np.random.default_rng(1), robot.yaw)
        begin = came = robot.time
        while came - begin < seconds and not robot.is_braked:
            command = np.clip(commands.advance(robot.yaw), -rehearsal.largest, rehearsal.largest)
            rehearsal.steer(*command)
            came += dt
            rehearsal.wait_robot(came - robot.time)
            error = np.abs(command - robot.velocity)
            errors.append([*error, np.linalg.norm(error[:2])])
            tilt = max(tilt, robot.tilt)
    finally:
        rehearsal.close()
    vx, vy, yaw_rate, planar = np.mean(errors, axis=0)
    return {
        "walked_s": came - begin,
        "fell": tilt > FALLEN,
        "lin_vel_error": float(planar),
        "ang_vel_error": float(yaw_rate),
        "lin_vel_x_error": float(vx),
        "lin_vel_y_error": float(vy),
        "largest_tilt": tilt,
        "robot_loop": str(rehearsal.jitter),
        "runner": " | ".join(rehearsal.log().splitlines()[-4:]),
    }


def _in_sim2sim(policy: Path, seconds: float, most: np.ndarray) -> dict[str, Any]:
    """The errors of as long a walk by such commands as `_walk`'s, without messages and real time."""
    simulation = Simulation(Setup(policy, PLANE))
    commands = Commands(simulation.metadata.commands, False, None, simulation.metadata.control_dt)
    commands.begin(np.random.default_rng(1), 0.0)

    def steer(*_: object) -> bool:
        simulation.steered = np.clip(commands.advance(simulation.robot.yaw), -most, most)
        return True

    simulation.max_steps = round(seconds / simulation.metadata.control_dt)
    steer()
    with closing(simulation):
        outcome = simulation.run(Tile(0, 0, 0), steer)
    assert outcome is not None
    found = summarize([outcome], simulation.terrain)
    return {f"{name}_in_sim2sim": found[name] for name in ("lin_vel_error", "ang_vel_error", "fall_rate")}


def _responses(rehearsal: Rehearsal) -> dict[str, Any]:
    """What came of each command; a stop ends it, and is told with its reason."""
    rows, robot = [], rehearsal.robot
    try:
        rehearsal.walk()
        for command in RESPONSES:
            rehearsal.steer(*command)
            rehearsal.wait_robot(SETTLING)
            velocities, end = [], robot.time + MEASURING
            while robot.time < end and not robot.is_braked:
                velocities.append(robot.velocity)
                rehearsal.wait_robot(0.02)
            if robot.is_braked:
                return {"responses": rows, "responses_ended": _reason(rehearsal)}
            rows.append({"command": list(command), "achieved": np.mean(velocities, axis=0).tolist()})
    finally:
        rehearsal.close()
    return {"responses": rows}


def _faults(begin: Callable[[Path], Rehearsal], policy: Path) -> Iterator[dict[str, Any]]:
    for name in (*FAULTS, ANOTHER_PROGRAM, *SIGNALS, LATE_COMMANDS):
        rehearsal = begin(policy)
        try:
            rehearsal.walk()
            brakes = rehearsal.brakes_after(_injection(name, rehearsal), _LONGEST)
            yield {"fault": name, "ms": 1e3 * brakes, "reason": _reason(rehearsal)}
        finally:
            rehearsal.close()


def _injection(name: str, rehearsal: Rehearsal) -> Callable[[], object]:
    """Injects a fault; what must be ready for that is when this returns."""
    if name in SIGNALS:
        return send(rehearsal, *SIGNALS[name])
    if name == ANOTHER_PROGRAM:
        return second_writer(rehearsal.domain)
    if name == LATE_COMMANDS:  # its time counts from when the process goes on: before, it cannot brake
        send(rehearsal, signal.SIGSTOP)()
        time.sleep(STANDSTILL)
        return send(rehearsal, signal.SIGCONT)

    return partial(_set, rehearsal.robot.faults, FAULTS[name])


def _set(faults: Faults, values: dict[str, Any]) -> None:
    for field, value in values.items():
        setattr(faults, field, value)


def _blindness(begin: Callable[[Path], Rehearsal], policy: Path) -> Iterator[dict[str, Any]]:
    """Times until the runner says that it walks blind; nothing for a policy that looks at no map."""
    if Controller(policy).metadata.map is None:
        return
    rehearsal = begin(policy)

    def last_said() -> str:
        lines = rehearsal.log().splitlines()
        return next((line for line in reversed(lines) if line.startswith((_BLIND, _SEES))), "")

    try:
        rehearsal.walk()
        for name, values in MAP_FAULTS.items():
            rehearsal.wait(lambda: last_said().startswith(_SEES), _LONGEST)
            begun = time.monotonic()
            _set(rehearsal.robot.faults, values)
            is_told = rehearsal.wait(lambda: last_said().startswith(_BLIND), _LONGEST)
            told = time.monotonic() - begun if is_told else np.inf
            yield {"fault": name, "ms": 1e3 * told, "reason": last_said()}
            rehearsal.robot.faults = Faults()
    finally:
        rehearsal.close()


def _reason(rehearsal: Rehearsal) -> str:
    time.sleep(_TELLING)
    said = [line for line in rehearsal.log().splitlines() if line.startswith("braking: ")]
    return said[-1] if said else "by the guarding process"


def _sicknesses(begin: Callable[[Path, Sequence[str]], Rehearsal], policy: Path) -> Iterator[dict[str, Any]]:
    """Faults within the policy, by sick copies of its file; times count from when the first sick step was due."""
    sick_file = _sick_files()
    for name in sick_file.SICKNESSES:
        with TemporaryDirectory() as folder:
            sick, recording = Path(folder, policy.name), Path(folder, "recording.bin")
            sick_file.write_sick_file(policy, name, sick)
            rehearsal = begin(sick, [f"--record={recording}"])
            try:
                rehearsal.walk()
                rehearsal.brakes_after(partial(rehearsal.steer, *rehearsal.largest), _LONGEST)
                reason = _reason(rehearsal)
            finally:
                rehearsal.close()
            braked_at = np.inf if rehearsal.braked_at is None else rehearsal.braked_at
            due = _last_well_step(recording) + Controller(policy).metadata.control_dt
        yield {"fault": name, "ms": 1e3 * (braked_at - due), "reason": reason}


def _sick_files() -> Any:
    try:
        from legged_gym.deploy import sick_file  # a robot's computer may lack what it needs
    except ModuleNotFoundError as error:
        raise UserError(
            f"--faults writes sick copies of the policy's file, which needs the package {error.name}"
        ) from None
    return sick_file


def _last_well_step(recording: Path) -> float:
    """When the last step began in which the robot was asked to stand still, s."""
    steps = (json.loads(entry.data) for entry in read_recording(recording) if entry.kind == STEP)
    return max(step["time"] for step in steps if not any(step["command"]))


def _kills(begin: Callable[[], Rehearsal], times: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    brakes, stale = [], []
    for number in range(times):
        rehearsal = begin()
        try:
            rehearsal.press("L2", "up")
            if number % 2:
                rehearsal.wait_robot(3.0)
                rehearsal.press("start")
            time.sleep(rng.uniform(0.1, 1.5))
            brakes.append(1e3 * rehearsal.brakes_after(send(rehearsal, signal.SIGKILL), _LONGEST))
            stale.append(1e3 * rehearsal.longest_stale)
        finally:
            rehearsal.close()
    return {"kills": times, "braked_after_ms_most": max(brakes), "stale_target_ms_most": max(stale)}
