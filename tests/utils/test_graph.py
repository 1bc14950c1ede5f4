"""Functions that are fused or recorded: what they do and where, and that nothing in the hot path cannot be fused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.seeding import set_seed
from robust_parallel import graph
from robust_parallel.errors import UserError
from rsl_rl.algorithms import PPO
from rsl_rl.modules import ActorCritic
from rsl_rl.storage import RolloutStorage

PARTS = ("_apply_actions", "_evaluate", "_end_episodes", "_observe")


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled as `fused` does, but for the kernels, which take a minute; an error where it would be several graphs."""
    return torch.compile(function, dynamic=False, fullgraph=True, backend="aot_eager")


def make_rough() -> LeggedRobot:
    cfg, _ = get_cfgs("go2_rough")
    cfg.env.num_envs, cfg.sim.engine = 8, "mujoco"
    cfg.terrain.num_rows, cfg.terrain.num_cols = 2, 5
    set_seed(1)
    return make_env("go2_rough", cfg, "cpu", 1)


def test_a_function_that_is_not_fused_is_itself() -> None:
    def function() -> None: ...

    assert graph.fused(function, enabled=False) is function


def test_a_machine_without_a_compiler_is_told() -> None:
    nothing = {"cpp.cxx": ("/nowhere/c++",), "force_disable_caches": True}
    function = graph.fused(lambda x: x.sin() + x.cos(), enabled=True)
    with torch._inductor.config.patch(nothing), pytest.raises(UserError, match="torch_compile has to be False"):
        function(torch.ones(3))


def test_a_step_beside_physics_is_one_graph_a_part_and_does_the_same() -> None:
    """Rough terrain, pushes, noise and episodes that end; the same random numbers."""
    plain, fused = make_rough(), make_rough()
    for part in PARTS:
        setattr(fused, part, traced(getattr(fused, f"{part}_eager")))
    steps: list[list[torch.Tensor]] = []
    for env in (plain, fused):
        torch.manual_seed(2)
        env.reset()
        env.episode_length_buf[:4] = env.max_episode_length - 2
        for _ in range(4):
            observations, rewards, dones, _ = env.step(torch.randn(8, 12))
            steps.append([observations["policy"], rewards, dones, env.commands.clone(), env.root_states.clone()])
    for expected, got in zip(steps[:4], steps[4:], strict=True):
        torch.testing.assert_close(got, expected)
    assert steps[1][2].sum() + steps[2][2].sum() >= 4  # the first four ended
    plain.close()
    fused.close()


class FakeCuda:
    """`torch.cuda` as far as a graph is made by it: which device and which stream's device are current."""

    def __init__(self) -> None:
        self.present, self.replays = 0, []
        self.present_stream: Any = None

    @contextmanager
    def device(self, device: torch.device) -> Iterator[None]:
        before, self.present = self.present, device.index
        yield
        self.present = before

    @contextmanager
    def stream(self, stream: Any) -> Iterator[None]:
        before, self.present_stream = self.present_stream, stream
        yield
        self.present_stream = before

    def graph(self, graph: Any, stream: Any, capture_error_mode: str) -> Any:
        return self.stream(stream)

    def current_device(self) -> int:
        return self.present

    def current_stream(self) -> Any:
        return self.make_stream()

    def make_stream(self, device: int | None = None) -> Any:
        return SimpleNamespace(device=self.present if device is None else device, wait_stream=lambda other: None)

    def make_graph(self) -> Any:
        return SimpleNamespace(replay=lambda: self.replays.append(self.present))

    Stream, CUDAGraph = make_stream, make_graph


def test_a_function_is_recorded_and_replayed_on_the_device_of_its_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not on torch's current one, where the graph would be empty."""
    cuda, calls = FakeCuda(), []
    monkeypatch.setattr(graph, "torch", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr(graph, "_recording_stream", cuda.Stream)
    function = graph.CapturedFunction(
        lambda: calls.append((cuda.present, cuda.present_stream.device)), torch.device("cuda:1")
    )
    for _ in range(5):
        function()
    assert calls == [(1, 1)] * 4  # three to warm up, one recording
    assert cuda.replays == [1, 1]
    assert cuda.present == 0


@pytest.mark.parametrize("schedule", ["adaptive", "fixed"])
def test_fused_losses_teach_the_same(schedule: str) -> None:
    learners = []
    for fuses in (False, True):
        torch.manual_seed(0)
        policy = ActorCritic({"policy": 5}, {"policy": ["policy"], "critic": ["policy"]}, 2, actor_hidden_dims=[8])
        ppo = PPO(policy, RolloutStorage(6, 8, {"policy": 5}, 2), num_mini_batches=2, schedule=schedule)
        if fuses:
            ppo._actor_losses = traced(ppo._compute_actor_losses)
            ppo._critic_losses = traced(ppo._compute_critic_losses)
        for _ in range(2):
            ppo.start_rollout()
            for _ in range(6):
                ppo.act({"policy": torch.randn(8, 5)})
                ppo.process_env_step(torch.randn(8), torch.rand(8) < 0.2, {})
            ppo.update({"policy": torch.randn(8, 5)})
        learners.append({**policy.state_dict(), "rate": ppo.learning_rate, "kl": ppo.metrics()["Loss/kl"]})
    torch.testing.assert_close(learners[0], learners[1])
