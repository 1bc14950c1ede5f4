"""Simulators of every engine of this machine, on the CPU."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from legged_gym.sim.config import SimCfg
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.isaacgym import simulator
from legged_gym.sim.isaacgym.worker_process import PYTHON_VARIABLE
from legged_gym.sim.simulator import Simulator
from legged_gym.sim.terrain_model import TerrainLike
from tests.sim.robots import ENGINES, Go2Asset, MakeSim, StiffControl, flat_terrain, with_settings
from tests.sim.workers import Pool, interpreter


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "isaacgym":
        request.getfixturevalue("isaacgym_workers")
    return request.param


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    pool = Pool()
    yield pool
    pool.close()


@pytest.fixture
def isaacgym_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pool: Pool) -> None:
    """Let the engine isaacgym run on the module of that name here, in workers that are used again."""
    monkeypatch.setenv(PYTHON_VARIABLE, str(interpreter(tmp_path)))
    monkeypatch.setattr(simulator, "WorkerProcess", pool.lend)


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
        made_one = make_simulator(
            with_settings(Go2Asset, **(asset or {})),
            with_settings(StiffControl, **(control or {})),
            with_settings(SimCfg, engine=engine, **(sim or {})),
            terrain or flat_terrain(),
            num_envs,
            "cpu",
        )
        made.append(made_one)
        return made_one

    yield build
    for made_one in made:
        made_one.close()
