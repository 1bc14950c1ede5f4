"""What `play.py` does once its flags are read."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from legged_gym.config.fields import PositiveInt, Share, accepts
from legged_gym.config.io import class_to_dict, config_hash, load_json
from legged_gym.config.layers import Settings, resolve_settings
from legged_gym.deploy.metadata import not_finite
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.export.exports import FileNames, export_policy
from legged_gym.export.metadata import Provenance
from legged_gym.export.onnx_file import quiet
from legged_gym.export.parity import Recorder, Recording
from legged_gym.runs.configure import place_run, task_config, trained_run
from legged_gym.runs.folders import outputs_of
from legged_gym.sim.devices import Placement, has_display, use_available_cores
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import video_file
from legged_gym.utils.seeding import set_seed
from legged_gym.viewing import playing
from legged_gym.viewing.belief_view import BeliefView
from legged_gym.viewing.state_log import StateLogger
from legged_gym.viewing.tour import Tour, stops, tour_settings
from legged_gym.viewing.video import VideoRecorder
from legged_gym.viewing.web.env_screen import EnvScreen
from legged_gym.viewing.web.viewer import require_web
from rsl_rl.modules import InferencePolicy
from rsl_rl.runners import OnPolicyRunner
from rsl_rl.runners.on_policy_runner import TRAINING_KEYS
from rsl_rl.utils import checkpoint as checkpoints
from rsl_rl.utils.logger import make_progress

RECORDED_STEPS = 1000
"""Steps that an export is checked over."""
PLOTTED_STEPS = 100_000
"""Most steps whose signals are kept for a plot, the last ones: 0.1 GB."""

logger = logging.getLogger(__name__)


def play(args: argparse.Namespace) -> None:
    """Load a run, let its policy drive, show, plot, export."""
    filmed = args.video is not None or args.record
    window = _has_window(args, filmed)
    task, checkpoint, settings, exported_cfg = _settings(args, window, filmed and not args.original_cfg)
    state = checkpoints.load(checkpoint)
    evaluation = _evaluation(args.evaluation, task, state)
    placement = place_run(args, settings)
    outputs = outputs_of(checkpoint, args.log_root)
    video = video_file(outputs / "videos" / _video_name(checkpoint)) if args.record else args.video
    env, runner = _make(task, settings, placement)
    runner.load(checkpoint, load_optimizer=False, resume=False)
    if args.original_cfg and state["env"] is not None:
        env.load_state_dict(state["env"])
    steps = args.steps or (None if window else env.max_episode_length)
    shown = "viewer" if args.viewer == "web" else "window"
    duration = f"until the {shown} is closed" if steps is None else f"for {steps} control steps (--steps, --num_envs)"
    logger.info("%s: %d robots %s, policy of %s", task, env.num_envs, duration, checkpoint)

    policy = runner.get_inference_policy(placement.sim_device)
    view = BeliefView(env) if isinstance(env, PerceptiveRobot) else None
    if args.viewer == "web":
        screen = _open_web(args, env, checkpoint, switch(task, runner, policy))
    else:
        screen = _open_screen(args, env, window, video, view)
    recording = _drive(args, env, policy, steps, screen, view, filmed)

    folder = outputs / "exported" / checkpoint.stem
    trained_in = class_to_dict(resolve_settings(*get_cfgs(task), state["config"]).env_cfg)
    provenance = Provenance(task, trained_in, config_hash(state["config"]), state["iteration"], evaluation)
    names = FileNames.of(checkpoint)
    export_policy(runner.policy, exported_cfg, env.layout, provenance, recording, folder, names, args.allow_privileged)
    checkpoints.save(folder / names.of_copy(checkpoint), {**state, **dict.fromkeys(TRAINING_KEYS)})


def _has_window(args: argparse.Namespace, filmed: bool) -> bool:
    """Whether the robots are shown, here or in a browser, to somebody who steers.

    Raises:
        UserError: flags exclude each other, or the browser's package is missing.
    """
    web = args.viewer == "web"
    if filmed and web:
        raise UserError("--viewer web shows what --video and --record film: leave out one of them")
    if args.plot and (args.steps or 0) > PLOTTED_STEPS:
        raise UserError(f"--plot: a picture of {args.steps} steps shows nothing; at most {PLOTTED_STEPS} (--steps)")
    if web:
        require_web()
    return web or not filmed and not args.headless and has_display()


def _make(task: str, settings: Settings, placement: Placement) -> tuple[Any, OnPolicyRunner]:
    """The environment, of few robots, and the runner whose policy drives them."""
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    env_cfg.env.num_envs = min(env_cfg.env.num_envs, playing.MAX_ENVS)
    env_cfg.sim.engine = placement.engine
    use_available_cores()
    env = make_env(task, env_cfg, placement.sim_device, set_seed(train_cfg.seed), train_cfg)
    return env, make_runner(env, train_cfg, None, placement.rl_device)


def _drive(
    args: argparse.Namespace,
    env: Any,
    policy: InferencePolicy,
    steps: int | None,
    screen: playing.Screen | None,
    view: BeliefView | None,
    filmed: bool,
) -> Recording:
    """Let the policy drive, on a screen if there is one, and plot; what an export is checked over.

    Args:
        args: the flags.
        env: the environments.
        policy: drives them.
        steps: control steps; None goes on until the screen is closed.
        screen: shows the robots; it is closed at the end.
        view: keeps what the policy believes, unless the screen does.
        filmed: whether the screen is a film's.
    """
    recorder = Recorder(RECORDED_STEPS)
    states = StateLogger(env, most=PLOTTED_STEPS) if args.plot else None
    progress = None
    if steps is not None and (screen is None or filmed):
        progress = make_progress(sys.stdout, 0, steps, what="step", late=not filmed)

    def on_step() -> None:
        if states is not None:
            states.record()
        if progress is not None:
            progress.count()

    try:
        seer = screen if isinstance(screen, EnvScreen) else view
        playing.rollout(env, policy, steps, recorder, screen, seer, on_step)
    finally:
        if progress is not None:
            progress.close()
        if screen is not None:
            screen.close()
    if states is not None:
        states.plot(args.plot)
    return recorder.finish()


def _settings(args: argparse.Namespace, window: bool, tour: bool) -> tuple[str, Path, Settings, Any]:
    """Task, checkpoint, settings, and the configuration to check a controller file in: a tour has too few commands."""

    def mode(env_cfg: Any, _: Any) -> dict[str, Any]:
        if args.original_cfg:
            return {}
        return playing.calm_settings(env_cfg, args.map_noise) | (playing.hand_steered(env_cfg) if window else {})

    task, checkpoint, settings = trained_run(args, mode)
    exported_cfg = settings.env_cfg
    if tour:
        with quiet():  # what there is to say of the checkpoint was said
            settings = trained_run(args, lambda env_cfg, _: mode(env_cfg, _) | tour_settings(env_cfg))[2]
    return task, checkpoint, settings, exported_cfg


def _evaluation(path: str | None, task: str, state: dict[str, Any]) -> dict[str, Any] | None:
    """What evaluate.py found of the policy: its result, or several, each by the name of its condition.

    Args:
        path: of the file; None: there is none.
        task: of the policy.
        state: of the policy's checkpoint.

    Raises:
        UserError: the file is missing, or is of another task or policy.
    """
    if path is None:
        return None
    found = load_json(Path(path))
    by_condition = isinstance(found, dict) and "task" not in found
    results = list(found.values()) if by_condition else [found]
    if not results or not all(_is_result(result, task) for result in results):
        raise UserError(f"--evaluation {path} is no result of evaluate.py for the task {task}")
    for name in not_finite(found):
        raise UserError(f"--evaluation {path}: {name} is no finite number, which no controller file can keep")
    policy = {"iteration": state.get("iteration"), "config_hash": config_hash(state["config"])}
    for result in results:
        for name, value in policy.items():
            told = result.get(name, value)  # a list where several were judged together
            if value != told and not (isinstance(told, list) and value in told):
                raise UserError(f"--evaluation {path} is of another policy: {name} is {told} there, {value} here")
    return found


def _is_result(result: Any, task: str) -> bool:
    is_of_task = isinstance(result, dict) and result.get("task") == task
    return is_of_task and accepts(PositiveInt, result.get("episodes")) and accepts(Share, result.get("fall_rate"))


def _video_name(checkpoint: Path) -> str:
    """`play_<iteration>.mp4`, or, of a checkpoint with another name, `play_<name>.mp4`."""
    return f"play_{checkpoint.stem.removeprefix('model_')}.mp4"


def _open_web(args: argparse.Namespace, env: Any, checkpoint: Path, load: Callable[[Path], None]) -> EnvScreen:
    title = f"{checkpoint.parent.name}/{checkpoint.name}"
    return EnvScreen(env, title, not args.original_cfg, args.viewer_address, checkpoint, load, playing.MAX_ENVS)


def switch(task: str, runner: OnPolicyRunner, policy: InferencePolicy) -> Callable[[Path], None]:
    """What gives a policy that plays a task the weights of another checkpoint.

    It raises a UserError for one of another task, whose weights may well fit.
    """

    def load(path: Path) -> None:
        task_config(path, task)
        runner.load_for_inference(path, policy)

    return load


def _open_screen(
    args: argparse.Namespace, env: Any, window: bool, video: Path | None, view: BeliefView | None
) -> playing.Screen | None:
    # The window's library is imported where it is used: a headless machine may lack OpenGL.
    if window:
        from legged_gym.viewing.viewer import Viewer

        return Viewer(env, steers=not args.original_cfg)
    if video is not None:
        if args.original_cfg:
            return VideoRecorder(env, video, view)
        return Tour(env, VideoRecorder(env, video, view, stops(env)))
    if not args.headless:
        logger.info("no display, so no window; --video FILE.mp4 films instead")
    return None
