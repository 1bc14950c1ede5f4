"""Configurations as plain data: nested classes or instances <-> dicts <-> YAML, and a stable hash of them.

A configuration is a class, or an instance of one, whose public attributes are values or further configurations.
Plain data holds only dict, list, str, int, float, bool and None: tuples become lists.
"""

import copy
import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import yaml

from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_file
from robust_parallel.files import read_bytes

_NOT_FIELDS = (FunctionType, classmethod, staticmethod, property)
_PLAIN = (bool, int, float, str, list, tuple, dict, type(None))


def field_names(cfg: Any) -> list[str]:
    """Public fields of a configuration class or instance, in order of definition, those of base classes first."""
    cls = cfg if isinstance(cfg, type) else type(cfg)
    names: dict[str, None] = {}
    for base in reversed(cls.__mro__[:-1]):
        names.update(dict.fromkeys(name for name, value in vars(base).items() if not isinstance(value, _NOT_FIELDS)))
    if not isinstance(cfg, type):
        names.update(dict.fromkeys(vars(cfg)))
    return [name for name in names if not name.startswith("_")]


def is_section(value: Any) -> bool:
    """Whether a field's value is a nested configuration, not a plain value."""
    return isinstance(value, type) or hasattr(value, "__dict__")


def class_to_dict(cfg: Any) -> dict[str, Any]:
    """Turn a configuration into plain nested dicts (a copy).

    Args:
        cfg: configuration class or instance; a dict is copied.

    Raises:
        UserError: a value is no plain data.
    """
    if isinstance(cfg, dict):
        return {key: _plain(value, str(key)) for key, value in cfg.items()}
    return {name: _plain(getattr(cfg, name), name) for name in field_names(cfg)}


def _plain(value: Any, name: str) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if isinstance(value, dict) or is_section(value):
        return class_to_dict(value)
    raise UserError(f"config field {name!r} holds {type(value).__name__}; only plain data can be saved")


def instantiate(cfg: Any) -> Any:
    """A configuration instance all of whose sections are instances too, sharing no mutable value with its class.

    Raises:
        UserError: something else than plain data, such as a function, a class or a tensor, is in the place of a value.
    """
    _require_values(cfg)
    instance = cfg() if isinstance(cfg, type) else copy.copy(cfg)
    for name in field_names(instance):
        value = getattr(instance, name)
        setattr(instance, name, instantiate(value) if is_section(value) else copy.deepcopy(value))
    return instance


def _require_values(cfg: Any) -> None:
    """See that what is a value in a base class, or in the class of an instance, is still plain data."""
    cls, own = (cfg, 1) if isinstance(cfg, type) else (type(cfg), 0)
    for name in field_names(cfg):
        present = inspect.getattr_static(cfg, name)
        inherited = [vars(base)[name] for base in cls.__mro__[own:-1] if name in vars(base)]
        of_values = bool(inherited) and isinstance(inherited[-1], _PLAIN)
        if of_values and not isinstance(present, _PLAIN):
            raise UserError(f"{cls.__qualname__}.{name} is a {type(present).__name__}; it must be a value")


def dict_to_class(data: dict[str, Any], cfg: Any, prefix: str = "") -> tuple[Any, list[str]]:
    """A configuration with the values of `data` over those of `cfg`.

    Args:
        data: nested dict as `class_to_dict` makes; missing fields keep the value of `cfg`.
        cfg: configuration class or instance, left as it is.
        prefix: of dotted names in messages.

    Returns:
        The new instance, and the dotted names in `data` that `cfg` does not have (ignored; a newer or older config).

    Raises:
        UserError: a plain value stands where `cfg` has a section: its settings are lost.
    """
    instance = instantiate(cfg)
    unknown: list[str] = []
    known = set(field_names(instance))
    for name, value in data.items():
        if name not in known:
            unknown.append(name)
            continue
        current = getattr(instance, name)
        if is_section(current):
            if not isinstance(value, dict):
                raise UserError(f"{prefix}{name} = {value!r} must be a section with {', '.join(field_names(current))}")
            section, missed = dict_to_class(value, current, f"{prefix}{name}.")
            setattr(instance, name, section)
            unknown.extend(f"{name}.{key}" for key in missed)
        else:
            setattr(instance, name, tuple(value) if isinstance(current, tuple) and isinstance(value, list) else value)
    return instance, unknown


def flat_names(data: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of the values in nested dicts; an empty dict is a value."""
    for name, value in data.items():
        if isinstance(value, dict) and value:
            yield from flat_names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def missing_fields(data: Mapping[str, Any], cfg: Any) -> list[str]:
    """The dotted names of the fields of a configuration that nested dicts do not have."""
    missing = []
    for name in field_names(cfg):
        if is_section(section := getattr(cfg, name)):
            stored = data.get(name)
            within = missing_fields(stored if isinstance(stored, dict) else {}, section)
            missing += [f"{name}.{key}" for key in within]
        elif name not in data:
            missing.append(name)
    return missing


def config_hash(data: Any) -> str:
    """Twelve hex digits of SHA-256 over a configuration's plain data: independent of key order and of the machine."""
    text = json.dumps(class_to_dict(data), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def save_yaml(path: Path, data: Any) -> None:
    """Write a configuration or dict as YAML, keys in their order.

    Raises:
        UserError: the file cannot be written, or a value is no plain data.
    """
    write_file(path, yaml.safe_dump(class_to_dict(data), sort_keys=False, width=120).encode())


def load_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        UserError: the file is missing, no JSON, or names something twice.
    """
    try:
        return parse_json(read_bytes(path), str(path))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error


def parse_json(text: str | bytes, source: str) -> Any:
    """The value that JSON stands for.

    Args:
        text: the JSON.
        source: its name, for messages.

    Raises:
        UserError: it is no JSON, or names something twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{source} is not valid JSON: {error}") from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of pairs; JSON's own reader keeps the last of those with one name.

    Raises:
        ValueError: two have the same name.
    """
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands in it twice")
    return table


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping from YAML.

    Raises:
        UserError: the file is missing, no YAML, or no mapping.
    """
    try:
        data = yaml.safe_load(read_bytes(path))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise UserError(f"{path} holds no mapping")
    return data
