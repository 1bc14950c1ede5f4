"""Values for declarations: those that fit and those that do not, for tests over whole configurations."""

import functools
import math
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from legged_gym.config.fields import LARGEST, MOST, Bounds, Distinct, Entries, FileName, Length, OneOf, Ordered, accepts
from legged_gym.config.io import field_names, is_section


def fields(cfg: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and declarations of all fields; None where there is no declaration."""
    hints = get_type_hints(cfg if isinstance(cfg, type) else type(cfg), include_extras=True)
    for name in field_names(cfg):
        value = getattr(cfg, name)
        yield from fields(value, f"{prefix}{name}.") if is_section(value) else [(f"{prefix}{name}", hints.get(name))]


def assign(cfg: Any, key: str, value: Any) -> None:
    *sections, name = key.split(".")
    setattr(functools.reduce(getattr, sections, cfg), name, value)


def read(cfg: Any, key: str) -> Any:
    return functools.reduce(getattr, key.split("."), cfg)


def fitting(hint: Any, example: Any) -> SearchStrategy:
    """Values that fit a declaration; names are those of an example that does."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        rules = arguments[1:]
        if any(isinstance(rule, OneOf) for rule in rules):
            return st.sampled_from(next(rule.names for rule in rules if isinstance(rule, OneOf)))
        if arguments[0] in (int, float) and rules:
            bounds = max(rule.low for rule in rules), min(rule.high for rule in rules)
            return _numbers(arguments[0], *bounds).filter(lambda value: accepts(hint, value))
        values = fitting(arguments[0], example)
        if any(isinstance(rule, Ordered) for rule in rules):
            values = st.lists(fitting(get_args(arguments[0])[0], example[0]), min_size=2, max_size=2).map(sorted)
        return values.filter(lambda value: accepts(hint, value)) | st.just(example)
    if origin in (Union, types.UnionType):
        return st.one_of(fitting(argument, example) for argument in arguments if accepts(argument, example))
    if origin is tuple:
        return st.tuples(*(fitting(argument, item) for argument, item in zip(arguments, example, strict=True)))
    if origin is list:
        if not example:
            return st.just(example)
        item = st.sampled_from(example) if arguments[0] is str else fitting(arguments[0], example[0])
        return st.lists(item, min_size=len(example), max_size=len(example))
    if origin is dict:
        return st.fixed_dictionaries({key: fitting(arguments[1], item) for key, item in example.items()})
    return {bool: st.booleans(), int: _numbers(int, -MOST, MOST), float: _numbers(float, -LARGEST, LARGEST)}.get(
        hint, st.just(example)
    )


def _numbers(kind: type, low: float, high: float) -> SearchStrategy:
    if kind is int:
        return st.integers(math.ceil(low), math.floor(min(high, 2**32)))
    return st.floats(max(low, -LARGEST), min(high, LARGEST))


def unfitting(hint: Any, example: Any) -> SearchStrategy:
    """Values that a declaration refuses: of another kind, not finite, beyond a bound, too many, too few, disordered."""
    origin, arguments = get_origin(hint), get_args(hint)
    items: list[Any] = list(example) if isinstance(example, list | tuple | str) else []
    table: dict[str, Any] = example if isinstance(example, dict) else {}
    others: list[Any] = [None, {"a": object()}, [[]], [None], math.nan, [math.nan], b"x"]
    if origin is Annotated:
        candidates = unfitting(arguments[0], example) | st.sampled_from(_beyond(arguments[1:], example))
    elif origin in (list, tuple):
        inner = unfitting(arguments[0], items[0] if items else None)
        candidates = inner.map(lambda item: [item, *items[1:]]) | st.just("text")
    elif origin is dict:
        key, item = next(iter(table.items()), ("x", None))
        candidates = unfitting(arguments[1], item).map(lambda value: {**table, key: value}) | st.just([1.0])
    elif hint in (int, float):
        candidates = st.sampled_from(["1", "", math.inf, -math.inf, 10**400, 1e300, -1e300, True, [1]])
    else:
        candidates = st.sampled_from([7, 1.5, [True]])
    return (candidates | st.sampled_from(others)).filter(lambda value: not accepts(hint, value))


def _beyond(rules: tuple[Any, ...], example: Any) -> list[Any]:
    values: list[Any] = [None]
    items: list[Any] = list(example) if isinstance(example, list | tuple | str) else []
    table: dict[str, Any] = example if isinstance(example, dict) else {}
    for rule in rules:
        if isinstance(rule, Bounds):
            values += [
                rule.low - 1,
                rule.low - 1e-3,
                rule.high * 2 + 1,
                rule.high + 1,
                rule.low if rule.above else None,
            ]
        elif isinstance(rule, Length):
            values += [items[:1] * (rule.most + 1), items[: max(rule.least - 1, 0)]]
        elif isinstance(rule, Ordered):
            values += [[1.0, 0.0], [1, 0], [0.5], [0, 0, 0]]
        elif isinstance(rule, Distinct):
            values += [items * 2]
        elif isinstance(rule, OneOf):
            values += ["no such word", ""]
        elif isinstance(rule, FileName):
            values += ["..", "a/b", "a\nb", "\0", "x" * 300]
        elif isinstance(rule, Entries):
            values += [{}, {**table, "more": 1}, {key: None for key in rule.hints}]
    return values
