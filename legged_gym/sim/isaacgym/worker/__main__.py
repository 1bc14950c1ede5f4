"""Answers requests until the pipe that they come through closes.

Arguments: file descriptors of the requests and the answers, and the process that asks.
"""

import sys

if sys.version_info < (3, 6):
    sys.exit("Python %d.%d; Isaac Gym is for 3.6 to 3.8" % sys.version_info[:2])

import serve

serve.serve(*map(int, sys.argv[1:4]))
