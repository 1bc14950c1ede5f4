"""What `evaluate.py` does once its flags are read."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from legged_gym.config.io import class_to_dict, config_hash
from legged_gym.config.layers import CHECKPOINT
from legged_gym.config.overrides import read_overrides
from legged_gym.deploy.commands import beyond_training
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.evaluation import responses, trials
from legged_gym.evaluation.plot import plot_summary
from legged_gym.evaluation.report import table
from legged_gym.evaluation.suites import OF_SEVERAL, load_suite
from legged_gym.evaluation.summary import summarize, together
from legged_gym.evaluation.wrong_images import WrongImages
from legged_gym.runs.configure import (
    Mode,
    check_distinct,
    chosen_checkpoint,
    chosen_task,
    flag_settings,
    place_run,
    task_config,
    trained_run,
)
from legged_gym.runs.folders import find_checkpoint, find_run_of_seed, trained_stage
from legged_gym.sim.devices import use_available_cores
from legged_gym.tasks import make_env, make_runner
from legged_gym.terrain.columns import column_types
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import picture_file, write_json
from legged_gym.utils.seeding import set_seed
from rsl_rl.modules import InferencePolicy
from rsl_rl.utils import checkpoint as checkpoints
from rsl_rl.utils.logger import make_progress

logger = logging.getLogger(__name__)

TRIALS = 100
"""Default number of episodes: of each terrain type and level on a GPU, a tenth of it on a CPU; ten times it on flat."""


def evaluate(args: argparse.Namespace) -> None:
    """Load, run, report."""
    if args.seeds is not None:
        _find_seeds(args)
    if args.suite is None:
        for flag in ("policies", "trials", "parts", "logs", "from_json"):
            if getattr(args, flag) is not None:
                instead = "; without one, --num_envs says how many trials" if flag == "trials" else ""
                raise UserError(f"--{flag} needs --suite{instead}")
        evaluate = evaluate_responses if args.responses else evaluate_policy
        evaluate(args)
    elif args.image is not None:
        raise UserError("--image: a suite shows what it wants to")
    elif args.command is not None or args.responses:
        raise UserError(f"--{'responses' if args.responses else 'command'}: a suite gives commands of its own")
    else:
        load_suite(args.suite)(args)


def evaluate_policy(args: argparse.Namespace) -> None:
    """One episode of each policy in every environment."""
    picture = picture_file(args.plot) if args.plot else None
    if args.command is not None and "commands.heading_command" in read_overrides(args.overrides):
        raise UserError("--command gives each robot its yaw rate: leave --set commands.heading_command out")

    def mode(env_cfg: Any, _: Any) -> dict[str, Any]:
        if args.command is not None and hasattr(env_cfg, "crossing") and env_cfg.terrain.mesh_type != "plane":
            raise UserError(
                "--command: robots of this task are steered along their way across; add --set terrain.mesh_type=plane"
            )
        if args.command is not None and (
            beyond := beyond_training(args.command, class_to_dict(env_cfg.commands.ranges))
        ):
            logger.warning(beyond)
        return trials.evaluation_settings(env_cfg, args.command)

    env, judged, summary = _ready(args, mode, _default_num_envs, spread=True)
    if args.image is not None:
        summary["image"] = args.image
    found = []
    for policy in judged:
        with _steps_told(env) as on_step:
            outcome = trials.run_trials(env, _shown(policy, env, args.image), on_step=on_step)
        found.append(summarize(env, outcome, args.command))
    summary |= found[0] if len(found) == 1 else together(found, summary["seeds"], env.cfg.asset.name)
    print(table(summary))
    if args.json:
        write_json(args.json, summary, indent=2)
    if picture:
        plot_summary(summary, picture)


@contextmanager
def _steps_told(env: LeggedRobot) -> Iterator[Callable[[], None]]:
    """What takes note of a control step; where an episode of all robots takes long, how far it is is told."""
    progress = make_progress(sys.stdout, 0, env.max_episode_length, what="step", late=True)
    try:
        yield progress.count
        progress.update({}, env.max_episode_length)  # all episodes may have ended before
    finally:
        progress.close()


def _shown(policy: InferencePolicy, env: LeggedRobot, image: str | None) -> InferencePolicy | WrongImages:
    """The policy, with a wrong image before it if one is asked for."""
    return policy if image is None else WrongImages(policy, env, image)


def evaluate_responses(args: argparse.Namespace) -> None:
    """What comes of each of a set of commands."""
    for flag in ("command", "plot", "image"):
        if getattr(args, flag) is not None:
            raise UserError(f"--{flag}: --responses gives commands of its own, and a table")
    if len(args.checkpoints) > 1:
        raise UserError("--checkpoint: --responses is of one policy")
    count = responses.ROBOTS * len(list(responses.commands()))
    env, judged, summary = _ready(args, lambda cfg, _: responses.response_settings(cfg), lambda *_: count)
    responses.check_number(env.num_envs)
    policy = next(judged)
    with _steps_told(env) as on_step:
        summary["responses"] = responses.measure_responses(env, policy, on_step)
    print(responses.response_table(summary["responses"]))
    if args.json:
        write_json(args.json, summary, indent=2)


def _ready(
    args: argparse.Namespace, mode: Mode, default_num_envs: Callable[[Any, bool], int], spread: bool = False
) -> tuple[LeggedRobot, Iterator[InferencePolicy], dict[str, Any]]:
    """The environment in a mode, the policies one after the other, and what to say of both; seeded anew for each.

    The environment is as the first policy was trained; the others must fit it. `default_num_envs` tells the number of
    environments for a configuration, on a GPU or not, where nobody gave one; `spread`: one for each cell of the map at
    least.
    """
    task, checkpoint, settings = trained_run(args, mode)
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    asked = flag_settings(args, task).train_cfg  # the first one's settings name what it began with itself
    paths = [checkpoint, *(chosen_checkpoint(_with_checkpoint(args, name), asked) for name in args.checkpoints[1:])]
    check_distinct(paths)
    seeds = [task_config(path, task)["train"].get("seed") for path in paths]
    placement = place_run(args, settings)
    if settings.source("env.num_envs") == CHECKPOINT:
        env_cfg.env.num_envs = default_num_envs(env_cfg, placement.sim_device != "cpu")
    if spread:
        trials.check_number(env_cfg)
    env_cfg.sim.engine = placement.engine
    use_available_cores()
    seed = set_seed(train_cfg.seed)
    env = make_env(task, env_cfg, placement.sim_device, seed, train_cfg)
    runner = make_runner(env, train_cfg, None, placement.rl_device)

    def policies() -> Iterator[InferencePolicy]:
        for path in paths:
            runner.load(path, load_optimizer=False, resume=False)
            set_seed(seed)
            yield runner.get_inference_policy(placement.sim_device)

    summary = {"task": task, **_named(paths), "sim": placement.engine, "num_envs": env.num_envs}
    return env, policies(), summary | {"seed": seed, "seeds": seeds}


def _find_seeds(args: argparse.Namespace) -> None:
    """Put the last checkpoints of the newest runs with the chosen seeds where those of `--checkpoint` would be.

    All are of one stage: that which is asked for, or else that of the first seed's newest run.

    Raises:
        UserError: there is none of some seed, or what is to be judged is named otherwise, too.
    """
    if args.suite is not None and args.suite not in OF_SEVERAL:
        raise UserError(f"--seeds: --suite={args.suite} is not of several trainings of one task")
    for flag in ("checkpoint", "load_run", "policies", "from_json"):
        if getattr(args, flag) is not None:
            raise UserError(f"--seeds finds the newest run of each seed: leave --{flag} out")
    runner = flag_settings(args, chosen_task(args)).train_cfg.runner
    stage = getattr(runner, "stage", "all")
    first = find_run_of_seed(runner.experiment_name, args.seeds[0], args.log_root, None if stage == "all" else stage)
    stage = trained_stage(first)
    others = [find_run_of_seed(runner.experiment_name, seed, args.log_root, stage) for seed in args.seeds[1:]]
    found = [first, *others]
    args.checkpoints = [str(find_checkpoint(run)) for run in found]
    args.checkpoint = args.checkpoints[0]


def _named(paths: Sequence[Path]) -> dict[str, Any]:
    """What is judged: file, iteration and hash of the configuration it was trained with; lists of several files."""
    states = [checkpoints.load(path, required=("config", "iteration")) for path in paths]
    named = {
        "checkpoint": [str(path) for path in paths],
        "iteration": [state["iteration"] for state in states],
        "config_hash": [config_hash(state["config"]) for state in states],
    }
    return named if len(paths) > 1 else {name: values[0] for name, values in named.items()}


def _with_checkpoint(args: argparse.Namespace, name: str) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(args), "checkpoint": name})


def _default_num_envs(env_cfg: Any, on_gpu: bool) -> int:
    if env_cfg.terrain.mesh_type == "plane":
        return 10 * TRIALS
    terrain = env_cfg.terrain
    kinds = set(column_types(terrain.terrain_proportions, terrain.num_cols))
    return terrain.num_rows * len(kinds) * (TRIALS if on_gpu else TRIALS // 10)
