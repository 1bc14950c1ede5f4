"""The acting half of an on-policy algorithm."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from robust_parallel.graph import CapturedFunction
from robust_parallel.limits import is_sound
from rsl_rl.modules import gaussian
from rsl_rl.modules.actor_critic import ActorCritic
from rsl_rl.modules.memory import clear_state
from rsl_rl.modules.observation_input import Observations
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.errors import RslRlError
from rsl_rl.utils.threads import forward_work, limited_threads, threads_worth


class Collector:
    """Draws actions from a policy, follows its hidden state, and records rollouts.

    Call :meth:`start`; then for each step of the storage :meth:`act`, step the environment, :meth:`record`; and at the
    end :meth:`last_values`. What happens on the device is in place, and replayed from CUDA graphs if wanted.
    """

    def __init__(self, policy: ActorCritic, storage: RolloutStorage, gamma: float, use_graphs: bool) -> None:
        """Prepare buffers and graphs.

        Args:
            policy: Actor and critic, on the device of the storage.
            storage: Where to record.
            gamma: Discount factor of the value a time-out is credited with.
            use_graphs: Whether to use CUDA graphs; without effect on a CPU.
        """
        self._policy = policy
        self._storage = storage
        self._gamma = gamma
        self._work = forward_work(policy, storage.num_envs)
        now = storage.current
        self.state = policy.initial_state(storage.num_envs)
        """Hidden state of the policy before the next step."""
        self._actions = torch.zeros_like(now.actions, memory_format=torch.contiguous_format)
        self._values = torch.zeros_like(now.values, memory_format=torch.contiguous_format)
        self._time_outs = torch.zeros_like(self._values, dtype=torch.bool)
        self._final_obs = {name: torch.zeros_like(now.obs[name]) for name in policy.critic_input.groups}
        self._act = CapturedFunction(self._act_once, storage.device, use_graphs)
        self._record = CapturedFunction(self._record_once, storage.device, use_graphs)
        self._evaluate = CapturedFunction(self._evaluate_once, storage.device, use_graphs)

    def start(self) -> None:
        """Start a new rollout where the last one ended."""
        self._storage.begin(self.state)

    @torch.no_grad()
    def act(self, obs: Observations) -> torch.Tensor:
        """Return actions for the observations [N, A], in a buffer that the next call overwrites."""
        self._write_obs(obs)
        self._run(self._act)
        return self._actions

    @torch.no_grad()
    def record(self, rewards: torch.Tensor, dones: torch.Tensor, extras: Mapping[str, Any]) -> None:
        """Record what came of the actions.

        Args:
            rewards: [N].
            dones: Where an episode ended, for any reason [N].
            extras: Those of the environment's step, see :class:`rsl_rl.env.VecEnv`.

        Raises:
            RslRlError: There are time-outs, but no final observations to tell what they would have led to.
        """
        self._storage.current.rewards.copy_(rewards)
        self._storage.current.dones.copy_(dones)
        if "time_outs" not in extras:
            self._time_outs.zero_()
        else:
            if "final_observations" not in extras:
                raise RslRlError("the environment reports 'time_outs' without 'final_observations' in its extras")
            self._time_outs.copy_(extras["time_outs"])
            for name, buffer in self._final_obs.items():
                buffer.copy_(extras["final_observations"][name])
        self._run(self._record)

    @torch.no_grad()
    def last_values(self, obs: Observations) -> torch.Tensor:
        """Return the values [N] of the observations that follow the last step."""
        self._write_obs(obs)
        self._run(self._evaluate)
        return self._values

    def _run(self, function: Callable[[], None]) -> None:
        """Compute something; on a CPU with as many threads as it is worth."""
        if self._storage.device.type != "cpu":
            function()
            return
        with limited_threads(threads_worth(self._work)):
            function()

    def _write_obs(self, obs: Observations) -> None:
        for name, column in self._storage.current.obs.items():
            column.copy_(obs[name])

    def _act_once(self) -> None:
        now = self._storage.current
        output, state = self._policy(now.obs, self.state)
        actions = gaussian.sample(output.mean, output.std)
        now.actions.copy_(actions)
        now.mean.copy_(output.mean)
        now.std.copy_(output.std)
        now.log_prob.copy_(gaussian.log_prob(output.mean, output.std, actions))
        now.values.copy_(output.value)
        self._actions.copy_(actions)
        self._set_state(state)

    def _record_once(self) -> None:
        now = self._storage.current
        now.rewards.copy_(torch.where(is_sound(now.rewards), now.rewards, torch.nan))
        beyond = self._policy.value(self._final_obs, self.state)
        now.rewards.add_(torch.where(self._time_outs, self._gamma * beyond, 0.0))
        self._set_state(clear_state(self.state, now.dones != 0))
        self._storage.commit()

    def _evaluate_once(self) -> None:
        self._values.copy_(self._policy.value(self._storage.current.obs, self.state))

    def _set_state(self, state: tuple[torch.Tensor, ...]) -> None:
        for buffer, value in zip(self.state, state, strict=True):
            buffer.copy_(torch.where(value.isfinite(), value, 0.0))  # else it would spoil all that follows
