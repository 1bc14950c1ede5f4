"""The path on which processes of tests find packages."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def extended(folder: Path | str) -> str:
    """`PYTHONPATH` of a process that looks into a folder first, then where this one does: packages may be there."""
    return os.pathsep.join((str(folder), *_own()))


def elsewhere(folder: Path) -> str:
    """The same of a process that is to find nothing in this repository, unless that is the folder."""
    return os.pathsep.join((str(folder), *(part for part in _own() if Path(part).resolve() != ROOT)))


def _own() -> list[str]:
    return list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
