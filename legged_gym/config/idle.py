"""Settings that have no effect in a run, since another one turns off what they are of."""

from collections.abc import Iterator, Sequence
from typing import Any

from legged_gym.config.io import field_names, is_section

Idle = Iterator[tuple[str, str]]
"""Names of settings, or of sections, and why they have no effect."""


def idle_settings(cfg: Any, prefix: str = "") -> Idle:
    """Those of a configuration, as its sections tell: a section's method `idle`, if it has one, yields its own.

    Args:
        cfg: configuration instance.
        prefix: of the dotted names of its fields.
    """
    if hasattr(cfg, "idle"):
        yield from ((f"{prefix}{name}", reason) for name, reason in cfg.idle())
    for name in field_names(cfg):
        if is_section(section := getattr(cfg, name)):
            yield from idle_settings(section, f"{prefix}{name}.")


def idle_in_all(parts: Sequence[dict[str, str]]) -> dict[str, str]:
    """What has no effect in any part of a training, and why not in the last one that says so."""
    return {
        key: reason
        for idle in parts
        for key, reason in idle.items()
        if all(reason_of(key, other) is not None for other in parts)
    }


def idle_part(key: str, idle: dict[str, str]) -> Idle:
    """What of a setting has no effect, and why: all of it, or entries of a table."""
    reason = reason_of(key, idle)
    if reason is not None:
        yield key, reason
    else:
        yield from ((name, why) for name, why in idle.items() if name.startswith(f"{key}."))


def reason_of(key: str, idle: dict[str, str]) -> str | None:
    """Why a setting has no effect: it, or a section that it is in, is one of these; None if it has one."""
    parts = key.split(".")
    names = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((idle[name] for name in names if name in idle), None)
