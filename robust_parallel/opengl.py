"""OpenGL without a window, for MuJoCo's pictures."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import os
import platform
from typing import Any

import mujoco

from robust_parallel.errors import UserError


def gl_context(width: int, height: int) -> Any:
    """An off-screen context, made current: EGL on Linux, which needs no display, unless MUJOCO_GL names another."""
    if platform.system() == "Linux" and not os.environ.get("MUJOCO_GL"):
        from mujoco.egl import GLContext
    else:
        from mujoco import GLContext
    context = GLContext(width, height)
    context.make_current()
    return context


def open_gl(model: Any, width: int, height: int) -> tuple[Any, Any]:
    """An OpenGL context and MuJoCo's resources in it, which draw off-screen.

    Args:
        model: what will be drawn.
        width: of the pictures, pixels.
        height: of the pictures, pixels.

    Raises:
        UserError: there is no OpenGL.
    """
    try:
        gl = gl_context(width, height)
        context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
    except (ImportError, AttributeError, OSError, RuntimeError, mujoco.FatalError) as error:
        raise UserError(
            f"cannot draw, OpenGL failed ({' '.join(str(error).split())}): set MUJOCO_GL=egl, and on Debian install "
            "libegl1 libgl1"
        ) from error
    mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, context)
    return gl, context
