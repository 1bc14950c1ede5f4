"""Results that a suite or a study wrote, read again."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from legged_gym.config.fields import MOST, Bounds, Name, NonNegativeInt, Rule, accepts, describe, hint_at
from legged_gym.config.registry import Named
from legged_gym.config.suggest import nearest
from legged_gym.sim.engines import ENGINES
from legged_gym.tasks import all_tasks
from legged_gym.utils.errors import UserError


class _KnownTask(Rule):
    """The name of a task, also of another package's."""

    def holds(self, value: Any) -> bool:
        return value in all_tasks()

    def __str__(self) -> str:
        return " that names a task"

    def hint(self, value: Any) -> str:
        return nearest(str(value), all_tasks())


Seed = Annotated[int, Bounds(-1, 2**32 - 1)]
"""Of a training or of trials; -1: one was drawn."""
ORIGIN: dict[str, Any] = {
    "task": Annotated[str, _KnownTask()], "sim": Annotated[str, Named(ENGINES)], "seed": Seed,
}  # fmt: skip
"""Where results are from."""
OUTCOMES = ("successes", "falls", "stuck")
"""What may come of a trial, one of them at most."""
_TRIALS: dict[str, Any] = {
    "policy": Name, "terrain": Name, "level": NonNegativeInt, "trials": Annotated[int, Bounds(1, MOST)],
    **dict.fromkeys(OUTCOMES, NonNegativeInt),
}  # fmt: skip
_SHOWN = 60
"""Characters of a wrong value in a message."""


@contextmanager
def taking_up(path: str | None, writer: str) -> Iterator[None]:
    """While tables and figures are made of results from a file: tell in one line of what they cannot be made of.

    Args:
        path: of the file; None where the results were measured, and an error is the suite's own.
        writer: what writes such files.

    Raises:
        UserError: the results of the file lack something, or something in them is of another kind.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if path is None:
            raise
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UserError(f"{path} was not written by {writer}, or was changed ({reason})") from error


def check_values(entry: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
    """See that what an entry of a file holds is what it is declared to be; what it lacks is not looked for.

    Args:
        entry: of a file, by name.
        declared: declarations (`legged_gym.config.fields`) by name.

    Raises:
        ValueError: it is not; `taking_up` tells of it.
    """
    for name, hint in declared.items():
        if name in entry and not accepts(hint, entry[name]):
            meant = hint_at(hint, entry[name])
            raise ValueError(f"{name} = {repr(entry[name])[:_SHOWN]} must be {describe(hint)}{meant}")


def check_policies(records: Iterable[Mapping[str, Any]], named: Collection[str], cell: Sequence[str] = ()) -> None:
    """See that records are of policies that are named, and that each policy has the same cells as the others.

    Args:
        records: of cells.
        named: the policies.
        cell: names of what tells a cell from the others, `policy` among them; none: cells are as they may be.

    Raises:
        ValueError: they are not; `taking_up` tells of it.
    """
    cells: dict[str, set[tuple[Any, ...]]] = {}
    for record in records:
        if record["policy"] not in named:
            raise ValueError(f"a record is of {record['policy'][:_SHOWN]!r}, which is none of the policies")
        place = tuple(record[name] for name in cell if name != "policy")
        cells.setdefault(record["policy"], set()).add(place)
    for policy, own in cells.items():
        for other, others in cells.items():
            if missing := others - own:
                raise ValueError(f"{policy} lacks {', '.join(map(str, min(missing, key=str)))}, which {other} has")


def require_printable(text: str) -> None:
    """See that a text of a file says nothing to a terminal.

    Raises:
        ValueError: it does; `taking_up` tells of it.
    """
    if not text.isprintable():
        raise ValueError(f"{text[:_SHOWN]!r} is not printable")


def check_trials(records: Iterable[Mapping[str, Any]], declared: Mapping[str, Any], cell: Sequence[str]) -> None:
    """See that the counts of records are those of trials, and that each cell has one record.

    Args:
        records: of cells.
        declared: what they hold beside the counts, as `check_values` has it.
        cell: names of what tells a cell from the others.

    Raises:
        ValueError: they are not; `taking_up` tells of it.
    """
    seen = set()
    for record in records:
        check_values(record, {**_TRIALS, **declared})
        require_printable(record["policy"])
        if sum(record.get(name, 0) for name in OUTCOMES) > record["trials"]:
            raise ValueError(f"more came of {record['trials']} trials than there were")
        place = tuple(record[name] for name in cell)
        if place in seen:
            raise ValueError(f"two records of {', '.join(map(str, place))}")
        seen.add(place)
