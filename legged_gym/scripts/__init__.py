"""Programs: train.py, play.py."""
