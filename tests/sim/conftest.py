"""Simulators of every engine of this machine, on the CPU."""

from collections.abc import Iterator

import pytest

from legged_gym.sim.config import SimCfg
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.simulator import Simulator
from legged_gym.sim.terrain_model import TerrainLike
from tests.sim.robots import ENGINES, Go2Asset, MakeSim, StiffControl, flat_terrain, with_settings


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def make(engine: str) -> Iterator[MakeSim]:
    """Make simulators of the engine under test; keyword arguments change `asset`, `control`, `sim` and `terrain`."""
    made: list[Simulator] = []

    def build(
        num_envs: int = 2,
        asset: dict | None = None,
        control: dict | None = None,
        sim: dict | None = None,
        terrain: TerrainLike | None = None,
    ) -> Simulator:
        simulator = make_simulator(
            with_settings(Go2Asset, **(asset or {})),
            with_settings(StiffControl, **(control or {})),
            with_settings(SimCfg, engine=engine, **(sim or {})),
            terrain or flat_terrain(),
            num_envs,
            "cpu",
        )
        made.append(simulator)
        return simulator

    yield build
    for simulator in made:
        simulator.close()
