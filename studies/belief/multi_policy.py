"""Several policies that drive one batch of environments, each on rows of its own, and are held against the teacher."""

from collections.abc import Mapping

import torch

from robust_parallel.graph import CapturedFunction
from rsl_rl.modules import Policy
from rsl_rl.modules.memory import State
from rsl_rl.modules.observation_input import Observations
from studies.belief.policies import TEACHER
from studies.belief.robot import TrialRobot

ACTION_ERROR, HEIGHT_ERROR, GATE = range(3)
"""Columns of `MultiPolicy.measures`."""


class MultiPolicy:
    """Acts for all environments at once; on a GPU as one CUDA graph."""

    def __init__(self, policies: Mapping[str, Policy], env: TrialRobot) -> None:
        """Give each policy its environments.

        Args:
            policies: the teacher, and every policy that has jobs in `env.batch`.
            env: environments that were assigned their plan.
        """
        self.policies = policies
        self._env = env
        self._teacher = policies[TEACHER]
        self._shares = [
            _Share(policies[name], rows, env) for name, rows in zip(env.batch.counts, env.queue.rows, strict=True)
        ]
        groups = {group for policy in policies.values() for group in policy.actor_input.groups}
        obs = env.get_observations()
        self._obs: dict[str, torch.Tensor] = {name: obs[name] for name in sorted(groups)}
        self.actions = torch.zeros(env.num_envs, env.num_actions, device=env.device)
        self.measures = torch.zeros(env.num_envs, 3, device=env.device)
        """What the present step comes to [N, 3]: squared norm of the difference to the teacher's actions, mean square
        of decoded minus true height samples (m^2), and mean gate, 0 without one; 0 for the teacher."""
        self.heights = torch.zeros_like(env.foot_heights)
        """Decoded height samples relative to the foot [N, F, P], m; 0 for the teacher."""
        self._act = CapturedFunction(self._act_once, env.device)

    @torch.no_grad()
    def act(self, obs: Observations) -> torch.Tensor:
        """Actions [N, A] for the observations, in a buffer that the next call overwrites."""
        for name, buffer in self._obs.items():
            source: torch.Tensor = obs[name]
            buffer.copy_(source)
        self._act()
        return self.actions

    def _act_once(self) -> None:
        labels, _ = self._teacher.act_inference(self._obs)
        truth = self._env.foot_heights.clamp(-self._env.cfg.foot_scan.clip, self._env.cfg.foot_scan.clip)
        for share in self._shares:
            rows, policy = share.rows, share.policy
            if policy is self._teacher:
                self.actions[rows] = labels[rows]
                continue
            share.prepare_state()
            says, state = policy.infer({name: value[rows] for name, value in self._obs.items()}, share.state)
            share.set_state(state)
            self.actions[rows] = says.actions
            self.measures[rows, ACTION_ERROR] = (says.actions - labels[rows]).square().sum(dim=1)
            if says.decoded_heights is not None:
                self.heights[rows] = says.decoded_heights.view_as(self.heights[rows])
                error = self.heights[rows] - truth[rows]
                self.measures[rows, HEIGHT_ERROR] = error.square().flatten(1).mean(dim=1)
                if says.gate is not None:
                    self.measures[rows, GATE] = says.gate.mean(dim=1)


class _Share:
    """A policy, its environments and its hidden state."""

    def __init__(self, policy: Policy, rows: slice, env: TrialRobot) -> None:
        self.policy, self.rows = policy, rows
        self._env = env
        self.state: State = policy.initial_state(rows.stop - rows.start)
        self._shuffles = bool(env.batch.jobs.shuffled.any())

    def prepare_state(self) -> None:
        """Forget where an episode begins, and do to the memory what the environment's job asks for."""
        if not self.state:
            return
        job, step = self._env.queue.job[self.rows], self._env.episode_length_buf[self.rows]
        jobs = self._env.batch.jobs
        keep = (torch.remainder(step, jobs.reset_period[job]) != 0)[:, None]
        state = tuple(part * keep for part in self.state)
        if self._shuffles:
            order = shuffled(jobs.shuffled[job])
            state = tuple(part[:, order] for part in state)
        self.set_state(state)

    def set_state(self, state: State) -> None:
        """Keep the state, in place."""
        for buffer, value in zip(self.state, state, strict=True):
            buffer.copy_(value)


def shuffled(mask: torch.Tensor) -> torch.Tensor:
    """A random order [N] of the rows in `mask` [N] bool among themselves; the others keep their place."""
    place = torch.arange(len(mask), device=mask.device)
    after = 2.0 + place.double() / len(mask)
    source = torch.where(mask, torch.rand_like(after), after).argsort()
    target = torch.where(mask, place.double() / len(mask), after).argsort()
    return torch.empty_like(place).scatter_(0, target, source)
