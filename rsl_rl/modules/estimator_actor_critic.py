"""Actor and critic with an explicit estimator: what the robot cannot measure, told from what it can."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from rsl_rl.modules.actor import Actor
from rsl_rl.modules.actor_critic import ActorCritic
from rsl_rl.modules.mlp import MLP
from rsl_rl.modules.observation_input import ObservationInput, Observations
from rsl_rl.modules.policy import PolicyInference
from rsl_rl.utils.errors import ConfigError


class EstimatorMLP(nn.Module):
    """Two perceptrons in a row: trunk([o, estimator(o)]).

    No gradient goes from the actions into the estimator: it is trained for the truth of its estimate alone.
    """

    def __init__(
        self,
        input_dim: int,
        hidden_dims: Sequence[int],
        num_actions: int,
        activation: str,
        *,
        target_dim: int,
        estimator_hidden_dims: Sequence[int],
        estimator_activation: str,
    ) -> None:
        """Build the networks.

        Args:
            input_dim: Width of the observations O.
            hidden_dims: Widths of the trunk's hidden layers.
            num_actions: Number of actions A.
            activation: Of the trunk, a key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
            target_dim: Width of the estimate E.
            estimator_hidden_dims: Widths of the estimator's hidden layers.
            estimator_activation: Of the estimator, a key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
        """
        super().__init__()
        self.target_dim = target_dim
        self.estimator = MLP(input_dim, estimator_hidden_dims, target_dim, estimator_activation)
        self.trunk = MLP(input_dim + target_dim, hidden_dims, num_actions, activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the actions [..., A] for observations [..., O]."""
        return self.act_and_estimate(x)[0]

    def act_and_estimate(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the actions [..., A] for observations [..., O], and the estimate [..., E] that they rest on."""
        estimate = self.estimator(x).detach()
        return self.trunk(torch.cat((x, estimate), dim=-1)), estimate


class EstimatorActor(Actor):
    """An :class:`Actor` that tells its estimate too."""

    actor: EstimatorMLP

    def __init__(self, policy: "EstimatorActorCritic") -> None:
        """Share the modules of an actor-critic."""
        super().__init__(policy.actor_input, policy.actor_memory, policy.actor)
        self.target_input = policy.target_input

    @property
    def estimate_targets(self) -> ObservationInput:
        return self.target_input

    def _infer(self, features: torch.Tensor) -> PolicyInference:
        return PolicyInference(*self.actor.act_and_estimate(features))


class EstimatorActorCritic(ActorCritic):
    """An :class:`ActorCritic` whose actor is an :class:`EstimatorMLP`; without memory.

    The estimator reads what the actor reads, normalised if that is. Its targets are observation groups of their own,
    as they are: the actor never sees them, only the estimate, in training as on the robot.
    """

    actor: EstimatorMLP

    def __init__(
        self,
        widths: Mapping[str, int],
        obs_groups: Mapping[str, Sequence[str]],
        num_actions: int,
        *,
        estimator_hidden_dims: Sequence[int] = (128, 64, 32),
        estimator_activation: str = "relu",
        **settings: Any,
    ) -> None:
        """Build the networks.

        Args:
            widths: The width of each observation group.
            obs_groups: The groups read by actor and estimator ("policy"), by the critic ("critic"), and those to be
                estimated ("estimator"), in order.
            num_actions: Number of actions A.
            estimator_hidden_dims: Widths of the estimator's hidden layers.
            estimator_activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
            settings: Those of :class:`ActorCritic`.

        Raises:
            ConfigError: The actor reads what is to be estimated, or as for :class:`ActorCritic`.
        """
        if set(obs_groups) != {"policy", "critic", "estimator"}:
            raise ConfigError(f"obs_groups must list 'policy', 'critic' and 'estimator', not {sorted(obs_groups)}")
        groups = dict(obs_groups)
        target_input = ObservationInput(widths, groups.pop("estimator"), normalize=False)
        seen = set(target_input.groups).intersection(groups["policy"])
        if seen:
            raise ConfigError(f"the actor reads {sorted(seen)}, which its estimator is to estimate")
        make_actor = partial(
            EstimatorMLP,
            target_dim=target_input.dim,
            estimator_hidden_dims=estimator_hidden_dims,
            estimator_activation=estimator_activation,
        )
        super().__init__(widths, groups, num_actions, make_actor=make_actor, **settings)
        self.target_input = target_input
        """The observation groups to be estimated."""

    @property
    def estimate_targets(self) -> ObservationInput:
        return self.target_input

    @property
    def stored_groups(self) -> list[str]:
        return list(dict.fromkeys((*super().stored_groups, *self.target_input.groups)))

    def policy_gradient_parameters(self) -> list[nn.Parameter]:
        return [weights for name, weights in self.named_parameters() if not name.startswith("actor.estimator.")]

    def estimator_parameters(self) -> list[nn.Parameter]:
        """Return the parameters that are trained by the error of the estimate."""
        return list(self.actor.estimator.parameters())

    def estimate(self, obs: Observations) -> torch.Tensor:
        """Return the estimate [..., E] for groups [..., width], with gradients."""
        return self.actor.estimator(self.actor_input(obs))

    def targets(self, obs: Observations) -> torch.Tensor:
        """Return what is to be estimated [..., E] from groups [..., width]."""
        return self.target_input(obs)

    def acting_part(self) -> EstimatorActor:
        """Return the actor with its estimator, sharing the modules."""
        return EstimatorActor(self)
