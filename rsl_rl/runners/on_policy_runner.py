"""The training loop of on-policy algorithms."""

import logging
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import torch
from tensordict import TensorDict, TensorDictBase
from torch import nn

from robust_parallel.memory import keep_freed_memory
from robust_parallel.saved import is_iteration
from rsl_rl.algorithms import PPO, Algorithm, EstimatorPPO, MirrorPPO
from rsl_rl.env import VecEnv
from rsl_rl.modules import (
    ActorCritic,
    ActorCriticRecurrent,
    EstimatorActorCritic,
    InferencePolicy,
    Policy,
    TeacherActorCritic,
)
from rsl_rl.runners.fault_watch import FaultWatch
from rsl_rl.runners.layouts import agreed_part
from rsl_rl.runners.training_config import (
    check_groups,
    count,
    device_of,
    require_iterations,
    section,
    seed_of,
    tell_unread,
)
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils import checkpoint
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.episode_statistics import EpisodeStatistics
from rsl_rl.utils.errors import CheckpointError, ConfigError, TrainingError
from rsl_rl.utils.logger import Logger
from rsl_rl.utils.random_state import get_random_state, seed_everything, set_random_state
from rsl_rl.utils.registry import build, resolve
from rsl_rl.utils.scalars import ScalarMeans, to_host
from rsl_rl.utils.signals import stop_on_signals
from rsl_rl.utils.timer import PhaseTimer
from rsl_rl.utils.writers import TensorBoardWriter, WriterFactory

logger = logging.getLogger(__name__)

POLICIES: dict[str, type[ActorCritic]] = {
    "ActorCritic": ActorCritic,
    "ActorCriticRecurrent": ActorCriticRecurrent,
    "EstimatorActorCritic": EstimatorActorCritic,
    "TeacherActorCritic": TeacherActorCritic,
}
"""The policies a configuration can choose from; it may also name one as "module:Class"."""

ALGORITHMS: dict[str, type[PPO]] = {"PPO": PPO, "EstimatorPPO": EstimatorPPO, "MirrorPPO": MirrorPPO}
"""The algorithms a configuration can choose from; it may also name one as "module:Class"."""

CHECKPOINT_KEYS = ("iteration", "policy", "algorithm", "env", "random_state", "config", "layout")
"""What a checkpoint of a runner holds."""

TRAINING_KEYS = ("algorithm", "env", "random_state")
"""What only training needs of a checkpoint. In one to be handed on they are None: a third of the size."""

SHARED_SETTINGS = ("num_steps_per_env", "max_iterations", "save_interval", "empirical_normalization", "stage")
"""Those of ``runner`` in which processes that train together must not differ; others are names and paths."""

MAX_DUMPS = 3
"""Number of skipped mini-batches that a run keeps on disk."""


