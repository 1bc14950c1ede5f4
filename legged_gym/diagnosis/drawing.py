"""Whether films and windows can be drawn. `python -m legged_gym.diagnosis.drawing` tells it in a process of its own.

A broken OpenGL may end the process that tries it.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator

from legged_gym.diagnosis.findings import Finding

TIME_LIMIT = 60.0
"""For opening a context, s."""
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software")
"""In names of renderers that draw on the CPU."""


def look() -> Iterator[Finding]:
    """Films and windows."""
    command = [sys.executable, "-m", "legged_gym.diagnosis.drawing"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        yield _no_films(f"no answer in {TIME_LIMIT:.0f} s")
        return
    lines = (result.stdout if result.returncode == 0 else result.stderr).strip().splitlines()
    last = lines[-1] if lines else f"status {result.returncode}"
    if result.returncode != 0:
        yield _no_films(last)
    elif any(word in last.lower() for word in SOFTWARE):
        yield Finding("films", f"OpenGL of {last}", "note", "on the CPU: about two frames a second, keep films short")
    else:
        yield Finding("films", f"OpenGL of {last}")
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if platform.system() == "Linux" and not display:
        yield Finding("windows", "no display: play.py --video FILE.mp4 films instead", "note")
    else:
        yield Finding("windows", f"display {display}" if display else "the system's")


def _no_films(reason: str) -> Finding:
    name = os.environ.get("MUJOCO_GL", "egl").lower()
    advice = "on Debian: apt-get install libegl1 libgl1" + (f"; MUJOCO_GL is {name}, try egl" if name != "egl" else "")
    if "No module named 'OpenGL'" in reason:
        advice = "pip install pyopengl"
    elif "No module named" in reason:
        advice = "install what the packages above lack"
    return Finding("films", f"OpenGL failed ({reason})", "warning", advice)


def renderer() -> str:
    """Open an OpenGL context as films do; what draws in it."""
    from robust_parallel.opengl import gl_context  # imports MuJoCo, which an OpenGL that is named wrongly stops

    context = gl_context(16, 16)
    from OpenGL import GL

    name = GL.glGetString(GL.GL_RENDERER)
    context.free()
    if not isinstance(name, bytes):  # a window's context, without a display
        raise RuntimeError("a context in which nothing draws")
    return name.decode()


if __name__ == "__main__":
    try:
        print(renderer())
    except Exception as error:  # any of them is the answer
        sys.exit(" ".join(str(error).split()) or type(error).__name__)
