"""Watch and export a policy: `python legged_gym/scripts/play.py --task=NAME [--record] [--plot FILE.png]`."""

import argparse
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from legged_gym.config.io import class_to_dict, config_hash
from legged_gym.config.layers import resolve_settings
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.export.exporter import export_onnx, export_onnx_halves, export_torchscript
from legged_gym.export.metadata import check_deployable, policy_metadata
from legged_gym.export.parity import Recorder, Recording
from legged_gym.runs.configure import place_run, trained_run
from legged_gym.scripts.command_line import Parser, positive, run_program, task_parser
from legged_gym.sim.devices import has_display, use_available_cores
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import picture_file, video_file
from legged_gym.utils.seeding import set_seed
from legged_gym.viewing import playing
from legged_gym.viewing.belief_view import BeliefView
from legged_gym.viewing.state_log import StateLogger
from rsl_rl.modules import EstimatorActorCritic, Policy
from rsl_rl.runners.on_policy_runner import TRAINING_KEYS
from rsl_rl.utils import checkpoint as checkpoints

RECORDED_STEPS = 1000
"""Steps that an export is checked over."""

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Load a run, let its policy drive, show, plot, export."""
    args = make_parser().parse(argv)
    shown = args.video is None and not args.record and not args.headless
    window = shown and has_display()

    def mode(env_cfg: Any, _: Any) -> dict[str, Any]:
        if args.original_cfg:
            return {}
        return playing.calm_settings(env_cfg, args.map_noise) | (playing.HAND_STEERED if window else {})

    task, checkpoint, settings = trained_run(args, mode)
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    placement = place_run(args, settings)
    env_cfg.env.num_envs = min(env_cfg.env.num_envs, playing.MAX_ENVS)
    video = video_file(checkpoint.parent / "videos" / _video_name(checkpoint)) if args.record else args.video
    env_cfg.sim.engine = placement.engine
    use_available_cores()
    seed = set_seed(train_cfg.seed)
    env = make_env(task, env_cfg, placement.sim_device, seed)
    runner = make_runner(env, train_cfg, None, placement.rl_device)
    runner.load(checkpoint, load_optimizer=False, resume=False)
    state = checkpoints.load(checkpoint)
    if args.original_cfg and state["env"] is not None:
        env.load_state_dict(state["env"])
    logger.info("%s: %d robots, policy of %s", task, env.num_envs, checkpoint)

    recorder, states = Recorder(RECORDED_STEPS), StateLogger(env)
    steps = args.steps or (None if window else env.max_episode_length)
    view = BeliefView(env) if isinstance(env, PerceptiveRobot) else None
    screen = _open_screen(args, env, window, video, view)
    try:
        policy = runner.get_inference_policy(placement.sim_device)
        playing.rollout(env, policy, steps, recorder, screen, view, states.record)
    finally:
        if screen is not None:
            screen.close()
    if args.plot:
        states.plot(args.plot)
    folder = checkpoint.parent / "exported"
    trained_in = class_to_dict(resolve_settings(*get_cfgs(task), state["config"]).env_cfg)
    metadata = policy_metadata(env, runner.policy, task, trained_in, config_hash(state["config"]))
    export(runner.policy, recorder.finish(), folder, metadata, args.allow_privileged)
    checkpoints.save(folder / checkpoint.name, {**state, **dict.fromkeys(TRAINING_KEYS)})


def export(
    policy: Policy, recording: Recording, folder: Path, metadata: Mapping[str, Any], allow_privileged: bool
) -> None:
    """Write `policy.pt` (TorchScript) and `policy.onnx` into a folder, checked over recorded steps.

    A policy with an estimator is also written in two halves, `estimator.onnx` and `actor.onnx`. A policy that observes
    what no robot measures gets no ONNX file, unless it is allowed: that file is for robots.

    Raises:
        UserError: the folder cannot be written, or an exported file does not act like the policy.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from error
    export_torchscript(policy, folder / "policy.pt", recording)
    try:
        if not allow_privileged:
            check_deployable(metadata["observations"])
    except UserError as error:
        logger.warning("no ONNX file: %s", error)
        return
    export_onnx(policy, folder / "policy.onnx", recording, metadata)
    if isinstance(policy, EstimatorActorCritic):
        export_onnx_halves(policy, folder / "estimator.onnx", folder / "actor.onnx", recording, metadata)


def _video_name(checkpoint: Path) -> str:
    """`play_<iteration>.mp4`, or, of a checkpoint with another name, `play_<name>.mp4`."""
    return f"play_{checkpoint.stem.removeprefix('model_')}.mp4"


def _open_screen(
    args: argparse.Namespace, env: Any, window: bool, video: Path | None, view: BeliefView | None
) -> playing.Screen | None:
    # The window's and the video's libraries are imported where they are used: a headless machine may lack OpenGL.
    if window:
        from legged_gym.viewing.viewer import Viewer

        return Viewer(env, steers=not args.original_cfg)
    if video is not None:
        from legged_gym.viewing.video import VideoRecorder

        return VideoRecorder(env, video, view)
    if not args.headless:
        logger.info("no display, so no window; --record makes a video instead")
    return None


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Play a trained policy, record it, and export it.")
    parser.add_argument("--steps", metavar="N", type=positive, help="control steps; default: one episode")
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


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
