"""Robots that see the ground around their feet, exactly or through a noisy map."""
