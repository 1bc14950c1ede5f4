"""`--set key=value`: one field of a task's configuration, by its dotted name.

Fields of the environment go by their own name (`env.num_envs`, `rewards.scales.torques`), those of the training
configuration under `train.` (`train.algorithm.gamma`), where every setting of a chosen class is a field (see
`class_settings`). Entries of a dict field go by one more name (`control.stiffness.hip`).
"""

import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml

from legged_gym.config.class_settings import CLASS_NAME, class_setting_names, class_settings
from legged_gym.config.io import field_names, is_section
from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError

SET_FLAG = "--set"
TRAIN_PREFIX = "train"
LEARNERS = ("algorithm", "distillation", "reinforcement")
"""Sections of a training configuration with the settings of an algorithm."""
_BOOL_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def read_overrides(texts: Iterable[str]) -> dict[str, str]:
    """The keys and values of `key=value` texts.

    Raises:
        UserError: a text is of another form, or two have one key and different values.
    """
    values: dict[str, str] = {}
    for text in texts:
        key, separator, value = text.partition("=")
        key = key.strip()
        if not separator or not key:
            raise UserError(f"{SET_FLAG} {text!r}: expected key=value")
        if values.setdefault(key, value.strip()) != value.strip():
            raise UserError(f"{SET_FLAG} {key} is both {values[key]} and {value.strip()}: leave one of them out")
    return values


def apply_overrides(env_cfg: Any, train_cfg: Any, values: Mapping[str, Any], source: str = SET_FLAG) -> None:
    """Set fields of instantiated configurations (see `config.io.instantiate`), in order, but names of classes first.

    Args:
        env_cfg: environment configuration instance, changed in place.
        train_cfg: training configuration instance, changed in place.
        values: dotted key -> value; a text is read as what the field holds.
        source: where the values are from, for errors: a flag, or a table of the configuration by its dotted name.

    Raises:
        UserError: unknown key (names the nearest one), or a value that does not fit the field.
    """
    for key, value in sorted(values.items(), key=lambda item: not item[0].endswith(f".{CLASS_NAME}")):
        try:
            _set(env_cfg, train_cfg, key, value, source)
        except UserError as error:
            raise UserError(f"{source} {error}") from None


def _set(env_cfg: Any, train_cfg: Any, key: str, value: Any, source: str) -> None:
    parts = key.split(".")
    node, path = (train_cfg, parts[1:]) if parts[0] == TRAIN_PREFIX else (env_cfg, parts)
    for index, name in enumerate(path):
        if name not in field_names(node) and node is getattr(train_cfg, path[0], None):
            settings = class_settings(path[0], node)
            if name in settings:
                setattr(node, name, settings[name])
        if name not in field_names(node):
            break
        current = getattr(node, name)
        rest = path[index + 1 :]
        if is_section(current):
            node = current
        elif not rest:
            setattr(node, name, _field_value(key, value, current, get_type_hints(type(node)).get(name)))
            return
        elif isinstance(current, dict):
            setattr(node, name, _with_entry(key, current, rest, value))
            return
        else:
            break
    keys = [*_dotted(env_cfg, ""), *_dotted(train_cfg, f"{TRAIN_PREFIX}.")]
    keys = [name for name in keys if not name.startswith(f"{source}.")]  # a table proposes none of its own
    if parts[0] == TRAIN_PREFIX or not nearest(key, keys):  # else nobody meant what takes the learner to be loaded
        keys += [f"{TRAIN_PREFIX}.{name}" for name in class_setting_names(train_cfg)]
    if any(other.startswith(f"{key}.") for other in keys):
        raise UserError(f"{key}: is a section; set one of its fields, such as {_first(key, keys)}")
    raise UserError(f"{key}: unknown key{nearest(key, keys)}")


def _field_value(key: str, value: Any, current: Any, hint: Any) -> Any:
    """A value of a field; one that may be of several kinds takes another than it has, see `config.checks`."""
    if get_origin(hint) not in (Union, types.UnionType):
        return fit_value(key, value, current)
    kinds = [get_origin(kind) or kind for kind in get_args(hint)]
    other = _numbers(_read(key, value))
    if other is None and types.NoneType in kinds:
        return None
    if current is None:
        return value if str in kinds and type(other) not in kinds else other
    is_plain = not isinstance(other, dict | list | tuple) and not isinstance(current, dict | list | tuple)
    return fit_value(key, value, current) if is_plain else other


