"""Search for settings: `python legged_gym/scripts/sweep.py --task=NAME --config FILE`.

Start the same command again to go on, or on another machine that reaches the same `--storage` to help.
"""

import argparse
import importlib.util
import logging
from collections.abc import Sequence

from legged_gym.envs import TASKS
from legged_gym.runs import folders as runs
from legged_gym.runs.configure import apply_flags, chosen_task
from legged_gym.runs.tracking import Account, wandb_account
from legged_gym.scripts.command_line import run_program, sweep_parser
from legged_gym.sweeps.checks import check_flags, check_metric
from legged_gym.sweeps.definition import read_definition
from legged_gym.sweeps.plan import Plan, make_plan, train_flags
from legged_gym.sweeps.space import check_space
from legged_gym.sweeps.wandb_backend import create_sweep, join_sweep
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)


def main() -> None:
    """Check everything, then run candidates, and report."""
    args = sweep_parser().parse()
    _check_backend(args)
    account = wandb_account(args)
    if args.wandb_sweep_id is not None:
        join_sweep(args.wandb_sweep_id, _required(account))
        return
    task = chosen_task(args, TASKS)
    env_cfg, train_cfg = get_cfgs(task)
    apply_flags(args, env_cfg, train_cfg)
    runs.check_writable(train_cfg.runner.experiment_name)
    plan = make_plan(args, task, train_cfg, read_definition(args.config))
    check_space(plan.definition.space, env_cfg, train_cfg)
    check_flags(args, train_cfg, plan.definition)
    flags = train_flags(args, task)
    if args.backend == "wandb":
        sweep_on_wandb(plan, flags, _required(account))
        return
    if importlib.util.find_spec("optuna") is None:
        raise UserError("Optuna is not installed: pip install -e '.[sweep]'")
    if args.report:
        report_on(plan)
    else:
        sweep_with_optuna(plan, flags, args.workers or 1, args.gpus)


def sweep_on_wandb(plan: Plan, flags: Sequence[str], account: Account) -> None:
    """Make a sweep on the server of Weights & Biases, and run candidates of it."""
    check_metric(plan.definition, flags)
    sweep_id = create_sweep(plan.name, plan.definition, flags, account)
    logger.info("on other machines: sweep.py --wandb_sweep_id=%s", sweep_id)
    join_sweep(sweep_id, account)


def sweep_with_optuna(plan: Plan, flags: Sequence[str], num_workers: int, gpus: Sequence[str]) -> None:
    """Begin a sweep or go on with it, and report."""
    from legged_gym.sweeps import optuna_backend  # needs an optional package

    database = optuna_backend.open_database(plan)
    if optuna_backend.load_study(plan, database) is None:
        logger.info("looking for %s in the log of a training of one iteration", plan.definition.metric)
        check_metric(plan.definition, flags)
    optuna_backend.begin_study(plan, database)
    logger.info("sweep %s in %s", plan.name, database)
    try:
        optuna_backend.work(plan, num_workers, gpus)
    except KeyboardInterrupt:
        logger.info("stopped; the same command goes on with the sweep")
        report_on(plan)
        raise
    report_on(plan)


def report_on(plan: Plan) -> None:
    """Tell what is known of a sweep.

    Raises:
        UserError: it has not begun.
    """
    from legged_gym.sweeps import optuna_backend  # needs an optional package
    from legged_gym.sweeps.report import report

    database = optuna_backend.open_database(plan)
    study = optuna_backend.load_study(plan, database)
    if study is None:
        raise UserError(f"there is no sweep {plan.name!r} in {database}")
    with database.errors():
        print(report(study, plan.folder))


def _check_backend(args: argparse.Namespace) -> None:
    if args.backend == "optuna" and args.wandb_sweep_id is None:
        return
    for name in ("storage", "workers", "gpus", "report"):
        if getattr(args, name):
            raise UserError(f"--{name} is for sweeps with Optuna, not with Weights & Biases")


def _required(account: Account | None) -> Account:
    if account is None:
        raise UserError("a sweep on Weights & Biases needs --wandb_entity and --wandb_project")
    return account


if __name__ == "__main__":
    run_program(main)
