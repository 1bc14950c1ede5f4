"""Whether a configuration's values are those of its declarations: run over each one before anything is built of it."""

from collections.abc import Iterator
from typing import Any, get_type_hints

from legged_gym.config.class_settings import CLASS_NAME
from legged_gym.config.fields import accepts, describe, hint_at
from legged_gym.config.io import field_names, instantiate, is_section
from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError

_TABLES = ("observations", "scales")
"""Sections whose fields are names of a robot's own."""


def check_config(cfg: Any, prefix: str = "") -> None:
    """Check every field against its declaration (see `fields`), and every section for contradictions.

    A section tells of its contradictions itself: its method `contradictions`, if it has one, yields a line of each.
    A field without a declaration must be of its default's kind: finite number, text, or true or false.

    Args:
        cfg: configuration class or instance.
        prefix: of the dotted names of its fields in messages, such as `train.`.

    Raises:
        UserError: the first fault, with the field's name, its value and what it must be.
    """
    cfg = instantiate(cfg) if isinstance(cfg, type) else cfg
    check_fields(cfg, prefix)
    for fault in _contradictions(cfg):
        raise UserError(fault)


def check_fields(cfg: Any, prefix: str = "") -> None:
    """Check every field by itself; see `check_config`.

    Args:
        cfg: configuration instance.
        prefix: of the dotted names of its fields in messages.

    Raises:
        UserError: the first fault.
    """
    hints = _hints(type(cfg), prefix)
    for name in field_names(cfg):
        key, value = f"{prefix}{name}", getattr(cfg, name)
        section = getattr(type(cfg), name, None)
        if is_section(section) and not is_section(value):
            raise UserError(f"{key} = {value!r} must be a section with {', '.join(field_names(section))}")
        _check_section(key, type(cfg), name, value)
        if is_section(value) and name not in hints:
            check_fields(value, f"{key}.")
        else:
            _check_value(key, value, hints[name] if name in hints else _kind(type(cfg), name))


def _hints(section: type, prefix: str) -> dict[str, Any]:
    """The declarations of a section's fields."""
    try:
        hints = get_type_hints(section, include_extras=True)
    except (NameError, SyntaxError, TypeError) as error:
        name = prefix.rstrip(".") or section.__name__
        raise UserError(f"{name}: a type that it declares cannot be read ({error})") from None
    for name in hints:
        if not hasattr(section, name) and not name.startswith("_"):
            raise UserError(f"{prefix}{name} is declared, but has no value")
    return hints


def _check_section(key: str, owner: type, name: str, value: Any) -> None:
    """A section that stands in the place of a base class's has what that one has, but for tables of free names."""
    replaced = next((vars(base)[name] for base in owner.__mro__[-2::-1] if name in vars(base)), None)
    if not isinstance(replaced, type) or name in _TABLES:
        return
    known = field_names(value) if is_section(value) else ()
    lacking = [field for field in field_names(replaced) if field not in known]
    if lacking:
        raise UserError(
            f"{key} lacks {', '.join(lacking)}: derive it, as class {name}({owner.__mro__[1].__name__}.{name})"
        )


def undeclared(cfg: Any, prefix: str = "") -> Iterator[str]:
    """The dotted names of fields that no class declares, each with the declared one that may have been meant.

    Settings of a class that is chosen by its name are left to its constructor.
    """
    hints, names = get_type_hints(type(cfg)), field_names(cfg)
    for name in names:
        if name in hints:
            continue
        if is_section(value := getattr(cfg, name)):
            yield from undeclared(value, f"{prefix}{name}.")
        elif CLASS_NAME not in names:
            meant = "" if prefix.removesuffix(".").endswith(_TABLES) else nearest(name, hints).removeprefix("; ")
            yield f"{prefix}{name}" + (f" ({meant})" if meant else "")


def misnamed(cfg: Any) -> Iterator[tuple[str, str]]:
    """Sections that derive from one of another name, and that name: what is meant for one stands beside it."""
    named = {part: name for base in type(cfg).__mro__ for name, part in vars(base).items() if isinstance(part, type)}
    for name in field_names(cfg):
        bases = type(getattr(cfg, name)).__mro__[1:] if is_section(getattr(cfg, name)) else ()
        meant = next((named[base] for base in bases if base in named), name)
        if meant != name:
            yield name, meant


def _contradictions(cfg: Any) -> Iterator[str]:
    """Those of the sections, then those between them."""
    for section in (getattr(cfg, name) for name in field_names(cfg)):
        if is_section(section):
            yield from _contradictions(section)
    yield from cfg.contradictions() if hasattr(cfg, "contradictions") else ()


def _kind(section: type, name: str) -> Any:
    """What stands for the declaration of a field that has none."""
    default = getattr(section, name, None)
    return next((kind for kind in (bool, float, str) if accepts(kind, default)), Any)


def _check_value(key: str, value: Any, hint: Any) -> None:
    if not accepts(hint, value):
        raise UserError(f"{key} = {value!r} must be {describe(hint)}{hint_at(hint, value)}")
