"""Actuator models on a GPU: captured graphs, streams, waiting and speed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from legged_gym.actuators.networks import LSTMActuator, MLPActuator, Scales, save_network
from legged_gym.actuators.pd import DelayedPD
from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.seeding import set_seed
from tests.gpu.waiting import no_waiting

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]

WORLDS = 64
DEVICE = "cuda:0"
MODELS = ["delayed_pd", "torque", "lstm", "mlp"]
Settings = Callable[[str], dict[str, Any]]


class Go2(AssetCfg):
    file = "{ROOT}/resources/robots/go2/urdf/go2.urdf"
    foot_name = "foot"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """What `control.actuator` has to say for each of `MODELS` and `pd`; the networks are untrained."""
    folder: Path = tmp_path_factory.mktemp("networks")
    torch.manual_seed(0)
    scales = Scales(torque=10.0)
    save_network(folder / "lstm.pt", LSTMActuator(SimCfg.dt, scales=scales), {})
    save_network(folder / "mlp.pt", MLPActuator(SimCfg.dt, stride=2, scales=scales), {})
    networks = {kind: {"model": "network", "network_file": str(folder / f"{kind}.pt")} for kind in ("lstm", "mlp")}
    others = {"pd": {"model": "pd"}, "torque": {"model": "torque"}}
    return {"delayed_pd": {"model": "delayed_pd", "delay_range": [0, 3]}, **others, **networks}.__getitem__


def make(values: dict[str, Any], worlds: int = WORLDS, engine: str = "mujoco_warp") -> Any:
    class Drives(ControlCfg):
        stiffness = {"joint": 60.0}
        damping = {"joint": 2.0}

        class actuator(ControlCfg.actuator):
            pass

    class Plane(TerrainCfg):
        mesh_type = "plane"

    for name, value in values.items():
        setattr(Drives.actuator, name, value)
    terrain = Terrain(Plane(), seed=0)
    if engine == "mujoco":
        from legged_gym.sim.mujoco_cpu import MujocoSimulator

        return MujocoSimulator(Go2(), Drives(), SimCfg(), terrain, worlds, "cpu")
    from legged_gym.sim.mujoco_warp import MujocoWarpSimulator

    return MujocoWarpSimulator(Go2(), Drives(), SimCfg(), terrain, worlds, DEVICE)


@pytest.fixture(scope="module", params=MODELS)
def sim(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Any]:
    sim = make(settings(request.param))
    yield sim
    sim.close()


def spawn(sim: Any, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Robots high in the air, each in its own pose."""
    generator = torch.Generator().manual_seed(seed)
    root = torch.zeros(sim.num_envs, 13)
    root[:, 2], root[:, 6] = 3.0, 1.0
    dof_pos = torch.tensor([0.0, 0.8, -1.5] * 4) + 0.1 * torch.randn(sim.num_envs, 12, generator=generator)
    return root.to(sim.device), dof_pos.to(sim.device), torch.zeros(sim.num_envs, 12, device=sim.device)


def everyone(sim: Any) -> torch.Tensor:
    return torch.ones(sim.num_envs, dtype=torch.bool, device=sim.device)


def commands(sim: Any, steps: int) -> list[torch.Tensor]:
    """Joint targets (or torques) that keep the legs moving."""
    noise = torch.randn(steps, sim.num_envs, 12, generator=torch.Generator().manual_seed(7))
    return list((torch.tensor([0.0, 0.8, -1.5] * 4) + 0.2 * noise).to(sim.device))


def roll_out(sim: Any, steps: int = 5) -> list[torch.Tensor]:
    torch.manual_seed(0)  # of the delays that the reset draws
    sim.reset(everyone(sim), *spawn(sim))
    for targets in commands(sim, steps):
        sim.step(targets)
    return [tensor.clone() for tensor in (sim.dof_pos, sim.dof_vel, sim.torques, sim.root_states)]


def assert_close(first: list[torch.Tensor], second: list[torch.Tensor], tolerance: float) -> None:
    for got, expected in zip(first, second, strict=True):
        scale = expected.abs().max().clamp(min=1.0).cpu()
        assert ((got.cpu() - expected.cpu()).abs() < tolerance * scale).all()


