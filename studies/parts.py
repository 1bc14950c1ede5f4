"""Which parts of a suite to measure."""

from collections.abc import Sequence

from legged_gym.utils.errors import UserError


def chosen_parts(text: str | None, parts: Sequence[int]) -> tuple[int, ...]:
    """The parts that a list such as `1,3` names; without one all.

    Raises:
        UserError: there is no such part.
    """
    if text is None:
        return tuple(parts)
    names = {str(part): part for part in parts}
    unknown = [name for name in text.split(",") if name not in names]
    if unknown:
        raise UserError(f"--parts: there is no part {unknown[0]!r}, but {', '.join(names)}")
    return tuple(dict.fromkeys(names[name] for name in text.split(",")))
