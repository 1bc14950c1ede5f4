"""Small teachers and students for tests, and what they observe."""

from typing import Any

import torch

from rsl_rl.modules import StudentPolicy, TeacherActorCritic

NUM_FEET, NUM_ACTIONS = 4, 3
WIDTHS = {"proprioceptive": 5, "exteroceptive": 12, "exteroceptive_clean": 12, "privileged": 6, "critic": 7}
"""Three height samples a foot."""
GO2_WIDTHS = {"proprioceptive": 117, "exteroceptive": 208, "exteroceptive_clean": 208, "privileged": 53, "critic": 378}
GROUPS = {"policy": ["proprioceptive", "exteroceptive_clean", "privileged"], "critic": ["critic"]}
STUDENT_GROUPS = ["proprioceptive", "exteroceptive"]
BLIND_GROUPS = ["proprioceptive"]


def make_teacher(normalize: bool = True, widths: dict[str, int] | None = None, **settings: Any) -> TeacherActorCritic:
    """A teacher of 12 exteroceptive and 2 privileged codes, with statistics unlike those of a fresh normalizer."""
    small = {
        "actor_hidden_dims": [8],
        "critic_hidden_dims": [8],
        "activation": "leaky_relu",
        "exteroceptive_dims": [7, 3],
        "privileged_dims": [5, 2],
    }
    widths = widths or WIDTHS
    teacher = TeacherActorCritic(
        widths, GROUPS, NUM_ACTIONS, num_feet=NUM_FEET, empirical_normalization=normalize, **{**small, **settings}
    )
    samples = {name: torch.rand(width) * 2.0 * torch.randn(20, width) + 0.5 for name, width in widths.items()}
    teacher.update_normalization(samples)
    return teacher


def make_student(teacher: TeacherActorCritic, blind: bool = False, **settings: Any) -> StudentPolicy:
    small = {"rnn_hidden_size": 6, "gate_hidden_dims": [9], "decoder_hidden_dims": [10]}
    groups = BLIND_GROUPS if blind else STUDENT_GROUPS
    return StudentPolicy(WIDTHS, groups, teacher, **{**small, **settings})


def random_obs(*leading: int, widths: dict[str, int] | None = None) -> dict[str, torch.Tensor]:
    return {name: torch.randn(*leading, width) for name, width in (widths or WIDTHS).items()}
