"""A trained policy as a file that a robot can use."""
