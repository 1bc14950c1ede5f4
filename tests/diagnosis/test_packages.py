"""Packages: the doctor's table is setup.py's, and what clashes is told."""

import runpy
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest
import setuptools
import torch
from packaging.requirements import Requirement

from legged_gym.diagnosis import packages

ROOT = Path(__file__).parents[2]


@pytest.fixture
def declared(monkeypatch):
    """What setup.py says."""
    given: dict = {}
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(setuptools, "setup", lambda **keywords: given.update(keywords))
    runpy.run_path("setup.py")
    return given


def test_packages_are_those_of_setup_py(declared):
    assert list(packages.NEEDED) == declared["install_requires"]
    extras = declared["extras_require"]
    assert packages.EXTRAS.keys() == extras.keys()
    for name, (texts, purpose) in packages.EXTRAS.items():
        assert set(texts) <= set(extras[name]) and purpose
        assert name == "test" or set(texts) == set(extras[name])


def installed(monkeypatch, **versions):
    """Pretend that these distributions alone are installed."""
    known = {name.replace("_", "-"): version for name, version in versions.items()}

    def version(name):
        if name not in known:
            raise PackageNotFoundError(name)
        return known[name]

    monkeypatch.setattr(packages, "version", version)


def test_a_missing_extra_names_its_command_and_a_wrong_version_is_a_warning(monkeypatch):
    installed(monkeypatch, optuna="4.0", sqlalchemy="2.1", numpy="2.0")
    found = {finding.name: finding for finding in packages.look()}
    assert found["extra wandb"].state == "note" and found["extra wandb"].advice == "pip install -e '.[wandb]'"
    assert found["extra sweep"].state == "warning" and "optuna 4.0 is not >=4.5" in found["extra sweep"].value
    assert found["mujoco"].state == "fault" and found["mujoco"].advice == "pip install 'mujoco>=4.0'"
    assert found["numpy"].value == "2.0" and found["numpy"].state == "ok"
    assert packages.absence(Requirement("numpy<2")) == "2.0 is not <2"


def test_the_other_learner_of_the_same_name(monkeypatch):
    assert [finding for finding in packages.clashes() if finding.name == "rsl_rl"] == []
    installed(monkeypatch, rsl_rl_lib="5.4.2")
    beside = next(packages.clashes())
    assert beside.state == "warning" and beside.value.startswith("rsl-rl-lib 5.4.2 is installed")
    assert "pip uninstall rsl-rl-lib" in beside.advice


def test_a_gpu_that_torch_or_warp_cannot_use(monkeypatch):
    monkeypatch.setattr(packages, "driver_version", lambda: 13_000)
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "built without CUDA" in next(packages.clashes()).value
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch, "cuda", SimpleNamespace(is_available=lambda: False))
    assert "sees no GPU" in next(packages.clashes()).value
    monkeypatch.setattr(torch, "cuda", SimpleNamespace(is_available=lambda: True))
    monkeypatch.setattr(packages, "missing_package", lambda: "warp not installed; pip install -e '.[gpu]'")
    assert next(packages.clashes()).advice == "warp not installed; pip install -e '.[gpu]'"
