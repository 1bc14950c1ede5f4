"""Robots that are to get across ground where sight decides."""
