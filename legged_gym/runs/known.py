"""What trainings of the tasks came to: at which iteration a policy was good, as it was measured.

The doctor's expected times and what a training says of itself are of this table. It holds for as many samples in an
iteration as were trained with: with others, an iteration is worth something else.
"""

from dataclasses import dataclass
from typing import Any

from legged_gym.config.io import class_to_dict
from legged_gym.runs.stages import stage_configs
from legged_gym.tasks import get_cfgs

ROBOTS, STEPS = 4096, 24
"""Of an iteration, unless said otherwise."""


@dataclass(frozen=True)
class Known:
    """A training that was judged at its end."""

    iterations: int
    result: str
    """What was measured then, on how many trainings."""
    source: str
    """The file of the repository that tells of it."""
    num_envs: int = ROBOTS
    num_steps: int = STEPS

    @property
    def samples(self) -> int:
        """Control steps of all robots together."""
        return self.iterations * self.num_steps * self.num_envs

    def seconds(self, of_a_step: float) -> float:
        """Expected time.

        Args:
            of_a_step: seconds of collecting a control step of all robots and of learning from it.
        """
        return self.iterations * self.num_steps * of_a_step


_ROBOTS = "docs/robots.md"
KNOWN: dict[str, list[Known]] = {
    "a1_flat": [Known(370, "0.057 m/s, 99.7 % without a fall, one training", _ROBOTS)],
    "a1_rough": [Known(2769, "92 % on levels 0-6 of every type, one training", _ROBOTS)],
    "anymal_c_flat": [Known(367, "0.072 m/s, 99.6 % without a fall, one training", _ROBOTS)],
    "anymal_c_rough": [Known(2190, "97 % on levels 0-6 of every type, one training", _ROBOTS)],
    "go2_flat": [
        Known(370, "0.060 m/s, 99.9 % without a fall, one training", "docs/measured.md"),
        Known(370, "0.12 m/s, 99.0 % without a fall, one training", "docs/measured.md", num_envs=512),
    ],
    "go2_flat_deploy": [Known(370, "0.086 m/s, 99.5 % without a fall, worst of three trainings", _ROBOTS)],
    "go2_perceptive/teacher": [Known(2800, "its student's teacher, one training", "docs/measured.md")],
    "go2_perceptive/student": [Known(1200, "98 % of its teacher on levels 0-6, one training", "docs/measured.md")],
    "go2_rough": [Known(2900, "98 % on levels 0-6 of every type, 92 % on level 9, one training", "docs/measured.md")],
    "go2_rough_deploy": [Known(2900, "89 % on levels 0-6 of every type, worse of two trainings", _ROBOTS)],
    "go2_sight": [
        Known(2400, "85 % or more on each ground to cross at both sizes, worst of three trainings", "docs/sight.md")
    ],
    "mini_cheetah": [Known(1000, "0.146 m/s, 99.8 % without a fall, one training", _ROBOTS, num_steps=32)],
    "mini_cheetah_ref": [Known(1300, "0.204 m/s, 100 % without a fall, one training", _ROBOTS, num_steps=32)],
    "qmini": [Known(2209, "0.381 m/s of 0.4 m/s, one training", _ROBOTS)],
}
"""By task, or by task and stage."""


_LEARNING = ("class_name", "num_steps_per_env", "empirical_normalization")
"""Settings of a runner that say how it learns, and not for how long, from where or under which name."""


def known_training(task: str, stage: str | None, num_envs: int, num_steps: int) -> Known | None:
    """The training of a task with as many robots and steps in an iteration, if one is known.

    Args:
        task: its name.
        stage: what is trained of it, if it has stages.
        num_envs: robots of all processes together.
        num_steps: control steps of an iteration.
    """
    trainings = KNOWN.get(f"{task}/{stage}" if stage else task, [])
    return next((known for known in trainings if (known.num_envs, known.num_steps) == (num_envs, num_steps)), None)


def known_of(task: str, env_cfg: Any, train_cfg: Any, num_envs: int) -> Known | None:
    """The same by a training's configurations; None if a setting is another than the task's own: all bets are off.

    Args:
        task: its name.
        env_cfg: of the environment.
        train_cfg: of the training, whose `runner` names stage and steps.
        num_envs: robots of all processes together.
    """
    runner = train_cfg.runner
    stage = getattr(runner, "stage", None)
    own = stage_configs(*get_cfgs(task), stage, False, None)
    if _learned_by(env_cfg, train_cfg) != _learned_by(*own):
        return None
    return known_training(task, stage, num_envs, runner.num_steps_per_env)


def _learned_by(env_cfg: Any, train_cfg: Any) -> dict[str, Any]:
    """What decides what is learned in an iteration, without the number of robots: plain data."""
    data = class_to_dict({"env": env_cfg, "train": train_cfg})
    for name in ("num_envs", "num_envs_cpu"):
        del data["env"]["env"][name]
    del data["env"]["sim"]["engine"], data["train"]["seed"]
    data["train"]["runner"] = {name: value for name, value in data["train"]["runner"].items() if name in _LEARNING}
    data["train"].get("student_curriculum", {}).pop("max_iterations", None)
    return data
