"""Package description of robust_parallel: the `legged_gym` environments and the `rsl_rl` learner."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

VERSION = re.findall(r'__version__ = "(.+)"', Path("legged_gym/version.py").read_text())[0]
SWEEP = ["optuna>=4.5", "sqlalchemy>=2"]
WANDB = ["wandb>=0.31"]
# Parts of mujoco-warp's internals are used: see robust_parallel/warp_physics/package.py.
GPU = ["mujoco-warp>=4.0,<4.1", "warp-lang>=1.19"]
ROBOT = ["cyclonedds>=11,<12"]
WEB = ["viser>=1.1,<2", "mjviser>=0.0.14,<0.1"]
DATA = ("resources", "examples", "sweep_config_example.json")
"""What a wheel keeps inside `legged_gym`, where `LEGGED_GYM_ROOT_DIR` finds it."""
PROGRAMS = {
    "rp-train": "train",
    "rp-collect": "collect",
    "rp-play": "play",
    "rp-evaluate": "evaluate",
    "rp-benchmark": "benchmark",
    "rp-doctor": "doctor",
    "rp-sim2sim": "sim2sim",
    "rp-run-robot": "run_robot",
    "rp-simulate-robot": "simulate_robot",
    "rp-rehearse-robot": "rehearse_robot",
    "rp-sweep": "sweep",
    "rp-check-robot": "check_robot",
    "rp-export-page": "export_page",
    "rp-plot-terrain": "plot_terrain",
    "rp-train-actuator": "train_actuator",
    "rp-make-actuator-data": "make_actuator_data",
}
"""Console commands, and their modules in `legged_gym.scripts`."""


class BuildWithData(build_py):
    """Builds the packages and, for a wheel, puts the data into them."""

    def run(self) -> None:
        """Start from an empty folder: what an earlier build left there would be packed too."""
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        for name in () if self.editable_mode else DATA:
            source, target = Path(name), Path(self.build_lib, "legged_gym", name)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copyfile(source, target)


setup(
    name="robust_parallel",
    version=VERSION,
    description="Massively parallel reinforcement learning of robust legged locomotion",
    author="The Robust Parallel authors",
    license="BSD-3-Clause",
    license_files=["LICENSE"],
    packages=find_packages(
        include=[
            "robust_parallel",
            "robust_parallel.*",
            "legged_gym",
            "legged_gym.*",
            "rsl_rl",
            "rsl_rl.*",
            "studies",
            "studies.*",
        ]
    ),
    package_data={
        "robust_parallel": ["py.typed"],
        "legged_gym": ["py.typed", "viewing/web/*.js", "viewing/web/static/*"],
        "rsl_rl": ["py.typed"],
    },
    cmdclass={"build_py": BuildWithData},
    entry_points={
        "console_scripts": [f"{name} = legged_gym.scripts.{module}:run" for name, module in PROGRAMS.items()]
    },
    python_requires=">=3.11",
    install_requires=[
        "torch>=2.9,<2.14",  # exporters and graph capture are tested up to 2.13
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
    ],
    extras_require={
        "gpu": GPU,
        "sweep": SWEEP,
        "wandb": WANDB,
        "robot": ROBOT,
        "web": WEB,
        "test": [
            *GPU,
            *SWEEP,
            *WANDB,
            *ROBOT,
            *WEB,
            "pytest",
            "pytest-xdist",
            "hypothesis",
            "playwright",
            "ruff",
            "pyright",
            "setuptools>=77",
        ],
    },
)
