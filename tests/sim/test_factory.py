"""Which engine a configuration gets."""

import pytest

from legged_gym.sim.config import SimCfg
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.mujoco_cpu import MujocoSimulator
from legged_gym.utils.errors import UserError
from tests.own_parts import Engine
from tests.sim.robots import Go2Asset, StiffControl, flat_terrain, with_settings


def make(engine: str, device: str):
    sim = with_settings(SimCfg, engine=engine, num_threads=1)
    return make_simulator(Go2Asset(), StiffControl(), sim, flat_terrain(), 1, device)


@pytest.mark.parametrize("engine", ["auto", "mujoco"])
def test_the_cpu_gets_mujoco_c(engine: str):
    sim = make(engine, "cpu")
    assert isinstance(sim, MujocoSimulator)
    sim.close()


def test_engines_that_are_not_there_are_told():
    with pytest.raises(UserError, match="bullet"):
        make("bullet", "cpu")


def test_an_engine_of_a_users_own_is_named_by_where_it_is():
    sim = make("tests.own_parts:Engine", "cpu")
    assert isinstance(sim, Engine)
    sim.close()


def test_mujoco_c_refuses_a_gpu():
    with pytest.raises(UserError, match="runs on the CPU"):
        MujocoSimulator(Go2Asset(), StiffControl(), SimCfg(), flat_terrain(), 1, "cuda:0")
