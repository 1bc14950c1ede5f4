"""What the programs' command lines share: legged_gym's flags, checked, and errors in one line."""

import argparse
import contextlib
import errno
import logging
import math
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from legged_gym.config.fields import MOST, Share, accepts, describe
from legged_gym.config.quantities import Delay
from legged_gym.config.suggest import nearest
from legged_gym.sim.devices import has_display
from legged_gym.sim.engines import AUTO, ENGINES, engine_name
from legged_gym.task_names import check_spelling
from legged_gym.utils.address import Address, listening_address
from legged_gym.utils.errors import StoppedError, UserError
from legged_gym.utils.import_faults import import_fault
from legged_gym.utils.interrupts import end_without_a_word, raise_again
from legged_gym.utils.outputs import output_file, picture_file, video_file
from robust_parallel.console import lost
from rsl_rl.utils.errors import RslRlError

_ADDRESS = Address()
"""Where a viewer listens unless told otherwise."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What a disk says that takes nothing more."""
DOMAINS = 0, 232
"""Of DDS: ports end there."""
LEVELS = 0, 999
"""Of a terrain."""
NO_FILE = (errno.ENAMETOOLONG, errno.ELOOP, errno.EMFILE, errno.ENFILE)
"""What a system says of a name that no file can have, and of one file too many."""
OUTPUTS = (output_file, picture_file, video_file)
"""Types of flags that name a file to write."""
MOST_THREADS = 1024
"""As many as OpenMP can begin anywhere: 100,000 end the process by a segmentation fault."""
MOST_TOLD = 2000
"""Characters of a line: more is a value that somebody gave, and fills the screen."""
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "std::bad_alloc")
"""In messages of PyTorch, of CUDA and of compiled modules."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are `UserError`s and which knows the nearest flag."""

    def __init__(self, description: str) -> None:
        super().__init__(description=description, allow_abbrev=False)
        self.checks: list[Callable[[argparse.Namespace], None]] = []
        """What flags need beside each other; each is given all of them."""

    def error(self, message: str) -> NoReturn:
        raise UserError(re.sub("ignored explicit argument (.*)", r"takes no value: leave \1 out", message))

    def print_help(self, file: Any = None) -> None:
        print(self.format_help(), end="", file=file)  # argparse's own passes over a full disk

    def parse(self, argv: Sequence[str] | None = None) -> argparse.Namespace:
        """Parse flags (those of the process by default).

        Raises:
            UserError: unknown flag, or a value that does not fit.
        """
        argv = sys.argv[1:] if argv is None else argv
        for before, text in zip(["", *argv], argv, strict=False):
            if not text or re.fullmatch(r"--\w+=", text):
                flag = text[:-1] or (before if before.startswith("--") else "''")
                raise UserError(f"argument {flag}: a value is missing")
        self._check_repeated(argv)
        args, unknown = self.parse_known_args(argv)
        if unknown:
            flag = next((text for text in unknown if text.startswith("-")), unknown[0]).partition("=")[0]
            raise UserError(f"unknown argument {flag}{nearest(flag, self._option_string_actions)}")
        self._check_outputs(args)
        for check in self.checks:
            check(args)
        return args

    def _check_repeated(self, argv: Sequence[str]) -> None:
        """No flag is given a value twice: of two, argparse keeps the last in silence."""
        options = argv[: argv.index("--")] if "--" in argv else argv
        known = (self._option_string_actions.get(text.partition("=")[0]) for text in options)
        given = [action for action in known if action is not None and action.nargs != 0]
        for action in given:
            if given.count(action) > 1 and not isinstance(action, argparse._AppendAction):
                raise UserError(f"argument {'/'.join(action.option_strings)} is given twice: leave one of them out")

    def _check_outputs(self, args: argparse.Namespace) -> None:
        """No file is written that another flag reads or writes."""
        named: dict[str, str] = {}
        for action in sorted(self._actions, key=lambda action: action.type in OUTPUTS):
            value = getattr(args, action.dest, None)
            flag = (action.option_strings or [action.dest])[-1]
            for name in value if isinstance(value, list) else [value]:
                if not isinstance(name, str | Path):
                    continue
                # of os.path: those of Path raise errors for a name that no file can have
                path, writes = os.path.realpath(name), action.type in OUTPUTS
                if os.path.exists(path) and not os.path.isfile(path):
                    continue  # /dev/null, a pipe: nothing is lost there
                if writes and path in named:
                    raise UserError(f"argument {flag}: {name} is what {named[path]} names: choose another")
                if writes or os.path.isfile(path):
                    named[path] = flag


