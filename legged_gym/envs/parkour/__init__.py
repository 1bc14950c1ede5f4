"""Robots that climb, leap, crawl and tilt along a track of obstacles."""