def test_captured_steps_do_what_eager_ones_do(sim, monkeypatch: pytest.MonkeyPatch):
    captured = roll_out(sim)

    def eager(function: Callable[[], None]) -> Callable[[], None]:
        """Uncaptured, torch's and Warp's kernels are on streams of their own."""

        def call() -> None:
            torch.cuda.synchronize()
            function()
            torch.cuda.synchronize()

        return call

    monkeypatch.setattr(sim, "_drive", eager(sim._compute_torques))
    monkeypatch.setattr(sim, "_advance", eager(sim._substeps))
    assert_close(captured, roll_out(sim), 2e-3)
    assert captured[2].abs().max() > 0.1


def test_a_roll_out_is_that_of_mujoco_c(sim, settings: Settings, request: pytest.FixtureRequest):
    model = request.node.callspec.params["sim"]
    values = settings(model) | ({"delay_range": [2, 2]} if model == "delayed_pd" else {})
    here, reference = make(values), make(values, engine="mujoco")
    assert_close(roll_out(here), roll_out(reference), 5e-3)
    here.close()
    reference.close()


def test_nothing_waits_for_the_gpu(sim):
    state, mask, targets = spawn(sim), everyone(sim), commands(sim, 1)[0]
    limits = sim.read("torque_limits")
    with no_waiting():
        for _ in range(3):
            sim.step(targets)
            sim.reset(mask, *state)
            sim.randomize("torque_limits", limits, mask=mask)
            sim.step_physics()


def test_a_reset_starts_afresh_and_touches_no_other(sim):
    """Reset into the state of the start, half of the robots repeat the roll-out; the others go on as before."""
    mask = torch.arange(sim.num_envs, device=sim.device) % 2 == 0
    if isinstance(sim._actuator, DelayedPD):
        pytest.skip("draws another delay")
    first = roll_out(sim)
    sim.reset(mask, *spawn(sim))
    assert not sim.torques[mask].any()
    assert torch.equal(sim.torques[~mask], first[2][~mask]) and torch.equal(sim.dof_pos[~mask], first[0][~mask])
    for targets in commands(sim, 5):
        sim.step(targets)
    again = [tensor[mask] for tensor in (sim.dof_pos, sim.dof_vel, sim.torques, sim.root_states)]
    assert_close(again, [tensor[mask] for tensor in first], 2e-3)


def test_a_reset_can_be_captured_by_torch(sim):
    mask = torch.zeros(sim.num_envs, dtype=torch.bool, device=sim.device)
    state = spawn(sim)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        sim.reset(mask, *state)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        sim.reset(mask, *state)
    roll_out(sim)
    before = sim.dof_pos.clone()
    mask[::2] = True
    graph.replay()
    assert torch.equal(sim.dof_pos[::2], state[1][::2]) and torch.equal(sim.dof_pos[1::2], before[1::2])
    assert not sim._actuator.torques[::2].any()


def test_it_follows_torchs_current_stream(sim):
    expected = roll_out(sim)
    stream = torch.cuda.Stream()
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(100_000_000)  # what another stream does meanwhile would read too early
        got = roll_out(sim)
    stream.synchronize()
    assert_close(got, expected, 2e-3)


@pytest.mark.parametrize("model", ["delayed_pd", "lstm"])
def test_a_step_of_the_environment_waits_for_nothing(model: str, settings: Settings):
    cfg, _ = get_cfgs("go2_flat")
    cfg.env.num_envs = 128
    cfg.sim.engine = "mujoco_warp"
    cfg.domain_rand.randomize_motor_strength = True
    for name, value in settings(model).items():
        setattr(cfg.control.actuator, name, value)
    set_seed(1)
    env = make_env("go2_flat", cfg, DEVICE, 1)
    actions = torch.randn(10, env.num_envs, env.num_actions, device=env.device)
    for action in actions:  # warm-up and capture may wait
        env.step(action)
    with no_waiting():
        for action in actions:
            env.step(action)
    env.close()
