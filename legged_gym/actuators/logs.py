"""Logs of drives: CSV files with a row for each sample, and the checks they have to pass.

Columns: `time` (s), and for each joint `NAME_position_target` (rad, sent at that time), `NAME_position` (rad),
`NAME_velocity` (rad/s) and `NAME_torque` (N m, measured at the joint), in any order. Columns of other names are left
alone. Rows are evenly spaced in time and counted from 1, the first after the header.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError
from robust_parallel.files import read_bytes

TIME = "time"
QUANTITIES = ("position_target", "position", "velocity", "torque")
DECIMALS = 5
"""Decimals of the numbers that are written."""
LARGEST = {"position_target": 12.6, "position": 12.6, "velocity": 100.0, "torque": 2.0e3}
"""Of a drive of a leg, rad, rad/s and N m, without sign: two turns, four times the speed and twice the torque of the
fastest and of the strongest one built (MIT Mini Cheetah's, 40 rad/s; Atlas' knee, 890 N m)."""
SMALLEST_TORQUE = 0.01
"""Of a drive that moves a leg, N m: the largest of a log is more."""
STIFFEST = 1.0e4
"""Torque per deviation from the target, N m/rad; see `config/quantities.py:Stiffness`."""
LIKE_VELOCITY = (0.2, 5.0)
"""Change of the position per time by the velocity: 1, less where the velocity is measured late or with noise; degrees
in place of radians are 57 of it, revolutions per minute in place of radians per second a tenth."""
AGAINST = -0.5
"""Correlation of a torque with target - position, or of the position with the target, of a drive that none follows."""
SAMPLE_TIMES = (1.0e-5, 0.1)
"""Shortest and longest time between two rows, s."""
MIN_ROWS = 3
"""Fewest rows of a log."""
JITTER = 0.1
"""Time by which the interval between two rows may be too short or too long, in sample times."""
GAP = 1.5
"""Interval between two rows from which on at least one is missing, in sample times."""


@dataclass(frozen=True)
class ActuatorLog:
    """What was measured on J joints at T times."""

    joints: list[str]
    """Names of the joints [J]."""
    sample_time: float
    """Time between two rows, s."""
    position_target: np.ndarray
    """Angles that the drives were told [T, J], rad."""
    position: np.ndarray
    """Angles of the joints [T, J], rad."""
    velocity: np.ndarray
    """Velocities of the joints [T, J], rad/s."""
    torque: np.ndarray
    """Torques at the joints [T, J], N m."""
    name: str = "log"
    """Name of the file, for messages."""


def write_log(path: str | Path, log: ActuatorLog) -> None:
    """Write a log as CSV.

    Raises:
        UserError: it cannot be written.
    """
    columns = [TIME] + [f"{joint}_{quantity}" for joint in log.joints for quantity in QUANTITIES]
    quantities = np.stack([getattr(log, quantity) for quantity in QUANTITIES], axis=-1)
    time = np.arange(len(quantities)) * log.sample_time
    rows = np.column_stack((time, quantities.reshape(len(time), -1)))
    try:
        np.savetxt(path, rows, fmt=f"%.{DECIMALS}f", delimiter=",", header=",".join(columns), comments="")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def read_log(path: str | Path) -> ActuatorLog:
    """Read a log and check it.

    Raises:
        UserError: it cannot be read, a column is missing, a value is none or not finite, or the rows are not evenly
            spaced in time, or no drive can have such values; the message says where.
    """
    header, rows = _read(path)
    joints = _joints(path, header)
    finite = np.isfinite(rows)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise UserError(f"{path}: {header[column]} is {rows[row, column]} in row {row + 1}")
    sample_time = _sample_time(path, rows[:, header.index(TIME)])
    values = {
        quantity: np.stack([rows[:, header.index(f"{joint}_{quantity}")] for joint in joints], axis=1)
        for quantity in QUANTITIES
    }
    log = ActuatorLog(joints=joints, sample_time=sample_time, name=str(path), **values)
    _check_values(log)
    return log


def _check_values(log: ActuatorLog) -> None:
    """Refuse numbers that no drive has, in another unit or of a broken sensor, and logs that tell nothing.

    Raises:
        UserError: a number is too large, or of a drive nothing changes.
    """
    for quantity, most in LARGEST.items():
        values = np.abs(getattr(log, quantity))
        if values.max() > most:
            row, joint = np.unravel_index(values.argmax(), values.shape)
            raise UserError(
                f"{log.name}: {log.joints[joint]}_{quantity} is {getattr(log, quantity)[row, joint]:g} in row "
                f"{row + 1}; expected at most {most:g} (rad, rad/s, N m)"
            )
    errors = log.position_target - log.position
    told = {"torque": log.torque, "velocity": log.velocity, "position": log.position, "target - position": errors}
    for words, values in told.items():
        for joint in np.flatnonzero(np.ptp(values, axis=0) == 0.0):
            value, name = values[0, joint], log.joints[joint]
            raise UserError(f"{log.name}: {name}'s {words} is {value:g} in all rows, of which nothing can be learned")
    _check_units(log)


def _check_units(log: ActuatorLog) -> None:
    """Refuse quantities that do not fit each other, as those of different units.

    Raises:
        UserError: the velocity is not the change of the position, or the torque is none that such a drive has.
    """
    change = (log.position[2:] - log.position[:-2]) / (2.0 * log.sample_time)
    for joint, name in enumerate(log.joints):
        velocity, torque = log.velocity[1:-1, joint], np.abs(log.torque[:, joint]).max()
        if np.any(velocity) and np.any(change[:, joint]):
            ratio = change[:, joint] @ velocity / (velocity @ velocity)
            if not LIKE_VELOCITY[0] <= ratio <= LIKE_VELOCITY[1]:
                raise UserError(
                    f"{log.name}: {name}_position changes by {ratio:.3g} times what {name}_velocity says; "
                    "expected rad, rad/s and s, and one sign"
                )
        target, position = log.position_target[:, joint], log.position[:, joint]
        for quantity, values, along in (
            ("torque", log.torque[:, joint], target - position),
            ("position", position, target),
        ):
            if np.ptp(values) > 0.0 and np.ptp(along) > 0.0 and (alike := np.corrcoef(values, along)[0, 1]) < AGAINST:
                raise UserError(
                    f"{log.name}: {name}_{quantity} goes away from {name}_position_target (correlation {alike:.2f}); "
                    "expected one sign"
                )
        if 0.0 < torque < SMALLEST_TORQUE:
            raise UserError(f"{log.name}: {name}_torque is {torque:.3g} at most; expected N m")
        deviation = np.abs(log.position_target - log.position)[:, joint].max()
        if torque > STIFFEST * deviation > 0.0:
            raise UserError(
                f"{log.name}: {name}_torque is up to {torque:.4g} where the target is up to {deviation:.3g} away; "
                "expected N m and rad"
            )


def _read(path: str | Path) -> tuple[list[str], np.ndarray]:
    """The names of the columns [C] and the numbers [T, C]."""
    try:
        lines = read_bytes(path).decode("utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise UserError(f"cannot read the log {path}: {error.strerror or error}") from error
    header = [name.strip() for name in lines[0].split(",")] if lines else []
    _check_header(path, header)
    if len(lines) < 1 + MIN_ROWS:
        raise UserError(f"{path} is too short: {len(lines) - 1} rows, expected {MIN_ROWS} or more")
    try:
        rows = np.loadtxt(lines[1:], delimiter=",", comments=None, ndmin=2)
    except ValueError as error:
        raise UserError(f"{path}: {_first_fault(header, lines[1:])}") from error
    if rows.shape[1] != len(header):
        raise UserError(f"{path}: {_first_fault(header, lines[1:])}")
    return header, rows


def _check_header(path: str | Path, header: list[str]) -> None:
    """The time is there, and no name twice."""
    if TIME not in header:
        raise UserError(f"{path} has no column {TIME!r}{nearest(TIME, header)}")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"{path} has two columns {twice!r}")


def _first_fault(header: list[str], lines: list[str]) -> str:
    """Where a table is no table of numbers."""
    for row, line in enumerate(lines, start=1):
        values = line.split(",")
        if len(values) != len(header):
            return f"row {row} has {len(values)} values, expected {len(header)}"
        for name, value in zip(header, values, strict=True):
            try:
                if not value.isascii() or "_" in value:  # Python reads them, NumPy does not
                    raise ValueError(value)
                float(value)
            except ValueError:
                return f"{name} is {value.strip()!r} in row {row}, which is no number"
    return "it is no table of numbers"


def _joints(path: str | Path, header: list[str]) -> list[str]:
    """The joints in the order of their first columns: those of which at least one quantity is there need all."""
    joints: dict[str, None] = {}
    for column in header:
        ending = next((f"_{quantity}" for quantity in QUANTITIES if column.endswith(f"_{quantity}")), None)
        if ending is not None:
            joints[column.removesuffix(ending)] = None
    if not joints:
        raise UserError(f"{path} has no joint: no column ends in _{', _'.join(QUANTITIES)}")
    needed = [f"{joint}_{quantity}" for joint in joints for quantity in QUANTITIES]
    missing = next((column for column in needed if column not in header), None)
    if missing is not None:
        others = [column for column in header if column not in needed and column != TIME]
        raise UserError(f"{path} has no column {missing!r}{nearest(missing, others)}")
    return list(joints)


def _sample_time(path: str | Path, time: np.ndarray) -> float:
    """The time between two rows, s, in whole microseconds."""
    steps = np.diff(time)
    usual = float(np.median(steps))
    wrong = np.flatnonzero((steps <= 0.0) | (np.abs(steps - usual) > JITTER * usual))
    if len(wrong):
        row = int(wrong[0])
        before, found, expected = time[row], time[row + 1], time[row] + usual
        if found == before:
            raise UserError(f"{path}: rows {row + 1} and {row + 2} have the same time, {found:g} s")
        if found < before:
            raise UserError(f"{path}: time runs back from {before:g} s to {found:g} s in row {row + 2}")
        kind = "a gap" if steps[row] > GAP * usual else "uneven sampling"
        raise UserError(f"{path}: {kind} before row {row + 2}: expected time {expected:g} s, found {found:g} s")
    if not SAMPLE_TIMES[0] <= usual <= SAMPLE_TIMES[1]:
        shortest, longest = SAMPLE_TIMES
        raise UserError(f"{path}: rows are {usual:g} s apart, expected {shortest:g} to {longest:g} s")
    return round(usual, 6)
