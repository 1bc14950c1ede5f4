"""Massively parallel environments for legged robots."""

from pathlib import Path

LEGGED_GYM_ROOT_DIR = str(Path(__file__).resolve().parent.parent)
"""The checkout: `resources/` and `logs/` live in it (install with `pip install -e .`)."""
