"""Configurations: nested classes and plain data, and how the command line sets their fields."""
