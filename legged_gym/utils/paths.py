"""Where files lie."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
LEGGED_GYM_ROOT_DIR = str(_PACKAGE if (_PACKAGE / "resources").is_dir() else _PACKAGE.parent)
"""The folder of `resources/`: the checkout's, or the package's own where it was installed from a wheel."""
POLICIES = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies"
"""The trained policies that came along, `TASK.pt` as a rule."""


def in_project(name: str) -> Path:
    """The path of a configuration's file name, in which `{ROOT}` stands for `LEGGED_GYM_ROOT_DIR`."""
    return Path(name.replace("{ROOT}", LEGGED_GYM_ROOT_DIR))
