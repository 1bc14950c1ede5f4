"""Runs: their folders and checkpoints, stages, settings and tracking."""
