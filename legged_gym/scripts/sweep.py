"""Search for settings: `python legged_gym/scripts/sweep.py --task=NAME --config FILE`.

Start the same command again to go on, or on another machine that reaches the same `--storage` to help.
"""

import argparse
import importlib.util
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.runs import folders as runs
from legged_gym.runs.configure import chosen_task, flag_settings
from legged_gym.runs.tracking import Account, wandb_account
from legged_gym.scripts import train
from legged_gym.scripts.command_line import Parser, add_wandb_flags, positive, run_program, task_parser
from legged_gym.sweeps.checks import check_flags, check_metric
from legged_gym.sweeps.definition import read_definition
from legged_gym.sweeps.plan import Plan, make_plan, train_flags
from legged_gym.sweeps.space import check_space
from legged_gym.sweeps.wandb_backend import create_sweep, join_sweep
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR

SWEEP_CONFIG = Path(LEGGED_GYM_ROOT_DIR) / "sweep_config_example.json"

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Check everything, then run candidates, and report."""
    args = make_parser().parse(argv)
    _check_backend(args)
    account = wandb_account(args)
    if args.wandb_sweep_id is not None:
        join_sweep(args.wandb_sweep_id, _required(account))
        return
    task = chosen_task(args)
    settings = flag_settings(args, task)
    train_cfg = settings.train_cfg
    runs.check_writable(train_cfg.runner.experiment_name, args.log_root)
    plan = make_plan(args, task, train_cfg, read_definition(args.config), train.__name__)
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
        sweep_with_optuna(plan, args.workers or 1, args.gpus)


def sweep_on_wandb(plan: Plan, flags: Sequence[str], account: Account) -> None:
    """Make a sweep on the server of Weights & Biases, and run candidates of it, with flags that all of them share."""
    check_metric(plan.definition, plan.command)
    sweep_id = create_sweep(plan.name, plan.definition, train.__name__, flags, account)
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
    except KeyboardInterrupt:
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

    database = optuna_backend.open_database(plan)
    study = optuna_backend.load_study(plan, database)
    if study is None:
        raise UserError(f"there is no sweep {plan.name!r} in {database}")
    with database.errors():
        print(report(study, plan.folder))


def _gpu_numbers(text: str) -> list[str]:
    numbers = text.split(",")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise argparse.ArgumentTypeError(f"expected numbers such as 0,1, got {text!r}")
    return numbers


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


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Search for the settings that train best. Flags of train.py hold for all trials.")
    parser.add_argument("--max_iterations", metavar="N", type=positive, help="learning iterations of each trial")
    parser.add_argument(
        "--config", "--wandb_sweep_config", metavar="FILE", type=Path, default=SWEEP_CONFIG,
        help=f"the sweep, as JSON in the format of Weights & Biases; default: {SWEEP_CONFIG.name}",
    )  # fmt: skip
    parser.add_argument(
        "--backend", choices=("optuna", "wandb"), default="optuna",
        help="who chooses the trials: Optuna with a database, the default, or a server of Weights & Biases",
    )  # fmt: skip
    parser.add_argument("--wandb_sweep_id", metavar="ID", help="join a sweep on Weights & Biases")
    add_wandb_flags(parser)
    parser.add_argument("--name", metavar="NAME", help="name of the sweep; default: that of its file")
    parser.add_argument(
        "--storage", metavar="URL",
        help="optuna: database that all who take part share; default: sqlite:///logs/EXPERIMENT/sweeps/NAME.db",
    )  # fmt: skip
    parser.add_argument(
        "--workers", metavar="N", type=positive, help="optuna: trials at once on this machine; default: 1"
    )
    parser.add_argument(
        "--gpus", metavar="0,1,...", type=_gpu_numbers, default=[], help="optuna: GPUs that the workers share"
    )
    parser.add_argument("--report", action="store_true", help="optuna: report what is known so far, and train nothing")
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
