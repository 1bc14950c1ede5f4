"""The student that sees by a depth camera."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch

from rsl_rl.modules.image_encoder import ImageEncoder
from rsl_rl.modules.memory import RecurrentMemory, State
from rsl_rl.modules.mlp import MLP
from rsl_rl.modules.observation_input import ObservationInput, Observations, group_widths
from rsl_rl.modules.policy import Policy, PolicyInference
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.held import Changes, holding, new_rows


class DepthStudentOutput(NamedTuple):
    """What the student is trained on, for sequences."""

    actions: torch.Tensor
    """The student's actions [T, N, A]."""

    privileged: torch.Tensor | None
    """Estimate of the privileged observations [T, N, P]; None if it is to make none."""


class DepthStudent(Policy):
    """[proprioception, code of the image] -> memory -> perceptron (Zhuang et al. 2023, section III-C).

    A student that is not given the image is blind: then the encoder does not exist. In training, what it remembers may
    be decoded to what its teachers see (as the belief of Miki et al. 2022, S6).
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        groups: Sequence[str],
        num_actions: int,
        *,
        privileged: Sequence[str] = (),
        image_shape: Sequence[int] = (48, 64),
        channels: Sequence[int] = (16, 32, 32),
        kernel_sizes: Sequence[int] = (5, 4, 3),
        strides: Sequence[int] = (2, 2, 1),
        image_dim: int = 128,
        rnn_type: str = "gru",
        rnn_hidden_size: int = 256,
        rnn_num_layers: int = 1,
        hidden_dims: Sequence[int] = (512, 256, 128),
        decoder_dims: Sequence[int] = (128,),
        activation: str = "elu",
    ) -> None:
        """Build the networks.

        Args:
            widths: The width of each observation group.
            groups: The groups read: proprioception and, unless the student is to be blind, the image.
            num_actions: Number of actions A.
            privileged: The groups of teachers' observations that are decoded; none: there is no decoder.
            image_shape: Rows and columns of the image.
            channels: Of the encoder's convolutions.
            kernel_sizes: Sides of their kernels.
            strides: Of the convolutions.
            image_dim: Width of the image's code.
            rnn_type: "gru" or "lstm".
            rnn_hidden_size: Width of the hidden state.
            rnn_num_layers: Number of recurrent layers.
            hidden_dims: Widths of the perceptron's hidden layers.
            decoder_dims: The same of the decoder.
            activation: A key of ``rsl_rl.modules.mlp.ACTIVATIONS``.

        Raises:
            ConfigError: The groups, or the size of the image, are not those of such a student.
        """
        super().__init__()
        if not 1 <= len(groups) <= 2:
            raise ConfigError(f"'student' must be a proprioceptive group and perhaps an image, not {list(groups)}")
        own = group_widths(widths, groups)
        self.actor_input = ObservationInput(widths, groups, normalize=False)
        self.is_blind = len(groups) == 1
        """Whether it has no image."""
        input_dim = own[0]
        if not self.is_blind:
            if len(image_shape) != 2:
                raise ConfigError(f"image_shape must be rows and columns of the image, not {image_shape}")
            rows, cols = image_shape
            if own[1] != rows * cols:
                raise ConfigError(
                    f"the image of the group {groups[1]!r} has {own[1]} pixels, but the student's network is for "
                    f"image_shape = {rows} x {cols} = {rows * cols}"
                )
            self.image_encoder = ImageEncoder(image_shape, channels, kernel_sizes, strides, image_dim, activation)
            input_dim += image_dim
        self.memory = RecurrentMemory(input_dim, rnn_hidden_size, rnn_num_layers, rnn_type)
        self.actor = MLP(rnn_hidden_size, hidden_dims, num_actions, activation)
        self.targets = ObservationInput(widths, privileged, normalize=False) if privileged else None
        """What is decoded."""
        if self.targets is not None:
            self.decoder = MLP(rnn_hidden_size, decoder_dims, self.targets.dim, activation)

    def initial_state(self, num_envs: int) -> State:
        return self.memory.initial_state(num_envs)

    @property
    def image_group(self) -> str | None:
        """The group of the images; None if it is blind."""
        return None if self.is_blind else self.actor_input.groups[1]

    @property
    def trained_groups(self) -> list[str]:
        """The observation groups that training needs: what it sees, and what is decoded."""
        targets = () if self.targets is None else self.targets.groups
        return list(dict.fromkeys((*self.actor_input.groups, *targets)))

    def infer(self, obs: Observations, state: State = ()) -> tuple[PolicyInference, State]:
        images = [] if self.image_group is None else [self.image_encoder(obs[self.image_group])]
        return self.infer_from_codes(obs, images, state)

    def infer_from_codes(
        self, obs: Observations, codes: Sequence[torch.Tensor], state: State
    ) -> tuple[PolicyInference, State]:
        """Do as :meth:`infer` where the code of the image is known already [N, E]; none, if it is blind."""
        features, state = self.memory.step(self._sense(obs, codes), state)
        return PolicyInference(self.actor(features)), state

    def unroll(
        self, obs: Observations, dones: torch.Tensor, state: State = (), images: Changes | None = None
    ) -> tuple[DepthStudentOutput, State]:
        """Return what is trained, with gradients, for recorded sequences, and the hidden state after them.

        An image that lasts some steps is encoded once.

        Args:
            obs: Observation groups [T, N, width].
            dones: Non-zero where an episode ended with that step [T, N].
            state: The hidden state before the first step.
            images: Where images are new; None: everywhere.
        """
        codes = [] if self.image_group is None else [self._codes(obs[self.image_group], images)]
        features, state = self.memory.unroll(self._sense(obs, codes), dones, state)
        privileged = None if self.targets is None else self.decoder(features)
        return DepthStudentOutput(self.actor(features), privileged), state

    def _codes(self, images: torch.Tensor, changes: Changes | None) -> torch.Tensor:
        """Return the codes [T, N, E] of images [T, N, rows x columns]."""
        if changes is None:
            return self.image_encoder(images)
        new = changes.new
        codes = self.image_encoder(images.flatten(0, 1).index_select(0, new_rows(*changes)))
        return codes.index_select(0, holding(new).flatten()).unflatten(0, new.shape)

    def _sense(self, obs: Observations, codes: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.cat((obs[self.actor_input.groups[0]], *codes), dim=-1)
