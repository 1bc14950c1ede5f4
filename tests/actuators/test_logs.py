"""Logs of drives: what is read is what was written, and every fault is named with its place."""

import numpy as np
import pytest

from legged_gym.actuators.logs import ActuatorLog, read_log, write_log
from legged_gym.utils.errors import UserError

ROWS = 8


@pytest.fixture
def log():
    rng = np.random.default_rng(0)
    target, velocity, torque = rng.normal(size=(3, ROWS, 2))
    position = np.cumsum(0.005 * velocity, axis=0)
    return ActuatorLog(["LF_HAA", "LF_KFE"], 0.005, target, position, velocity, torque)


@pytest.fixture
def table(log, tmp_path):
    """The lines of a good log, and a function that reads them after they were changed."""
    path = tmp_path / "log.csv"
    write_log(path, log)

    def read(lines):
        path.write_text("\n".join(lines) + "\n")
        return read_log(path)

    return path.read_text().splitlines(), read


def test_round_trip(log, table):
    lines, read = table
    assert lines[0] == (
        "time,LF_HAA_position_target,LF_HAA_position,LF_HAA_velocity,LF_HAA_torque,"
        "LF_KFE_position_target,LF_KFE_position,LF_KFE_velocity,LF_KFE_torque"
    )
    assert lines[3].split(",")[0] == "0.01000"
    found = read(lines)
    assert found.joints == log.joints and found.sample_time == 0.005
    for name in ("position_target", "position", "velocity", "torque"):
        np.testing.assert_allclose(getattr(found, name), getattr(log, name), atol=6e-6)


def test_any_order_and_other_columns(log, table):
    lines, read = table
    order = [5, 6, 7, 8, 0, 4, 3, 2, 1]
    mixed = [
        ",".join([line.split(",")[i] for i in order] + [extra]) for line, extra in zip(lines, "x12345678", strict=True)
    ]
    found = read(["\ufeff" + mixed[0].replace(",", ", "), *mixed[1:]])
    assert found.joints == ["LF_KFE", "LF_HAA"]
    np.testing.assert_allclose(found.torque[:, ::-1], log.torque, atol=6e-6)


def cell(lines, row, column, value):
    """The lines with another value; row 0 is the header."""
    values = lines[row].split(",")
    values[column] = value
    return [*lines[:row], ",".join(values), *lines[row + 1 :]]


