"""The program that runs in Isaac Gym's own Python, 3.6 to 3.8: standard library, NumPy, PyTorch and isaacgym alone.

The interpreter is given this folder and runs `__main__`; `wire`, `arrays` and `cuda_memory` are imported by the other
side, too.
"""