class OnPolicyRunner:
    """Trains a policy: collect a rollout, learn from it, report, save, again.

    The host reads from the device once an iteration. SIGINT, SIGTERM and SIGHUP end training after the iteration in
    which they came, with a checkpoint. Started by ``torchrun``, several processes train one policy, each on
    environments of its own; the first one reports and saves.
    """

    def __init__(
        self,
        env: VecEnv,
        train_cfg: Mapping[str, Any],
        log_dir: str | Path | None = None,
        device: torch.device | str = "cpu",
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Seed the random number generators and build policy and algorithm.

        Args:
            env: The environments.
            train_cfg: Settings as plain data: ``policy`` and ``algorithm``, each with the keywords of a class and its
                ``class_name``, a key of ``POLICIES`` or ``ALGORITHMS``, or "module:Class" for an
                :class:`ActorCritic` or a :class:`PPO` from elsewhere; ``obs_groups``, the groups of "policy" and of
                "critic" (and what else the policy wants); ``seed``; and ``runner`` with

                - ``num_steps_per_env``: steps of a rollout (24).
                - ``max_iterations``: those of the whole training, over which what an algorithm anneals changes (1500).
                - ``save_interval``: iterations between checkpoints (50).
                - ``empirical_normalization``: whether to normalise observations by running statistics (False).
                - ``matmul_precision``: "highest" for matrix products in full single precision on CUDA, "high" to let
                  them use TF32 ("high").
            log_dir: Folder for logs and checkpoints; None to write neither.
            device: Device of the policy and of learning.
            config: The full configuration of the run, plain data to be kept in checkpoints; ``train_cfg`` if None.

        Raises:
            ConfigError: A setting is unknown or out of its range.
        """
        if not hasattr(env, "get_observations"):
            raise ConfigError(f"env must be a VecEnv, not {type(env).__name__}")
        self.env = env
        self.device = device_of(device)
        self.log_dir = Path(log_dir) if log_dir is not None else None
        self.config = dict(config if config is not None else train_cfg)
        self.layout: dict[str, Any] | None = getattr(env, "layout", None)
        checkpoint.require_plain("config", self.config)
        checkpoint.require_plain("layout", self.layout)
        checkpoint.require_plain("the environment's state_dict()", _env_state(env))

        settings = section(train_cfg, "runner")
        if type(self).__module__.startswith(f"{__package__}."):  # a runner from elsewhere may read more
            tell_unread(train_cfg, settings)
        self.num_steps_per_env = count(settings, "num_steps_per_env", 24)
        self._max_iterations = count(settings, "max_iterations", 1500)
        self.save_interval = count(settings, "save_interval", 50)
        if self.device.type == "cuda":
            torch.set_float32_matmul_precision(settings.get("matmul_precision", "high"))
        else:
            keep_freed_memory()

        self.iteration = 0
        """Number of iterations done, over all runs that this one continues."""
        self.timings: list[tuple[float, float]] = []
        """Seconds of collecting and of learning in each iteration of this process."""
        self.writers: list[WriterFactory] = [TensorBoardWriter]
        """What is opened in the log folder when :meth:`learn` begins; each writes all scalars."""
        self.console: TextIO | None = sys.stdout
        """Where the progress is shown; None for nowhere."""
        self.good_at: int | None = None
        """Iteration at which a training like this one is known to be good, to be shown with the progress."""
        self.on_step: Callable[[], None] = lambda: None
        """Called after each step of the environments: for watching them, not for changing them."""
        self.distributed = Distributed.from_environment(self.device)
        runner = {name: settings.get(name) for name in SHARED_SETTINGS}
        self.distributed.require_same({**train_cfg, "seed": None, "runner": runner, "num_envs": env.num_envs})
        self._seed = seed_of(train_cfg)
        seed_everything(self._seed + self.distributed.rank)
        groups_of = section(train_cfg, "obs_groups", {})
        check_groups(groups_of)
        self.algorithm = self._build_algorithm(train_cfg)
        self._read_groups = {group for groups in groups_of.values() for group in groups}

        self._episodes = EpisodeStatistics(env.num_envs, env.device)
        self._env_log = ScalarMeans(env.device)
        self._fault_watch = FaultWatch(env)
        self._stop_requested = False
        self.stopped_by: int | None = None
        """Number of the signal that asked :meth:`learn` to stop, if one did."""
        self._num_skipped, self._dumps_left = 0, MAX_DUMPS

    @property
    def policy(self) -> Policy:
        """The policy being trained."""
        return self.algorithm.policy

    @property
    def progress(self) -> float:
        """How much of the whole training is done, from 0 to 1, where it is resumed too."""
        return min(self.iteration / self._max_iterations, 1.0)

    def learn(self, num_learning_iterations: int, init_at_random_ep_len: bool = False) -> None:
        """Train for a number of iterations, or until asked to stop; then save.

        Args:
            num_learning_iterations: Number of iterations to do from here.
            init_at_random_ep_len: Whether to spread the ends of the first episodes over time, so that environments do
                not time out all at once.

        Raises:
            ConfigError: It is no number of iterations.
            CheckpointError: The last checkpoint cannot be written; of an earlier one there is a warning.
            LoggingError: The log folder cannot be written to.
            TrainingError: Nothing was learned for some iterations; what was learned before is saved.
        """
        require_iterations(num_learning_iterations)
        log, timer = self._open_log(), PhaseTimer(self.device)
        self._stop_requested, self.stopped_by = False, None
        last_iteration = self.iteration + num_learning_iterations
        if init_at_random_ep_len:
            lengths = torch.rand(self.env.num_envs, device=self.env.device) * self.env.max_episode_length
            self.env.episode_length_buf.copy_(lengths)
        obs = self.env.get_observations()
        try:
            log.start(self.iteration, last_iteration, self.good_at)
            with stop_on_signals(self.request_stop):
                while self.iteration < last_iteration and not self._should_stop():
                    extra = self._begin_iteration()
                    timer.mark()
                    obs = self._collect(obs)
                    timer.mark()
                    self.algorithm.update(obs)
                    timer.mark()
                    self.iteration += 1
                    self._report(log, timer, extra)
                    if self.iteration % self.save_interval == 0 and self.iteration < last_iteration:
                        self._try_to_save(self._model_path, self.save)
            self._save_last()
        except TrainingError:
            self._save_last()
            raise
        finally:
            log.close()

    def request_stop(self, number: int | None = None) -> None:
        """Ask :meth:`learn` to save and return after the present iteration. May be called from another thread.

        Args:
            number: That of the signal which wants it, if one does.
        """
        self._stop_requested, self.stopped_by = True, number

    def save(self, path: str | Path) -> None:
        """Write a checkpoint from which training can go on. With several processes, only the main one writes.

        Raises:
            CheckpointError: It could not be written. An older file of that name stays as it was.
        """
        if self.distributed.is_main:
            checkpoint.save(path, self._checkpoint())

    def load(self, path: str | Path, load_optimizer: bool = True, resume: bool = True) -> int:
        """Read a checkpoint. Nothing is changed if the policy in it does not fit.

        Args:
            path: Name of the file.
            load_optimizer: Whether to restore the optimiser and the learning rate too.
            resume: Whether to go on where that run was: iteration, state of the environments and random numbers.

        Returns:
            The iteration that it is of.

        Raises:
            CheckpointError: The file is damaged, or belongs to another task, layout or policy.
        """
        state = self._read_checkpoint(path)
        algorithm: Mapping[str, Any] | None = state["algorithm"]
        if algorithm is None and (load_optimizer or resume):
            raise CheckpointError(f"{path} holds a policy alone: it can be played and evaluated, not resumed")
        self._check(path, state)
        self.policy.load_state_dict(state["policy"])
        if algorithm is not None and load_optimizer:
            checkpoint.require_finite(path, "the algorithm's state", algorithm)
            with checkpoint.restoring(path, "the algorithm"):
                if state["iteration"] > 0:
                    _require_moments(algorithm)
                self.algorithm.load_state_dict(algorithm)
        self.algorithm.forget()
        if resume:
            if state["env"] is None and _env_state(self.env) is not None:
                raise CheckpointError(f"{path} holds no state of its environments: it cannot be resumed")
            present = _env_state(self.env)
            if isinstance(state["env"], Mapping) and isinstance(present, Mapping):
                checkpoint.check_same(path, "state of environments", sorted(state["env"]), sorted(present))
            with checkpoint.restoring(path, "a training"):
                self._resume(state)
        return state["iteration"]

    def get_inference_policy(self, device: torch.device | str | None = None) -> InferencePolicy:
        """Return a copy of the present policy that acts without noise, on the given device or on that of learning."""
        return InferencePolicy(self.policy, device if device is not None else self.device)

    def load_for_inference(self, path: str | Path, policy: InferencePolicy) -> None:
        """Give a policy of :meth:`get_inference_policy` the weights of a checkpoint; it forgets, all else stays.

        Raises:
            CheckpointError: The file is damaged, or belongs to another task, layout or policy.
        """
        state = self._read_checkpoint(path)
        self._check(path, state)
        policy.policy.load_state_dict(state["policy"])
        policy.reset()

    def _build_algorithm(self, train_cfg: Mapping[str, Any]) -> Algorithm:
        widths, num_envs = self._obs_widths(), self.env.num_envs
        policy = self._build_policy(train_cfg, widths)
        used = {name: widths[name] for name in policy.stored_groups}
        state = policy.initial_state(num_envs)
        storage = RolloutStorage(self.num_steps_per_env, num_envs, used, self.env.num_actions, state, self.device)

        settings = section(train_cfg, "algorithm")
        algorithm_class = resolve("algorithm", settings.get("class_name", "PPO"), ALGORITHMS)
        arguments = (policy, storage, self.distributed, self.layout)
        further = {"mirror": getattr(self.env, "mirrors", lambda: None)()} if algorithm_class.uses_mirror else {}
        return build("algorithm", algorithm_class, settings, *arguments, **further)

    def _build_policy(self, train_cfg: Mapping[str, Any], widths: Mapping[str, int]) -> ActorCritic:
        settings = section(train_cfg, "policy")
        policy_class = resolve("policy", settings.get("class_name", "ActorCritic"), POLICIES)
        normalize = section(train_cfg, "runner").get("empirical_normalization", False)
        arguments = (widths, section(train_cfg, "obs_groups"), self.env.num_actions)
        return build("policy", policy_class, settings, *arguments, empirical_normalization=normalize).to(self.device)

    def _obs_widths(self) -> dict[str, int]:
        obs = self.env.get_observations()
        if not isinstance(obs, Mapping | TensorDictBase):
            raise ConfigError(
                f"{type(self.env).__name__}.get_observations() must return groups of observations by name"
            )
        return {name: group.shape[-1] for name, group in obs.items()}

    def _begin_iteration(self) -> dict[str, float]:
        """Prepare an iteration, and return scalars to be logged with its results."""
        self.algorithm.set_progress(self.progress)
        return {}

    def _checkpoint(self) -> dict[str, Any]:
        """Return the content of a checkpoint."""
        return {
            "iteration": self.iteration,
            "policy": self.policy.state_dict(),
            "algorithm": self.algorithm.state_dict(),
            "env": _env_state(self.env),
            "random_state": get_random_state(self.device),
            "config": self.config,
            "layout": self.layout,
        }

    def _read_checkpoint(self, path: str | Path) -> dict[str, Any]:
        """Return the content of a checkpoint of this layout."""
        state = checkpoint.load(path, self.device, CHECKPOINT_KEYS)
        if not is_iteration(state["iteration"]):
            raise CheckpointError(f"{path} has the iteration {state['iteration']!r}, which no training comes to")
        named = Path(path).stem.removeprefix("model_")
        if named.isdecimal() and int(named) != state["iteration"]:
            logger.warning("%s is of iteration %d", path, state["iteration"])
        if self.layout is not None:
            saved, present, read = state["layout"], self.layout, self._read_groups
            checkpoint.check_same(path, "layout", agreed_part(saved, present, read), agreed_part(present, saved, read))
        return state

    def _check(self, path: str | Path, state: Mapping[str, Any]) -> None:
        """Raise a CheckpointError if the weights in a checkpoint do not fit, or are of no use."""
        check_weights(path, "policy", state["policy"], self.policy)

    def _open_log(self) -> Logger:
        if not self.distributed.is_main:
            return Logger(None, console=None)
        return Logger(self.log_dir, self.writers, self.config, self.console)

    @torch.no_grad()
    def _collect(self, obs: TensorDict) -> TensorDict:
        """Fill the storage with a rollout and return the observations after it."""
        self.algorithm.start_rollout()
        for _ in range(self.num_steps_per_env):
            actions = self.algorithm.act(obs)
            stepped = self.env.step(actions.to(self.env.device))
            _check_step(self.env, stepped)
            obs, rewards, dones, extras = stepped
            self.algorithm.process_env_step(rewards, dones, extras)
            self._episodes.add(rewards, dones)
            self._env_log.add(extras.get("log", {}))
            self.on_step()
        return obs

    def _report(self, log: Logger, timer: PhaseTimer, extra: dict[str, float]) -> None:
        """Read the results of an iteration from the device, and log them with what else is known."""
        env_log = {key if "/" in key else f"Episode/{key}": value for key, value in self._env_log.pop().items()}
        episodes = self._episodes.pop()
        scalars = to_host({**self.algorithm.metrics(), **env_log, **episodes}, self.device)
        scalars |= self._episodes.means(**{name: scalars.pop(name) for name in episodes}) | extra
        collection, learning = timer.pop()
        self.timings.append((collection, learning))
        samples = self.num_steps_per_env * self._num_envs_per_rollout * self.distributed.world_size
        scalars["Perf/total_fps"] = samples / (collection + learning)
        scalars["Perf/collection time"] = collection
        scalars["Perf/learning_time"] = learning
        log.log(scalars, self.iteration)
        getattr(self.env, "on_iteration", lambda: None)()
        self._dump_skipped(int(scalars["Loss/skipped_updates"]))
        self._fault_watch.look(scalars, self.iteration)

    def _dump_skipped(self, num_skipped: int) -> None:
        """Keep the last mini-batch that was skipped, if any was in this iteration, to find out why."""
        new, self._num_skipped = num_skipped - self._num_skipped, num_skipped
        if new <= 0 or not self.distributed.is_main:
            return
        logger.warning("iteration %d: skipped %d updates which were not finite", self.iteration, new)
        if self.log_dir is None or self._dumps_left == 0:
            return
        self._dumps_left -= 1
        dump = {**self.algorithm.offending_mini_batch(), "policy": self.policy.state_dict()}
        path = self.log_dir / f"skipped_update_{self.iteration}.pt"
        self._try_to_save(path, partial(checkpoint.save, state=dump))

    @property
    def _num_envs_per_rollout(self) -> int:
        """How many environments' steps this process learns from at a time."""
        return self.env.num_envs

    @property
    def _model_path(self) -> Path | None:
        return None if self.log_dir is None else self.log_dir / f"model_{self.iteration}.pt"

    def _save_last(self) -> None:
        if self._model_path is not None:
            self.save(self._model_path)

    def _try_to_save(self, path: Path | None, save: Callable[[Path], None]) -> None:
        """Save, or warn: a full disk is no reason to lose a run that goes on."""
        try:
            if path is not None:
                save(path)
        except CheckpointError as error:
            logger.warning("%s; going on without it", error)

    def _should_stop(self) -> bool:
        return self.distributed.any(self._stop_requested, self.device)

    def _resume(self, state: Mapping[str, Any]) -> None:
        self.iteration = state["iteration"]
        self._episodes = EpisodeStatistics(self.env.num_envs, self.env.device)
        load_env = getattr(self.env, "load_state_dict", None)
        if load_env is not None and state["env"] is not None:
            load_env(state["env"])
        if self.distributed.is_main:
            set_random_state(state["random_state"], self.device)
        else:
            # Only the main process's generators were saved; the others must not repeat what they drew before.
            seed_everything(self._seed + self.distributed.rank + self.distributed.world_size * self.iteration)


def _check_step(env: VecEnv, stepped: Any) -> None:
    """Raise a ConfigError if what a step returned is not that of all environments; shapes are looked at alone."""
    name = type(env).__name__
    if not isinstance(stepped, tuple) or len(stepped) != 4:
        raise ConfigError(f"{name}.step() must return observations, rewards, dones and extras")
    for what, value in (("rewards", stepped[1]), ("dones", stepped[2])):
        if not isinstance(value, torch.Tensor) or value.shape != (env.num_envs,):
            given = list(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
            raise ConfigError(f"{name}.step() must return {what} as a tensor [{env.num_envs}], not {given}")


def _env_state(env: VecEnv) -> dict[str, Any] | None:
    state_dict = getattr(env, "state_dict", None)
    return state_dict() if state_dict is not None else None


def _require_moments(algorithm: Mapping[str, Any]) -> None:
    """Raise a ValueError if an optimiser in an algorithm's state, or in one of its parts', has yet to begin."""
    for name, part in algorithm.items():
        if name == "optimizer" and not part:
            raise ValueError("an optimizer without moments, as before the first iteration")
        if isinstance(part, Mapping):
            _require_moments(part)


def check_weights(path: str | Path, what: str, weights: Any, network: nn.Module) -> None:
    """Raise a CheckpointError if weights from a checkpoint are not those of such a network, or are of no use to it."""
    checkpoint.check_weights(path, what, weights, network.state_dict())
    checkpoint.check_range(path, what, weights, network)
