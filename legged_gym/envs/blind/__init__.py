"""Robots that have no map and remember what they feel."""
