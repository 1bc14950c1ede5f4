"""Actor and critic."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import nn

from rsl_rl.modules.actor import Actor
from rsl_rl.modules.memory import Memory, NoMemory, State
from rsl_rl.modules.mlp import MLP
from rsl_rl.modules.normalization import EmpiricalNormalization
from rsl_rl.modules.observation_input import ObservationInput, Observations
from rsl_rl.modules.policy import Policy, PolicyInference
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError


class PolicyOutput(NamedTuple):
    """What actor and critic say about a batch of observations."""

    mean: torch.Tensor
    """Mean of the action distribution [..., A]."""

    std: torch.Tensor
    """Standard deviation of the action distribution, [A] or [..., A]."""

    value: torch.Tensor
    """Estimate of the return [...]."""


class ActorCritic(Policy):
    """A Gaussian policy and a value function: observation groups -> memory, if any -> perceptron.

    The critic may read groups the actor does not (asymmetric actor-critic). Nothing is kept between calls: the hidden
    state of the memories is passed in and the next one is returned, the actor's tensors before the critic's. Without
    memory it is the empty tuple, and all methods work on any leading dimensions.
    """

    least_state: ClassVar[Mapping[str, float]] = {"noise_std": torch.finfo(torch.float32).tiny}
    """Without a deviation actions have no density."""

    def __init__(
        self,
        widths: Mapping[str, int],
        obs_groups: Mapping[str, Sequence[str]],
        num_actions: int,
        make_memory: Callable[[int], Memory] = NoMemory,
        make_actor: Callable[[int, Sequence[int], int, str], nn.Module] = MLP,
        *,
        actor_hidden_dims: Sequence[int] = (512, 256, 128),
        critic_hidden_dims: Sequence[int] = (512, 256, 128),
        activation: str = "elu",
        init_noise_std: float = 1.0,
        init_action_scale: float = 1.0,
        min_std: float = 0.05,
        max_std: float = 5.0,
        empirical_normalization: bool = False,
    ) -> None:
        """Build the networks.

        Args:
            widths: The width of each observation group.
            obs_groups: The groups read by the actor ("policy") and by the critic ("critic"), in order.
            num_actions: Number of actions A.
            make_memory: Makes the memory of the actor and that of the critic from the width of their input.
            make_actor: Makes the actor from the width of its input, ``actor_hidden_dims``, A and ``activation``.
            actor_hidden_dims: Widths of the actor's hidden layers.
            critic_hidden_dims: Widths of the critic's hidden layers.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
            init_noise_std: Standard deviation of the actions at the start.
            init_action_scale: Factor on the initial weights and biases of the actor's last layer: near 0, the first
                actions are noise around the default pose, whatever is observed (Andrychowicz et al. 2020, arXiv
                2006.05990).
            min_std: Lower bound of the standard deviation.
            max_std: Upper bound of the standard deviation.
            empirical_normalization: Whether to normalise observations by running statistics.

        Raises:
            ConfigError: A group is missing, or the initial standard deviation is out of its bounds.
        """
        super().__init__()
        if set(obs_groups) != {"policy", "critic"}:
            raise ConfigError(f"obs_groups must list the groups of 'policy' and 'critic', not {sorted(obs_groups)}")
        if not 0.0 < min_std <= init_noise_std <= max_std:
            raise ConfigError(f"need 0 < min_std <= init_noise_std <= max_std: {min_std}, {init_noise_std}, {max_std}")
        self.num_actions = num_actions
        self.min_std, self.max_std = min_std, max_std
        self.actor_input = ObservationInput(widths, obs_groups["policy"], empirical_normalization)
        self.critic_input = ObservationInput(widths, obs_groups["critic"], empirical_normalization)
        self.actor_memory = make_memory(self.actor_input.dim)
        self.critic_memory = make_memory(self.critic_input.dim)
        self.actor = make_actor(self.actor_memory.output_dim, actor_hidden_dims, num_actions, activation)
        self.critic = MLP(self.critic_memory.output_dim, critic_hidden_dims, 1, activation)
        _scale_last_layer(self.actor, init_action_scale)
        self.noise_std = nn.Parameter(torch.full((num_actions,), float(init_noise_std)))

    @property
    def std(self) -> torch.Tensor:
        """Standard deviation of the actions [A], always within its bounds."""
        return self.noise_std.clamp(self.min_std, self.max_std)

    @property
    def normalizes(self) -> bool:
        """Whether it has running statistics of observations to be brought up to date."""
        return any(isinstance(module, EmpiricalNormalization) for module in self.modules())

    @property
    def stored_groups(self) -> list[str]:
        """Observation groups that have to be recorded for training, each once."""
        return list(dict.fromkeys((*self.actor_input.groups, *self.critic_input.groups)))

    def policy_gradient_parameters(self) -> list[nn.Parameter]:
        """Return the parameters that are trained by the policy gradient and by the critic's error."""
        return list(self.parameters())

    def initial_state(self, num_envs: int) -> State:
        """Return the hidden state at the start of an episode."""
        return self.actor_memory.initial_state(num_envs) + self.critic_memory.initial_state(num_envs)

    def forward(self, obs: Observations, state: State = ()) -> tuple[PolicyOutput, State]:
        """Return the outputs for the next observations [N, width], and the next hidden state."""
        actor_state, critic_state = self._split(state)
        actor_features, actor_state = self.actor_memory.step(self.actor_input(obs), actor_state)
        critic_features, critic_state = self.critic_memory.step(self.critic_input(obs), critic_state)
        value = self.critic(critic_features).squeeze(-1)
        return PolicyOutput(self.actor(actor_features), self.std, value), actor_state + critic_state

    def value(self, obs: Observations, state: State = ()) -> torch.Tensor:
        """Return the critic's estimate [N] for the next observations [N, width]."""
        features, _ = self.critic_memory.step(self.critic_input(obs), self._split(state)[1])
        return self.critic(features).squeeze(-1)

    def unroll_actor(
        self, obs: Observations, dones: torch.Tensor, state: State = ()
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean [..., A] and standard deviation of the actions for recorded observations, with gradients.

        Args:
            obs: Observation groups [T, N, width]; without memory also [B, width].
            dones: Non-zero where an episode ended with that step, [T, N] or [B].
            state: The hidden state before the first step.
        """
        features, _ = self.actor_memory.unroll(self.actor_input(obs), dones, self._split(state)[0])
        return self.actor(features), self.std

    def unroll_critic(self, obs: Observations, dones: torch.Tensor, state: State = ()) -> torch.Tensor:
        """Return the critic's estimates [...] of the same, with gradients; arguments as of :meth:`unroll_actor`."""
        features, _ = self.critic_memory.unroll(self.critic_input(obs), dones, self._split(state)[1])
        return self.critic(features).squeeze(-1)

    def infer(self, obs: Observations, state: State = ()) -> tuple[PolicyInference, State]:
        """Return what the actor tells for groups [N, width], and the next hidden state; the critic's is unchanged."""
        actor_state, critic_state = self._split(state)
        inference, actor_state = self.acting_part().infer(obs, actor_state)
        return inference, actor_state + critic_state

    def acting_part(self) -> Actor:
        """Return the actor with its memory, sharing the modules."""
        return Actor(self.actor_input, self.actor_memory, self.actor)

    def update_normalization(self, obs: Observations, distributed: Distributed | None = None) -> None:
        """Add observations to the running statistics of both networks."""
        self.actor_input.update(obs, distributed)
        self.critic_input.update(obs, distributed)

    @torch.no_grad()
    def project_parameters(self) -> None:
        """Bring parameters back into their bounds after a step of the optimiser; beyond them gradients vanish."""
        self.noise_std.clamp_(self.min_std, self.max_std)

    def _split(self, state: State) -> tuple[State, State]:
        return state[: self.actor_memory.num_state_tensors], state[self.actor_memory.num_state_tensors :]


@torch.no_grad()
def _scale_last_layer(network: nn.Module, factor: float) -> None:
    layers = [module for module in network.modules() if isinstance(module, nn.Linear)]
    for layer in layers[-1:]:
        for weights in layer.parameters():
            weights.mul_(factor)
