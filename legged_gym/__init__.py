"""Massively parallel environments for legged robots."""

import os
from pathlib import Path

# Torch's OpenMP threads otherwise spin while they wait and take the cores from the physics engine's threads: a training
# iteration on two busy cores took 2.5 times as long. Read when torch is loaded, so it has to be set before.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

LEGGED_GYM_ROOT_DIR = str(Path(__file__).resolve().parent.parent)
"""The checkout: `resources/` and `logs/` live in it (install with `pip install -e .`)."""
