"""Package description of robust_parallel: the `legged_gym` environments and the `rsl_rl` learner."""

from setuptools import find_packages, setup

SWEEP = ["optuna>=4.5", "sqlalchemy>=2"]
WANDB = ["wandb>=0.31"]
GPU = ["mujoco-warp>=4.0,<4.1", "warp-lang>=1.19"]  # parts of mujoco-warp's internals are used: see sim/warp_package.py

setup(
    name="robust_parallel",
    version="0.1.0",
    description="Massively parallel reinforcement learning of robust legged locomotion",
    author="The Robust Parallel authors",
    license="BSD-3-Clause",
    license_files=["LICENSE"],
    packages=find_packages(include=["legged_gym", "legged_gym.*", "rsl_rl", "rsl_rl.*", "studies", "studies.*"]),
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
        "test": [*GPU, *SWEEP, *WANDB, "pytest", "pytest-xdist", "hypothesis", "ruff", "pyright"],
    },
)
