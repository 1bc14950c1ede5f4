"""Actor and critic with memory."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rsl_rl.modules.actor_critic import ActorCritic
from rsl_rl.modules.memory import RecurrentMemory


class ActorCriticRecurrent(ActorCritic):
    """An :class:`ActorCritic` with a GRU or LSTM of its own in front of each perceptron."""

    def __init__(
        self,
        widths: Mapping[str, int],
        obs_groups: Mapping[str, Sequence[str]],
        num_actions: int,
        *,
        rnn_type: str = "gru",
        rnn_hidden_size: int = 256,
        rnn_num_layers: int = 1,
        **settings: Any,
    ) -> None:
        """Build the networks.

        Args:
            widths: The width of each observation group.
            obs_groups: The groups read by the actor ("policy") and by the critic ("critic"), in order.
            num_actions: Number of actions A.
            rnn_type: "gru" or "lstm".
            rnn_hidden_size: Width of the hidden state.
            rnn_num_layers: Number of recurrent layers.
            settings: Those of :class:`ActorCritic`.
        """
        make_memory = partial(RecurrentMemory, hidden_dim=rnn_hidden_size, num_layers=rnn_num_layers, rnn_type=rnn_type)
        super().__init__(widths, obs_groups, num_actions, make_memory, **settings)
