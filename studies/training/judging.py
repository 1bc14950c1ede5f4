"""What the policies of one training can do, judged alike."""

import time
from typing import Any

import torch

from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.evaluation.summary import summarize
from legged_gym.evaluation.trials import evaluation_settings, run_trials
from legged_gym.runs.configure import unlearning
from legged_gym.sim.devices import Placement
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.terrain.columns import column_types
from legged_gym.utils.seeding import set_seed
from rsl_rl.utils.random_state import get_random_state, set_random_state
from studies.training.point import Point

JUDGING_SEED = 1000
"""Of the map and the trials that all policies are judged on; none is trained with it."""
TRIALS = {"cuda": 100, "cpu": 20}
"""Of each terrain type and level, by kind of device. Where a policy succeeds in 90 % everywhere, the least of 21
cells is at 85 % or more in 43 % of the judgements by 100 trials, in 5 % of those by 20."""

State = dict[str, torch.Tensor]
"""Weights of a policy."""


class Judge:
    """Has the environments of the trials, on a map of the task's own ground that no policy was trained on."""

    def __init__(self, point: Point, trained: dict[str, Any], placement: Placement) -> None:
        """Make them. A map of thousands of boxes takes seconds: it serves all marks.

        Args:
            point: the training.
            trained: its settings, `env` and `train` as nested dicts.
            placement: where it trains.
        """
        ground = get_cfgs(point.task)[0].terrain
        self._device = placement.sim_device
        settings = resolve_settings(
            *get_cfgs(point.task),
            {**trained, "env": {**trained["env"], "terrain": class_to_dict(ground)}},
            lambda env_cfg, train_cfg: {**unlearning(train_cfg), **evaluation_settings(env_cfg)},
            [Asked({"env.num_envs": _number_of_trials(point, ground, self._device)}, source="the judging")],
        )
        settings.env_cfg.sim.engine = placement.engine
        set_seed(JUDGING_SEED)
        self.env = make_env(point.task, settings.env_cfg, self._device, JUDGING_SEED, settings.train_cfg)
        self._runner = make_runner(self.env, settings.train_cfg, None, placement.rl_device)

    def __call__(self, state: State, num_steps: int | None = None) -> dict[str, Any]:
        """What a policy can do, and as `judging` the seconds that it took; random numbers go on where they were.

        Args:
            state: the policy's.
            num_steps: of the trials; None: to their ends.
        """
        begun, random_state = time.monotonic(), get_random_state(self._device)
        self._runner.policy.load_state_dict(state)
        set_seed(JUDGING_SEED)
        trials = run_trials(self.env, self._runner.get_inference_policy(self._device), num_steps=num_steps)
        summary = summarize(self.env, trials)
        set_random_state(random_state, self._device)
        return {**summary, "judging": time.monotonic() - begun}


def _number_of_trials(point: Point, ground: Any, device: str) -> int:
    if ground.mesh_type == "plane":
        return point.trials
    kinds = set(column_types(ground.terrain_proportions, ground.num_cols))
    return ground.num_rows * len(kinds) * TRIALS[device.partition(":")[0]]
