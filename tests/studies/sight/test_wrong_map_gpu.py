"""Wrong maps on a GPU: in the captured step, and no step waits."""

from typing import Any

import pytest
import torch

from legged_gym.config.layers import set_fields
from legged_gym.envs.sight.sight_robot import SightRobot
from legged_gym.evaluation.trials import evaluation_settings
from legged_gym.tasks import get_cfgs
from legged_gym.utils.seeding import set_seed
from studies.sight.controls import CONTROLS
from studies.sight.walk import mislead
from studies.sight.wrong_map import Misled

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]


def test_a_step_with_wrong_maps_waits_for_nothing() -> None:
    cfg, _ = get_cfgs("go2_sight")
    cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.terrain_proportions = 1, 2, {"pit": 1.0, "drop": 1.0}
    set_fields(evaluation_settings(cfg), cfg)
    cfg.env.num_envs, cfg.sim.engine, cfg.noise.add_noise = 4 * len(CONTROLS), "mujoco_warp", False
    set_seed(1)
    robot: Any = type("MisledRobot", (Misled, SightRobot), {})
    env = robot(cfg, "cuda:0", 1)
    mislead(env, list(CONTROLS))
    env.reset()
    actions = torch.zeros(env.num_envs, env.num_actions, device="cuda:0")
    for step in range(20):
        torch.cuda.set_sync_debug_mode("error" if step >= 10 else "default")  # warm-up and capture may wait
        try:
            env.step(actions)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    scans = env.measured_heights.clone()
    env._measure_heights()
    torch.testing.assert_close(env.measured_heights, scans)  # the captured reading is the eager one
    env.close()
