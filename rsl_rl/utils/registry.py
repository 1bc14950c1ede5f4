"""Find classes by their configured name and build them, with errors which say what was meant."""

import difflib
import inspect
import math
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from robust_parallel.imports import module_of
from rsl_rl.utils.errors import ConfigError

T = TypeVar("T")


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return ``table[name]``.

    Raises:
        ConfigError: The name is not in the table; the message gives the nearest one.
    """
    if name not in table:
        raise ConfigError(f"unknown {kind} '{name}'{_suggestion(name, table)}")
    return table[name]


def unknown_names(given: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return the names that are not known, each with what may be meant by it."""
    return [f"{name}{_suggestion(name, known)}" for name in given if name not in known]


def resolve(kind: str, name: str, table: Mapping[str, type[T]]) -> type[T]:
    """Return a class by its name in a table or, from outside this package, as "module:Class".

    Args:
        kind: What it is, for messages.
        name: A key of ``table``, or a module that can be imported and the name of a class in it.
        table: The classes that have a name of their own. The first is the default; a class from elsewhere has to be
            derived from one of them.

    Raises:
        ConfigError: There is no such class, and the message gives the nearest name; or it is of another kind.
    """
    if not isinstance(name, str):
        raise ConfigError(f"{kind} {name!r} is no name of a class")
    module_name, colon, class_name = name.partition(":")
    if not colon:
        return lookup(kind, name, table)
    try:
        module = module_of(module_name)
    except ImportError as error:
        raise ConfigError(
            f"{kind} '{name}': cannot import '{module_name}' ({error}); is it installed or on PYTHONPATH?"
        ) from error
    classes: dict[str, Any] = {key: value for key, value in vars(module).items() if inspect.isclass(value)}
    if class_name not in classes:
        raise ConfigError(
            f"{kind} '{name}': no class '{class_name}' in {module_name}{_suggestion(class_name, classes)}"
        )
    found, base = classes[class_name], next(iter(table.values()))
    if not issubclass(found, tuple(table.values())):
        raise ConfigError(f"{kind} '{name}' is no subclass of {base.__module__}.{base.__qualname__}")
    return found


def build(kind: str, cls: type[T], settings: Mapping[str, Any], *args: Any, **kwargs: Any) -> T:
    """Construct ``cls(*args, **kwargs, **settings)``, where the settings are those a user wrote.

    A key ``class_name`` is left out, since it chose the class.

    Raises:
        ConfigError: The settings are no table. Or one is not a keyword of the constructor; the message gives the
            nearest one. Or its value is of another kind than a number, a text or numbers as the constructor declares.
    """
    if not isinstance(settings, Mapping):
        raise ConfigError(f"{kind} is {settings!r}, and no table")
    settings = {key: value for key, value in settings.items() if key != "class_name"}
    known = default_settings(cls).keys() - kwargs.keys()
    for key in settings:
        if key not in known:
            raise ConfigError(f"{kind} {cls.__name__} has no setting '{key}'{_suggestion(key, known)}")
    hints = _setting_hints(cls)
    for key, value in settings.items():
        if key in hints and not _fits(hints[key], value):
            raise ConfigError(f"{kind}.{key} must be {_KINDS[hints[key]]}, not {value!r}")
    return cls(*args, **kwargs, **settings)


def _setting_hints(cls: type) -> dict[str, Any]:
    """Return the declared types of keywords of a class' constructor and of those of its bases, if they can be read."""
    hints: dict[str, Any] = {}
    for base in cls.__mro__:
        try:
            own = typing.get_type_hints(base.__init__) if "__init__" in base.__dict__ else {}
        except (NameError, TypeError):
            own = {}
        hints = own | hints
    return {name: hint for name, hint in hints.items() if hint in _KINDS}


_KINDS: dict[Any, str] = {
    bool: "true or false", int: "a whole number", float: "a number", str: "a text", Sequence[int]: "whole numbers",
    Sequence[float]: "numbers",
}  # fmt: skip
"""Types of settings that are looked at, in words."""


def _fits(hint: Any, value: Any) -> bool:
    if items := typing.get_args(hint):
        return isinstance(value, list | tuple) and all(_fits(items[0], item) for item in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))


def default_settings(cls: type) -> dict[str, Any]:
    """Return the settings that :func:`build` takes for a class, with their defaults; None where there is none.

    These are the keyword-only parameters of the constructor and, where it passes ``**settings`` on, of its bases'.
    """
    settings: dict[str, Any] = {}
    for base in cls.__mro__:
        if "__init__" in base.__dict__:
            parameters = inspect.signature(base.__init__).parameters.values()
            own = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
            settings |= {
                name: None if value is inspect.Parameter.empty else value
                for name, value in own.items()
                if name not in settings
            }
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
    return settings


def _suggestion(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f", did you mean '{near[0]}'?" if near else f"; there are: {', '.join(known)}"
