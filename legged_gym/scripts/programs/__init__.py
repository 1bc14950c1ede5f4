"""What programs do once their flags are read: it takes seconds to import what they need."""

import os

from legged_gym.utils.errors import UserError

try:
    import mujoco as mujoco
except (AttributeError, ImportError, OSError, RuntimeError) as error:  # it loads the OpenGL that MUJOCO_GL names
    reason = " ".join(str(error).split())
    name = os.environ.get("MUJOCO_GL", "")
    raise UserError(
        f"MuJoCo cannot be imported with MUJOCO_GL={name} ({reason}); set MUJOCO_GL=egl, or unset it"
    ) from None
