"""The wheel, in a virtual environment of its own, far from the checkout."""

import os
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
NOT_BUILT = shutil.ignore_patterns(
    ".git", "logs", "tests", "docs", "benchmarks", "build", "dist", "*.egg-info", "__pycache__"
)
TINY = ("--sim=mujoco", "--num_envs=16", "--set", "train.policy.actor_hidden_dims=[8]")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy: a build leaves files beside the sources."""
    folder = tmp_path_factory.mktemp("build")
    shutil.copytree(ROOT, folder / "source", ignore=NOT_BUILT)
    flags = ("--quiet", "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *flags, str(folder / "source")], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel, tmp_path_factory) -> Path:
    """The folder of the console commands of a virtual environment that has the wheel, and sees what it depends on."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    libraries = Path(
        subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True).strip()
    )
    (libraries / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    return folder / "bin"


def test_what_it_holds(wheel):
    names = set(ZipFile(wheel).namelist())
    for path in ("py.typed", "resources/robots/go2/urdf/go2.urdf", "resources/policies/go2_rough.pt"):
        assert f"legged_gym/{path}" in names
    assert {"legged_gym/sweep_config_example.json", "legged_gym/examples/step_environment.py"} <= names
    assert {"rsl_rl/py.typed", "studies/belief/program.py"} <= names
    packages = {name.partition("/")[0] for name in names}
    assert {name for name in packages if not name.endswith(".dist-info")} == {
        "legged_gym",
        "robust_parallel",
        "rsl_rl",
        "studies",
    }


def test_it_trains_and_plays_from_any_folder(programs, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(program: str, *flags: str) -> None:
        command = [programs / program, *flags]
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr

    where = subprocess.check_output(
        [programs / "python", "-c", "import legged_gym; print(legged_gym.LEGGED_GYM_ROOT_DIR)"],
        cwd=tmp_path, env=environment, text=True,
    ).strip()  # fmt: skip
    assert Path(where).is_relative_to(programs.parent) and Path(where).name == "legged_gym"
    run("rp-train", "--task=go2_flat_deploy", *TINY, "--max_iterations=1")
    (run_folder,) = (tmp_path / "logs" / "go2_flat_deploy").iterdir()
    assert (run_folder / "code_version.txt").read_text().startswith("commit: unknown\n")
    run("rp-play", "--task=go2_flat_deploy", "--sim=mujoco", "--headless", "--steps=3")
    assert (run_folder / "exported" / "model_1" / "policy.onnx").is_file()
    assert list(tmp_path.iterdir()) == [tmp_path / "logs"]
