"""The table of tasks, and the way from a task's name to its configurations, environment and runner.

A new robot is a URDF, a configuration of what differs, and one row here; or, in a package of its own, a call of
`register` or an entry point of the group `legged_gym.tasks`.
"""

import inspect
import logging
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legged_gym.config.checks import check_config
from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.config.observed import is_from_elsewhere, unread_groups, without_groups
from legged_gym.config.overrides import TRAIN_PREFIX
from legged_gym.config.registry import require_arguments
from legged_gym.envs.a1.a1_config import A1FlatCfg, A1FlatCfgPPO, A1RoughCfg, A1RoughCfgPPO
from legged_gym.envs.a1.a1_parkour_config import A1Body
from legged_gym.envs.anymal_c.anymal_c_config import (
    AnymalCFlatCfg,
    AnymalCFlatCfgPPO,
    AnymalCRoughCfg,
    AnymalCRoughCfgPPO,
)
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg, LeggedRobotCfgPPO
from legged_gym.envs.blind.blind_robot import BlindRobot
from legged_gym.envs.go2.go2_blind_config import Go2BlindCfg, Go2BlindCfgPPO
from legged_gym.envs.go2.go2_config import (
    Go2FlatCfg,
    Go2FlatCfgPPO,
    Go2FlatDeployCfg,
    Go2FlatDeployCfgPPO,
    Go2FlatQuickCfg,
    Go2FlatQuickCfgPPO,
    Go2RoughCfg,
    Go2RoughCfgPPO,
    Go2RoughDeployCfg,
    Go2RoughDeployCfgPPO,
)
from legged_gym.envs.go2.go2_parkour_config import Go2Body, Go2ClimbCfg, Go2DistillCfg
from legged_gym.envs.go2.go2_perceptive_config import Go2PerceptiveCfg, Go2PerceptiveCfgPPO
from legged_gym.envs.go2.go2_perceptive_sight_config import Go2PerceptiveSightCfg, Go2PerceptiveSightCfgPPO
from legged_gym.envs.go2.go2_sight_config import (
    Go2SightBlindCfg,
    Go2SightBlindCfgPPO,
    Go2SightCfg,
    Go2SightCfgPPO,
)
from legged_gym.envs.mini_cheetah.mini_cheetah_config import MiniCheetahCfg, MiniCheetahCfgPPO
from legged_gym.envs.mini_cheetah.mini_cheetah_ref_config import MiniCheetahRefCfg, MiniCheetahRefCfgPPO
from legged_gym.envs.mini_cheetah.mini_cheetah_ref_robot import MiniCheetahRef
from legged_gym.envs.mini_cheetah.mini_cheetah_robot import MiniCheetah
from legged_gym.envs.parkour.skills import skill_tasks
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.envs.perceptive.perceptive_sight_robot import PerceptiveSightRobot
from legged_gym.envs.qmini.qmini_config import QminiCfg, QminiCfgPPO
from legged_gym.envs.qmini.qmini_robot import QminiRobot
from legged_gym.envs.sight.sight_robot import SightRobot
from legged_gym.sim.placing import place
from legged_gym.task_names import ENTRY_POINTS, require_known
from legged_gym.utils.errors import UserError
from legged_gym.utils.learner import require_own_learner
from legged_gym.utils.seeding import set_seed

if TYPE_CHECKING:
    from rsl_rl.runners import OnPolicyRunner

logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""Of a task: a flag's value, and a folder's name."""


@dataclass(frozen=True)
class Task:
    """What a task's name stands for."""

    env_class: type[LeggedRobot]
    env_cfg: type[LeggedRobotCfg]
    train_cfg: type[LeggedRobotCfgPPO]
    description: str
    """One line for a list of tasks."""

    @property
    def makes_all(self) -> bool:
        """Whether its robots, of a class from elsewhere, may read any group of their observations."""
        return is_from_elsewhere(self.env_class.__module__)


