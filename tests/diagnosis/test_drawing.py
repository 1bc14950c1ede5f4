"""Whether films can be drawn, by what a process of its own says."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from legged_gym.diagnosis import drawing
from tests.opengl import needs_opengl


@pytest.mark.parametrize(
    ("status", "output", "state", "value"),
    [
        (0, "NVIDIA H100/PCIe/SSE2\n", "ok", "OpenGL of NVIDIA H100/PCIe/SSE2"),
        (0, "llvmpipe (LLVM 15)\n", "note", "OpenGL of llvmpipe (LLVM 15)"),
        (1, "Traceback\nno EGL device\n", "warning", "OpenGL failed (no EGL device)"),
        (-11, "", "warning", "OpenGL failed (status -11)"),
    ],
)
def test_films(monkeypatch, status, output, state, value):
    result = SimpleNamespace(returncode=status, stdout=output if status == 0 else "", stderr=output)
    monkeypatch.setattr(drawing.subprocess, "run", lambda *args, **keywords: result)
    films = next(drawing.look())
    assert (films.state, films.value) == (state, value)


EGL_WITHOUT_PYOPENGL = "Failed to import OpenGL backend (MUJOCO_GL='egl'): No module named 'OpenGL'."
LIBRARIES = "on Debian: apt-get install libegl1 libgl1"


@pytest.mark.parametrize(
    ("backend", "told", "advice"),
    [
        (None, "No module named 'mujoco'", "install what the packages above lack"),
        ("egl", EGL_WITHOUT_PYOPENGL, "pip install pyopengl"),
        ("egl", "no EGL device", LIBRARIES),
        (None, "no EGL device", LIBRARIES),
        ("osmesa", "no library", f"{LIBRARIES}; MUJOCO_GL is osmesa, try egl"),
    ],
)
def test_advice_is_of_what_is_missing(monkeypatch, backend, told, advice):
    result = SimpleNamespace(returncode=1, stdout="", stderr=f"{told}\n")
    monkeypatch.setattr(drawing.subprocess, "run", lambda *args, **keywords: result)
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    if backend:
        monkeypatch.setenv("MUJOCO_GL", backend)
    assert next(drawing.look()).advice == advice


def test_an_opengl_that_never_answers(monkeypatch):
    def run(command, timeout, **keywords):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(drawing.subprocess, "run", run)
    (films,) = drawing.look()
    assert films.value == "OpenGL failed (no answer in 60 s)"


@pytest.mark.parametrize("told", [b"llvmpipe", None])
def test_a_context_without_a_renderer_draws_nothing(monkeypatch, told):
    """MUJOCO_GL=glfw gives one where there is no display."""
    functions = SimpleNamespace(glGetString=lambda _: told, GL_RENDERER=1)
    monkeypatch.setitem(sys.modules, "OpenGL", SimpleNamespace(GL=functions))
    opengl = SimpleNamespace(gl_context=lambda *_: SimpleNamespace(free=lambda: None))
    monkeypatch.setitem(sys.modules, "robust_parallel.opengl", opengl)
    if told:
        assert drawing.renderer() == "llvmpipe"
    else:
        with pytest.raises(RuntimeError, match="nothing draws"):
            drawing.renderer()


@needs_opengl
def test_what_draws_here():
    films = next(drawing.look())
    assert films.state in ("ok", "note") and films.value.startswith("OpenGL of ")
