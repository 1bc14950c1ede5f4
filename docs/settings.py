"""Writes docs/settings.md, the tables of settings, from their declarations: `python docs/settings.py`."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

from legged_gym.config.fields import describe
from legged_gym.config.io import field_names, is_section
from legged_gym.envs.base.clocked_robot_config import ClockedRobotCfg
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg, LeggedRobotCfgPPO
from legged_gym.envs.blind.blind_config import BlindCfg, BlindCfgPPO
from legged_gym.envs.mini_cheetah.mini_cheetah_ref_config import MiniCheetahRefCfg
from legged_gym.envs.parkour.distill_config import DistillCfg, DistillCfgPPO
from legged_gym.envs.parkour.parkour_config import ParkourCfg, ParkourCfgPPO, SkillCfgPPO
from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg, PerceptiveCfgPPO
from legged_gym.envs.qmini.qmini_config import QminiCfg
from legged_gym.envs.sight.sight_config import SightCfg
from legged_gym.sensors.depth_image import DepthCameraCfg


class _SeeingParkourCfg(ParkourCfg):
    """What has tables of its own."""

    class depth_camera(DepthCameraCfg):
        pass


FILE = Path(__file__).with_suffix(".md")
INTRODUCTION = """# Settings

Every field of a task's configuration, with the value that holds where a task sets no other, and what it may be; a value
beyond is refused before anything is built. `--set NAME=VALUE` sets one. This file is written by `docs/settings.py`
from the declarations in the code.
"""
TRAIN = "train."
CHAPTERS: tuple[tuple[str, str, tuple[tuple[type, type, str], ...]], ...] = (
    ("Every task", "", ((LeggedRobotCfg, object, ""), (LeggedRobotCfgPPO, object, TRAIN))),
    ("Perceptive tasks", "Beside those above.", (
        (PerceptiveCfg, LeggedRobotCfg, ""), (PerceptiveCfgPPO, LeggedRobotCfgPPO, TRAIN),
    )),
    ("Tasks with a way across", "Beside those above.", ((SightCfg, LeggedRobotCfg, ""),)),
    ("Parkour tasks", "Beside those of tasks with a way across.", (
        (ParkourCfg, SightCfg, ""), (SkillCfgPPO, LeggedRobotCfgPPO, TRAIN),
    )),
    ("Students of parkour", "Beside those of parkour tasks and of a depth camera.", (
        (DistillCfg, _SeeingParkourCfg, ""), (DistillCfgPPO, ParkourCfgPPO, TRAIN),
    )),
    ("Tasks with a depth camera", "See [sensors.md](sensors.md).", ((DepthCameraCfg, object, "depth_camera."),)),
    ("Blind tasks", "Beside those of every task.", (
        (BlindCfg, LeggedRobotCfg, ""), (BlindCfgPPO, LeggedRobotCfgPPO, TRAIN),
    )),
    ("Tasks with a gait clock", "Beside those of every task.", ((ClockedRobotCfg, LeggedRobotCfg, ""),)),
    ("qmini", "Beside those of a gait clock.", ((QminiCfg, ClockedRobotCfg, ""),)),
    ("mini_cheetah_ref", "Beside those of a gait clock.", ((MiniCheetahRefCfg, ClockedRobotCfg, ""),)),
)  # fmt: skip
"""Title, remark, and configurations with what they are derived from, whose fields are left out, and their prefix."""


def document() -> str:
    """The whole file."""
    parts = [INTRODUCTION]
    for title, remark, configurations in CHAPTERS:
        parts += [f"## {title}\n", *([f"{remark}\n"] if remark else [])]
        parts += [table for cfg, base, prefix in configurations for table in _tables(cfg, base, prefix)]
    return "\n".join(parts)


def _tables(cfg: type, base: type, prefix: str) -> Iterator[str]:
    """A table for each section, of the fields that the base does not have."""
    names = field_names(cfg)
    plain = [name for name in names if not is_section(getattr(cfg, name)) and not hasattr(base, name)]
    if plain:
        yield _table(cfg, plain, prefix)
    for name in names:
        if is_section(getattr(cfg, name)):
            yield from _tables(getattr(cfg, name), getattr(base, name, object), f"{prefix}{name}.")


def _table(cfg: type, names: list[str], prefix: str) -> str:
    hints, meanings = get_type_hints(cfg, include_extras=True), dict(_meanings(cfg))
    lines = [f"### `{prefix.rstrip('.')}`\n"] if prefix else []
    lines += ["| setting | default | must be | meaning |", "|---|---|---|---|"]
    for name in names:
        row = (f"`{prefix}{name}`", _default(getattr(cfg, name)), describe(hints[name]), meanings.get(name, ""))
        lines.append(f"| {' | '.join(text.replace('|', '&#124;') for text in row)} |")
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    text = repr(value)
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}...`"


def _meanings(cfg: type) -> Iterator[tuple[str, str]]:
    """Names of fields and the texts under them, those of base classes first."""
    for base in reversed(cfg.__mro__[:-1]):
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(definition, ast.ClassDef)
        for field, text in zip(definition.body, definition.body[1:], strict=False):
            target = field.target if isinstance(field, ast.AnnAssign) else getattr(field, "targets", [None])[0]
            if isinstance(target, ast.Name) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                yield target.id, " ".join(str(text.value.value).split())


if __name__ == "__main__":
    FILE.write_text(document())
    print(f"wrote {FILE}")
