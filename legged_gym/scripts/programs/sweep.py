"""What `sweep.py` does once its flags are read."""

import argparse
import importlib.util
import logging
from collections.abc import Sequence

from legged_gym.runs import folders as runs
from legged_gym.runs.configure import chosen_task, flag_settings
from legged_gym.runs.processes import check_gpus
from legged_gym.runs.tracking import Account, wandb_account
from legged_gym.sweeps.checks import check_flags, check_metric
from legged_gym.sweeps.definition import read_definition
from legged_gym.sweeps.plan import Plan, make_plan, train_flags
from legged_gym.sweeps.space import check_space
from legged_gym.sweeps.wandb_backend import create_sweep, join_sweep
from legged_gym.utils.errors import StoppedError, UserError

TRAIN = "legged_gym.scripts.train"
"""Module that trains a candidate."""

logger = logging.getLogger(__name__)


def sweep(args: argparse.Namespace) -> None:
    """Check everything, then run candidates, and report."""
    for flag in ("load_run", "checkpoint"):
        if getattr(args, flag) is not None:
            raise UserError(f"--{flag}: the trainings of a sweep begin anew")
    account = wandb_account(args)
    if args.wandb_sweep_id is not None:
        join_sweep(args.wandb_sweep_id, _required(account))
        return
    task = chosen_task(args)
    settings = flag_settings(args, task)
    train_cfg = settings.train_cfg
    if not args.report:
        runs.check_writable(train_cfg.runner.experiment_name, args.log_root)
    plan = make_plan(args, task, train_cfg, read_definition(args.config), TRAIN)
    check_space(plan.definition.space, settings.env_cfg, train_cfg)
    check_flags(args, train_cfg, plan.definition)
    if args.backend == "wandb":
        sweep_on_wandb(plan, [*train_flags(args, task), f"--log_root={args.log_root}"], _required(account))
        return
    if importlib.util.find_spec("optuna") is None:
        raise UserError("Optuna is not installed: pip install -e '.[sweep]'")
    if args.report:
        report_on(plan)
    else:
        check_gpus(args.gpus)
        sweep_with_optuna(plan, args.workers or 1, args.gpus)


def sweep_on_wandb(plan: Plan, flags: Sequence[str], account: Account) -> None:
    """Make a sweep on the server of Weights & Biases, and run candidates of it, with flags that all of them share."""
    check_metric(plan.definition, plan.command)
    sweep_id = create_sweep(plan.name, plan.definition, TRAIN, flags, account)
    logger.info("on other machines: sweep.py --wandb_sweep_id=%s", sweep_id)
    join_sweep(sweep_id, account)


def sweep_with_optuna(plan: Plan, num_workers: int, gpus: Sequence[str]) -> None:
    """Begin a sweep or go on with it, and report."""
    from legged_gym.sweeps import optuna_backend  # needs an optional package

    database = optuna_backend.open_database(plan)
    if optuna_backend.load_study(plan, database) is None:
        logger.info("looking for %s in the log of a training of one iteration", plan.definition.metric)
        check_metric(plan.definition, plan.command)
    optuna_backend.begin_study(plan, database)
    logger.info("sweep %s in %s", plan.name, database)
    try:
        optuna_backend.work(plan, num_workers, gpus)
    except (KeyboardInterrupt, StoppedError):
        logger.info("stopped; the same command goes on with the sweep")
        report_on(plan)
        raise
    report_on(plan)
    optuna_backend.check_success(plan)


def report_on(plan: Plan) -> None:
    """Tell what is known of a sweep.

    Raises:
        UserError: it has not begun.
    """
    from legged_gym.sweeps import optuna_backend  # needs an optional package
    from legged_gym.sweeps.report import report

    database = optuna_backend.require_database(plan)
    study = optuna_backend.load_study(plan, database)
    if study is None:
        raise UserError(f"there is no sweep {plan.name!r} in {database}")
    with database.errors():
        print(report(study, plan.folder))


def _required(account: Account | None) -> Account:
    if account is None:
        raise UserError("a sweep on Weights & Biases needs --wandb_entity and --wandb_project")
    return account
