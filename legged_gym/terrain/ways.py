"""How robots go along a way across a tile, in environments of many and in programs of one."""

LOOKAHEAD = 1.0
"""The point to go to lies this far ahead of a robot on the way, m: two thirds of a second at 1.5 m/s."""
STRIDE = 0.1
"""Less new way than this is none, m."""
BEHIND = 0.4
"""A robot is past an obstacle of a track when its base is so far behind it, m: half a robot."""
