"""Physics engines behind one contract."""

from legged_gym.sim.factory import make_simulator
from legged_gym.sim.simulator import RANDOMIZABLE_FIELDS, Simulator

__all__ = ["RANDOMIZABLE_FIELDS", "Simulator", "make_simulator"]
