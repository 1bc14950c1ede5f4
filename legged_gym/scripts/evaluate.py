"""Judge a policy: `python legged_gym/scripts/evaluate.py --task=NAME [--checkpoint FILE] [--json FILE]`."""

import json
from pathlib import Path
from typing import Any

from legged_gym.envs import TASKS
from legged_gym.utils import evaluation
from legged_gym.utils.cli import evaluate_parser, run_program
from legged_gym.utils.configure import apply_flags, place, trained_run
from legged_gym.utils.devices import use_available_cores
from legged_gym.utils.evaluation_plot import plot_summary
from legged_gym.utils.seeding import set_seed
from legged_gym.utils.task_registry import get_cfgs, make_env, make_runner

TRIALS = 100
"""Default number of episodes: of each terrain type and level on a GPU, a tenth of it on a CPU; ten times it on flat."""


def main() -> None:
    """Load, run one episode in every environment, report."""
    args = evaluate_parser().parse()
    task, checkpoint, env_cfg, train_cfg = trained_run(args, TASKS, get_cfgs)
    num_envs_chosen = apply_flags(args, env_cfg, train_cfg)
    placement = place(args, env_cfg, num_envs_chosen)
    if not num_envs_chosen:
        env_cfg.env.num_envs = _default_num_envs(env_cfg, on_gpu=placement.sim_device != "cpu")
    env_cfg.sim.engine = placement.engine
    evaluation.prepare(env_cfg)
    train_cfg.algorithm.num_mini_batches = 1  # nothing is learned here, and few environments cannot be split
    use_available_cores()
    seed = set_seed(train_cfg.seed)
    env = make_env(task, env_cfg, placement.sim_device, seed)
    runner = make_runner(env, train_cfg, None, placement.rl_device)
    runner.load(checkpoint, load_optimizer=False, resume=False)
    set_seed(seed)
    trials = evaluation.run_trials(env, runner.get_inference_policy(placement.sim_device))
    summary = {"task": task, "sim": placement.engine, "num_envs": env.num_envs, "seed": seed}
    summary |= evaluation.summarize(env, trials)
    print(_table(summary))
    if args.json:
        Path(args.json).write_text(json.dumps(summary, indent=2) + "\n")
    if args.plot:
        plot_summary(summary, Path(args.plot))


def _default_num_envs(env_cfg: Any, on_gpu: bool) -> int:
    if env_cfg.terrain.mesh_type == "plane":
        return 10 * TRIALS
    kinds = sum(2 if "slope" in name else 1 for name, share in env_cfg.terrain.terrain_proportions.items() if share > 0)
    return env_cfg.terrain.num_rows * kinds * (TRIALS if on_gpu else TRIALS // 10)


def _table(summary: dict[str, Any]) -> str:
    units = {"lin_vel_error": "m/s", "lin_vel_x_error": "m/s", "lin_vel_y_error": "m/s", "ang_vel_error": "rad/s"}
    units |= {"torque_rms": "N m", "power": "W"}
    lines = []
    for key, value in summary.items():
        if key != "success":
            text = f"{value:.3f}" if isinstance(value, float) else str(value)
            lines.append(f"{key:<18}{text} {units.get(key, '')}".rstrip())
    if "success" in summary:
        levels = range(len(next(iter(summary["success"].values()))))
        lines.append("success, % by level " + "".join(f"{level:>6}" for level in levels))
        for kind, rates in summary["success"].items():
            lines.append(f"  {kind:<18}" + "".join(f"{100 * rate:>6.0f}" for rate in rates))
    return "\n".join(lines)


if __name__ == "__main__":
    run_program(main)
