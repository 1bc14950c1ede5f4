"""Watch and export a policy: `python legged_gym/scripts/play.py --task=NAME [--record] [--plot FILE.png]`."""

from collections.abc import Sequence
from functools import partial

from legged_gym.scripts.command_line import Parser, add_viewer_flags, existing, positive, run_program, task_parser
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.outputs import picture_file, video_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.play import play

    play(args)


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Play a trained policy, record it, and export it.")
    parser.add_argument("--steps", metavar="N", type=positive, help="control steps; default: one episode")
    add_viewer_flags(parser)
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
    parser.add_argument(
        "--allow_privileged", action="store_true",
        help="write a controller file also of a policy that observes what no robot measures, for simulation",
    )  # fmt: skip
    parser.add_argument(
        "--evaluation", metavar="FILE", type=existing, help="JSON of evaluate.py, to be kept in the controller file"
    )
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
