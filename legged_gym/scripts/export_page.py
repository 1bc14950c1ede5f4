"""A policy as a static page, run in the visitor's browser: `python legged_gym/scripts/export_page.py POLICY.onnx`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.scripts.command_line import Parser, existing, run_program
from legged_gym.sim.opengl import require_opengl


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.export_page import export_page

    export_page(args)


def make_parser() -> Parser:
    """Flags of export_page.py."""
    parser = Parser("Write a policy and its robot as a static page.")
    parser.add_argument("policy", metavar="POLICY.onnx", type=existing, help="controller file that play.py exported")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("page"), help="default: page")
    parser.add_argument("--terrain", metavar="TYPE", default="plane", help="terrain type, or plane, the default")
    parser.add_argument(
        "--packages", metavar="DIR", type=Path,
        help="a folder node_modules that has @mujoco/mujoco, onnxruntime-web and three; default: npm is asked for them",
    )  # fmt: skip
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
