"""How fast mjlab runs one of its tasks: `python benchmarks/mjlab_speed.py TASK NUM_ENVS`, in mjlab's own environment.

`peers.py` starts it. It imports `wall_clock.py` alone of this project, and prints one JSON object as its last line.
"""

# pyright: reportMissingImports=false

import json
import sys
from dataclasses import asdict
from importlib.metadata import version

import mjlab.tasks  # noqa: F401  (registers the tasks)
import torch
from mjlab.envs import ManagerBasedRlEnv
from mjlab.rl import MjlabOnPolicyRunner, RslRlVecEnvWrapper
from mjlab.tasks.registry import load_env_cfg, load_rl_cfg, load_runner_cls
from mjlab.utils.torch import configure_torch_backends
from wall_clock import ITERATIONS, env_step_time, now


def main() -> None:
    """Measure and print."""
    task, num_envs = sys.argv[1], int(sys.argv[2])
    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    configure_torch_backends()
    env_cfg, agent_cfg = load_env_cfg(task), load_rl_cfg(task)
    env_cfg.scene.num_envs = num_envs
    env = RslRlVecEnvWrapper(ManagerBasedRlEnv(cfg=env_cfg, device=device), clip_actions=agent_cfg.clip_actions)
    runner_class = load_runner_cls(task) or MjlabOnPolicyRunner
    result = {
        "peer": "mjlab",
        "versions": {name: version(name) for name in ("mjlab", "mujoco-warp", "warp-lang", "torch", "rsl-rl-lib")},
        "task": task,
        "num_envs": num_envs,
        "control_dt": env_cfg.decimation * env_cfg.sim.mujoco.timestep,
        "env_steps_per_s": num_envs / env_step_time(env, device),
    }
    runner = runner_class(env, asdict(agent_cfg), None, device)
    samples = num_envs * agent_cfg.num_steps_per_env
    result["train_steps_per_s"] = samples / iteration_time(runner, device)
    print(json.dumps(result))


def iteration_time(runner: MjlabOnPolicyRunner, device: str) -> float:
    """Mean seconds of an iteration: collecting and learning; what it would log is only the sign that one is over."""
    warm_up, timed = ITERATIONS[device.partition(":")[0]]
    ends: list[float] = []
    runner.logger.log = lambda **_: ends.append(now(device))
    runner.learn(warm_up + timed, init_at_random_ep_len=True)
    return (ends[-1] - ends[-1 - timed]) / timed


if __name__ == "__main__":
    main()
