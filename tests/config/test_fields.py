"""Declarations of fields: what fits them, and how they read."""

import math
from typing import Annotated, Any

import pytest

from legged_gym.config.fields import (
    Bounds,
    Distinct,
    FileName,
    Length,
    NonNegative,
    NonNegativeRange,
    OneOf,
    Ordered,
    Positive,
    PositiveInt,
    Range,
    Share,
    accepts,
    describe,
    hint_at,
)

Vector = Annotated[list[float], Length(3)]


@pytest.mark.parametrize(
    ("hint", "fits", "others"),
    [
        (Positive, [1e-6, 3, 1e9], [0.0, 1e-300, -1.0, math.nan, math.inf, 1e10, 10**400, "1", True, None, [1.0]]),
        (NonNegative, [0, 2.5], [-1e-9]),
        (Share, [0, 0.5, 1.0], [-0.1, 1.1]),
        (PositiveInt, [1, 7], [0, 1.0, True, 10**24]),
        (Annotated[float, Bounds(high=2)], [-9.0, 2.0], [2.1]),
        (bool, [True], [1, "true"]),
        (str, ["", "a"], [1, None]),
        (Range, [[-1, 1.5], (2.0, 2.0)], [[1.0, -1.0], [1.0], [0.0, 1.0, 2.0], [0.0, math.nan], 1.0]),
        (NonNegativeRange, [[0.0, 1.0]], [[-0.1, 1.0]]),
        (Vector, [[0, 0.0, 1]], [[0.0, 0.0], "abc", 0.0]),
        (tuple[float, float], [(1.0, 2), [1.0, 2.0]], [(1.0,), (1.0, "2")]),
        (dict[str, Positive], [{}, {"hip": 1.0}], [{"hip": 0.0}, ["hip"]]),
        (Positive | Annotated[list[Positive], Length(2)], [1.0, [1.0, 2.0]], [[1.0], 0.0, [1.0, -2.0]]),
        (Annotated[str, OneOf("a", "b")], ["a"], ["c", 1]),
        (Annotated[list[int], Length(1, 2)], [[1], [1, 2]], [[], [1, 2, 3]]),
        (Annotated[list[str], Distinct()], [[], ["a", "b"]], [["a", "b", "a"]]),
        (Annotated[str, FileName()], ["a1_flat", "größe"], ["", "..", "a/b", "a\\b", "a\nb", "a\0b", "x" * 201]),
        (Annotated[str, FileName(may_be_empty=True)], ["", "a"], [".", "a/b"]),
        (Annotated[list[PositiveInt], Ordered()], [[1, 2]], [[2, 1], [1.0, 2.0]]),
        (None | int, [None, 3], [3.0]),
    ],
)
def test_what_fits_a_declaration(hint: Any, fits: list, others: list) -> None:
    assert [accepts(hint, value) for value in fits] == [True] * len(fits)
    assert [value for value in others if accepts(hint, value)] == []


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Positive, "a number of at least 1e-06 and at most 1e+09"),
        (Annotated[float, Bounds(0, above=True)], "a number above 0"),
        (Share, "a number of at least 0 and at most 1"),
        (Annotated[float, Bounds(high=2)], "a number of at most 2"),
        (PositiveInt, "a whole number of at least 1 and at most 1e+09"),
        (NonNegativeRange, "a list of numbers of at least 0 and at most 1e+09, the lower and the upper end"),
        (Vector, "a list of numbers, 3 of them"),
        (tuple[NonNegative, NonNegative], "a list of numbers of at least 0 and at most 1e+09, 2 of them"),
        (tuple[float, Share], "a list of numbers and numbers of at least 0 and at most 1, 2 of them"),
        (dict[str, PositiveInt], "names with whole numbers of at least 1 and at most 1e+09"),
        (Share | list[list[float]], "a number of at least 0 and at most 1 or a list of lists of numbers"),
        (Annotated[list[str], Length(1, 3), Distinct()], "a list of texts, 1 to 3 of them, none twice"),
        (Annotated[str, OneOf("plane", "heightfield")], "a text, one of plane, heightfield"),
        (bool, "true or false"),
    ],
)
def test_how_a_declaration_reads(hint: Any, words: str) -> None:
    assert describe(hint) == words


def test_what_may_have_been_meant() -> None:
    assert hint_at(Annotated[str, OneOf("plane", "heightfield")], "plan") == "; did you mean plane?"
    table = dict[str, tuple[NonNegative, NonNegative]]
    assert hint_at(table, {"gap": (0.1, 0.2), "climb": (0.3, -0.1)}) == "; that of 'climb' is not"
    assert hint_at(table, {1: (0.1, 0.2)}) == hint_at(table, 3) == ""
    assert hint_at(Positive, 0.0) == hint_at(float, "a") == ""


def test_names_are_texts() -> None:
    """A part of a name stands for all joints that have it, so that an empty one stands for all."""
    assert accepts(dict[str, float], {"hip": 1.0, "": 2.0}) and not accepts(dict[str, float], {1: 1.0})
