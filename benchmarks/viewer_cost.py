"""What the viewer costs a training: `python -m benchmarks.viewer_cost [--task=go2_flat --iterations=40 --turns=6]`.

Trains one policy in pairs of turns: one with the viewer and somebody who looks (`onlooker.py`, in a process of its own:
no browser is needed), one without any viewer; which comes first changes from pair to pair. Prints JSON: steps/s by the
clock of each turn, pictures that came, the share of speed that each pair says the viewer takes, and their median.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # before all that takes time to load
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    import legged_gym  # noqa: F401 - lets Ctrl-C end it without a traceback

import contextlib
import json
import logging
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from legged_gym.config.layers import Settings
from legged_gym.runs.configure import flag_settings
from legged_gym.runs.stages import stage_configs, stages_to_train
from legged_gym.scripts.command_line import Parser, positive, run_program
from legged_gym.sim.devices import Placement, use_available_cores
from legged_gym.sim.engines import engine_name
from legged_gym.sim.placing import place
from legged_gym.tasks import check_task, make_env, make_runner
from legged_gym.utils.address import Address
from legged_gym.utils.errors import StoppedError, UserError
from legged_gym.utils.seeding import set_seed
from legged_gym.viewing.web.training_view import looking_on
from legged_gym.viewing.web.viewer import require_web
from rsl_rl.runners import OnPolicyRunner

WARM_UP = 5
"""Iterations before the first turn: kernels are compiled and graphs captured in them."""

logger = logging.getLogger(__name__)


class Pair(NamedTuple):
    """Two turns, one after the other."""

    looked_at: float
    """Control steps of a robot each second, with the viewer."""
    alone: float
    """The same without."""
    pictures: int

    @property
    def share(self) -> float:
        """Of the speed, that the viewer takes."""
        return 1.0 - self.looked_at / self.alone


def _learn(runner: OnPolicyRunner, iterations: int, **settings: Any) -> None:
    """Train; the runner itself only ends its training at a signal."""
    runner.learn(iterations, **settings)
    if runner.stopped_by is not None:
        raise StoppedError(runner.stopped_by)


def speed(runner: OnPolicyRunner, iterations: int) -> float:
    """Train; control steps of a robot each second. Each iteration ends with results that are read from the device.

    Raises:
        StoppedError: a signal ended it.
    """
    start = time.perf_counter()
    _learn(runner, iterations)
    return iterations * runner.num_steps_per_env * runner.env.num_envs / (time.perf_counter() - start)


def speed_looked_at(runner: OnPolicyRunner, env: Any, iterations: int) -> tuple[float, int]:
    """The same with viewer and onlooker, whose start is not timed; and how many pictures came.

    Raises:
        UserError: none came.
    """
    from benchmarks.onlooker import Onlooker  # of packages that `require_web` asks for

    with looking_on(runner, env, "what it costs", Address()) as view:
        with contextlib.closing(Onlooker(view.url)) as onlooker:
            result = speed(runner, iterations)
        if not onlooker.pictures:
            raise UserError("no picture came: train for longer, or see what the viewer says")
    return result, onlooker.pictures


def pairs(runner: OnPolicyRunner, env: Any, iterations: int, turns: int) -> Iterator[Pair]:
    """Train in turns."""
    _learn(runner, WARM_UP, init_at_random_ep_len=True)
    for turn in range(turns):
        if turn % 2:
            alone = speed(runner, iterations)
            looked_at, pictures = speed_looked_at(runner, env, iterations)
        else:
            looked_at, pictures = speed_looked_at(runner, env, iterations)
            alone = speed(runner, iterations)
        pair = Pair(looked_at, alone, pictures)
        logger.info(
            "%.0f steps/s with %d pictures, %.0f without: %.1f %%", looked_at, pictures, alone, 100.0 * pair.share
        )
        yield pair


def measure(settings: Settings, placement: Placement, task: str, iterations: int, turns: int) -> dict[str, Any]:
    """What the viewer costs the training of a task, or of its first stage.

    Args:
        settings: of the training.
        placement: where to compute.
        task: its name.
        iterations: of each turn.
        turns: pairs of them.
    """
    require_web("what the viewer costs")
    use_available_cores()
    stage = stages_to_train(settings.train_cfg, task, None)[0]
    env_cfg, train_cfg = stage_configs(settings.env_cfg, settings.train_cfg, stage, resumes=False, max_iterations=None)
    env_cfg.sim.engine = placement.engine
    env = make_env(task, env_cfg, placement.sim_device, set_seed(train_cfg.seed), train_cfg)
    with contextlib.closing(env):
        runner = make_runner(env, train_cfg, None, placement.rl_device)
        runner.console = None
        measured = list(pairs(runner, env, iterations, turns))
    return {
        "task": task,
        "stage": stage,
        "engine": placement.engine,
        "device": placement.sim_device,
        "num_envs": env.num_envs,
        "control_steps": iterations * runner.num_steps_per_env,
        "looked_at": [round(pair.looked_at) for pair in measured],
        "alone": [round(pair.alone) for pair in measured],
        "pictures": [pair.pictures for pair in measured],
        "shares": [round(pair.share, 4) for pair in measured],
        "share": round(statistics.median(pair.share for pair in measured), 4),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Train, measure, print."""
    parser = Parser("Tell what share of training speed the viewer takes.")
    parser.add_argument("--task", metavar="NAME", default="go2_flat", help="task to train; default: go2_flat")
    parser.add_argument("--sim", metavar="ENGINE", type=engine_name, help="as train.py")
    parser.add_argument("--sim_device", metavar="DEVICE", help="as train.py")
    parser.add_argument("--num_envs", metavar="N", type=positive, help="environments; default: the task's")
    parser.add_argument("--iterations", metavar="N", type=positive, default=40, help="of each turn; default: 40")
    parser.add_argument("--turns", metavar="N", type=positive, default=6, help="pairs of them; default: 6")
    parser.add_argument("--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[], help="as train.py")
    args = parser.parse(argv)
    settings = flag_settings(args, check_task(args.task))
    if settings.train_cfg.runner.resume:
        raise UserError("train.runner.resume: the training that is measured begins anew")
    placement = place(settings, args.sim, args.sim_device)
    print(json.dumps(measure(settings, placement, args.task, args.iterations, args.turns)))


if __name__ == "__main__":
    run_program(main)
