"""Suites are found by name, and one that is not installed is said so."""

import pytest

from legged_gym.evaluation.suites import SUITES, load_suite
from legged_gym.utils.errors import UserError
from studies.belief import program


def test_a_suite_is_found_by_its_name() -> None:
    assert load_suite("belief") is program.run


def test_a_suite_that_is_not_installed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SUITES, "absent", "no_such_package.suite:run")
    with pytest.raises(UserError, match="--suite=absent needs the package no_such_package, which is not installed"):
        load_suite("absent")


def test_what_a_suite_itself_lacks_is_not_mistaken_for_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SUITES, "broken", "studies.no_such_module:run")
    with pytest.raises(ModuleNotFoundError, match="studies.no_such_module"):
        load_suite("broken")
