"""How fast a task runs here: `python legged_gym/scripts/benchmark.py --task=NAME [--num_envs N] [--train]`.

Of a task with stages, the training of the first is measured; for a student's, add `--set train.runner.stage=student
--set train.runner.teacher=CHECKPOINT`.
"""

from collections.abc import Sequence
from functools import partial

from legged_gym.scripts.command_line import Parser, run_program, task_parser
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.outputs import output_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.benchmark import measure

    measure(args)


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Measure how fast a task runs.")
    parser.add_argument("--train", action="store_true", help="measure training too")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
