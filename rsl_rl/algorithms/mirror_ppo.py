"""Proximal policy optimisation that knows left from right to be alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from rsl_rl.algorithms.ppo import PPO
from rsl_rl.modules.actor_critic import ActorCritic
from rsl_rl.modules.observation_input import Observations
from rsl_rl.storage import RolloutStorage, Transitions
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError

MIRRORINGS = ("both", "either")
"""What a sample becomes."""
DIVERGENCES = ("samples", "all")
"""What the divergence that the learning rate follows is measured on."""
ACTIONS = "actions"
"""Name of the mirror of actions, beside those of observation groups."""


class MirrorPPO(PPO):
    """:class:`PPO` that learns of each sample, of its mirror image, or of both.

    A robot of two like halves, mirrored, is the same robot: what an action was worth, its mirror image is in the
    mirrored situation (Mittal et al. 2024, arXiv 2403.04359). As there, the mirror image keeps the probability that the
    action had, so that the ratio of the probabilities tells how far the policy is from being symmetric. The running
    statistics of observations, if there are any, are those of all samples and of all images: by others a policy of
    symmetric weights would not be symmetric.
    """

    uses_mirror = True

    def __init__(
        self,
        policy: ActorCritic,
        storage: RolloutStorage,
        distributed: Distributed | None = None,
        layout: Mapping[str, Any] | None = None,
        mirror: Mapping[str, tuple[Sequence[int], Sequence[float]]] | None = None,
        *,
        mirroring: str = "either",
        divergence_of: str = "samples",
        **settings: Any,
    ) -> None:
        """Prepare the mirrors.

        Args:
            policy: Actor and critic without memory, on the device of the storage.
            storage: Where to record rollouts.
            distributed: The processes which train together.
            layout: That of the environment.
            mirror: That of the environment, see :class:`rsl_rl.env.VecEnv`.
            mirroring: "both" to learn of each sample and of its mirror image, which doubles the work; "either" to learn
                of one of the two, drawn anew in each mini-batch.
            divergence_of: "samples" for the divergence on samples that are not mirrored, which tells how far the policy
                has moved; "all" for that on images, too, which also tells how far it is from being symmetric: what is
                farther than ``desired_kl`` then holds the adaptive learning rate at its floor.
            settings: Those of :class:`PPO`.

        Raises:
            ConfigError: A setting is out of its range, or policy or environment cannot be mirrored.
        """
        super().__init__(policy, storage, distributed, layout, **settings)
        if mirroring not in MIRRORINGS:
            raise ConfigError(f"mirroring must be one of {', '.join(MIRRORINGS)}, not '{mirroring}'")
        if divergence_of not in DIVERGENCES:
            raise ConfigError(f"divergence_of must be one of {', '.join(DIVERGENCES)}, not '{divergence_of}'")
        if storage.initial_state:
            raise ConfigError("MirrorPPO: what a memory holds has no known mirror image: use a policy without memory")
        if mirror is None:
            raise ConfigError("MirrorPPO: the environment does not tell what its mirror image is")
        missing = [name for name in (*policy.stored_groups, ACTIONS) if name not in mirror]
        if missing:
            raise ConfigError(f"MirrorPPO: the environment tells no mirror image of {', '.join(missing)}")
        self.mirroring, self.divergence_of = mirroring, divergence_of
        self._unmirrored = torch.ones(len(self._samples), 1, dtype=torch.bool, device=storage.device)
        """Which samples of the present mini-batch are left as they were, where it is one of the two [B, 1]."""
        self._mirrors = {
            name: (torch.tensor(source, device=storage.device), torch.tensor(signs, device=storage.device))
            for name, (source, signs) in mirror.items()
        }

    def _update_normalization(self, obs: Observations) -> None:
        super()._update_normalization(obs)
        super()._update_normalization({name: self._image(name, obs[name]) for name in self.policy.stored_groups})

    def _mini_batch(self) -> Transitions:
        batch, kept = super()._mini_batch(), self._unmirrored
        kept.copy_(torch.rand(kept.shape, device=kept.device) < 0.5)

        def combined(values: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
            return torch.cat((values, image)) if self.mirroring == "both" else torch.where(kept, values, image)

        def same(values: torch.Tensor) -> torch.Tensor:
            return torch.cat((values, values)) if self.mirroring == "both" else values

        return Transitions(
            obs={name: combined(group, self._image(name, group)) for name, group in batch.obs.items()},
            actions=combined(batch.actions, self._image(ACTIONS, batch.actions)),
            mean=combined(batch.mean, self._image(ACTIONS, batch.mean)),
            std=combined(batch.std, self._image(ACTIONS, batch.std).abs()),
            log_prob=same(batch.log_prob),
            values=same(batch.values),
            rewards=same(batch.rewards),
            dones=same(batch.dones),
            advantages=same(batch.advantages),
            returns=same(batch.returns),
        )

    def _divergence(self, kl: torch.Tensor) -> torch.Tensor:
        if self.divergence_of == "all":
            return kl.mean()
        if self.mirroring == "both":
            return kl[: len(kl) // 2].mean()
        kept = self._unmirrored[:, 0]
        return (kl * kept).sum() / kept.sum().clamp(min=1)

    def _image(self, name: str, values: torch.Tensor) -> torch.Tensor:
        source, signs = self._mirrors[name]
        return values.index_select(-1, source) * signs