class _ListTasks(argparse.Action):
    """Prints the table of tasks, and ends the program."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from legged_gym.tasks import all_tasks  # a command line without this flag works without torch

        tasks = all_tasks()
        width = max(map(len, tasks))
        for name, task in sorted(tasks.items()):
            print(f"{name:<{width}}  {task.description}")
        parser.exit()


class _Checkpoints(argparse.Action):
    """Keeps the first of several as `checkpoint`, and all of them as `checkpoints`."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        namespace.checkpoint, namespace.checkpoints = values[0], values


def task_parser(description: str, many_checkpoints: bool = False) -> Parser:
    """A parser with the flags of every program that runs a task.

    Args:
        description: of the program.
        many_checkpoints: `--checkpoint` takes several, see `_Checkpoints`.
    """
    parser = Parser(description)
    parser.add_argument("--task", metavar="NAME", help="task to run")
    parser.add_argument("--list_tasks", action=_ListTasks, nargs=0, help="list the tasks, and exit")
    parser.add_argument("--log_root", metavar="DIR", type=Path, default=Path("logs"), help="default: ./logs")
    parser.add_argument("--experiment_name", metavar="NAME", help="folder under it; default: the task's own")
    parser.add_argument("--load_run", metavar="RUN", help="run to load: its name or path, or -1 for the newest")
    many: dict[str, Any] = {"nargs": "+", "action": _Checkpoints} if many_checkpoints else {}
    parser.add_argument(
        "--checkpoint", metavar="IT", type=checkpoint_name, help="iteration, -1 for the newest, or a path", **many
    )
    if many_checkpoints:
        parser.set_defaults(checkpoints=[])
    parser.add_argument("--headless", action="store_true", help="open no window")
    parser.add_argument(
        "--sim", metavar="ENGINE", type=engine_name,
        help=f"{', '.join((AUTO, *ENGINES))} or module:Class; auto: mujoco_warp on a GPU, else mujoco",
    )  # fmt: skip
    parser.add_argument("--sim_device", metavar="DEVICE", help="device of the simulation: cpu, cuda:0, ...")
    parser.add_argument("--rl_device", metavar="DEVICE", help="device of the learner; default: that of the simulation")
    parser.add_argument("--num_envs", metavar="N", type=positive, help="number of parallel environments")
    parser.add_argument("--seed", metavar="N", type=seed_number, help="random seed; -1 draws one")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[],
        help="set a configuration field, e.g. rewards.scales.torques=-1e-4 or train.algorithm.gamma=0.98; repeatable",
    )  # fmt: skip
    parser.checks.append(check_task_name)
    return parser


def add_viewer_flags(parser: Parser, window: bool = True) -> None:
    """Flags of programs that can be watched.

    Args:
        parser: gets them.
        window: the program has a window, too.
    """
    default = "a window" if window else "none"
    parser.add_argument(
        "--viewer", choices=("window", "web") if window else ("web",),
        help=f"web: in a browser (extra `web`), also of another computer; default: {default}",
    )  # fmt: skip
    parser.add_argument(
        "--viewer_address", metavar="HOST:PORT", type=listening_address, default=_ADDRESS,
        help="where it listens, such as 0.0.0.0:8090; default: 127.0.0.1:8090, which no other computer reaches",
    )  # fmt: skip
    parser.checks += [_check_address, _check_window]


