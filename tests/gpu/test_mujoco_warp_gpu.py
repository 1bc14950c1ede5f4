"""MuJoCo Warp on a GPU: captured graphs, streams and waiting, which its CPU device cannot show."""

import pytest
import torch

from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from tests.gpu.waiting import no_waiting

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]

WORLDS = 64
DEVICE = "cuda:0"


class Go2(AssetCfg):
    file = "{ROOT}/resources/robots/go2/urdf/go2.urdf"
    foot_name = "foot"


class Drives(ControlCfg):
    stiffness = {"joint": 60.0}
    damping = {"joint": 2.0}


def make_terrain(mesh_type: str) -> Terrain:
    class Map(TerrainCfg):
        num_rows = 2
        num_cols = 4

    Map.mesh_type = mesh_type
    return Terrain(Map(), seed=0)


def make(mesh_type: str, device: str = DEVICE, worlds: int = WORLDS):
    from legged_gym.sim.mujoco_warp import MujocoWarpSimulator

    terrain = make_terrain(mesh_type)
    sim = MujocoWarpSimulator(Go2(), Drives(), SimCfg(), terrain, worlds, device)
    sim.origin = torch.tensor(terrain.env_origins[1, 0])
    return sim


@pytest.fixture(scope="module", params=["plane", "heightfield"])
def sim(request):
    sim = make(request.param)
    yield sim
    sim.close()


def stance(sim) -> torch.Tensor:
    return torch.tensor([0.0, 0.8, -1.5] * 4, device=sim.device).repeat(sim.num_envs, 1)


