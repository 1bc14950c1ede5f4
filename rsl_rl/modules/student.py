"""The student: acts like the teacher on what the robot can measure."""

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import torch

from rsl_rl.modules.belief import BeliefEncoder
from rsl_rl.modules.decoder import BeliefDecoder
from rsl_rl.modules.memory import MLPMemory, RecurrentMemory, State
from rsl_rl.modules.normalization import EmpiricalNormalization
from rsl_rl.modules.observation_input import ObservationInput, Observations, group_widths
from rsl_rl.modules.policy import Policy, PolicyInference
from rsl_rl.modules.teacher import TeacherActorCritic
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.registry import lookup


class StudentOutput(NamedTuple):
    """What the student is trained on, for sequences."""

    actions: torch.Tensor
    """The student's actions without noise [T, N, A]."""

    heights: torch.Tensor
    """Estimate of the true height samples [T, N, S], normalised."""

    privileged: torch.Tensor
    """Estimate of the privileged observations [T, N, P], normalised."""


class _Senses(NamedTuple):
    """Observations as the networks take them."""

    proprioceptive: torch.Tensor
    """What the robot feels [..., O], normalised."""

    samples: torch.Tensor
    """Height samples [..., S], normalised; 0, the mean, where there is none."""

    latent: torch.Tensor
    """Code l_e of the height samples [..., E]; 0 where there is not one sample."""

    seen: torch.Tensor
    """Whether there is any height sample [..., 1]."""

    @property
    def joined(self) -> torch.Tensor:
        """The input of the memory."""
        return torch.cat((self.proprioceptive, self.latent), dim=-1)


