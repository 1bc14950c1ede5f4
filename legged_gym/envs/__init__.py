"""Environments: the base robot, and one folder for each robot and kind of task."""
