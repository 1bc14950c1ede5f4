"""Results that a suite or a study wrote, read again."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from legged_gym.config.fields import MOST, Bounds, NonNegativeInt, accepts, describe
from legged_gym.utils.errors import UserError

OUTCOMES = ("successes", "falls", "stuck")
"""What may come of a trial, one of them at most."""
_TRIALS: dict[str, Any] = {
    "policy": str, "terrain": str, "level": NonNegativeInt, "trials": Annotated[int, Bounds(1, MOST)],
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
            raise ValueError(f"{name} = {repr(entry[name])[:_SHOWN]} must be {describe(hint)}")


def check_trials(records: Iterable[Mapping[str, Any]]) -> None:
    """See that the counts of records are those of trials.

    Raises:
        ValueError: they are not; `taking_up` tells of it.
    """
    for record in records:
        check_values(record, _TRIALS)
        if sum(record.get(name, 0) for name in OUTCOMES) > record["trials"]:
            raise ValueError(f"more came of {record['trials']} trials than there were")
