"""Whether MuJoCo Warp is here in a version that this package is written for.

Parts of the engine use its internals (`mujoco_warp._src`), which change without notice.
"""

import importlib.metadata
import importlib.util

from robust_parallel.errors import UserError

FIRST, BEYOND = (4, 0), (4, 1)
"""Versions from the first on, and before the second, are known to work."""


def missing_package() -> str:
    """Why the packages cannot be used; empty when they can."""
    wanted = f">={FIRST[0]}.{FIRST[1]},<{BEYOND[0]}.{BEYOND[1]}"
    missing = [name for name in ("warp", "mujoco_warp") if importlib.util.find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed; pip install 'mujoco-warp{wanted}'"
    version = importlib.metadata.version("mujoco-warp")
    major, minor = (int(part) for part in version.split(".")[:2])
    if FIRST <= (major, minor) < BEYOND:
        return ""
    return f"mujoco-warp {version} is not {wanted}, whose internals are used; pip install 'mujoco-warp{wanted}'"


def require_package() -> None:
    """Stop where the packages cannot be used.

    Raises:
        UserError: they are not installed, or of another version.
    """
    if fault := missing_package():
        raise UserError(f"the mujoco_warp engine cannot run: {fault}")
