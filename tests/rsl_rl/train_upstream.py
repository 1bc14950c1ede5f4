"""Train go2_flat by the runner of upstream's rsl_rl 5, without any wrapper; run by `test_upstream.py`."""

import sys

import torch

import legged_gym
import rsl_rl
from rsl_rl.runners import OnPolicyRunner

assert not hasattr(rsl_rl, "DISTRIBUTION")
MLP = {"class_name": "rsl_rl.models.MLPModel", "hidden_dims": [32], "activation": "elu", "obs_normalization": True}
CFG = {
    "class_name": "OnPolicyRunner",
    "num_steps_per_env": 24,
    "save_interval": 100,
    "seed": 1,
    "obs_groups": {"actor": ["policy"], "critic": ["critic"]},
    "actor": {**MLP, "distribution_cfg": {"class_name": "rsl_rl.modules.GaussianDistribution", "init_std": 1.0}},
    "critic": MLP,
    "algorithm": {"class_name": "rsl_rl.algorithms.PPO", "num_learning_epochs": 2, "num_mini_batches": 2},
}

env = legged_gym.make("go2_flat", num_envs=16, device="cpu")
env.episode_length_buf = torch.full_like(env.episode_length_buf, env.max_episode_length - 40)  # all end meanwhile
runner = OnPolicyRunner(env, CFG, sys.argv[1], "cpu")
runner.learn(2)
env.close()
