"""Whether pictures can be drawn here: what tests that draw are skipped for, and for nothing else."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import functools
import os
import platform
from typing import Any

import mujoco
import pytest


def context_class() -> Any:
    """MuJoCo's class of contexts that needs no display where there may be none, unless MUJOCO_GL names another."""
    if platform.system() == "Linux" and not os.environ.get("MUJOCO_GL"):
        from mujoco.egl import GLContext
    else:
        from mujoco import GLContext
    return GLContext


@functools.cache
def opengl_fault() -> str:
    """Why there is no OpenGL here, found by opening a context once with nothing of the project; empty if there is."""
    try:
        context = context_class()(16, 16)
        context.make_current()
        context.free()
    except (ImportError, AttributeError, OSError, RuntimeError, mujoco.FatalError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""


needs_opengl = pytest.mark.skipif(bool(opengl_fault()), reason=f"no OpenGL: {opengl_fault()}")
"""Of a test that draws."""
