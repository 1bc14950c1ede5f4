"""Whether a configuration's values are those of its declarations: run over each one before anything is built of it."""

from collections.abc import Iterator
from typing import Any, get_type_hints

from legged_gym.config.fields import accepts, describe, hint_at
from legged_gym.config.io import field_names, instantiate, is_section
from legged_gym.utils.errors import UserError


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
    hints = get_type_hints(type(cfg), include_extras=True)
    for name in field_names(cfg):
        key, value = f"{prefix}{name}", getattr(cfg, name)
        section = getattr(type(cfg), name, None)
        if is_section(section) and not is_section(value):
            raise UserError(f"{key} = {value!r} must be a section with {', '.join(field_names(section))}")
        if is_section(value) and name not in hints:
            check_fields(value, f"{key}.")
        else:
            _check_value(key, value, hints[name] if name in hints else _kind(type(cfg), name))


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
