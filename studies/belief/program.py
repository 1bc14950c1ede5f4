"""The suite as a program: what `evaluate.py --suite=belief` does."""

import argparse
from pathlib import Path
from typing import Any

from legged_gym.config.io import load_json
from legged_gym.config.layers import CHECKPOINT
from legged_gym.envs.blind.blind_robot import BlindRobot
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.evaluation import trials
from legged_gym.runs.configure import place_run, trained_settings
from legged_gym.sim.devices import use_available_cores
from legged_gym.tasks import all_tasks, check_task
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_folder, write_json
from legged_gym.utils.paths import POLICIES
from legged_gym.utils.seeding import set_seed
from studies.belief import architecture, figures, suite
from studies.belief.policies import STUDENT, find_policies
from studies.belief.robot import CrossingTrialRobot, TrialRobot, trial_robot
from studies.flags import refuse, refuse_measuring
from studies.parts import chosen_parts
from studies.results import taking_up

TASK = "go2_perceptive"
NUM_ENVS = 8192
"""Default number of environments at a time on a GPU."""
TRIALS_GPU, TRIALS_CPU = 100, 10
"""Default number of trials of each cell."""


def run(args: argparse.Namespace) -> None:
    """Measure, or read what was measured; print the tables, write the data, draw the figures.

    Args:
        args: flags of evaluate.py.

    Raises:
        UserError: a flag of another suite.
    """
    if args.from_json:
        refuse_measuring(args)
    refuse(args, ("checkpoint", "load_run", "experiment_name"), "--suite=belief takes the policies of --policies")
    folder = output_folder(args.plot) if args.plot else None
    curves = {"curves": architecture.read_curves(Path(args.logs))} if args.logs else {}
    data = (_read(Path(args.from_json)) if args.from_json else _measure(args)) | curves
    with taking_up(args.from_json, f"--suite={args.suite} --json"):
        suite.check(data)
        data |= suite.summarize(data)
        text = suite.report(data)
    print(text)
    if args.json:
        write_json(args.json, data)
    if folder:
        with taking_up(args.from_json, f"--suite={args.suite} --json"):
            figures.draw(data, folder)


def _measure(args: argparse.Namespace) -> dict[str, Any]:
    """The chosen parts of the suite, with the policies of one folder."""
    task = args.task or TASK
    robot = trial_robot(_with_a_map(task))
    parts = _parts(args.parts, robot)
    policies = find_policies(Path(args.policies) if args.policies else POLICIES, task)
    settings = trained_settings(args, task, policies[STUDENT].path, lambda cfg, _: trials.evaluation_settings(cfg))
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    placement = place_run(args, settings)
    on_gpu = placement.sim_device != "cpu"
    if settings.source("env.num_envs") == CHECKPOINT:
        env_cfg.env.num_envs = NUM_ENVS if on_gpu else env_cfg.env.num_envs_cpu
    env_cfg.sim.engine = placement.engine
    use_available_cores()
    seed = set_seed(train_cfg.seed)
    repeats = args.trials or (TRIALS_GPU if on_gpu else TRIALS_CPU)
    measured = suite.Suite(policies, env_cfg, placement.sim_device, seed, repeats, parts, robot).measure()
    return {"suite": args.suite, "task": task, "sim": placement.engine, "seed": seed, **measured}


def _with_a_map(task: str) -> type[PerceptiveRobot]:
    """The robots of a task, where a student has a map."""
    env_class = all_tasks()[check_task(task)].env_class
    if not issubclass(env_class, PerceptiveRobot) or issubclass(env_class, BlindRobot):
        raise UserError(f"--suite=belief is of students with a map, as of {TASK}; {task} has none")
    return env_class


def _parts(text: str | None, robot: type[TrialRobot]) -> tuple[int, ...]:
    """The chosen parts; by default that of ground to cross where the task has some, and only there."""
    if not issubclass(robot, CrossingTrialRobot):
        return chosen_parts(text, suite.PARTS)
    return (suite.CROSSING,) if text is None else chosen_parts(text, (*suite.PARTS, suite.CROSSING))


def _read(path: Path) -> dict[str, Any]:
    """What an earlier run of the suite wrote."""
    data = load_json(path)
    if not isinstance(data, dict) or data.get("suite") != "belief" or "records" not in data:
        raise UserError(f"{path} was not written by --suite=belief --json")
    return data
