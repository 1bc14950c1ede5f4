"""Flags of a program of which a test has its own."""

from collections.abc import Iterable


def latest(flags: Iterable[str]) -> list[str]:
    """The last of each flag that has its value in the same text, and of each key of `--set`."""
    joined: list[str] = []
    is_value = False
    for flag in flags:
        if is_value:
            joined[-1] = f"--set={flag}"
        else:
            joined.append(flag)
        is_value = flag == "--set"
    return list({_name(flag) or str(place): flag for place, flag in enumerate(joined)}.values())


def _name(flag: str) -> str:
    key, separator, value = flag.partition("=")
    if not key.startswith("--") or not separator:
        return ""
    return f"{key} {value.partition('=')[0]}" if key == "--set" else key
