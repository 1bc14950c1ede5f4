"""Robots as they are published: URDF read, checked and mended, then handed to MuJoCo in a form that it takes.

`read_urdf` gives a `Robot`, plain data with the notices of what was mended; `to_spec` makes a MuJoCo model of it to
edit, and `compile_spec` one to step. The room knows nothing of the rest of the project but its errors.
"""

from robust_parallel.urdf.reader import read_urdf
from robust_parallel.urdf.spec import compile_spec, to_spec
from robust_parallel.urdf.tree import Inertial, Joint, Link, Mimic, Pose, Robot, Shape

__all__ = ["Inertial", "Joint", "Link", "Mimic", "Pose", "Robot", "Shape", "compile_spec", "read_urdf", "to_spec"]