def spawn(sim, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Robots a little above a tile's middle, each moving in its own way."""
    generator = torch.Generator().manual_seed(seed)
    root = torch.zeros(sim.num_envs, 13)
    root[:, :3] = sim.origin
    root[:, 2] += 0.4
    root[:, 6] = 1.0
    root[:, 7:] = 0.3 * torch.randn(sim.num_envs, 6, generator=generator)
    root = root.to(sim.device)
    noise = 0.1 * torch.randn(sim.num_envs, 12, generator=generator).to(sim.device)
    return root, stance(sim) + noise, torch.zeros_like(noise)


def everyone(sim) -> torch.Tensor:
    return torch.ones(sim.num_envs, dtype=torch.bool, device=sim.device)


def delays(sim) -> torch.Tensor:
    """Targets that are 0 to 4 substeps late, robot after robot."""
    return torch.arange(sim.num_envs, dtype=torch.int32, device=sim.device) % 5


def snapshot(sim) -> list[torch.Tensor]:
    live = (sim.root_states, sim.dof_pos, sim.dof_vel, sim.torques, sim.body_states, sim.contact_forces, sim.failed)
    return [tensor.clone() for tensor in live]


def test_a_robot_stands_and_its_feet_carry_it(sim):
    sim.reset(everyone(sim), *spawn(sim))
    for _ in range(100):
        sim.step(stance(sim))
    total = sim.contact_forces.sum(dim=1)[:, 2]
    assert total.median().item() == pytest.approx(15.019 * 9.81, rel=0.03)
    assert not sim.failed.any()
    assert not any(sim.failure_counts().values())


def test_the_captured_step_does_what_the_eager_one_does(sim):
    state = spawn(sim, seed=1)
    results = []
    graph = sim._graph
    for captured in (True, False):
        sim._graph = graph if captured else None
        try:
            sim.reset(everyone(sim), *state)
            torch.cuda.synchronize()  # eager substeps run on Warp's own stream
            for _ in range(2):
                sim.step(stance(sim), delays(sim))
                torch.cuda.synchronize()
        finally:
            sim._graph = graph
        results.append(snapshot(sim))
    for replayed, eager in zip(*results, strict=True):
        scale = eager.float().abs().max().clamp(min=1.0)
        assert (replayed.float() - eager.float()).abs().max() < 1e-2 * scale


def test_it_does_what_mujoco_c_does():
    from legged_gym.sim.mujoco_cpu import MujocoSimulator

    terrain = make_terrain("plane")
    sim = make("plane")
    reference = MujocoSimulator(Go2(), Drives(), SimCfg(), terrain, WORLDS, "cpu")
    state = spawn(sim, seed=2)
    for each in (sim, reference):
        each.reset(everyone(each), *(part.to(each.device) for part in state))
        for step in range(15):
            each.step(stance(each) + 0.05 * (-1.0) ** step, delays(each))
    for got, expected in zip(snapshot(sim)[:3], snapshot(reference)[:3], strict=True):
        error = (got.cpu() - expected).abs()
        assert error.median() < 1e-3
        assert error.quantile(0.99) < 5e-2
    sim.close()
    reference.close()


def test_nothing_waits_for_the_gpu(sim):
    state, mask, targets = spawn(sim), everyone(sim), stance(sim)
    push = torch.full((sim.num_envs, 6), 0.1, device=sim.device)
    friction = torch.ones(sim.num_envs, device=sim.device)
    with no_waiting():
        for _ in range(3):
            sim.step(targets)
            sim.reset(mask, *state)
            sim.apply_push(push)
            sim.randomize("friction", friction, mask=mask)
            sim.step_physics()


def test_the_gpu_is_still_at_work_when_all_steps_are_issued():
    """The CPU runs ahead of it: nothing hidden in Warp waits either."""
    sim = make("plane", worlds=4096)
    sim.reset(everyone(sim), *spawn(sim))
    targets = stance(sim)
    end = torch.cuda.Event()
    sim.step(targets)
    torch.cuda.synchronize()
    for _ in range(20):
        sim.step(targets)
    end.record()
    assert not end.query()


def test_a_masked_reset_changes_no_bit_elsewhere(sim):
    sim.reset(everyone(sim), *spawn(sim))
    for _ in range(20):
        sim.step(stance(sim))
    before = snapshot(sim)
    mask = torch.arange(sim.num_envs, device=sim.device) % 3 == 0
    state = spawn(sim, seed=3)
    sim.reset(mask, *state)
    after = snapshot(sim)
    assert all(torch.equal(a[~mask], b[~mask]) for a, b in zip(before, after, strict=True))
    assert torch.equal(sim.dof_pos[mask], state[1][mask])
    assert not sim.contact_forces[mask].any()


def test_reset_and_push_can_be_captured_by_torch(sim):
    mask = torch.zeros(sim.num_envs, dtype=torch.bool, device=sim.device)
    state = tuple(part.clone() for part in spawn(sim))
    push = torch.zeros(sim.num_envs, 6, device=sim.device)

    def after_step() -> None:
        sim.reset(mask, *state)
        sim.apply_push(push)

    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        after_step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        after_step()

    new = spawn(sim, seed=4)
    mask[::2] = True
    push[1] = 0.5
    for part, value in zip(state, new, strict=True):
        part.copy_(value)
    sim.reset(everyone(sim), *spawn(sim))
    sim.step(stance(sim))
    before = snapshot(sim)
    graph.replay()
    torch.cuda.synchronize()
    assert torch.equal(sim.dof_pos[::2], new[1][::2])
    assert (sim.root_states[1, 7:] - before[0][1, 7:]).tolist() == pytest.approx([0.5] * 6, abs=1e-5)
    assert torch.equal(sim.root_states[3::2], before[0][3::2])
    sim.step(stance(sim))
    assert not sim.failed.any()


def test_it_follows_torchs_current_stream(sim):
    """No stream is named: work on another current stream must still come in order."""
    stream = torch.cuda.Stream()
    state = spawn(sim, seed=5)
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(100_000_000)  # what the default stream does meanwhile would read too early
        sim.reset(everyone(sim), *state)
        copy = sim.dof_pos.clone()
        sim.step(stance(sim))
        moved = sim.dof_pos.clone()
    stream.synchronize()
    assert torch.equal(copy, state[1])
    assert not torch.equal(moved, copy)
    assert moved.isfinite().all()


def test_inertial_randomization_takes_effect(sim):
    nominal = sim.read("base_mass")
    sim.randomize("base_mass", nominal + 3.0)
    sim.reset(everyone(sim), *spawn(sim))
    for _ in range(100):
        sim.step(stance(sim))
    heavy = sim.contact_forces.sum(dim=1)[:, 2].median().item()
    sim.randomize("base_mass", nominal)
    assert heavy == pytest.approx((15.019 + 3.0) * 9.81, rel=0.03)


def test_many_worlds_share_one_height_field():
    """4096 worlds on a map of 30 MB stay within 8 GB."""

    class Large(TerrainCfg):
        mesh_type = "heightfield"

    from legged_gym.sim.mujoco_warp import MujocoWarpSimulator

    terrain = Terrain(Large(), seed=0)
    torch.cuda.synchronize()
    free_before, _ = torch.cuda.mem_get_info()
    sim = MujocoWarpSimulator(Go2(), Drives(), SimCfg(), terrain, 4096, DEVICE)
    origins = torch.tensor(terrain.env_origins).reshape(-1, 3)
    sim.origin = origins[torch.arange(4096) % len(origins)]
    root, dof_pos, dof_vel = spawn(sim)
    sim.reset(everyone(sim), root, dof_pos, dof_vel)
    for _ in range(50):
        sim.step(stance(sim))
    torch.cuda.synchronize()
    free_after, _ = torch.cuda.mem_get_info()
    assert free_before - free_after < 8e9
    assert sim.failed.float().mean() < 0.01
