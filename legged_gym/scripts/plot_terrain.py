"""Draw the terrain map: `python legged_gym/scripts/plot_terrain.py --task=go2_sight --out terrain.png`.

`--tiles FOLDER` draws its terrain types instead, obliquely from above: an easy, a middle and a hard tile of each.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.scripts.command_line import Parser, check_task_name, run_program, seed_number


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    from legged_gym.scripts.programs.plot_terrain import plot

    plot(args)


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Draw the terrain map to a PNG.")
    parser.add_argument("--task", metavar="NAME", help="draw the ground of this task; default: that of legged_gym")
    parser.add_argument("--seed", metavar="N", type=seed_number, default=1, help="of the map; -1 draws one")
    out = parser.add_mutually_exclusive_group()
    out.add_argument("--out", type=Path, default=Path("terrain.png"), help="picture to write (default terrain.png)")
    out.add_argument(
        "--tiles", type=Path, metavar="FOLDER", help="write a picture of each terrain type there instead of the map's"
    )
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[],
        help="set a field of the terrain configuration, e.g. terrain.num_rows=5; repeatable",
    )  # fmt: skip
    parser.checks.append(check_task_name)
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
