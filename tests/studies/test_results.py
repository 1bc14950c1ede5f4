"""Results that a stranger's file may hold."""

import pytest

from studies.results import check_policies, check_trials

CELL = ("policy", "terrain")


def record(policy="a.pt", terrain="gap"):
    return {"policy": policy, "terrain": terrain, "level": 0, "trials": 1, "successes": 1, "falls": 0, "stuck": 0}


def test_records_are_of_the_policies_that_are_named():
    check_policies([record()], ["a.pt"], CELL)
    with pytest.raises(ValueError, match="a record is of 'a.pt', which is none of the policies"):
        check_policies([record()], [], CELL)


def test_each_policy_has_the_cells_of_the_others():
    records = [record(), record("b.pt"), record("b.pt", "pit")]
    with pytest.raises(ValueError, match="a.pt lacks pit, which b.pt has"):
        check_policies(records, ["a.pt", "b.pt"], CELL)
    check_policies(records, ["a.pt", "b.pt"])


def test_names_that_speak_to_a_terminal():
    with pytest.raises(ValueError, match="is not printable"):
        check_trials([record("\x1b[31m")], {}, CELL)
