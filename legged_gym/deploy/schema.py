"""What plain data has to look like, and where it does not."""

import logging
from collections.abc import Iterator
from typing import Any

from legged_gym.config.checks import check_config
from legged_gym.config.fields import accepts, describe
from legged_gym.config.io import dict_to_class, field_names, is_section
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

Schema = Any
"""A type hint, as a configuration's fields have (see `config.fields`); a dict: a table with these entries, each with
its schema; a list of one schema: a list of such values; a configuration class: its fields."""


class MismatchError(ValueError):
    """A value that is missing or not of its kind; the message names it."""


def read(schema: Schema, data: Any, where: str = "") -> Any:
    """Plain data as a schema wants it.

    Args:
        schema: what it has to look like.
        data: tables, lists and values.
        where: its dotted name.

    Returns:
        The data, tables without the entries that the schema does not tell of; an instance for a configuration class,
        whose fields that the data lacks keep their defaults, with a warning.

    Raises:
        MismatchError: the first value that is missing or not of its kind.
    """
    if isinstance(schema, dict):
        table = _of_type(dict, "a table", data, where)
        for name in schema:
            if name not in table:
                raise MismatchError(f"{_join(where, name)} is missing")
        return {name: read(entry, table[name], _join(where, name)) for name, entry in schema.items()}
    if isinstance(schema, list):
        items = _of_type(list, "a list", data, where)
        return [read(schema[0], item, f"{where}[{index}]") for index, item in enumerate(items)]
    if isinstance(schema, type) and schema not in (bool, int, float, str):
        return _settings(schema, data, where)
    if not accepts(schema, data):
        raise MismatchError(f"{where} must be {describe(schema)}, not {_short(data)}")
    return data


def _settings(cls: type, data: Any, where: str) -> Any:
    for name in _lacking(cls, data, where):
        logger.warning("the metadata lacks %s: its present default holds", name)
    cfg, _ = dict_to_class(data, cls)
    try:
        check_config(cfg, f"{where}.")
    except UserError as error:
        raise MismatchError(str(error)) from error
    return cfg


def _lacking(cls: Any, data: Any, where: str) -> Iterator[str]:
    """Names of the fields of a configuration class that a table lacks."""
    table = _of_type(dict, "a table", data, where)
    for name in field_names(cls):
        if name not in table:
            yield _join(where, name)
        elif is_section(getattr(cls, name)):
            yield from _lacking(getattr(cls, name), table[name], _join(where, name))


def _of_type(kind: type, words: str, data: Any, where: str) -> Any:
    if not isinstance(data, kind):
        raise MismatchError(f"{where} must be {words}, not {_short(data)}")
    return data


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _short(value: Any) -> str:
    """A value for a message of one line."""
    words = repr(value)
    return words if len(words) <= 40 else f"{words[:37]}..."
