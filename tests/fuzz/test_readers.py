"""Readers of files refuse spoiled ones in one line: a thousand or some seconds each here, any time by `hunt.py`."""

import pytest

from tests.fuzz.hunt import faults
from tests.fuzz.targets import TARGETS

SECONDS = 4.0
INPUTS = 1000
"""The same ones each time."""


@pytest.mark.parametrize("name", TARGETS)
def test_spoiled_input_is_refused_in_one_line(name: str) -> None:
    assert list(faults(name, SECONDS, most=INPUTS)) == []
