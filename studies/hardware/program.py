"""The suite as a program: what `evaluate.py --suite=hardware` does."""

import argparse
from typing import Any

from legged_gym.evaluation.statistics import rate
from legged_gym.evaluation.trials import run_trials
from legged_gym.runs.configure import place_run, trained_run
from legged_gym.sim.devices import use_available_cores
from legged_gym.tasks import make_env, make_runner
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_json
from legged_gym.utils.seeding import set_seed
from studies.flags import refuse
from studies.hardware.cells import TURN, Cell, all_cells

TRIALS = 100
"""Default number of trials of a cell."""


def run(args: argparse.Namespace) -> None:
    """Measure one policy in every cell; print a table, write the data.

    Args:
        args: flags of evaluate.py.

    Raises:
        UserError: a flag of another suite, or of drives whose targets cannot come late.
    """
    others = ("policies", "parts", "logs", "from_json", "plot", "num_envs")
    refuse(args, others, "not of --suite=hardware, which takes --trials and --json")
    if len(args.checkpoints) > 1:
        raise UserError("--checkpoint: --suite=hardware is of one policy")
    use_available_cores()
    records = [_measure(args, cell) for cell in all_cells()]
    print(report(records))
    if args.json:
        write_json(args.json, {"suite": args.suite, "records": records}, indent=2)


def _measure(args: argparse.Namespace, cell: Cell) -> dict[str, Any]:
    """The trials of a cell, as plain numbers."""
    num_trials = args.trials or TRIALS
    task, checkpoint, settings = trained_run(args, lambda cfg, _: cell.settings(cfg, num_trials))
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    placement = place_run(args, settings)
    env_cfg.env.num_envs = num_trials
    env_cfg.sim.engine = placement.engine
    seed = set_seed(train_cfg.seed)
    env = make_env(task, env_cfg, placement.sim_device, seed, train_cfg)
    runner = make_runner(env, train_cfg, None, placement.rl_device)
    runner.load(checkpoint, load_optimizer=False, resume=False)
    set_seed(seed)
    trials = run_trials(env, runner.get_inference_policy(placement.sim_device))
    env.close()
    weight = trials.steps / trials.steps.sum().clamp(min=1)
    return {
        "task": task,
        "sim": placement.engine,
        "seed": seed,
        "ground": cell.ground,
        "delay": cell.delay,
        "torsional_friction": cell.torsional_friction,
        "trials": len(trials.steps),
        "falls": int(trials.fell.sum()),
        "stuck": int(trials.stuck.sum()),
        "lin_vel_error": (trials.planar_error * weight).sum().item(),
        "ang_vel_error": (trials.velocity_error[:, 2] * weight).sum().item(),
        "yaw_rate": (trials.velocity[:, 2] * weight).sum().item(),
        "least_yaw_rate": trials.velocity[:, 2].min().item(),
    }


def report(records: list[dict[str, Any]]) -> str:
    """The records of `all_cells` as two tables."""
    lines = ["targets late by   ground   falls                  velocity error, m/s   yaw rate error, rad/s"]
    for record in records:
        if record["delay"] is not None:
            errors = f"{record['lin_vel_error']:<22.3f}{record['ang_vel_error']:.3f}"
            lines.append(f"{1000 * record['delay']:<3.0f}{'ms':<15}{record['ground']:<9}{_falls(record):<23}{errors}")
    lines += ["", f"torsional friction   falls                  yaw rate of {TURN[2]} rad/s: mean, least of a robot"]
    for record in records:
        if record["torsional_friction"] is not None:
            rates = f"{record['yaw_rate']:.3f}, {record['least_yaw_rate']:.3f}"
            lines.append(f"{record['torsional_friction']:<6g}{'m':<15}{_falls(record):<23}{rates}")
    return "\n".join(lines)


def _falls(record: dict[str, Any]) -> str:
    """Number of falls, with the share's 95 % interval."""
    share = rate(record["falls"], record["trials"])
    return f"{record['falls']} of {record['trials']} ({100 * share.low:.0f}-{100 * share.high:.0f} %)"