BAD = {
    "misspelled": (
        lambda t: cell(t, 0, 7, "LF_KFE_velocitty"),
        "no column 'LF_KFE_velocity'; did you mean LF_KFE_velocitty",
    ),
    "no time": (lambda t: cell(t, 0, 0, "times"), "no column 'time'; did you mean times"),
    "no joint": (lambda t: ["time,a,b,c,d,e,f,g,h", *t[1:]], "has no joint: no column ends in _position_target"),
    "twice": (lambda t: cell(t, 0, 5, "LF_HAA_torque"), "two columns 'LF_HAA_torque'"),
    "NaN": (lambda t: cell(t, 4, 3, "nan"), "LF_HAA_velocity is nan in row 4"),
    "infinite": (lambda t: cell(t, 8, 8, "-inf"), "LF_KFE_torque is -inf in row 8"),
    "text": (lambda t: cell(t, 2, 1, "off"), "LF_HAA_position_target is 'off' in row 2, which is no number"),
    "empty cell": (lambda t: cell(t, 2, 1, ""), "LF_HAA_position_target is '' in row 2"),
    "short row": (lambda t: [*t[:5], "0.02,1.0", *t[6:]], "row 5 has 2 values, expected 9"),
    "all rows short": (
        lambda t: [t[0], *(line.rpartition(",")[0] for line in t[1:])],
        "row 1 has 8 values, expected 9",
    ),
    "gap": (lambda t: [*t[:4], *t[6:]], "a gap before row 4: expected time 0.015 s, found 0.025 s"),
    "uneven": (
        lambda t: cell(t, 4, 0, "0.0161"),
        "uneven sampling before row 4: expected time 0.015 s, found 0.0161 s",
    ),
    "same time": (lambda t: cell(t, 5, 0, "0.015"), "rows 4 and 5 have the same time, 0.015 s"),
    "backwards": (lambda t: cell(t, 5, 0, "0.004"), "time runs back from 0.015 s to 0.004 s in row 5"),
    "two rows": (lambda t: t[:3], "too short: 2 rows, expected 3"),
    "header alone": (lambda t: t[:1], "too short: 0 rows"),
    "empty": (lambda t: [], "no column 'time'"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD)
def test_bad_logs(spoil, message, table):
    lines, read = table
    with pytest.raises(UserError, match=message) as error:
        read(spoil(lines))
    assert "\n" not in str(error.value) and "log.csv" in str(error.value)


def test_small_jitter_is_none(table):
    lines, read = table
    assert read(cell(lines, 4, 0, "0.0153")).sample_time == 0.005


def test_no_file(tmp_path, log):
    with pytest.raises(UserError, match="cannot read the log .*No such file"):
        read_log(tmp_path / "none.csv")
    with pytest.raises(UserError, match="cannot write"):
        write_log(tmp_path / "no" / "log.csv", log)
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    with pytest.raises(UserError, match="has no column 'time'"):
        read_log(tmp_path / "binary.csv")


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("a_torque", lambda t: 0.0 * t, "torque is 0 in all rows, of which nothing can be learned"),
        ("a_velocity", lambda t: 0.0 * t + 2.0, "velocity is 2 in all rows"),
        ("a_position", lambda t: t, "target - position is 0 in all rows"),
        ("a_torque", lambda t: 1e30 * t, "a_torque is 9e\\+28 in row 10; expected at most 2000"),
        ("a_velocity", lambda t: 1e6 * t, "a_velocity is 90000 in row 10; expected at most 100"),
        ("a_position", lambda t: np.degrees(t**2), "a_position changes by 57.3 times what a_velocity says"),
        ("a_velocity", lambda t: np.degrees(2 * t), "a_position changes by 0.0175 times what a_velocity says"),
        ("a_velocity", lambda t: -2 * t, "a_position changes by -1 times what a_velocity says"),
        ("a_velocity", lambda t: 2 * t * 60 / (2 * np.pi), "a_position changes by 0.105 times what a_velocity says"),
        ("a_torque", lambda t: t**2 - t, r"a_torque goes away from a_position_target \(correlation -1.00\)"),
        ("a_position_target", lambda t: -t, "goes away from a_position_target"),
        ("time", lambda t: 1e-2 * t, "a_position changes by 100 times what a_velocity says"),
        ("a_torque", lambda t: 1e-3 * np.sin(t), "a_torque is 8.99e-05 at most; expected N m"),
        ("a_torque", lambda t: 1e3 * np.exp(t), "a_torque is up to 1094 where the target is up to 0.0819 away"),
        ("time", lambda t: 1e9 * t, "rows are 1e\\+07 s apart, expected 1e-05 to 0.1 s"),
    ],
)
def test_values_that_no_drive_has_are_refused(tmp_path, column, values, words):
    t = np.arange(10) * 0.01
    columns = {"time": t, "a_position_target": t, "a_position": t**2, "a_velocity": 2 * t, "a_torque": np.sin(t)}
    columns[column] = values(t)
    path = tmp_path / "log.csv"
    np.savetxt(path, np.column_stack(list(columns.values())), delimiter=",", header=",".join(columns), comments="")
    with pytest.raises(UserError, match=words):
        read_log(path)


def test_a_dead_drive_beside_one_that_works_is_named(tmp_path):
    t = np.arange(10)[:, None] * 0.01 * np.ones(2)
    log = ActuatorLog(["works", "dead"], 0.01, np.sin(t), np.sin(t - 0.1), np.cos(t), np.array([1.0, 0.0]) * t)
    write_log(tmp_path / "log.csv", log)
    with pytest.raises(UserError, match="log.csv: dead's torque is 0 in all rows, of which nothing can be learned"):
        read_log(tmp_path / "log.csv")
