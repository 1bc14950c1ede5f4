"""Sequences of values that last some steps, such as a camera's images: which are new, and which holds when."""

from typing import NamedTuple

import torch


class Changes(NamedTuple):
    """Where the rows of sequences [T, N, W] are new."""

    new: torch.Tensor
    """[T, N] bool; the first step's are."""

    room: int
    """At least as many as there are: as many rows are worked on."""


def is_new(values: torch.Tensor) -> torch.Tensor:
    """Return where a row of sequences [T, N, W] is not that of the step before [T, N] bool; the first step's are new.

    NaN is new: it equals nothing.
    """
    new = torch.ones(values.shape[:2], dtype=torch.bool, device=values.device)
    new[1:] = (values[1:] != values[:-1]).any(dim=2)
    return new


def holding(new: torch.Tensor) -> torch.Tensor:
    """Return which of the new rows, counted step after step, holds at each step [T, N] long.

    Args:
        new: Where a row is new [T, N] bool; the first step's are.
    """
    numbers = new.flatten().cumsum(0).view_as(new) - 1
    return torch.where(new, numbers, -1).cummax(dim=0).values


def new_rows(new: torch.Tensor, room: int) -> torch.Tensor:
    """Return the places of the new rows among all, step after step, and zeros after the last [room] long.

    The shape does not depend on how many there are, so that it can be recorded; those that find no room are left out.

    Args:
        new: Where a row is new [T, N] bool.
        room: How many are returned.
    """
    flat = new.flatten()
    numbers = (flat.cumsum(0) - 1).clamp(max=room)
    places = torch.zeros(room + 1, dtype=torch.long, device=new.device)
    order = torch.arange(len(flat), device=new.device)
    return places.scatter_(0, torch.where(flat, numbers, room), order)[:room]