class StudentPolicy(Policy):
    """The teacher's trunk on a belief instead of the teacher's codes (Miki et al. 2022, S6).

    The height samples are encoded by a copy of the teacher's encoder, and joined over time with what the robot feels by
    a memory; a :class:`BeliefEncoder` makes the belief of both, a :class:`BeliefDecoder` reads the true state out of
    it. Observations are normalised by the teacher's statistics, which stay fixed.

    A sample that is not finite is one the map does not have: it counts as the mean of the training data, and a robot
    without any sample goes on as if blind. A student that is not given the exteroceptive group is blind for good: then
    encoder and gates do not exist.
    """

    takes_unknown_heights = True

    def __init__(
        self,
        widths: Mapping[str, int],
        groups: Sequence[str],
        teacher: TeacherActorCritic,
        *,
        memory: str = "gru",
        rnn_hidden_size: int = 50,
        rnn_num_layers: int = 2,
        gate: str = "learned",
        gate_hidden_dims: Sequence[int] = (64, 64),
        decoder_hidden_dims: Sequence[int] = (64, 64),
    ) -> None:
        """Build the networks, on the device of the teacher and with its weights where it has the same part.

        Args:
            widths: The width of each observation group.
            groups: The groups read: a proprioceptive and, unless the student is to be blind, an exteroceptive one, each
                laid out as the teacher's.
            teacher: The teacher.
            memory: "gru", or "mlp" for a perceptron of like layers which remembers nothing.
            rnn_hidden_size: Width of the memory's layers and of its feature.
            rnn_num_layers: Number of the memory's layers.
            gate: One of ``rsl_rl.modules.gate.GATES``; for a blind student it has no effect.
            gate_hidden_dims: Widths of the hidden layers of the belief's networks.
            decoder_hidden_dims: Widths of the hidden layers of the decoder's networks.

        Raises:
            ConfigError: A group does not fit to the teacher's, or a setting is unknown.
        """
        super().__init__()
        actor, teacher_groups = teacher.actor, teacher.actor_input.groups
        if not 1 <= len(groups) <= 2:
            raise ConfigError(f"'student' must be a proprioceptive and perhaps an exteroceptive group, not {groups}")
        own, expected = group_widths(widths, groups), actor.widths[: len(groups)]
        if own != expected:
            raise ConfigError(f"the groups {groups} of 'student' have the widths {own}, the teacher's {expected}")
        normalize = isinstance(teacher.actor_input.normalizer, EmpiricalNormalization)
        self.actor_input = ObservationInput(widths, groups, normalize)
        self.target_input = ObservationInput(widths, teacher_groups[1:], normalize)
        """What the decoder is to tell: the teacher's exteroceptive and privileged groups."""
        self.is_blind = len(groups) == 1
        """Whether it has no exteroceptive group, hence no encoder, no gates and height samples of no width."""
        if self.is_blind:
            gate, latent_dim = "none", 0
        else:
            self.exteroceptive_encoder = copy.deepcopy(actor.exteroceptive_encoder).requires_grad_()
            latent_dim = self.exteroceptive_encoder.output_dim

        activation = actor.activation
        memories = {
            "gru": partial(RecurrentMemory, rnn_type="gru"),
            "mlp": partial(MLPMemory, activation=activation),
        }
        make_memory = lookup("memory", memory, memories)
        self.memory = make_memory(actor.widths[0] + latent_dim, rnn_hidden_size, rnn_num_layers)
        feature_dim = self.memory.output_dim
        self.belief_encoder = BeliefEncoder(feature_dim, actor.latent_dims, gate, gate_hidden_dims, activation)
        self.decoder = BeliefDecoder(feature_dim, self.target_input.widths, gate, decoder_hidden_dims, activation)
        self.trunk = copy.deepcopy(actor.trunk).requires_grad_()
        self.to(teacher.noise_std.device)
        self.copy_from(teacher)

    @property
    def num_state_tensors(self) -> int:
        """Number of tensors in the hidden state."""
        return self.memory.num_state_tensors

    def copy_from(self, teacher: TeacherActorCritic) -> None:
        """Take over trunk, encoder and statistics of a teacher, in place."""
        self.trunk.load_state_dict(teacher.actor.trunk.state_dict())
        if not self.is_blind:
            self.exteroceptive_encoder.load_state_dict(teacher.actor.exteroceptive_encoder.state_dict())
        self.actor_input.copy_statistics(teacher.actor_input, start=0)
        self.target_input.copy_statistics(teacher.actor_input, start=teacher.actor.widths[0])

    def initial_state(self, num_envs: int) -> State:
        """Return the hidden state at the start of an episode."""
        return self.memory.initial_state(num_envs)

    def infer(self, obs: Observations, state: State = ()) -> tuple[PolicyInference, State]:
        """Return actions, belief, gate and what is decoded for groups [N, width], and the next hidden state."""
        senses = self._sense(obs)
        feature, state = self.memory.step(senses.joined, state)
        belief, gate = self.belief_encoder(feature, senses.latent)
        decoded = torch.cat(self.decoder(feature, senses.samples), dim=-1)
        heights, privileged = self.target_input.denormalize(decoded).split(self.target_input.widths, dim=-1)
        inference = PolicyInference(
            self._act(senses, belief),
            belief=belief,
            decoded_heights=heights,
            gate=None if self.is_blind else gate * senses.seen,
            decoded_privileged=privileged,
        )
        return inference, state

    def act_inference(self, obs: Observations, state: State = ()) -> tuple[torch.Tensor, State]:
        """Return the actions without noise [N, A] for groups [N, width], without decoding, and the next state."""
        senses = self._sense(obs)
        feature, state = self.memory.step(senses.joined, state)
        belief, _ = self.belief_encoder(feature, senses.latent)
        return self._act(senses, belief), state

    def unroll(self, obs: Observations, dones: torch.Tensor, state: State = ()) -> tuple[StudentOutput, State]:
        """Return the outputs for recorded sequences, and the hidden state after them, with gradients.

        Args:
            obs: Observation groups [T, N, width].
            dones: Non-zero where an episode ended with that step [T, N].
            state: The hidden state before the first step.
        """
        senses = self._sense(obs)
        features, state = self.memory.unroll(senses.joined, dones, state)
        belief, _ = self.belief_encoder(features, senses.latent)
        return StudentOutput(self._act(senses, belief), *self.decoder(features, senses.samples)), state

    def targets(self, obs: Observations) -> tuple[torch.Tensor, torch.Tensor]:
        """Return true heights [..., S] and privileged observations [..., P], normalised, from the teacher's groups."""
        heights, privileged = self.target_input(obs).split(self.target_input.widths, dim=-1)
        return heights, privileged

    def _sense(self, obs: Observations) -> _Senses:
        observations = self.actor_input(obs)
        if self.is_blind:
            nothing = observations[..., :0]
            seen = torch.zeros_like(observations[..., :1], dtype=torch.bool)
            return _Senses(observations, nothing, nothing, seen)
        proprioceptive, samples = observations.split(self.actor_input.widths, dim=-1)
        known = torch.isfinite(samples)
        samples = torch.where(known, samples, 0.0)
        seen = known.any(dim=-1, keepdim=True)
        latent = torch.where(seen, self.exteroceptive_encoder(samples), 0.0)
        return _Senses(proprioceptive, samples, latent, seen)

    def _act(self, senses: _Senses, belief: torch.Tensor) -> torch.Tensor:
        return self.trunk(torch.cat((senses.proprioceptive, belief), dim=-1))
