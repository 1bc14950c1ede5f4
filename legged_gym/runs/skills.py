"""The teachers of a student of several skills: which it needs, and where they are."""

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from legged_gym.config.fields import NonNegative, accepts
from legged_gym.config.io import class_to_dict
from legged_gym.envs.parkour.parkour_config import HARD, SOFT
from legged_gym.runs import folders as runs
from legged_gym.runs.configure import check_robot
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import OWN_TRACKS, plans
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)


def skill_teachers(env_cfg: Any, train_cfg: Any, log_root: Path) -> dict[str, Path]:
    """Find, and tell, the checkpoint of each teacher that `runner.sub_policy_paths` names.

    Args:
        env_cfg: configuration of the student's environment.
        train_cfg: configuration of its training.
        log_root: folder of all experiments.

    Raises:
        UserError: there is none, or it is one of another robot.
    """
    teachers = {}
    for skill, name in train_cfg.runner.sub_policy_paths.items():
        try:
            teachers[skill] = _checkpoint(name, log_root)
        except UserError as error:
            raise UserError(
                f"no teacher of {skill!r}: {error}; train it, or name another in train.runner.sub_policy_paths"
            ) from error
        config = check_robot(f"the teacher of {skill!r}, {teachers[skill]},", teachers[skill], env_cfg)
        for strange in _strangeness(skill, config["env"], env_cfg):
            logger.warning("the teacher of %r, %s, was trained %s", skill, teachers[skill], strange)
    logger.info("teachers: %s", ", ".join(f"{skill} {path}" for skill, path in teachers.items()))
    return teachers


def _strangeness(skill: str, saved: Mapping[str, Any], env_cfg: Any) -> Iterator[str]:
    """What of a teacher's training makes it a poor one, in words: of another path than was meant, perhaps.

    Args:
        skill: what it is to teach.
        saved: the configuration of the environment that it was trained in.
        env_cfg: that of its student's.
    """
    terrain, parkour, control = (_section(saved, name) for name in ("terrain", "parkour", "control"))
    shares: Any = terrain.get("terrain_proportions")
    tracks = {kind for kind in shares if shares[kind] > 0.0} if accepts(dict[str, NonNegative], shares) else set()
    if tracks and tracks <= {*OWN_TRACKS} - {f"{skill}_track"}:
        yield f"on {', '.join(sorted(tracks))} alone"
    if parkour.get("dynamics") == SOFT:
        yield "with soft obstacles, which do not collide: name a run of the hard stage"
    for name, value in class_to_dict(env_cfg.control).items():
        if control.get(name, value) != value:
            yield f"with control.{name} = {control[name]!r}, not {value!r}: its actions mean other torques here"


def _section(saved: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A section of a saved configuration; empty if it has none."""
    section = saved.get(name)
    return section if isinstance(section, Mapping) else {}


def learns_skills(train_cfg: Any) -> bool:
    """Whether a student of several skills is trained."""
    return hasattr(train_cfg.runner, "sub_policy_paths")


def scan_dir(train_cfg: Any) -> str:
    """The folder where others, who have the robots, put what a student of skills learns from; empty without one."""
    return train_cfg.pretrain_dataset.scan_dir if learns_skills(train_cfg) else ""


def check_skills(terrain: Terrain, paths: Mapping[str, str]) -> None:
    """See that there is a teacher for every block of a map, and for tiles without one.

    Args:
        terrain: the map.
        paths: `runner.sub_policy_paths`.

    Raises:
        UserError: one is missing.
    """
    tiles = [obstacles for level in plans(terrain) for obstacles in level]
    needed = dict.fromkeys(obstacle.block for obstacles in tiles for obstacle in obstacles)
    if not all(tiles):
        needed["none"] = None
    for skill in needed:
        if skill not in paths:
            what = f"blocks of {skill!r}" if skill != "none" else "tiles without a block"
            named = ", ".join(paths) or "none"
            raise UserError(
                f"the map has {what}, but train.runner.sub_policy_paths has no {skill!r} (it has {named}): name its "
                "teacher there, or leave such tracks out of terrain.terrain_proportions"
            )


def _checkpoint(name: str, log_root: Path) -> Path:
    """A file, the last checkpoint of a run's folder, or that of the newest hard run of an experiment."""
    if os.path.isfile(name):  # Path.is_file raises an error for a name that no file can have
        return Path(name)
    if "/" in name:
        if not os.path.isdir(name):
            raise UserError(f"there is no {name}")
        return runs.find_checkpoint(Path(name))
    try:
        return runs.find_checkpoint(runs.find_run(name, root=log_root, stage=HARD))
    except UserError:
        run = runs.find_run(name, root=log_root)
        if runs.trained_stage(run) is None:  # of a task without stages
            return runs.find_checkpoint(run)
        raise
