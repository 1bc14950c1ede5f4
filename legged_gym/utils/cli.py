"""The command line: legged_gym's flags, checked, and errors in one line."""

import argparse
import logging
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from legged_gym.utils.devices import ENGINES
from legged_gym.utils.errors import UserError
from legged_gym.utils.suggest import nearest
from rsl_rl.utils.errors import RslRlError


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are `UserError`s and which knows the nearest flag."""

    def __init__(self, description: str) -> None:
        super().__init__(description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UserError(message)

    def parse(self, argv: Sequence[str] | None = None) -> argparse.Namespace:
        """Parse flags (those of the process by default).

        Raises:
            UserError: unknown flag, or a value that does not fit.
        """
        args, unknown = self.parse_known_args(argv)
        if unknown:
            flag = next((text for text in unknown if text.startswith("-")), unknown[0]).partition("=")[0]
            raise UserError(f"unknown argument {flag}{nearest(flag, self._option_string_actions)}")
        return args


def make_parser(description: str) -> Parser:
    """A parser with the flags that every program shares."""
    parser = Parser(description)
    parser.add_argument("--task", metavar="NAME", help="task to run")
    parser.add_argument("--experiment_name", metavar="NAME", help="folder under logs/; default: the task's own")
    parser.add_argument("--load_run", metavar="RUN", help="run to load: its name or path, or -1 for the newest")
    parser.add_argument("--checkpoint", metavar="IT", type=_checkpoint, help="iteration, -1 for the newest, or a path")
    parser.add_argument("--headless", action="store_true", help="open no window")
    parser.add_argument("--sim", choices=ENGINES, help="physics engine; auto: mujoco_warp on a GPU, else mujoco")
    parser.add_argument("--sim_device", metavar="DEVICE", help="device of the simulation: cpu, cuda:0, ...")
    parser.add_argument("--rl_device", metavar="DEVICE", help="device of the learner; default: that of the simulation")
    parser.add_argument("--num_envs", metavar="N", type=_positive, help="number of parallel environments")
    parser.add_argument("--seed", metavar="N", type=_seed, help="random seed; -1 draws one")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[],
        help="set a configuration field, e.g. rewards.scales.torques=-1e-4 or train.algorithm.gamma=0.98; repeatable",
    )  # fmt: skip
    return parser


def train_parser() -> Parser:
    """Flags of train.py."""
    parser = make_parser("Train a policy. Training never opens a window.")
    parser.add_argument("--resume", action="store_true", help="continue from a checkpoint (see --load_run)")
    parser.add_argument("--run_name", metavar="NAME", help="ending of the run's folder name")
    parser.add_argument("--max_iterations", metavar="N", type=_positive, help="learning iterations of each run")
    parser.add_argument(
        "--stage", choices=("teacher", "student", "all"),
        help="what to train of a task with stages; all, the default: a teacher, then a student of it",
    )  # fmt: skip
    parser.add_argument(
        "--teacher", metavar="RUN", help="the student's teacher: its run or checkpoint; default: the newest teacher"
    )
    return parser


def play_parser() -> Parser:
    """Flags of play.py."""
    parser = make_parser("Play a trained policy, record it, and export it.")
    parser.add_argument("--steps", metavar="N", type=_positive, help="control steps; default: one episode")
    parser.add_argument("--video", metavar="FILE", help="record an mp4 instead of opening a window")
    parser.add_argument("--plot", metavar="FILE", help="plot the first robot's signals to a PNG")
    parser.add_argument(
        "--map_noise", metavar="NAME",
        help="condition of a perceptive task's map: none, or one of its configuration; default: all, as in training",
    )  # fmt: skip
    parser.add_argument("--allow_privileged", action="store_true", help="export ONNX also when no robot can measure it")
    return parser


def evaluate_parser() -> Parser:
    """Flags of evaluate.py."""
    parser = make_parser("Judge a trained policy.")
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON")
    parser.add_argument("--plot", metavar="FILE", help="plot the results to a PNG; of a suite: to a folder of them")
    parser.add_argument("--suite", choices=("belief",), help="compare a teacher, its student and other students of it")
    parser.add_argument("--policies", metavar="DIR", help="suite: folder of TASK_NAME.pt; default: resources/policies")
    parser.add_argument("--trials", metavar="N", type=_positive, help="suite: trials of each cell")
    parser.add_argument("--parts", metavar="1,2,...", help="suite: the parts to measure; default: all")
    parser.add_argument("--logs", metavar="DIR", help="suite: folder with a training's run folder for each policy")
    parser.add_argument("--from_json", metavar="FILE", help="suite: tables and figures of what --json wrote")
    return parser


def sim2sim_parser() -> Parser:
    """Flags of sim2sim.py."""
    parser = Parser("Run an exported policy alone on MuJoCo C, and judge it.")
    parser.add_argument("policy", metavar="POLICY.onnx", help="file that play.py exported")
    parser.add_argument(
        "--terrain", metavar="TYPE", help="terrain type, all, or plane; default: all, or plane if trained on a plane"
    )
    parser.add_argument("--level", metavar="N", type=_integer, help="this terrain level alone")
    parser.add_argument(
        "--trials", metavar="N", type=_positive,
        help="trials of each terrain type and level; default: 10, on a plane 100, and 1 in a window or video",
    )  # fmt: skip
    parser.add_argument(
        "--map_noise", metavar="NAME", default="trained",
        help="none, nominal, offset, noisy, small or large; default: trained, as in training",
    )  # fmt: skip
    parser.add_argument("--map_latency", metavar="S", type=_duration, default=0.0, help="age of the map's samples, s")
    parser.add_argument("--no_map", action="store_true", help="there is no map: the policy walks blind")
    parser.add_argument(
        "--command", metavar=("VX", "VY", "WZ"), nargs=3, type=float,
        help="velocity command, m/s, m/s, rad/s; default: straight ahead at a random speed, on a plane at random",
    )  # fmt: skip
    parser.add_argument("--seed", metavar="N", type=_seed, default=1, help="random seed; -1 draws one")
    parser.add_argument("--headless", action="store_true", help="open no window")
    parser.add_argument("--video", metavar="FILE", help="record an mp4 instead of opening a window")
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON")
    return parser


def benchmark_parser() -> Parser:
    """Flags of benchmark.py."""
    parser = make_parser("Measure how fast a task runs.")
    parser.add_argument("--train", action="store_true", help="measure training too")
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON")
    return parser


def check_task(task: str | None, tasks: Iterable[str]) -> str:
    """The task's name.

    Raises:
        UserError: missing or unknown; names the nearest one or lists them.
    """
    tasks = sorted(tasks)
    if task is None:
        raise UserError(f"--task is missing; tasks: {', '.join(tasks)}")
    if task not in tasks:
        raise UserError(f"unknown task {task!r}{nearest(task, tasks) or '; tasks: ' + ', '.join(tasks)}")
    return task


def run_program(main: Callable[[], None]) -> NoReturn:
    """Run a program's main function and exit.

    Status 0 at the end, 2 with one line on stderr for an error of the user's, 130 for Ctrl-C.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for name in ("__main__", "legged_gym", "rsl_rl"):
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        main()
    except (UserError, RslRlError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    sys.exit(0)


def _positive(text: str) -> int:
    value = _integer(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be positive, got {value}")
    return value


def _duration(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}") from None
    if not 0.0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be at least 0 s, got {text}")
    return value


def _seed(text: str) -> int:
    value = _integer(text)
    if not -1 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"must be -1 or 0..2^32-1, got {value}")
    return value


def _checkpoint(text: str) -> str:
    if text != "-1" and text.startswith("-"):
        raise argparse.ArgumentTypeError(f"must be an iteration, -1 or a path, got {text}")
    return text


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected an integer, got {text!r}") from None
