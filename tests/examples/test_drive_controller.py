"""The example that a stranger starts from."""

import ast
import importlib.util
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from legged_gym import LEGGED_GYM_ROOT_DIR

ROOT = Path(LEGGED_GYM_ROOT_DIR)
EXAMPLE = ROOT / "examples" / "drive_controller.py"
POLICIES = ROOT / "resources" / "policies"
GO2 = ROOT / "resources" / "robots" / "go2" / "urdf" / "go2.urdf"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("drive_controller", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_is_short_and_imports_nothing_of_this_project() -> None:
    text = EXAMPLE.read_text()
    assert len(text.splitlines()) <= 60
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported - set(sys.stdlib_module_names) == {"mujoco", "numpy", "onnxruntime"}


def test_walks_as_it_is_started(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", str(EXAMPLE)], capture_output=True, text=True, timeout=300, cwd=tmp_path, env={}
    )
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words[0] == "walked" and words[2:] == ["m,", "upright"] and 2.0 < float(words[1]) < 4.0


def test_walks_where_it_is_told_to(example: ModuleType) -> None:
    backward, upright = example.walk(POLICIES / "go2_perceptive_student.onnx", GO2, 4.0, (-0.6, 0.0, 0.0))
    assert upright and -3.0 < backward < -1.5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["/nowhere.onnx"], "/nowhere.onnx"),
        ([str(GO2)], "error: "),
        ([str(POLICIES / "go2_flat.onnx"), str(EXAMPLE)], "error: "),
        ([str(POLICIES / "go2_flat.onnx"), str(GO2), "soon"], "error: ValueError: could not convert string to float"),
        (["a", "b", "1", "2"], "error: ValueError: too many values to unpack"),
    ],
)
def test_a_bad_file_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), *arguments])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert told in str(stop.value) and "\n" not in str(stop.value)
