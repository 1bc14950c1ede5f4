"""The path on which processes of tests find packages."""

import os
from pathlib import Path


def extended(folder: Path) -> str:
    """`PYTHONPATH` of a process that looks into a folder first, then where this one does: packages may be there."""
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
