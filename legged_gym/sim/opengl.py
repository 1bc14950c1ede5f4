"""The OpenGL that MuJoCo loads when it is imported."""

import os

from legged_gym.utils.errors import UserError
from legged_gym.utils.interrupts import ending_at_once


def require_opengl() -> None:
    """Import MuJoCo; programs that simulate do so before anything else that imports it.

    Raises:
        UserError: it is not installed, or cannot be imported with the OpenGL that `MUJOCO_GL` names.
    """
    try:
        with ending_at_once():
            import mujoco as mujoco
    except ModuleNotFoundError as error:
        raise UserError(f"this needs MuJoCo: pip install mujoco ({error})") from None
    except (AttributeError, ImportError, OSError, RuntimeError) as error:
        if isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):  # "initialization failed"
            raise KeyboardInterrupt from None
        reason = " ".join(str(error).split())
        name = os.environ.get("MUJOCO_GL", "")
        raise UserError(
            f"MuJoCo cannot be imported with MUJOCO_GL={name} ({reason}); set MUJOCO_GL=egl, or unset it"
        ) from None
