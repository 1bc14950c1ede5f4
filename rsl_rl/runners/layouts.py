"""What of an environment's layout, see ``rsl_rl.env.VecEnv.layout``, somebody has to agree with."""

from collections.abc import Collection, Mapping
from typing import Any


def part_of(layout: Any, groups: Collection[str]) -> Any:
    """Return all of a layout, and of its groups of observations some; what tells of none, as it is."""
    observations = layout.get("observations") if isinstance(layout, Mapping) else None
    if not isinstance(observations, Mapping):
        return layout
    history = layout.get("history", {})
    if isinstance(history, Mapping):
        history = {group: frames for group, frames in history.items() if group in groups}
    return {**layout, "observations": {group: observations.get(group) for group in groups}, "history": history}


def agreed_part(layout: Any, other: Any, read: Collection[str]) -> Any:
    """Return a layout without the groups that nobody reads and another layout lacks.

    Args:
        layout: The layout.
        other: The other one.
        read: The groups that are read.
    """
    groups, others = (part.get("observations") if isinstance(part, Mapping) else None for part in (layout, other))
    if not isinstance(groups, Mapping) or not isinstance(others, Mapping):
        return layout
    return part_of(layout, [group for group in groups if group in others or group in read])
