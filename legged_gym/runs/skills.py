"""The teachers of a student of several skills: which it needs, and where they are."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from legged_gym.config.fields import NonNegative, accepts
from legged_gym.envs.parkour.parkour_config import HARD
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
        _tell_a_stranger(skill, teachers[skill], config["env"].get("terrain"))
    logger.info("teachers: %s", ", ".join(f"{skill} {path}" for skill, path in teachers.items()))
    return teachers


def _tell_a_stranger(skill: str, checkpoint: Path, terrain: Any) -> None:
    """Warn of a teacher whose terrain had obstacles, but never those of its skill: a path beside its name."""
    shares: Any = terrain.get("terrain_proportions") if isinstance(terrain, dict) else None
    tracks = {kind for kind in shares if shares[kind] > 0.0} if accepts(dict[str, NonNegative], shares) else set()
    if tracks and tracks <= {*OWN_TRACKS} - {f"{skill}_track"}:
        trained_on = ", ".join(sorted(tracks))
        logger.warning("the teacher of %r, %s, was trained on %s alone", skill, checkpoint, trained_on)


def learns_skills(train_cfg: Any) -> bool:
    """Whether a student of several skills is trained."""
    return hasattr(train_cfg.runner, "sub_policy_paths")


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
    path = Path(name)
    if path.is_file():
        return path
    if "/" in name:
        if not path.is_dir():
            raise UserError(f"there is no {name}")
        return runs.find_checkpoint(path)
    try:
        return runs.find_checkpoint(runs.find_run(name, root=log_root, stage=HARD))
    except UserError:
        run = runs.find_run(name, root=log_root)
        if runs.trained_stage(run) is None:  # of a task without stages
            return runs.find_checkpoint(run)
        raise