def _check_window(args: argparse.Namespace) -> None:
    """Refuse a window that another flag leaves out, or that nobody would see."""
    if args.viewer != "window":
        return
    for flag in ("headless", "video", "record"):
        if getattr(args, flag, None):
            raise UserError(f"--viewer window: beside --{flag} there is none; leave one of them out")
    if not has_display():
        raise UserError("--viewer window: there is no display; --viewer web shows the robots in a browser")


def _check_address(args: argparse.Namespace) -> None:
    """Refuse an address where nothing listens."""
    is_open = args.viewer == "web" or getattr(args, "steer", None) == "viewer"
    if args.viewer_address is not _ADDRESS and not is_open:
        raise UserError("--viewer_address is where a viewer listens: add --viewer web")


def run_program(main: Callable[[], None]) -> NoReturn:
    """Run a program's main function and exit.

    Status 0 at the end; 2 with one line on stderr for an error of the user's, an output that cannot be written or too
    little memory; 128 and the number of the signal that ended it: 130 for Ctrl-C, 141 where nobody reads what it
    prints.
    """
    os.environ.pop("MPLBACKEND", None)  # pictures are drawn without a window, and a name that is none ends the import
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for name in ("__main__", "legged_gym", "rsl_rl", "studies"):
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        status = _outcome(main)
        if sys.stdout is not None:
            sys.stdout.flush()
            if status == 0 and (error := lost(sys.stdout)) is not None:
                raise error
    except BrokenPipeError:
        status = 128 + signal.SIGPIPE
        _drop_output()
    except OSError as error:
        if error.errno not in NO_ROOM + NO_FILE:
            raise
        status = 2
        _drop_output()
        if error.errno in NO_ROOM:
            _tell(f"error: cannot write {error.filename or 'the output'}: {error.strerror}")
        else:
            _tell(f"error: {error.filename or 'ulimit -n'}: {error.strerror}")
    sys.exit(status)


def _check_threads() -> None:
    """Refuse a number of threads that OpenMP ends the process at, without a word, when it is loaded."""
    given = os.environ.get("OMP_NUM_THREADS", "1")
    if not all(re.fullmatch("[0-9]{1,4}", part.strip()) and 0 < int(part) <= MOST_THREADS for part in given.split(",")):
        raise UserError(f"OMP_NUM_THREADS = {given!r} must be a number of threads from 1 to {MOST_THREADS}")


