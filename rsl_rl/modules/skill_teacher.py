"""Several policies, of which one each is asked what a robot should do."""

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from rsl_rl.modules.actor import Actor
from rsl_rl.modules.memory import State
from rsl_rl.modules.observation_input import ObservationInput, Observations
from rsl_rl.modules.policy import Policy, PolicyInference
from rsl_rl.utils.errors import ConfigError


class SkillTeacher(Policy):
    """Asks for each robot the policy whose skill it needs, as indicators among the observations say.

    All policies see all robots all the time, so that each knows its past when it is asked. A robot whose skill nobody
    has gets actions that are not finite.
    """

    def __init__(
        self, widths: Mapping[str, int], skill_group: str, names: Sequence[str], policies: Mapping[str, Actor]
    ) -> None:
        """Put the policies together.

        Args:
            widths: The width of each observation group.
            skill_group: Group of the indicators [N, K]: 1 for the skill that is needed, 0 for others.
            names: Of the skills in their order K.
            policies: By the name of their skill; all read the same groups.

        Raises:
            ConfigError: A policy's skill is unknown, there is none, or the indicators are others.
        """
        super().__init__()
        if unknown := [name for name in policies if name not in names]:
            raise ConfigError(f"no block needs the skill {unknown[0]!r}; there are {', '.join(names)}")
        if not policies:
            raise ConfigError("a teacher needs at least one skill")
        read = next(iter(policies.values())).actor_input.groups
        self.actor_input = ObservationInput(widths, (*read, skill_group), normalize=False)
        if self.actor_input.widths[-1] != len(names):
            width = self.actor_input.widths[-1]
            raise ConfigError(f"the group {skill_group!r} has {width} indicators, not one each of {', '.join(names)}")
        self.policies: Mapping[str, Actor] = nn.ModuleDict(policies)  # type: ignore[assignment]
        self._skill_group = skill_group
        self._columns = [list(names).index(name) for name in policies]
        self._num_state_tensors = [len(policy.initial_state(1)) for policy in policies.values()]

    def initial_state(self, num_envs: int) -> State:
        return tuple(part for policy in self.policies.values() for part in policy.initial_state(num_envs))

    def infer(self, obs: Observations, state: State = ()) -> tuple[PolicyInference, State]:
        indicators = obs[self._skill_group]
        chosen: torch.Tensor | None = None
        after: list[torch.Tensor] = []
        first = 0
        for policy, column, count in zip(self.policies.values(), self._columns, self._num_state_tensors, strict=True):
            actions, new = policy.act_inference(obs, state[first : first + count])
            after += new
            first += count
            others = torch.full_like(actions, torch.nan) if chosen is None else chosen
            chosen = torch.where(indicators[:, column, None] > 0.5, actions, others)
        assert chosen is not None
        return PolicyInference(chosen), tuple(after)
