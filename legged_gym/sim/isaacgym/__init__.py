"""NVIDIA's Isaac Gym, in an interpreter of its own, behind the `Simulator` contract."""
