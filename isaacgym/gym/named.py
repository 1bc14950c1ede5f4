"""Calls whose errors say which call it was, and which of its arguments is of the wrong kind."""

import functools
import inspect
import re
import typing
from collections.abc import Callable
from typing import Any

from robust_parallel.errors import UserError


def named(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same call; nothing is looked at before it fails, as scripts make thousands.

    Raises:
        UserError: in the call's name, what it raised itself, or that an object of Isaac Gym's was to be another one.
    """

    @functools.wraps(call)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except UserError as error:
            raise UserError(_with_name(call.__name__, str(error))) from error
        except (AttributeError, TypeError) as error:
            wrong = _wrong_argument(call, args, kwargs)
            if wrong is None:
                raise
            raise UserError(f"isaacgym: {call.__name__}: {wrong}") from error

    return told


def _with_name(name: str, text: str) -> str:
    return text if re.search(rf"\b{name}\b", text) else f"isaacgym: {name}: {text.removeprefix('isaacgym: ')}"


def _wrong_argument(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """What argument is no object of the class of this package that it should be, if there is one."""
    try:
        given = inspect.signature(call).bind(*args, **kwargs).arguments
    except TypeError as error:
        return str(error)
    for name, kind in typing.get_type_hints(call).items():
        kinds = typing.get_args(kind) or (kind,)
        own = [k.__name__ for k in kinds if getattr(k, "__module__", "").startswith("isaacgym.")]
        if own and name in given and not isinstance(given[name], kinds):
            return f"{name} is to be of {own[0]}, not {type(given[name]).__name__}"
    return None