def _with_entry(key: str, table: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    """A table with another value in one of its entries, or in an entry's own.

    Raises:
        UserError: there is no such entry: new ones come with the whole table.
    """
    name = ".".join(path)
    if name in table:
        return {**table, name: fit_value(key, value, table[name])}
    first, *rest = path
    if rest and isinstance(entry := table.get(first), dict):
        return {**table, first: _with_entry(key, entry, rest, value)}
    whole = key.removesuffix(f".{name}")
    new = f", it has {', '.join(table) or 'none'}; give the whole table, {whole}={{name: value, ...}}"
    raise UserError(f"{key}: no such entry{nearest(key, [f'{whole}.{other}' for other in table]) or new}")


def _first(section: str, keys: list[str]) -> str:
    return next(key for key in keys if key.startswith(f"{section}."))


def _dotted(node: Any, prefix: str) -> list[str]:
    names = []
    for name in field_names(node):
        value = getattr(node, name)
        if is_section(value):
            names.extend(_dotted(value, f"{prefix}{name}."))
            continue
        names.append(f"{prefix}{name}")
        if isinstance(value, dict):
            names.extend(f"{prefix}{name}.{key}" for key in value)
    return names


class _Distinct(yaml.SafeLoader):
    """YAML whose tables have each name once (its own reader keeps the last), and in which nothing is in itself."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """A value.

        Raises:
            UserError: it stands for another one, which may be that it is in.
        """
        if self.check_event(yaml.AliasEvent):
            raise UserError("*, an alias of YAML, has no place in a setting")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A table.

        Raises:
            UserError: a name stands in it twice.
        """
        names = [key.value for key, _ in node.value]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise UserError(f"{twice[0]!r} stands in it twice")
        return super().construct_mapping(node, deep)


def fit_value(key: str, value: Any, current: Any) -> Any:
    """A value as the type that `current` has.

    An int fits a float; `true/yes/on/1` and `false/no/off/0` are bools; texts of lists, tuples and dicts are YAML
    (`[1, 2]`, `{hip: 20}`), and their items take the type of the current items. A field that is None takes anything.

    Args:
        key: name of the field, for errors.
        value: plain data, or its text.
        current: what the field holds.

    Raises:
        UserError: it is no such value.
    """
    if isinstance(current, str):
        if not isinstance(value, str):
            raise UserError(f"{key}: expected a text, got {value!r}")
        return value
    if isinstance(current, bool | int | float):
        return _scalar(key, str(value), current)
    value = _read(key, value)
    return _numbers(value) if current is None else _collection(key, value, current)


def _read(key: str, value: Any) -> Any:
    """What a text says as YAML; anything else as it is.

    Raises:
        UserError: it is no YAML, or nothing that anybody would mean.
    """
    if not isinstance(value, str):
        return value
    try:
        read = yaml.load(value, _Distinct)  # noqa: S506 - derived from the safe loader
    except UserError as error:
        raise UserError(f"{key}: {error}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{key}: {value!r} is not valid YAML") from error
    if isinstance(read, dict):
        joined = next((str(name) for name, item in read.items() if item is None and ":" in str(name)), None)
        if joined is not None:
            raise UserError(f"{key}: a space is missing after the colon of {joined}")
    return read


def _scalar(key: str, text: str, current: bool | int | float) -> bool | int | float:
    kind = type(current)
    try:
        if not text.isascii() or "_" in text:  # Python reads the digits of every script, and 1_000
            raise ValueError(text)
        value = _BOOL_WORDS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        names = {bool: "true or false", int: "an integer", float: "a number"}
        raise UserError(f"{key}: expected {names[kind]}, got {text!r}") from None
    if math.isnan(value):
        raise UserError(f"{key}: not a number")
    return value


def _collection(key: str, value: Any, current: Any) -> Any:
    kind = dict if isinstance(current, dict) else list
    if not isinstance(value, kind if kind is dict else list | tuple):
        raise UserError(f"{key}: expected a {kind.__name__}, got {value!r}")
    if isinstance(current, dict) and isinstance(value, dict):
        sample = next(iter(current.values()), None)
        return {name: _item(f"{key}.{name}", item, current.get(name, sample)) for name, item in value.items()}
    sample = next(iter(current), None)
    return type(current)(_item(key, item, sample) for item in value)


def _item(key: str, item: Any, sample: Any) -> Any:
    """One entry of a collection, converted like a field of the sample's type; YAML reads `1e-4` as text."""
    if sample is None:
        return _numbers(item)
    if isinstance(sample, dict | list | tuple):
        return _collection(key, item, sample)
    if isinstance(item, dict | list) or item is None:
        raise UserError(f"{key}: expected {type(sample).__name__}, got {item!r}")
    return fit_value(key, str(item), sample)


def _numbers(item: Any) -> Any:
    """A copy of plain data, its texts that are numbers as such: YAML reads `1e-4` as text."""
    if isinstance(item, dict):
        return {key: _numbers(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [_numbers(value) for value in item]
    try:
        return float(item) if isinstance(item, str) else item
    except ValueError:
        return item
