"""What the columns of observation groups mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsl_rl.modules.observation_input import ObservationInput
from rsl_rl.utils.errors import ConfigError


@dataclass(frozen=True)
class TermColumns:
    """The columns of one quantity of an observation."""

    name: str
    """Name of the quantity."""

    scale: tuple[float, ...]
    """Factor of each column that the value was multiplied by."""


def term_columns(layout: Mapping[str, Any] | None, source: ObservationInput) -> list[TermColumns]:
    """Return the terms of observation groups, in the order of their columns.

    Args:
        layout: That of the environment, see :class:`rsl_rl.env.VecEnv`. A group that it does not describe is one term,
            with the group's name and a scale of 1.
        source: The groups.

    Raises:
        ConfigError: The layout describes another number of columns.
    """
    described = (layout or {}).get("observations", {})
    terms = []
    for group, width in zip(source.groups, source.widths, strict=True):
        entries = described.get(group, [{"name": group, "width": width, "scale": 1.0}])
        terms += [TermColumns(entry["name"], _columns(entry["scale"], entry["width"])) for entry in entries]
        described_width = sum(entry["width"] for entry in entries)
        if described_width != width:
            raise ConfigError(
                f"group '{group}' has {width} columns, the environment's layout tells of {described_width}"
            )
    return terms


def _columns(scale: Any, width: int) -> tuple[float, ...]:
    return tuple(scale) if isinstance(scale, list | tuple) else (scale,) * width