TASKS: dict[str, Task] = {
    "a1_flat": Task(LeggedRobot, A1FlatCfg, A1FlatCfgPPO, "Unitree A1 on a plane"),
    "a1_rough": Task(LeggedRobot, A1RoughCfg, A1RoughCfgPPO, "Unitree A1 on the terrain map, with height scan"),
    "anymal_c_flat": Task(
        LeggedRobot, AnymalCFlatCfg, AnymalCFlatCfgPPO, "ANYmal C on a plane, its drives a learned network"
    ),
    "anymal_c_rough": Task(
        LeggedRobot,
        AnymalCRoughCfg,
        AnymalCRoughCfgPPO,
        "ANYmal C on the terrain map, with height scan, its drives a learned network",
    ),
    "go2_blind": Task(
        BlindRobot,
        Go2BlindCfg,
        Go2BlindCfgPPO,
        "Unitree Go2 without a map: teacher, and student that feels stairs, boxes, slopes and waves; late targets",
    ),
    "go2_flat": Task(LeggedRobot, Go2FlatCfg, Go2FlatCfgPPO, "Unitree Go2 on a plane"),
    "go2_flat_deploy": Task(
        LeggedRobot, Go2FlatDeployCfg, Go2FlatDeployCfgPPO, "Unitree Go2 on a plane, with what its sensors measure"
    ),
    "go2_flat_quick": Task(
        LeggedRobot, Go2FlatQuickCfg, Go2FlatQuickCfgPPO, "Unitree Go2 on a plane, to walk soon on a CPU"
    ),
    "go2_perceptive": Task(
        PerceptiveRobot,
        Go2PerceptiveCfg,
        Go2PerceptiveCfgPPO,
        "Unitree Go2 on the terrain map: privileged teacher, then student with a belief of a noisy height map",
    ),
    "go2_perceptive_sight": Task(
        PerceptiveSightRobot,
        Go2PerceptiveSightCfg,
        Go2PerceptiveSightCfgPPO,
        "the same across gaps, stones, beams, drops and hurdles, with delays, friction and a late map that drifts",
    ),
    "go2_rough": Task(LeggedRobot, Go2RoughCfg, Go2RoughCfgPPO, "Unitree Go2 on the terrain map, with height scan"),
    "go2_rough_deploy": Task(
        LeggedRobot,
        Go2RoughDeployCfg,
        Go2RoughDeployCfgPPO,
        "Unitree Go2 on the terrain map, with what its sensors measure",
    ),
    "go2_sight": Task(
        SightRobot,
        Go2SightCfg,
        Go2SightCfgPPO,
        "Unitree Go2 across gaps, stones, beams, drops and hurdles, with height scan",
    ),
    "go2_sight_blind": Task(
        SightRobot, Go2SightBlindCfg, Go2SightBlindCfgPPO, "Unitree Go2 on the same ground, blind, to compare with"
    ),
    "mini_cheetah": Task(
        MiniCheetah, MiniCheetahCfg, MiniCheetahCfgPPO, "MIT Mini Cheetah on a plane, up to 3 m/s and 3 rad/s"
    ),
    "mini_cheetah_ref": Task(
        MiniCheetahRef,
        MiniCheetahRefCfg,
        MiniCheetahRefCfgPPO,
        "MIT Mini Cheetah on a plane, trotting at 3 Hz after a reference gait",
    ),
    "qmini": Task(
        QminiRobot, QminiCfg, QminiCfgPPO, "Qmini, a biped, on gently uneven ground, which estimates its velocity"
    ),
    **{name: Task(*parts) for name, parts in skill_tasks("a1", "Unitree A1", A1Body)},
    **{
        name: Task(*parts)
        for name, parts in skill_tasks("go2", "Unitree Go2", Go2Body, climb=Go2ClimbCfg, distill=Go2DistillCfg)
    },
}

_PARTS: dict[str, type] = {"env_class": LeggedRobot, "env_cfg": LeggedRobotCfg, "train_cfg": LeggedRobotCfgPPO}
"""What the classes of a task are derived from."""


