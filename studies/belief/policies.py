"""The policies to compare, from their checkpoints."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.utils.errors import UserError
from rsl_rl.modules import Policy, StudentPolicy, TeacherActorCritic
from rsl_rl.runners.on_policy_runner import CHECKPOINT_KEYS, check_weights
from rsl_rl.utils import checkpoint
from rsl_rl.utils.registry import build

logger = logging.getLogger(__name__)

TEACHER, STUDENT, NOISY_MLP, BLIND = "teacher", "student", "noisy_mlp", "blind"
GRU_NONE, MLP_GATE, MLP_NONE = "gru_none", "mlp_gate", "mlp_none"
LABELS = {
    TEACHER: "teacher",
    STUDENT: "student (GRU, gate)",
    GRU_NONE: "GRU, no gate",
    MLP_GATE: "MLP, gate",
    MLP_NONE: "MLP, no gate",
    NOISY_MLP: "noisy-map MLP",
    BLIND: "blind GRU",
}
"""Every policy of the evaluation. All but the teacher are students of it: the noisy-map MLP takes the map at its face
value, the blind one has none."""
REQUIRED = (TEACHER, STUDENT)


@dataclass(frozen=True)
class PolicyFile:
    """A policy on disk."""

    path: Path
    state: dict[str, Any]
    """Content of its checkpoint."""

    @property
    def train(self) -> dict[str, Any]:
        """The training configuration."""
        return self.state["config"]["train"]

    @property
    def is_student(self) -> bool:
        return self.state.get("stage") == "student"

    @property
    def groups(self) -> list[str]:
        """The observation groups it acts on."""
        return self.train["obs_groups"]["student" if self.is_student else "policy"]

    def sees_noisy_map(self, cfg: PerceptiveCfg) -> bool:
        """Whether it reads the foot scan with the map's noise."""
        noisy = [name for name in self.groups if name in cfg.noise.groups]
        return any("foot_scan" in getattr(cfg.observations, name) for name in noisy)

    def build(self, env: PerceptiveRobot) -> Policy:
        """The policy, ready to act.

        Raises:
            CheckpointError: it is of another robot, or of other observations.
            ConfigError: its configuration does not make a policy.
        """
        checkpoint.check_same(self.path, "layout", self.state["layout"], env.layout)
        train = self.train
        teacher_groups = {name: groups for name, groups in train["obs_groups"].items() if name != "student"}
        widths = {name: value.shape[-1] for name, value in env.get_observations().items()}
        settings = {**train["policy"], "empirical_normalization": train["runner"]["empirical_normalization"]}
        policy: Policy = build("policy", TeacherActorCritic, settings, widths, teacher_groups, env.num_actions)
        if self.is_student:
            policy = build("student", StudentPolicy, train["student"], widths, self.groups, policy)
        check_weights(self.path, "policy", self.state["policy"], policy)
        policy.load_state_dict(self.state["policy"])
        return policy.to(env.device).eval().requires_grad_(False)


def find_policies(folder: Path, task: str) -> dict[str, PolicyFile]:
    """The checkpoints `<task>_<name>.pt` that are there, in the order of `LABELS`.

    Raises:
        UserError: the teacher or the student is missing.
        CheckpointError: a file is damaged.
    """
    paths = {name: folder / f"{task}_{name}.pt" for name in LABELS}
    missing = [name for name, path in paths.items() if not path.is_file()]
    for name in REQUIRED:
        if name in missing:
            raise UserError(f"no {name} to evaluate: there is no file {paths[name]}")
    if missing:
        logger.warning("not in %s, so left out: %s", folder, ", ".join(missing))
    found = {name: path for name, path in paths.items() if name not in missing}
    return {name: PolicyFile(path, checkpoint.load(path, required=CHECKPOINT_KEYS)) for name, path in found.items()}
