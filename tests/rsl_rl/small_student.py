"""A small student of a small teacher."""

from collections.abc import Sequence
from typing import Any

import torch

from rsl_rl.algorithms import Distillation
from rsl_rl.modules import StudentPolicy, TeacherActorCritic
from rsl_rl.storage import SequenceStorage
from rsl_rl.utils.distributed import Distributed

T, A = 6, 2
WIDTHS = {"felt": 3, "seen": 4, "true": 4, "hidden": 2, "critic": 5}
GROUPS = {"policy": ["felt", "true", "hidden"], "critic": ["critic"]}


def make_distillation(
    num_envs: int = 4,
    device: str = "cpu",
    distributed: Distributed | None = None,
    groups: Sequence[str] = ("felt", "seen"),
    memory: str = "gru",
    gate: str = "learned",
    **settings: Any,
) -> Distillation:
    """Return the distillation of a student from a teacher, both with random weights; two chunks in a rollout."""
    dims = {"actor_hidden_dims": [8], "critic_hidden_dims": [8], "exteroceptive_dims": [4, 2], "privileged_dims": [3]}
    teacher = TeacherActorCritic(WIDTHS, GROUPS, A, **dims, num_feet=2, empirical_normalization=True).to(device)
    teacher.update_normalization(random_obs(50, device))
    dims = {"rnn_hidden_size": 5, "gate_hidden_dims": [4], "decoder_hidden_dims": [4]}
    student = StudentPolicy(WIDTHS, groups, teacher, memory=memory, gate=gate, **dims)
    stored = {name: WIDTHS[name] for name in Distillation.stored_groups(student, teacher)}
    storage = SequenceStorage(T, num_envs, stored, A, student.initial_state(num_envs), device)
    return Distillation(student, teacher, storage, distributed, **{"truncation_length": T // 2, **settings})


def random_obs(num_envs: int, device: str = "cpu", generator: torch.Generator | None = None) -> dict[str, torch.Tensor]:
    """Return random observations."""
    return {name: torch.randn(num_envs, width, device=device, generator=generator) for name, width in WIDTHS.items()}
