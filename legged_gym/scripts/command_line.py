"""The command line: legged_gym's flags, checked, and errors in one line."""

import argparse
import logging
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.config.suggest import nearest
from legged_gym.evaluation.suites import SUITES
from legged_gym.sim.devices import ENGINES
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file, picture_file, video_file
from rsl_rl.utils.errors import RslRlError

SWEEP_CONFIG = Path(LEGGED_GYM_ROOT_DIR) / "sweep_config_example.json"


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


class _ListTasks(argparse.Action):
    """Prints the table of tasks, and ends the program."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from legged_gym.envs import TASKS  # a command line without this flag works without torch

        width = max(map(len, TASKS))
        for name, task in sorted(TASKS.items()):
            print(f"{name:<{width}}  {task.description}")
        parser.exit()


def make_parser(description: str) -> Parser:
    """A parser with the flags that every program shares."""
    parser = Parser(description)
    parser.add_argument("--task", metavar="NAME", help="task to run")
    parser.add_argument("--list_tasks", action=_ListTasks, nargs=0, help="list the tasks, and exit")
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
    parser.add_argument(
        "--record", action="store_true",
        help="film some robots every 500 iterations and at the end: videos/iteration_<n>.mp4 in the run's folder",
    )  # fmt: skip
    parser.add_argument("--record_interval", metavar="N", type=_positive, help="the same every N iterations")
    _add_wandb_flags(parser)
    return parser


def play_parser() -> Parser:
    """Flags of play.py."""
    parser = make_parser("Play a trained policy, record it, and export it.")
    parser.add_argument("--steps", metavar="N", type=_positive, help="control steps; default: one episode")
    video = parser.add_mutually_exclusive_group()
    video.add_argument("--video", metavar="FILE", type=video_file, help="record an mp4 instead of opening a window")
    video.add_argument(
        "--record", action="store_true", help="the same into the run's folder: --video RUN/videos/play_<iteration>.mp4"
    )
    parser.add_argument("--plot", metavar="FILE", type=picture_file, help="plot the first robot's signals to a PNG")
    conditions = parser.add_mutually_exclusive_group()
    conditions.add_argument(
        "--map_noise", metavar="NAME",
        help="condition of a perceptive task's map: none, or one of its configuration; default: all, as in training",
    )  # fmt: skip
    conditions.add_argument(
        "--original_cfg", action="store_true",
        help="play in the run's own configuration, with few robots: noise, randomization, pushes, terrain, curriculum "
        "and commands as in training, where otherwise nothing is random but commands; in a window no key steers",
    )  # fmt: skip
    parser.add_argument("--allow_privileged", action="store_true", help="export ONNX also when no robot can measure it")
    return parser


def evaluate_parser() -> Parser:
    """Flags of evaluate.py."""
    parser = make_parser("Judge a trained policy.")
    parser.add_argument(
        "--command", metavar=("VX", "VY", "WZ"), nargs=3, type=_finite,
        help="one velocity command for all robots, m/s, m/s, rad/s; default: drawn (rough ground: straight ahead)",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    parser.add_argument("--plot", metavar="FILE", help="plot the results to a PNG; of a suite: to a folder of them")
    parser.add_argument("--suite", choices=tuple(SUITES), help="compare a teacher, its student and its other students")
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
        "--terrain", metavar="TYPE",
        help="terrain type, all, or plane; default: all, or plane if trained on a plane, or not to leave its tile",
    )  # fmt: skip
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
        help="velocity command, m/s, m/s, rad/s; default: at random, or straight ahead where trials leave their tile",
    )  # fmt: skip
    parser.add_argument("--seed", metavar="N", type=_seed, default=1, help="random seed; -1 draws one")
    parser.add_argument("--headless", action="store_true", help="open no window")
    parser.add_argument("--video", metavar="FILE", type=video_file, help="record an mp4 instead of opening a window")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    return parser


def benchmark_parser() -> Parser:
    """Flags of benchmark.py."""
    parser = make_parser("Measure how fast a task runs.")
    parser.add_argument("--train", action="store_true", help="measure training too")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    return parser


def sweep_parser() -> Parser:
    """Flags of sweep.py."""
    parser = make_parser("Search for the settings that train best. Flags of train.py hold for all trials.")
    parser.add_argument("--max_iterations", metavar="N", type=_positive, help="learning iterations of each trial")
    parser.add_argument(
        "--config", "--wandb_sweep_config", metavar="FILE", type=Path, default=SWEEP_CONFIG,
        help=f"the sweep, as JSON in the format of Weights & Biases; default: {SWEEP_CONFIG.name}",
    )  # fmt: skip
    parser.add_argument(
        "--backend", choices=("optuna", "wandb"), default="optuna",
        help="who chooses the trials: Optuna with a database, the default, or a server of Weights & Biases",
    )  # fmt: skip
    parser.add_argument("--wandb_sweep_id", metavar="ID", help="join a sweep on Weights & Biases")
    _add_wandb_flags(parser)
    parser.add_argument("--name", metavar="NAME", help="name of the sweep; default: that of its file")
    parser.add_argument(
        "--storage", metavar="URL",
        help="optuna: database that all who take part share; default: sqlite:///logs/EXPERIMENT/sweeps/NAME.db",
    )  # fmt: skip
    parser.add_argument(
        "--workers", metavar="N", type=_positive, help="optuna: trials at once on this machine; default: 1"
    )
    parser.add_argument("--gpus", metavar="0,1,...", type=_gpus, default=[], help="optuna: GPUs that the workers share")
    parser.add_argument("--report", action="store_true", help="optuna: report what is known so far, and train nothing")
    return parser


def actuator_data_parser() -> Parser:
    """Flags of make_actuator_data.py."""
    parser = Parser("Simulate series-elastic drives on a test bench, and log what train_actuator.py learns from.")
    parser.add_argument("--out", metavar="FILE", type=output_file, required=True, help="CSV file to write")
    parser.add_argument("--duration", metavar="S", type=_duration, default=60.0, help="default: 60 s")
    parser.add_argument("--joints", metavar="N", type=_positive, default=12, help="drives, each with its own load")
    parser.add_argument("--seed", metavar="N", type=_seed, default=1, help="random seed; -1 draws one")
    return parser


def train_actuator_parser() -> Parser:
    """Flags of train_actuator.py."""
    parser = Parser("Train a network that tells a drive's torque, on logs of the drive.")
    parser.add_argument("--data", metavar="CSV", type=Path, nargs="+", required=True, help="logs to learn from")
    parser.add_argument(
        "--held_out", metavar="CSV", type=Path, nargs="+", default=[],
        help="logs to judge by; default: the last stretch of each log of --data, which is not learned from",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", type=output_file, required=True, help="network to write")
    parser.add_argument("--kind", choices=("lstm", "mlp"), default="lstm", help="default: lstm")
    parser.add_argument("--epochs", metavar="N", type=_positive, default=100, help="passes over the data; default: 100")
    parser.add_argument("--seed", metavar="N", type=_seed, default=1, help="random seed; -1 draws one")
    parser.add_argument("--plot", metavar="FILE", type=picture_file, help="plot torques, errors and learning curve")
    gains = parser.add_argument_group("the ideal PD to compare with")
    gains.add_argument("--stiffness", metavar="KP", type=_finite, default=80.0, help="N m/rad; default: 80")
    gains.add_argument("--damping", metavar="KD", type=_finite, default=2.0, help="N m s/rad; default: 2")
    gains.add_argument("--torque_limit", metavar="TAU", type=_finite, default=80.0, help="N m; default: 80")
    return parser


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


def _add_wandb_flags(parser: Parser) -> None:
    parser.add_argument("--wandb_entity", metavar="NAME", help="log to Weights & Biases too: the user or team")
    parser.add_argument("--wandb_project", metavar="NAME", help="and the project; default: user/wandb_config.json")
    parser.add_argument("--disable_wandb", action="store_true", help="log to files alone")


def _gpus(text: str) -> list[str]:
    numbers = text.split(",")
    if not all(number.isdigit() for number in numbers):
        raise argparse.ArgumentTypeError(f"expected numbers such as 0,1, got {text!r}")
    return numbers


def _positive(text: str) -> int:
    value = _integer(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be positive, got {value}")
    return value


def _finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return value


def _duration(text: str) -> float:
    value = _finite(text)
    if value < 0.0:
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
