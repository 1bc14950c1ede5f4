"""The module's engine on a GPU: captured graphs, streams and waiting, which Warp's CPU device cannot show."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from isaacgym import gymapi, gymtorch
from tests.gpu.waiting import no_waiting
from tests.isaacgym.worlds import BALL, GRAVITY, PENDULUM, SPHERE, World, world
from tests.pythonpath import extended

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]
ROOT = Path(__file__).parents[2]
GO2 = ROOT / "resources/robots/go2/urdf/go2.urdf"
DEVICE = torch.device("cuda", 0)


def go2(folder: Path, count: int, on_gpu: bool) -> World:
    """Standing robots with feet of their own friction."""
    made = world(folder, GO2.read_text(), count=count, height=0.34, on_gpu=on_gpu).prepare()
    made.joints.view(count, 12, 2)[..., 0] = torch.tensor([0.0, 0.8, -1.5] * 4)
    made.set_joints()
    return made


def hold(made: World, steps: int) -> None:
    """Drive the joints back to the stance by torques, as a fork does."""
    angles = made.joints.view(-1, 12, 2)
    stance = torch.tensor([0.0, 0.8, -1.5] * 4, device=made.joints.device)
    for _ in range(steps):
        torques = 30.0 * (stance - angles[..., 0]) - 0.8 * angles[..., 1]
        made.set_torques(torques.contiguous())
        made.gym.simulate(made.sim)
        made.gym.refresh_dof_state_tensor(made.sim)
    made.refresh()


def test_tensors_are_on_the_gpu_and_keep_their_storage(tmp_path):
    falling = world(tmp_path, BALL, count=3, height=50.0, ground=False, on_gpu=True).prepare()
    assert {tensor.device for tensor in (falling.roots, falling.bodies, falling.contacts)} == {DEVICE}
    pointer, velocity = falling.roots.data_ptr(), falling.roots[:, 9]
    falling.run(100)
    assert velocity.cpu() == pytest.approx(torch.full((3,), -GRAVITY * 0.5), abs=1e-4)
    again = gymtorch.wrap_tensor(falling.gym.acquire_actor_root_state_tensor(falling.sim))
    assert again.data_ptr() == falling.roots.data_ptr() == pointer


def test_contact_force_is_weight(tmp_path):
    for index, (urdf, height) in enumerate(((BALL, 0.1), (SPHERE, 0.1))):
        (tmp_path / str(index)).mkdir()
        resting = world(tmp_path / str(index), urdf, count=4, height=height, on_gpu=True).prepare()
        resting.run(400)
        assert resting.contacts[:, 2].cpu() == pytest.approx(torch.full((4,), 2.0 * GRAVITY), rel=1e-3)


def test_the_captured_step_does_what_the_eager_one_does(tmp_path):
    standing = go2(tmp_path, 64, on_gpu=True)
    roots, joints = standing.roots.clone(), standing.joints.clone()
    graph, results = standing.sim.engine._graph, []
    assert graph is not None
    for captured in (True, False):
        standing.roots.copy_(roots)
        standing.joints.copy_(joints)
        standing.set_roots()
        standing.set_joints()
        standing.sim.engine._graph = graph if captured else None
        torch.cuda.synchronize()  # eager steps run on Warp's own stream
        for _ in range(8):
            standing.gym.simulate(standing.sim)
            torch.cuda.synchronize()
        standing.refresh()
        results.append([standing.roots.clone(), standing.joints.clone(), standing.contacts.clone()])
    for replayed, eager in zip(*results, strict=True):
        assert (replayed - eager).abs().max() < 1e-2 * eager.abs().max().clamp(min=1.0)


def test_it_does_what_mujoco_c_does(tmp_path):
    """A Go2 lands and stands: the same path, and its feet carry its weight in both."""
    made = {}
    for on_gpu in (True, False):
        (tmp_path / str(on_gpu)).mkdir()
        made[on_gpu] = go2(tmp_path / str(on_gpu), 8, on_gpu)
        hold(made[on_gpu], 40)
    ours, theirs = made[True], made[False]
    assert ours.roots.cpu()[:, :7] == pytest.approx(theirs.roots[:, :7], abs=5e-3)
    assert ours.joints.cpu()[:, 0] == pytest.approx(theirs.joints[:, 0], abs=2e-2)
    for each in made.values():
        hold(each, 360)
    up = [each.contacts.view(8, -1, 3).sum(dim=1)[:, 2].cpu() for each in made.values()]
    assert up[0] == pytest.approx(up[1], rel=0.03)


def test_nothing_waits_for_the_gpu(tmp_path):
    standing = go2(tmp_path, 64, on_gpu=True)
    torques, rows = torch.zeros(64, 12, device=DEVICE), torch.arange(0, 64, 3, device=DEVICE, dtype=torch.int32)
    listed = gymtorch.unwrap_tensor(rows), len(rows)
    gym, sim = standing.gym, standing.sim
    forces = torch.zeros_like(standing.contacts)
    with no_waiting():
        for _ in range(120):  # failures are looked for now and then
            standing.set_torques(torques)
            gym.apply_rigid_body_force_tensors(sim, gymtorch.unwrap_tensor(forces), None, gymapi.LOCAL_SPACE)
            gym.simulate(sim)
            standing.refresh()
            gym.set_dof_state_tensor_indexed(sim, gymtorch.unwrap_tensor(standing.joints), *listed)
            gym.set_actor_root_state_tensor_indexed(sim, gymtorch.unwrap_tensor(standing.roots), *listed)
            standing.set_roots()


def test_listed_robots_alone_are_set_joints_and_bases_apart(tmp_path):
    state = world(tmp_path, PENDULUM, count=5, ground=False, on_gpu=True).prepare()
    rows = torch.tensor([4, 1], dtype=torch.int32, device=DEVICE)
    listed = gymtorch.unwrap_tensor(rows), len(rows)
    state.joints[:, 0], state.roots[:, 0] = 0.3, 7.0
    state.gym.set_dof_state_tensor_indexed(state.sim, gymtorch.unwrap_tensor(state.joints), *listed)
    state.refresh()
    assert state.joints[:, 0].tolist() == pytest.approx([0.0, 0.3, 0.0, 0.0, 0.3]) and not state.roots[:, 0].any()
    state.roots[:, 0] = 7.0
    state.gym.set_actor_root_state_tensor_indexed(state.sim, gymtorch.unwrap_tensor(state.roots), *listed)
    state.refresh()
    assert state.roots[:, 0].tolist() == [0.0, 7.0, 0.0, 0.0, 7.0]


def test_it_follows_torchs_current_stream(tmp_path):
    falling = world(tmp_path, BALL, count=2, height=50.0, ground=False, on_gpu=True).prepare()
    stream = torch.cuda.Stream()
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(100_000_000)  # what the default stream does meanwhile would read too early
        falling.roots[:, 7] = 1.0
        falling.set_roots()
        falling.run(20)
        moved = falling.roots[:, 0].clone()
    stream.synchronize()
    assert moved.tolist() == pytest.approx([0.1, 0.1], abs=1e-4)


def test_failures_are_told_without_waiting(tmp_path, caplog):
    falling = world(tmp_path, BALL, count=2, height=50.0, ground=False, on_gpu=True).prepare()
    falling.roots[1, 7] = float("nan")
    falling.set_roots()
    for _ in range(3):
        falling.run(60)
        torch.cuda.synchronize()
    assert falling.roots.isfinite().all() and falling.sim.engine.failures["non_finite"] == 1
    assert "failed so far: 1 non_finite" in caplog.text


@pytest.mark.parametrize("flags", [(), ("--mesh_type=trimesh", "--randomize")])
def test_a_fork_trains(flags):
    command = [
        sys.executable,
        str(ROOT / "tests/isaacgym/fork.py"),
        "--headless",
        "--num_envs=64",
        "--max_iterations=2",
    ]
    environment = os.environ | {"PYTHONPATH": extended(ROOT), "FORK_ROBOT": str(GO2)}
    result = subprocess.run([*command, *flags], env=environment, capture_output=True, text=True)
    assert result.returncode == 0 and "on MuJoCo Warp" in result.stderr, result.stderr
    assert all(6.0 < float(reward) < 24.0 for reward in re.findall(r": ([\d.-]+) at", result.stdout))
