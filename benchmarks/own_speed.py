"""How fast this project runs one of its tasks by the wall clock: `python benchmarks/own_speed.py TASK NUM_ENVS`.

`peers.py` starts it. It does what `mjlab_speed.py` does, and prints one JSON object as its last line. `benchmark.py`
measures otherwise: medians of the device's own clock, by part.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # before what is beside it is imported
    sys.path.append(str(Path(__file__).resolve().parents[1]))

import json

from benchmarks.wall_clock import ITERATIONS, env_step_time, now
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.scripts.command_line import run_program
from legged_gym.sim.devices import use_available_cores
from legged_gym.sim.placing import place
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.utils.seeding import set_seed
from rsl_rl.runners import OnPolicyRunner


def main() -> None:
    """Measure and print."""
    task, num_envs = sys.argv[1], int(sys.argv[2])
    asked = Asked({"env.num_envs": num_envs}, source="the comparison")
    settings = resolve_settings(*get_cfgs(task), asked=[asked])
    placement, train_cfg = place(settings), settings.train_cfg
    settings.env_cfg.sim.engine = placement.engine
    use_available_cores()
    train_cfg.seed = set_seed(train_cfg.seed)
    env = make_env(task, settings.env_cfg, placement.sim_device, train_cfg.seed, train_cfg)
    result = {
        "peer": "robust_parallel",
        "sim": placement.engine,
        "task": task,
        "num_envs": num_envs,
        "env_steps_per_s": num_envs / env_step_time(env, placement.sim_device),
    }
    runner = make_runner(env, train_cfg, None, placement.rl_device)
    samples = num_envs * runner.num_steps_per_env
    result["train_steps_per_s"] = samples / iteration_time(runner, placement.rl_device)
    print(json.dumps(result))


def iteration_time(runner: OnPolicyRunner, device: str) -> float:
    """Mean seconds of an iteration: collecting and learning."""
    warm_up, timed = ITERATIONS[device.partition(":")[0]]
    runner.learn(warm_up, init_at_random_ep_len=True)
    start = now(device)
    runner.learn(timed)
    return (now(device) - start) / timed


if __name__ == "__main__":
    run_program(main)
