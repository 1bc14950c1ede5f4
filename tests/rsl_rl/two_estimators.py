"""Two processes with an estimator, each with half of the environments. A module of its own, since they import it."""

import torch

from rsl_rl.utils.distributed import Distributed
from tests.rsl_rl.small_estimator import A, T, make_ppo, random_obs

N = 8


def learn_from_fixed_data(distributed: Distributed, device: str = "cpu") -> dict[str, torch.Tensor]:
    """Do some updates on this process's share of the same data and return what was learned."""
    torch.manual_seed(distributed.rank)  # rank 0 has the weights of the single process, the others get them from it
    num_envs = N // distributed.world_size
    estimator = {"num_epochs": 3, "decay_iterations": 2}
    ppo = make_ppo(num_envs, device, distributed, estimator, schedule="fixed")
    generator = torch.Generator().manual_seed(42)
    share = slice(distributed.rank * num_envs, (distributed.rank + 1) * num_envs)
    for _ in range(3):
        ppo.start_rollout()
        for _ in range(T):
            ppo.act({name: group[share] for name, group in random_obs(N, generator=generator).items()})
            actions = torch.randn(N, A, generator=generator)[share].to(device)
            now = ppo.storage.current
            now.actions.copy_(actions)
            now.log_prob.copy_(torch.distributions.Normal(now.mean, now.std).log_prob(actions).sum(-1))
            ppo.process_env_step(torch.randn(N, generator=generator)[share], torch.zeros(num_envs), {})
        ppo.update({name: group[share] for name, group in random_obs(N, generator=generator).items()})
    results = {**ppo.policy.state_dict(), **ppo.metrics()}
    return {name: value.detach().cpu().clone() for name, value in results.items()}
