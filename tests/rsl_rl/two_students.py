"""Students in two processes, each with half of the environments. A module of its own, since they import it."""

from pathlib import Path

import torch

from rsl_rl.algorithms import ReinforcedImitation
from rsl_rl.runners import TeacherStudentRunner
from rsl_rl.utils.distributed import Distributed
from tests.rsl_rl import processes
from tests.rsl_rl.cue_env import CueEnv, train_cfg
from tests.rsl_rl.small_student import T, make_distillation, random_obs

N = 8


def distill_from_fixed_data(distributed: Distributed, device: str = "cpu") -> dict[str, torch.Tensor]:
    """Do some updates on this process's share of the same data and return what was learned."""
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(distributed.rank)  # rank 0 has the weights of the single process, the others get them from it
    num_envs = N // distributed.world_size
    algorithm = make_distillation(num_envs, device, distributed, num_mini_batches=1, learning_rate=1e-3)
    algorithm.load_teacher({name: 1.1 * value for name, value in algorithm.teacher.state_dict().items()})
    generator = torch.Generator().manual_seed(42)
    share = slice(distributed.rank * num_envs, (distributed.rank + 1) * num_envs)
    for _ in range(3):
        algorithm.start_rollout()
        for _ in range(T):
            obs = random_obs(N, generator=generator)
            algorithm.act({name: group[share] for name, group in obs.items()})
            algorithm.process_env_step(torch.zeros(num_envs), torch.rand(N, generator=generator)[share] < 0.2, {})
        algorithm.update({})
    results = {**algorithm.policy.state_dict(), **algorithm.metrics()}
    return {name: value.detach().cpu().clone() for name, value in results.items()}


def reinforce(device: str) -> dict[str, torch.Tensor]:
    """Imitate for an iteration and learn of rewards for another, and return what was learned."""
    cfg = train_cfg("student", student_curriculum={"max_iterations": 2})
    runner = TeacherStudentRunner(CueEnv(8, device), {**cfg, "reinforcement": {"begins_at": 0.5}}, device=device)
    runner._teacher_is_known = True
    runner.learn(2)
    assert isinstance(runner.algorithm, ReinforcedImitation) and runner.algorithm.is_reinforced
    return {**runner.algorithm.reinforcement.policy.state_dict(), **runner.algorithm.metrics()}


def distill_and_reinforce(distributed: Distributed, device: str) -> tuple[dict, dict]:
    """Do both tasks."""
    return distill_from_fixed_data(distributed, device), reinforce(device)


def run_two(folder: Path, devices: tuple[str, str], backend: str) -> list[tuple[dict, dict]]:
    """Start the processes and return the results of both."""
    return processes.run_two(distill_and_reinforce, folder, devices, backend)
