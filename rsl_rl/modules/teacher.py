"""The privileged teacher: actor and critic that see the true terrain and what the robot cannot measure."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from rsl_rl.modules.actor_critic import ActorCritic
from rsl_rl.modules.mlp import MLP
from rsl_rl.modules.observation_input import group_widths
from rsl_rl.modules.shared_encoder import SharedEncoder
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.ranges import require_numbers


class PerceptiveActor(nn.Module):
    """The teacher's actor (Miki et al. 2022, S5): trunk([o_p, g_e(o_e), g_p(s_p)]).

    Its input is the proprioceptive, exteroceptive and privileged observations side by side, normalised.
    """

    def __init__(
        self,
        input_dim: int,
        hidden_dims: Sequence[int],
        num_actions: int,
        activation: str,
        *,
        exteroceptive_width: int,
        privileged_width: int,
        num_feet: int,
        exteroceptive_dims: Sequence[int],
        privileged_dims: Sequence[int],
    ) -> None:
        """Build the networks.

        Args:
            input_dim: Width of all observations; what the next two leave of it is proprioceptive.
            hidden_dims: Widths of the trunk's hidden layers.
            num_actions: Number of actions A.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.
            exteroceptive_width: Width of the height samples of all feet.
            privileged_width: Width of the privileged observations.
            num_feet: Number of feet.
            exteroceptive_dims: Widths of the layers that encode the samples of one foot.
            privileged_dims: Widths of the layers that encode the privileged observations.
        """
        super().__init__()
        proprioceptive_width = input_dim - exteroceptive_width - privileged_width
        self.activation = activation
        self.widths = (proprioceptive_width, exteroceptive_width, privileged_width)
        """Widths of the three parts of the input."""
        if num_feet < 1 or exteroceptive_width % num_feet:
            raise ConfigError(
                f"num_feet is {num_feet}, but {exteroceptive_width} heights are no {num_feet} equal parts"
            )
        if not exteroceptive_dims or not privileged_dims:
            raise ConfigError("exteroceptive_dims and privileged_dims must have a width for the code, the last one")
        require_numbers(1, exteroceptive_dims=exteroceptive_dims, privileged_dims=privileged_dims)
        self.exteroceptive_encoder = SharedEncoder(exteroceptive_width, num_feet, exteroceptive_dims, activation)
        *privileged_hidden_dims, privileged_code_dim = privileged_dims
        self.privileged_encoder = MLP(privileged_width, privileged_hidden_dims, privileged_code_dim, activation)
        self.latent_dims = (self.exteroceptive_encoder.output_dim, privileged_code_dim)
        """Widths of the exteroceptive and of the privileged code."""
        self.trunk = MLP(proprioceptive_width + sum(self.latent_dims), hidden_dims, num_actions, activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the actions [..., A] for observations [..., input_dim]."""
        proprioceptive, exteroceptive, privileged = x.split(self.widths, dim=-1)
        codes = (self.exteroceptive_encoder(exteroceptive), self.privileged_encoder(privileged))
        return self.trunk(torch.cat((proprioceptive, *codes), dim=-1))


class TeacherActorCritic(ActorCritic):
    """An :class:`ActorCritic` whose actor is a :class:`PerceptiveActor`; without memory."""

    actor: PerceptiveActor

    def __init__(
        self,
        widths: Mapping[str, int],
        obs_groups: Mapping[str, Sequence[str]],
        num_actions: int,
        *,
        num_feet: int = 4,
        exteroceptive_dims: Sequence[int] = (80, 60, 24),
        privileged_dims: Sequence[int] = (64, 32, 24),
        **settings: Any,
    ) -> None:
        """Build the networks.

        Args:
            widths: The width of each observation group.
            obs_groups: The groups read by the actor ("policy": the proprioceptive, the exteroceptive and the privileged
                one, in this order) and by the critic ("critic").
            num_actions: Number of actions A.
            num_feet: Number of feet, whose height samples stand one foot after the other.
            exteroceptive_dims: Widths of the layers that encode the samples of one foot.
            privileged_dims: Widths of the layers that encode the privileged observations.
            settings: Those of :class:`ActorCritic`.

        Raises:
            ConfigError: The actor does not read three groups, or as for :class:`ActorCritic`.
        """
        groups = obs_groups.get("policy", ())
        if len(groups) != 3:
            raise ConfigError(f"'policy' must be a proprioceptive, exteroceptive and privileged group, not {groups}")
        _, exteroceptive_width, privileged_width = group_widths(widths, groups)
        make_actor = partial(
            PerceptiveActor,
            exteroceptive_width=exteroceptive_width,
            privileged_width=privileged_width,
            num_feet=num_feet,
            exteroceptive_dims=exteroceptive_dims,
            privileged_dims=privileged_dims,
        )
        super().__init__(widths, obs_groups, num_actions, make_actor=make_actor, **settings)
