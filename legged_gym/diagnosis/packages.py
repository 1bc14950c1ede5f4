"""Which packages are there, in which versions, and what is known to go wrong with some beside each other."""

from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement

from legged_gym.diagnosis.findings import Finding
from legged_gym.diagnosis.machine import driver_version
from robust_parallel.warp_physics.package import missing_package

NEEDED = (
    "torch>=2.9,<2.14",
    "numpy",
    "mujoco>=4.0",
    "tensordict",
    "tensorboard",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "rich",
    "PyYAML",
    "matplotlib",
    "imageio[ffmpeg]",
)
"""What setup.py installs in any case."""
EXTRAS: dict[str, tuple[Sequence[str], str]] = {
    "gpu": (("mujoco-warp>=4.0,<4.1", "warp-lang>=1.19"), "training on an NVIDIA GPU"),
    "sweep": (("optuna>=4.5", "sqlalchemy>=2"), "sweep.py"),
    "wandb": (("wandb>=0.31",), "logs on Weights & Biases"),
    "robot": (("cyclonedds>=11,<12",), "run_robot.py and simulate_robot.py"),
    "web": (("viser>=1.1,<2", "mjviser>=0.0.14,<0.1"), "the viewer in a browser"),
    "test": (("pytest", "pytest-xdist", "hypothesis", "ruff", "pyright", "setuptools>=77"), "the tests"),
}
"""Extras of setup.py: what they install, and what for."""
_TOLD = ("torch", "mujoco", "numpy", "onnxruntime")
"""Packages that are told with their version also where all is well."""


def look() -> Iterator[Finding]:
    """Packages, extras and known-bad combinations."""
    for text in NEEDED:
        requirement = Requirement(text)
        fault = absence(requirement)
        if fault:
            yield Finding(requirement.name, fault, "fault", f"pip install '{text}'")
        elif requirement.name in _TOLD:
            yield Finding(
                requirement.name, version(requirement.name) + (_cuda() if requirement.name == "torch" else "")
            )
    for name, (texts, purpose) in EXTRAS.items():
        yield _extra(name, texts, purpose)
    yield from clashes()


def absence(requirement: Requirement) -> str:
    """Why a package cannot be used: it is not installed, or in another version; empty if it can."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return "not installed"
    fits = requirement.specifier.contains(found, prereleases=True)
    return "" if fits else f"{found} is not {requirement.specifier}"


def clashes() -> Iterator[Finding]:
    """What is known to go wrong."""
    if not absence(Requirement("rsl-rl-lib")):  # where its package is the one that is loaded, no program here starts
        yield Finding(
            "rsl_rl", f"rsl-rl-lib {version('rsl-rl-lib')} is installed, whose package has the learner's name",
            "warning",
            "pip uninstall rsl-rl-lib, then install this project again; for upstream's runner see 'The upstream "
            "runner' in README.md",
        )  # fmt: skip
    if driver_version() is not None:
        import torch

        if torch.version.cuda is None:
            yield Finding(
                "torch", f"{torch.__version__} is built without CUDA beside NVIDIA's driver", "warning",
                "install a build of PyTorch with CUDA to train on the GPU",
            )  # fmt: skip
        elif not torch.cuda.is_available():
            yield Finding(
                "torch", "PyTorch sees no GPU although there is a driver", "warning",
                f"it is built for CUDA {torch.version.cuda}: see the driver's version, and CUDA_VISIBLE_DEVICES",
            )  # fmt: skip
        elif fault := missing_package():
            yield Finding("gpu", "there is a GPU, but MuJoCo Warp cannot be used", "warning", fault)


def _extra(name: str, texts: Sequence[str], purpose: str) -> Finding:
    faults = {text: fault for text in texts if (fault := absence(Requirement(text)))}
    if not faults:
        versions = [f"{Requirement(text).name} {version(Requirement(text).name)}" for text in texts]
        return Finding(f"extra {name}", ", ".join(versions))
    wrong = any(fault != "not installed" for fault in faults.values())
    lacking = "; ".join(f"{Requirement(text).name} {fault}" for text, fault in faults.items())
    return Finding(
        f"extra {name}", f"{lacking} ({purpose})", "warning" if wrong else "note", f"pip install -e '.[{name}]'"
    )


def _cuda() -> str:
    import torch

    built = torch.version.cuda
    if built is None:
        return ", for the CPU alone"
    names = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    gpus = "; ".join(f"{gpu.name}, {gpu.total_memory / 2**30:.0f} GiB" for gpu in names)
    return f", CUDA {built}: {gpus or 'no GPU'}"
