"""The file of a sweep: JSON as Weights & Biases takes it, checked whole before anything starts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from legged_gym.config.io import load_json
from legged_gym.config.suggest import nearest
from legged_gym.sweeps.space import Space, num_combinations, read_space
from legged_gym.utils.errors import UserError

T = TypeVar("T", bound=str)
METHODS = ("grid", "random", "bayes")
Goal = Literal["minimize", "maximize"]
GOALS: tuple[Goal, ...] = ("minimize", "maximize")
ENTRIES = ("name", "description", "method", "metric", "parameters", "run_cap", "early_terminate")
EARLY_TERMINATE_ENTRIES = {
    "hyperband": ("min_iter", "max_iter", "s", "eta"),
    "median": ("min_iter", "min_trials"),
}
"""Ways to end a candidate early, and their settings. Hyperband's are those of Weights & Biases; "median" is Optuna's:
end what is worse than the median of the finished candidates (`min_trials` of them at least) at the same iteration."""


@dataclass(frozen=True)
class EarlyTerminate:
    """When a candidate that does badly is ended."""

    type: str
    """A key of `EARLY_TERMINATE_ENTRIES`."""
    settings: dict[str, int]


@dataclass(frozen=True)
class Definition:
    """A sweep."""

    method: str
    metric: str
    """Tag in the log; its last value in a training counts."""
    goal: Goal
    space: Space
    run_cap: int | None
    """Number of candidates over all workers; None: no end, or all combinations of a grid."""
    early_terminate: EarlyTerminate | None
    source: dict[str, Any]
    """The file's content."""

    @property
    def num_candidates(self) -> int | None:
        """How many candidates there will be; None: no end."""
        counts = [] if self.run_cap is None else [self.run_cap]
        if self.method == "grid":
            counts.append(num_combinations(self.space))
        return min(counts, default=None)


def read_definition(path: Path) -> Definition:
    """Read a sweep's file.

    Raises:
        UserError: it cannot be read or holds no sweep.
    """
    data = load_json(path)
    try:
        return parse_definition(data)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def parse_definition(data: Any) -> Definition:
    """A sweep from a file's content.

    Raises:
        UserError: it is no sweep.
    """
    _check_entries("the sweep", data, ENTRIES)
    metric = data.get("metric")
    _check_entries("metric", metric, ("name", "goal"))
    if not isinstance(metric.get("name"), str):
        raise UserError("metric: needs a name, a tag of the log such as Train/mean_reward")
    definition = Definition(
        method=_one_of("method", data.get("method"), METHODS),
        metric=metric["name"],
        goal=_one_of("metric: goal", metric.get("goal", "minimize"), GOALS),
        space=read_space(data.get("parameters")),
        run_cap=_positive("run_cap", data["run_cap"]) if "run_cap" in data else None,
        early_terminate=_read_early_terminate(data.get("early_terminate")),
        source=data,
    )
    if definition.method == "grid":
        num_combinations(definition.space)
    return definition


def _read_early_terminate(data: Any) -> EarlyTerminate | None:
    if data is None:
        return None
    named = data.get("type") if isinstance(data, dict) else data
    kind = _one_of("early_terminate: type", named, EARLY_TERMINATE_ENTRIES)
    _check_entries("early_terminate", data, ("type", *EARLY_TERMINATE_ENTRIES[kind]))
    settings = {name: _positive(f"early_terminate: {name}", value) for name, value in data.items() if name != "type"}
    if settings.get("eta", 2) < 2:
        raise UserError("early_terminate: eta must be at least 2, the factor between two rungs")
    if kind == "hyperband" and ("min_iter" in settings) == ({"max_iter", "s"} <= settings.keys()):
        raise UserError("early_terminate: hyperband needs either min_iter, or max_iter and s")
    return EarlyTerminate(kind, settings)


def _check_entries(where: str, data: Any, known: tuple[str, ...]) -> None:
    if not isinstance(data, dict):
        raise UserError(f"{where}: expected an object with {', '.join(known)}")
    for name in data:
        if name not in known:
            raise UserError(f"{where}: unknown entry {name!r}{nearest(name, known) or '; known: ' + ', '.join(known)}")


def _one_of(where: str, value: Any, known: Iterable[T]) -> T:
    if value not in tuple(known):
        raise UserError(f"{where} must be one of {', '.join(known)}, not {value!r}")
    return value


def _positive(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UserError(f"{where} must be a positive integer, not {value!r}")
    return value
