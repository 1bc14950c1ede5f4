"""The parameters of a sweep: which fields of a task's configuration it sets, and to what.

A field goes by its dotted name in `env_cfg.` or `train_cfg.`, as in `train_cfg.algorithm.gamma`.
"""

import copy
import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from legged_gym.config.checks import check_config, check_fields
from legged_gym.config.class_settings import class_setting_names
from legged_gym.config.idle import idle_in_all, idle_settings, reason_of
from legged_gym.config.io import class_to_dict, flat_names
from legged_gym.config.layers import Settings
from legged_gym.config.overrides import TRAIN_PREFIX, apply_overrides, read_overrides
from legged_gym.config.suggest import nearest
from legged_gym.runs.stages import stage_settings, wanted_stages
from legged_gym.utils.errors import UserError

ENV_PREFIX = "env_cfg."
LEARNER_PREFIX = "train_cfg."

logger = logging.getLogger(__name__)

MOST_VALUES = 1_000_000
"""Of a parameter in a grid."""

Value = str | int | float | bool | None
"""A value as candidates store it: lists and objects as their JSON text."""


@dataclass(frozen=True)
class Choices:
    """Any of some values."""

    values: tuple[Value, ...]

    def grid(self) -> tuple[Value, ...]:
        """All values."""
        return self.values

    def probes(self) -> tuple[Value, ...]:
        """What a field must take for all values to fit."""
        return self.values


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included."""

    low: float
    high: float
    step: float | None = None
    """Distance of neighbours; None: any number between."""
    log: bool = False
    """Whether each factor is as likely, not each difference."""

    @property
    def integer(self) -> bool:
        """Whether these are integers."""
        return isinstance(self.low, int)

    def grid(self) -> tuple[Value, ...]:
        """All values; none if there is no end of them.

        Raises:
            UserError: they are more than any sweep tries.
        """
        if self.step is None or self.log:
            return ()
        count = math.floor((self.high - self.low) / self.step + 1e-9) + 1
        if count > MOST_VALUES:
            raise UserError(f"a grid of {count} values never ends; give fewer than {MOST_VALUES}, or another method")
        return tuple(min(self.low + index * self.step, self.high) for index in range(count))

    def probes(self) -> tuple[Value, ...]:
        """What a field must take for all values to fit."""
        return self.low, self.high


Space = dict[str, Choices | Range]
"""Parameters by key."""


def read_space(parameters: Any) -> Space:
    """The parameters of a sweep file.

    Raises:
        UserError: a parameter is no such parameter, or of a distribution that only Weights & Biases has.
    """
    if not isinstance(parameters, dict) or not parameters:
        raise UserError("parameters: expected an object with at least one entry")
    return {key: _read_parameter(f"parameter {key}", entry) for key, entry in parameters.items()}


def check_space(space: Space, env_cfg: Any, train_cfg: Any) -> None:
    """See that every key is a field of a task's configuration, and takes every value.

    Raises:
        UserError: one is not; names the nearest key.
    """
    keys = [
        *(f"{ENV_PREFIX}{name}" for name in flat_names(class_to_dict(env_cfg))),
        *(f"{LEARNER_PREFIX}{name}" for name in flat_names(class_to_dict(train_cfg))),
        *(f"{LEARNER_PREFIX}{name}" for name in class_setting_names(train_cfg)),
    ]
    for key, parameter in space.items():
        if key not in keys:
            raise UserError(f"parameter {key}: the task has no such field{nearest(key, keys)}")
        for value in parameter.probes():
            try:
                texts = overrides({key: value})
                cfgs = copy.deepcopy((env_cfg, train_cfg))
                apply_overrides(*cfgs, read_overrides(texts))
            except UserError as error:
                raise UserError(f"parameter {key}: {str(error).partition(': ')[2]}") from error
            for cfg, prefix in zip(cfgs, ("", f"{TRAIN_PREFIX}."), strict=True):
                check_fields(cfg, prefix)
    _check_effects(space, env_cfg, train_cfg)
    _tell_contradictions(space, env_cfg, train_cfg)


def _tell_contradictions(space: Space, env_cfg: Any, train_cfg: Any) -> None:
    """Name values that contradict the other settings, both where these have their first and their last values."""
    for key, parameter in space.items():
        for value in parameter.probes():
            faults: list[str] = []
            for index in (0, -1):
                values = {name: of.probes()[index] for name, of in space.items()} | {key: value}
                cfgs = copy.deepcopy((env_cfg, train_cfg))
                apply_overrides(*cfgs, read_overrides(overrides(values)))
                try:
                    for cfg, prefix in zip(cfgs, ("", f"{TRAIN_PREFIX}."), strict=True):
                        check_config(cfg, prefix)
                except UserError as error:
                    faults.append(str(error))
            if len(faults) == 2:
                logger.warning("parameter %s: trainings with %s fail: %s", key, value, faults[0])


def _check_effects(space: Space, env_cfg: Any, train_cfg: Any) -> None:
    """See that no parameter is without effect with all first and with all last values."""
    reasons = []
    for index in (0, -1):
        cfgs = copy.deepcopy((env_cfg, train_cfg))
        apply_overrides(*cfgs, read_overrides(overrides({key: of.probes()[index] for key, of in space.items()})))
        reasons.append(_idle(Settings(*cfgs)))
    for key in space:
        first, last = (reason_of(override_key(key), idle) for idle in reasons)
        if first and last:
            raise UserError(f"parameter {key} has no effect: {first}")


def _idle(settings: Settings) -> dict[str, str]:
    """What has no effect, in no stage of the training."""
    staged = hasattr(settings.train_cfg, "stages")
    stages = stage_settings(settings, wanted_stages(settings.train_cfg)) if staged else {}
    return idle_in_all(
        [
            dict(idle_settings(part.env_cfg)) | dict(idle_settings(part.train_cfg, f"{TRAIN_PREFIX}."))
            for part in stages.values() or [settings]
        ]
    )


def overrides(values: Mapping[str, Value]) -> list[str]:
    """The values as texts for `--set`."""
    return [f"{override_key(key)}={_text(value)}" for key, value in values.items()]


def first_values(space: Space) -> dict[str, Value]:
    """One value of each parameter."""
    return {key: parameter.probes()[0] for key, parameter in space.items()}


def num_combinations(space: Space) -> int:
    """Number of combinations of the values of all parameters.

    Raises:
        UserError: a parameter has no end of values.
    """
    for key, parameter in space.items():
        if not parameter.grid():
            raise UserError(f"parameter {key}: a grid needs values, integers between min and max, or a step q")
    return math.prod(len(parameter.grid()) for parameter in space.values())


def combination(space: Space, index: int) -> dict[str, Value]:
    """One of all combinations; the last parameter changes fastest."""
    values: dict[str, Value] = {}
    for key, parameter in reversed(space.items()):
        grid = parameter.grid()
        index, position = divmod(index, len(grid))
        values[key] = grid[position]
    return {key: values[key] for key in space}


def override_key(key: str) -> str:
    """The key of a parameter for `--set`."""
    if key.startswith(LEARNER_PREFIX):
        return f"{TRAIN_PREFIX}.{key.removeprefix(LEARNER_PREFIX)}"
    return key.removeprefix(ENV_PREFIX)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _read_parameter(where: str, entry: Any) -> Choices | Range:
    if not isinstance(entry, dict):
        raise UserError(f"{where}: expected an object with value, values, or min and max")
    if "parameters" in entry:
        raise UserError(f"{where}: write dotted keys instead of nested parameters")
    kind = entry["distribution"] if "distribution" in entry else _implied(where, entry)
    if kind not in tuple(_DISTRIBUTIONS):
        raise UserError(f"{where}: distribution {kind!r} is not supported; there are {', '.join(_DISTRIBUTIONS)}")
    wanted = _DISTRIBUTIONS[kind]
    given = entry.keys() - {"distribution"}
    if given != set(wanted):
        raise UserError(f"{where}: {kind} takes {' and '.join(wanted)}, not {', '.join(sorted(given)) or 'nothing'}")
    if kind == "constant":
        return Choices((_value(entry["value"]),))
    if kind == "categorical":
        return _read_choices(where, entry["values"])
    return _read_range(where, kind, *(_number(where, name, entry[name]) for name in wanted))


def _implied(where: str, entry: dict[str, Any]) -> str:
    """The distribution of a parameter that names none."""
    if "value" in entry:
        return "constant"
    if "values" in entry:
        return "categorical"
    if "min" in entry and "max" in entry:
        return "int_uniform" if all(isinstance(entry[name], int) for name in ("min", "max")) else "uniform"
    raise UserError(f"{where}: needs value, values, or min and max")


def _read_choices(where: str, values: Any) -> Choices:
    if not isinstance(values, list) or not values:
        raise UserError(f"{where}: values must be a list with at least one value")
    for index, value in enumerate(values):
        if any(_same(value, other) for other in values[:index]):
            raise UserError(f"{where}: values has {json.dumps(value)} twice")
    return Choices(tuple(map(_value, values)))


def _same(value: Any, other: Any) -> bool:
    """Whether two values are one setting: 1 and 1.0 are, 1 and true are not."""
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def _value(value: Any) -> Value:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _number(where: str, name: str, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UserError(f"{where}: {name} must be a number, not {value!r}")
    return value


def _read_range(where: str, kind: str, low: float, high: float, step: float | None = None) -> Range:
    log = "log" in kind
    integers = all(isinstance(number, int) for number in (low, high, step or 0))
    if kind == "int_uniform":
        if not integers:
            raise UserError(f"{where}: int_uniform takes integers")
        step = 1
    elif step is None or not integers:
        low, high = float(low), float(high)
    if kind == "log_uniform":
        low, high = _exp(where, low), _exp(where, high)
    if not low < high:
        raise UserError(f"{where}: min must be less than max")
    if step is not None and step <= 0:
        raise UserError(f"{where}: q must be positive")
    if step is not None and step > high - low:
        raise UserError(f"{where}: q = {step:g} leaves one value between min and max")
    if log and low <= 0:
        raise UserError(f"{where}: a logarithmic range must be positive")
    if log and step is not None and not (integers and step == 1):
        raise UserError(f"{where}: {kind} takes integers and q = 1")
    return Range(low, high, step, log)


def _exp(where: str, exponent: float) -> float:
    try:
        return math.exp(exponent)
    except OverflowError:
        reason = f"e^{exponent:g} is no number; log_uniform takes exponents, log_uniform_values the values"
        raise UserError(f"{where}: {reason}") from None


_DISTRIBUTIONS = {
    "constant": ("value",),
    "categorical": ("values",),
    "int_uniform": ("min", "max"),
    "uniform": ("min", "max"),
    "q_uniform": ("min", "max", "q"),
    "log_uniform": ("min", "max"),
    "log_uniform_values": ("min", "max"),
    "q_log_uniform_values": ("min", "max", "q"),
}
"""What each distribution is given by."""
