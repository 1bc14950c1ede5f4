"""A stand-in of Isaac Gym that takes its calls to the letter, and says what was called wrong.

Names, signatures and fields are those of the public documentation. The physics is a toy: bases fly freely, each joint
is an inertia of 1 kg m^2. Python 3.6 syntax, as the worker's.
"""

import sys

if "torch" in sys.modules:
    raise ImportError("PyTorch was imported before isaacgym modules")
print("Importing module 'gym_38' (somewhere/gym_38.so)")  # as much as it likes, on the output of the program
