"""Wrong depth images, to see whether a policy looks at them."""

from typing import Any

import torch

from legged_gym.utils.errors import UserError
from rsl_rl.modules import InferencePolicy, PolicyInference
from rsl_rl.modules.observation_input import Observations

SWAPPED, FROZEN, BLACK = IMAGES = ("swapped", "frozen", "black")
"""The image of a robot on ground of another type; that of the episode's start; one without any depth."""
TERM = "depth_image"


class WrongImages:
    """A policy that is shown wrong images; acts and forgets as an `InferencePolicy` does."""

    def __init__(self, policy: InferencePolicy, env: Any, image: str) -> None:
        """Take a policy and its environment.

        Args:
            policy: reads a group that is the depth image alone.
            env: whose groups it reads.
            image: one of `IMAGES`.

        Raises:
            UserError: the policy has no such group.
        """
        layout = env.layout["observations"]
        groups = [group for group in policy.policy.actor_input.groups if [t["name"] for t in layout[group]] == [TERM]]
        if not groups:
            raise UserError(f"--image={image}: the policy sees no depth image")
        self._policy, self._env, self._image, self._group = policy, env, image, groups[0]
        self._first: torch.Tensor | None = None
        self._fresh = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
        self._partners: torch.Tensor | None = None

    @property
    def estimate_targets(self) -> Any:
        """Those of the policy."""
        return self._policy.estimate_targets

    def infer(self, obs: Observations) -> PolicyInference:
        """What the policy tells when it is shown the wrong images."""
        shown = {group: obs[group] for group in self._policy.policy.actor_input.groups}
        return self._policy.infer(shown | {self._group: self._shown(obs[self._group])})

    def reset(self, dones: torch.Tensor) -> None:
        """Forget the episodes that ended [N]."""
        self._fresh = dones != 0
        self._policy.reset(dones)

    def _shown(self, images: torch.Tensor) -> torch.Tensor:
        if self._image == BLACK:
            return torch.full_like(images, -0.5)  # what a pixel without depth is observed as
        if self._image == SWAPPED:
            if self._partners is None:
                self._partners = strangers(self._kinds())
            return images[self._partners]
        first = images if self._first is None else self._first
        self._first = torch.where(self._fresh[:, None], images, first)
        self._fresh = torch.zeros_like(self._fresh)
        return self._first

    def _kinds(self) -> torch.Tensor:
        """Number of each robot's terrain type [N]; a type may have several columns."""
        names = self._env.terrain.type_names
        kinds = torch.tensor([names.index(name) for name in names], device=self._env.device)
        return kinds[self._env.terrain_curriculum.types]


def strangers(kinds: torch.Tensor) -> torch.Tensor:
    """For each robot another one at random [N]; where there are several kinds [N], one of another kind."""
    differs = kinds[:, None] != kinds[None, :]
    if not differs.any():
        differs = ~torch.eye(len(kinds), dtype=torch.bool, device=kinds.device)
    if len(kinds) < 2:
        raise UserError("--image=swapped: one robot alone has nobody to swap with")
    return torch.multinomial(differs.float(), 1)[:, 0]
