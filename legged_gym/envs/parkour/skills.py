"""The skills of parkour, a row each, and the tasks that they make with a robot's body."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from legged_gym.envs.parkour.distill_config import DistillCfg, DistillCfgPPO
from legged_gym.envs.parkour.distill_robot import DistillRobot
from legged_gym.envs.parkour.parkour_config import (
    ClimbCfg,
    CrawlCfg,
    FieldCfg,
    LeapCfg,
    ParkourCfg,
    ParkourCfgPPO,
    SkillCfgPPO,
    TiltCfg,
)
from legged_gym.envs.parkour.parkour_robot import ParkourRobot


@dataclass(frozen=True)
class Skill:
    """What is learned, whoever learns it."""

    env_class: type[ParkourRobot]
    env_cfg: type[ParkourCfg]
    train_cfg: type[ParkourCfgPPO]
    description: str
    """What follows the robot's name."""


FIELD, DISTILL = "field", "distill"
OBSTACLES: dict[str, Skill] = {
    "climb": Skill(ParkourRobot, ClimbCfg, SkillCfgPPO, "climbs onto plateaus, obstacles soft, then hard"),
    "leap": Skill(ParkourRobot, LeapCfg, SkillCfgPPO, "leaps gaps, obstacles soft, then hard"),
    "crawl": Skill(ParkourRobot, CrawlCfg, SkillCfgPPO, "crawls under roofs, obstacles soft, then hard"),
    "tilt": Skill(ParkourRobot, TiltCfg, SkillCfgPPO, "tilts between walls, obstacles soft, then hard"),
}
"""Skills that begin with the weights of `FIELD`, and that the student of `DISTILL` learns."""
SKILLS: dict[str, Skill] = {
    FIELD: Skill(ParkourRobot, FieldCfg, ParkourCfgPPO, "on rough ground: an oracle with memory, where parkour begins"),
    **OBSTACLES,
    DISTILL: Skill(
        DistillRobot,
        DistillCfg,
        DistillCfgPPO,
        "with a depth camera climbs, leaps, crawls and tilts: a student of the skills' oracles",
    ),
}


def skill_tasks(
    robot: str, title: str, body: type[ParkourCfg], **own: type[ParkourCfg]
) -> Iterator[tuple[str, tuple[type[ParkourRobot], type[ParkourCfg], type[ParkourCfgPPO], str]]]:
    """The tasks of a robot: their names, and what `legged_gym.Task` is made of.

    Args:
        robot: what their names begin with.
        title: the robot's name for people.
        body: its description, pose and the like.
        own: configurations of skills that differ for it, in place of the table's.
    """
    for name, skill in SKILLS.items():
        task = f"{robot}_{name}"
        env_cfg = _merged(body, own.get(name, skill.env_cfg), ParkourCfg)
        train_cfg = _training(robot, name, skill.train_cfg)
        yield task, (skill.env_class, env_cfg, train_cfg, f"{title} {skill.description}")


def _merged(first: Any, second: Any, base: Any) -> Any:
    """A configuration of two that both follow a base; what both say of a setting, the first one says."""
    sections = {
        name: _merged(getattr(first, name), getattr(second, name), section)
        for name, section in inspect.getmembers(base, inspect.isclass)
        if not name.startswith("_") and section not in (getattr(first, name), getattr(second, name))
    }
    return type(f"{first.__name__}{second.__name__}", (first, second), sections)


def _training(robot: str, name: str, base: Any) -> type[ParkourCfgPPO]:
    """The training of a robot's skill: its own experiment, and which others it builds on."""
    settings: dict[str, Any] = {"experiment_name": f"{robot}_{name}"}
    if name in OBSTACLES:
        settings["begins_with"] = f"{robot}_{FIELD}"
    elif name == DISTILL:
        settings["sub_policy_paths"] = {skill: f"{robot}_{skill}" for skill in OBSTACLES}
    return type(f"{settings['experiment_name']}CfgPPO", (base,), {"runner": type("runner", (base.runner,), settings)})
