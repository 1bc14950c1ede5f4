"""Results that a suite or a study wrote, read again."""

from collections.abc import Iterator
from contextlib import contextmanager

from legged_gym.utils.errors import UserError


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