def _outcome(main: Callable[[], None]) -> Any:
    """Run a main function; its exit status."""
    try:
        raise_again()
        _require_folder()
        _check_threads()
        main()
    except SystemExit as stop:
        return stop.code
    except StoppedError as stop:
        return 128 + stop.number
    except (UserError, RslRlError) as error:
        _tell(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        end_without_a_word()
        _tell("interrupted")
        return 128 + signal.SIGINT
    except Exception as error:
        if _is_out_of_memory(error):
            _tell("error: out of memory: use fewer environments (--num_envs) or smaller networks")
        elif (fault := import_fault(error)) is not None:
            _tell(f"error: {fault}")
        else:
            raise
        return 2
    return 0


def _is_out_of_memory(error: Exception) -> bool:
    said = isinstance(error, RuntimeError | ValueError) and any(words in str(error) for words in OUT_OF_MEMORY)
    return isinstance(error, MemoryError) or said


def _require_folder() -> None:
    """See that the working folder is there: what is not found in it, libraries tell of in their own way."""
    try:
        os.getcwd()
    except FileNotFoundError:
        raise UserError("the working folder is gone: change into another one") from None


def _tell(text: str) -> None:
    """Tell in one line, whatever names a user has given things."""
    text = " ".join(text.splitlines())
    if len(text) > MOST_TOLD:
        text = f"{text[: MOST_TOLD // 2]} ... {text[-MOST_TOLD // 2 :]}"
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _drop_output() -> None:
    """Send what is still to be printed nowhere: the interpreter would try once more at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def add_wandb_flags(parser: Parser) -> None:
    """Flags of programs whose trainings may be logged to Weights & Biases."""
    parser.add_argument("--wandb_entity", metavar="NAME", help="log to Weights & Biases too: the user or team")
    parser.add_argument("--wandb_project", metavar="NAME", help="and the project; default: user/wandb_config.json")
    parser.add_argument("--disable_wandb", action="store_true", help="log to files alone")
    parser.checks.append(_check_account)


def _check_account(args: argparse.Namespace) -> None:
    """Refuse an account that nothing is logged to."""
    for flag in ("wandb_entity", "wandb_project"):
        if args.disable_wandb and getattr(args, flag) is not None:
            raise UserError(f"--{flag} has no effect beside --disable_wandb: leave one of them out")


def add_link_flags(parser: Parser) -> None:
    """Flags of programs that simulate a robot on DDS."""
    late, part = quantity(Delay, "s"), quantity(Share)
    parser.add_argument("--latency", metavar="S", type=late, default=0.0, help="commands come so late, s")
    parser.add_argument("--loss", metavar="SHARE", type=part, default=0.0, help="share of the messages that are lost")


def check_task_name(args: argparse.Namespace) -> None:
    """Refuse a task's name, or one of several, that is none, and settings that it does not have."""
    for name in args.task if isinstance(args.task, list) else [args.task]:
        if name is not None:
            check_spelling(name, getattr(args, "overrides", ()))


def existing(text: str) -> str:
    """The name of a file, or folder, that is there, whatever it holds."""
    if not os.path.exists(text):  # Path.exists raises an error for a name that no file can have
        raise argparse.ArgumentTypeError(f"there is no {text}")
    return text


def existing_path(text: str) -> Path:
    """Its path."""
    return Path(existing(text))


def positive(text: str) -> int:
    """An integer above 0."""
    value = integer(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be positive, got {value}")
    if value > MOST:
        raise argparse.ArgumentTypeError(f"must be at most {MOST:g}, got {value}")
    return value


def finite(text: str) -> float:
    """A number."""
    try:
        value = float(text) if text.isascii() else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return value


def quantity(declaration: Any, unit: str = "") -> Callable[[str], float]:
    """A type of flags: a number as `config/quantities.py` declares it."""

    def number(text: str) -> float:
        value = finite(text)
        if not accepts(declaration, value):
            raise argparse.ArgumentTypeError(f"must be {describe(declaration)} {unit}".rstrip() + f", got {text}")
        return value

    return number


def whole(least: int, most: int) -> Callable[[str], int]:
    """A type of flags: an integer from one to another."""

    def number(text: str) -> int:
        value = integer(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}, got {value}")
        return value

    return number


def seed_number(text: str) -> int:
    """A random seed, or -1."""
    value = integer(text)
    if not -1 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"must be -1 or 0..2^32-1, got {value}")
    return value


def seed_numbers(text: str) -> list[int]:
    """Several random seeds, as 1,2,3."""
    seeds = [seed_number(part) for part in text.split(",")]
    if min(seeds) < 0:
        raise argparse.ArgumentTypeError("must be seeds of at least 0: one that is drawn cannot be told from another")
    if len(set(seeds)) < len(seeds):
        raise argparse.ArgumentTypeError(f"names a seed twice: {text}")
    return seeds


def gpu_numbers(text: str) -> list[str]:
    """Several GPUs, as 0,1,3."""
    numbers = text.split(",")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise argparse.ArgumentTypeError(f"expected numbers such as 0,1, got {text!r}")
    if len(set(numbers)) < len(numbers):
        raise argparse.ArgumentTypeError(f"names a GPU twice: {text}")
    return numbers


def checkpoint_name(text: str) -> str:
    """An iteration, -1 or a path."""
    if text != "-1" and text.startswith("-"):
        raise argparse.ArgumentTypeError(f"must be an iteration, -1 or a path, got {text}")
    return text if text == "-1" or re.fullmatch("[0-9]+", text) else existing(text)


def integer(text: str) -> int:
    """An integer, in the digits 0 to 9."""
    if not re.fullmatch(r"-?[0-9]+", text):
        raise argparse.ArgumentTypeError(f"expected an integer, got {text!r}")
    return int(text)
