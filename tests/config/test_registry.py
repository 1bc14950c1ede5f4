"""Names of engines, actuators, terrain types, and `module:attribute` beside them."""

import sys
from pathlib import Path

import pytest

from legged_gym.actuators.models import ACTUATORS
from legged_gym.config.fields import accepts, describe
from legged_gym.config.registry import Named, Registry
from legged_gym.sim.engines import ENGINES
from legged_gym.terrain.kinds import GENERATORS
from legged_gym.utils.errors import UserError

SHAPES: Registry[type] = Registry("shape", {"round": "decimal:Decimal", "absent": "no_such_module_here:Thing"})


def test_names_are_imported_when_asked_for() -> None:
    from decimal import Decimal
    from fractions import Fraction

    assert SHAPES["round"] is Decimal and SHAPES["fractions:Fraction"] is Fraction
    assert list(SHAPES) == ["round", "absent"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rond", r"unknown shape 'rond'; did you mean round\?"),
        ("x", "unknown shape 'x'; there are round, absent, and any module:name"),
        ("absent", "shape 'no_such_module_here:Thing': cannot import 'no_such_module_here' .*; is it .* on PYTHONPATH"),
        ("decimal:Decimel", r"shape 'decimal:Decimel': decimal has no 'Decimel'; did you mean Decimal\?"),
        (":Decimal", "cannot import ''"),
        ("decimal:", "decimal has no ''"),
    ],
)
def test_names_that_are_none_are_told(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        SHAPES[name]


@pytest.mark.parametrize(
    ("registry", "name", "message"),
    [
        (ENGINES, "collections:OrderedDict", "is no subclass of legged_gym.sim.simulator.Simulator"),
        (ENGINES, "os:path", "is no subclass of legged_gym.sim.simulator.Simulator"),
        (ENGINES, "legged_gym.sim.simulator:Simulator", "Simulator' lacks .*reset"),
        (ACTUATORS, "collections:OrderedDict", "is no subclass of legged_gym.actuators.actuator.Actuator"),
        (GENERATORS, "os:sep", "terrain type 'os:sep' is str and no function"),
    ],
)
def test_what_is_of_another_kind_is_refused(registry: Registry, name: str, message: str) -> None:
    """It was an AttributeError or a TypeError where it was used."""
    with pytest.raises(UserError, match=message):
        registry[name]


def test_a_decorator_registers_and_a_name_is_given_once() -> None:
    registry: Registry[type] = Registry("shape")

    @registry.register("square")
    class Square:
        pass

    assert registry["square"] is Square and registry.register("square")(Square) is Square
    with pytest.raises(UserError, match="shape 'square' is there already: .*Square"):
        registry.register("square")(int)
    with pytest.raises(UserError, match="cannot name a shape"):
        registry.register("a:b")


def test_a_module_that_fails_on_its_own_account_keeps_its_traceback(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "module_with_a_bug.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ZeroDivisionError):
        SHAPES["module_with_a_bug:Thing"]
    assert "module_with_a_bug" not in sys.modules


def test_a_field_may_hold_such_a_name() -> None:
    rule = Named(SHAPES, "auto")
    assert [rule.holds(text) for text in ("auto", "round", "my_module:Class", "rond")] == [True, True, True, False]
    assert str(rule) == ", one of auto, round, absent, or module:name"
    assert rule.hint("rond") == "; did you mean round?"
    assert describe(str) == "a text" and not accepts(str, 3)