def register(name: str, task: Task) -> None:
    """Add a task.

    Raises:
        UserError: the name is taken or none for a flag, or this is no task.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UserError(f"{name!r} cannot name a task: use letters, digits, _, - and .")
    if not isinstance(task, Task):
        raise UserError(f"task {name!r}: expected a legged_gym.Task, got {type(task).__name__}")
    for field, base in _PARTS.items():
        part = getattr(task, field)
        if not (inspect.isclass(part) and issubclass(part, base)):
            raise UserError(f"task {name!r}: {field} must be a subclass of {base.__name__}, not {part!r}")
    require_arguments(f"task {name!r}", task.env_class, "cfg", "device", "seed")
    if not isinstance(task.description, str):
        raise UserError(f"task {name!r}: its description must be a text, not {task.description!r}")
    if name in TASKS:
        raise UserError(f"there is a task {name!r} already: {TASKS[name].description}")
    TASKS[name] = task


def all_tasks() -> dict[str, Task]:
    """The table of tasks, with those of other packages."""
    _load_entry_points()
    return TASKS


@cache
def _load_entry_points() -> None:
    """Register what other packages offer, once; one that is broken is named in a line, and left out."""
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            register(entry.name, entry.load())
        except Exception as error:  # whatever a stranger's module raises must not end this program
            reason = str(error).partition("\n")[0] or type(error).__name__
            owner = entry.dist.name if entry.dist else entry.value
            logger.warning("left out the task %r of the package %s: %s", entry.name, owner, reason)


def check_task(name: str | None) -> str:
    """The task's name.

    Raises:
        UserError: missing or unknown; names the nearest one or lists them.
    """
    names = sorted(all_tasks())
    if name is None:
        raise UserError(f"--task is missing; tasks: {', '.join(names)}")
    require_known(name, names)
    return name


def get_cfgs(task: str) -> tuple[LeggedRobotCfg, LeggedRobotCfgPPO]:
    """Fresh configurations of a task, free to be changed.

    Raises:
        UserError: unknown task.
    """
    row = all_tasks()[check_task(task)]
    return row.env_cfg(), row.train_cfg()


def make(
    task: str, num_envs: int | None = None, device: str | None = None, seed: int | None = None, **overrides: Any
) -> LeggedRobot:
    """A task's environment, ready to step.

    Every random generator of the process is seeded: the same seed gives the same environment.

    Args:
        task: name of a task.
        num_envs: parallel robots; default: the task's own number for the device.
        device: torch device; default: the GPU if there is a usable one, else the CPU.
        seed: random seed, -1 draws one; default: the task's own.
        overrides: fields of the environment's configuration by dotted key, as `**{"rewards.scales.torques": -1e-4}`.

    Raises:
        UserError: the task, a key or a value is unknown or does not fit, or the device cannot be used.
    """
    for key in overrides:
        if key.partition(".")[0] == TRAIN_PREFIX:
            raise UserError(f"make() {key}: an environment has no settings of the training")
    named = {"env.num_envs": num_envs, "train.seed": seed}
    values = {key: value for key, value in named.items() if value is not None}
    settings = resolve_settings(*get_cfgs(task), asked=[Asked({**overrides, **values}, source="make()")])
    settings.makes_all = True
    placement = place(settings, device=device)
    env_cfg = settings.env_cfg
    env_cfg.sim.engine = placement.engine
    return make_env(task, env_cfg, placement.sim_device, set_seed(settings.train_cfg.seed))


def make_env(
    task: str, env_cfg: LeggedRobotCfg, device: str, seed: int, train_cfg: LeggedRobotCfgPPO | None = None
) -> LeggedRobot:
    """The task's environment.

    Args:
        task: its name.
        env_cfg: its configuration; `env_cfg.sim.engine` names the engine.
        device: torch device.
        seed: of the terrain map.
        train_cfg: its training configuration: groups of observations that `obs_groups` does not name are not made, and
            neither is a sensor that is for them alone, unless a class from elsewhere may read them. None: all are.
    """
    row = all_tasks()[check_task(task)]
    unread = [] if train_cfg is None or row.makes_all else unread_groups(env_cfg, train_cfg)
    return row.env_class(without_groups(env_cfg, unread), device, seed)


def make_runner(env: LeggedRobot, train_cfg: LeggedRobotCfgPPO, log_dir: Path | None, device: str) -> "OnPolicyRunner":
    """A runner that trains on `env`.

    Args:
        env: the environment.
        train_cfg: its training configuration.
        log_dir: run folder, or None to write nothing.
        device: torch device of the learner.

    Raises:
        UserError: a setting is out of its range.
        ConfigError: a setting is unknown, or does not fit the environment.
        ImportError: the package `rsl_rl` is another learner's.
    """
    require_own_learner()
    if not isinstance(train_cfg, LeggedRobotCfgPPO) and not inspect.isclass(train_cfg):
        raise UserError(f"make_runner() takes a training configuration, not {type(train_cfg).__name__}")
    from rsl_rl.runners import RUNNERS  # here, since environments do without this learner
    from rsl_rl.utils.registry import resolve

    check_config(train_cfg, f"{TRAIN_PREFIX}.")
    runner_class = resolve("runner", train_cfg.runner.class_name, RUNNERS)
    return runner_class(env, class_to_dict(train_cfg), log_dir, device)
