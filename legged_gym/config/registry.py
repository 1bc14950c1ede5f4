"""Things that a configuration names: known by a name of their own, or by where they are, `module:attribute`."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

from legged_gym.config.fields import Rule
from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError
from robust_parallel.imports import module_of

T = TypeVar("T")


class Registry(Generic[T]):
    """Names and what they stand for. What is not among them goes by `module:attribute`, and needs no entry."""

    def __init__(self, kind: str, entries: Mapping[str, str] | None = None, base: str = "") -> None:
        """Begin with some names.

        Args:
            kind: what the names stand for, in messages.
            entries: name -> `module:attribute`, imported when it is asked for: what it needs need not be installed.
            base: `module:Class` that all of them are subclasses of; empty: they are functions.
        """
        self.kind, self.base = kind, base
        self._entries: dict[str, T | str] = dict(entries or {})

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of their registration."""
        return iter(self._entries)

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that gives a class or function a name.

        Raises:
            UserError: the name is taken by another, or is none.
        """

        def add(entry: T) -> T:
            present = self._entries.get(name)
            if present is not None and _place(present) != _place(entry):
                raise UserError(f"{self.kind} {name!r} is there already: {_place(present)}")
            self._entries[name] = entry
            return entry

        if not name.isidentifier():
            raise UserError(f"{name!r} cannot name a {self.kind}: use letters, digits and _")
        return add

    def check(self, name: str) -> str:
        """The name, if it is one of these or of the form `module:attribute`.

        Raises:
            UserError: it is neither; the message gives the nearest one.
        """
        if name not in self._entries and ":" not in name:
            hint = nearest(name, self._entries) or f"; there are {', '.join(self)}, and any module:name"
            raise UserError(f"unknown {self.kind} {name!r}{hint}")
        return name

    def __getitem__(self, name: str) -> T:
        """What a name stands for.

        Raises:
            UserError: there is no such name, module, or attribute of it, or it is of another kind.
        """
        entry = self._entries.get(self.check(name), name)
        if not isinstance(entry, str):
            return cast(T, entry)
        found = _import(self.kind, entry)
        if self.base:
            _check_class(self.kind, entry, found, _import(self.kind, self.base))
        elif not callable(found):
            raise UserError(f"{self.kind} {entry!r} is {type(found).__name__} and no function")
        return cast(T, found)


class Named(Rule):
    """A name that a registry knows, `module:attribute`, or one of some other words."""

    def __init__(self, registry: Registry, *words: str) -> None:
        self.registry, self.words = registry, words

    def holds(self, value: Any) -> bool:
        return value in (*self.words, *self.registry) or ":" in value

    def __str__(self) -> str:
        return f", one of {', '.join((*self.words, *self.registry))}, or module:name"

    def hint(self, value: Any) -> str:
        return nearest(str(value), (*self.words, *self.registry))


def require_arguments(what: str, cls: Any, *names: str) -> None:
    """See that a class is constructed of as many arguments as some names.

    Raises:
        UserError: its constructor takes others.
    """
    try:
        inspect.signature(cls).bind(*names)
    except TypeError as error:
        raise UserError(f"{what}: its constructor must take {', '.join(names)} ({error})") from None


def _place(entry: Any) -> str:
    """Where an entry is defined."""
    return entry if isinstance(entry, str) else f"{entry.__module__}:{entry.__qualname__}"


def _check_class(kind: str, place: str, found: Any, base: Any) -> None:
    """Refuse what cannot stand in for its base class."""
    if not (inspect.isclass(found) and issubclass(found, base)):
        raise UserError(f"{kind} {place!r} is no subclass of {base.__module__}.{base.__qualname__}")
    lacking = sorted(getattr(found, "__abstractmethods__", ()))
    if lacking:
        raise UserError(f"{kind} {place!r} lacks {', '.join(lacking)}")


def _import(kind: str, place: str) -> Any:
    module_name, _, attribute = place.partition(":")
    try:
        module = module_of(module_name)
    except ImportError as error:
        raise UserError(
            f"{kind} {place!r}: cannot import {module_name!r} ({error}); is it installed or on PYTHONPATH?"
        ) from error
    names = [name for name in vars(module) if not name.startswith("_")]
    if attribute not in names:
        raise UserError(f"{kind} {place!r}: {module_name} has no {attribute!r}{nearest(attribute, names)}")
    return getattr(module, attribute)
