"""Tasks whose robots are put where they learn most, for the study of what to train on."""

from typing import Any

import torch

from legged_gym.envs.base.curriculum import TerrainCurriculum
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.tile_choice import TileChoice, TileChoiceCfg
from legged_gym.envs.go2.go2_config import Go2RoughCfg, Go2RoughCfgPPO
from legged_gym.envs.go2.go2_sight_config import Go2SightCfg, Go2SightCfgPPO
from legged_gym.envs.sight.sight_robot import SightRobot
from legged_gym.tasks import TASKS, Task, register
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.spread import SpreadTerrain
from legged_gym.terrain.terrain import Terrain


class Mining(LeggedRobot):
    """Chooses tiles as the section `tile_choice` says."""

    cfg: Any

    def _make_terrain(self, cfg: TerrainCfg, seed: int) -> Terrain:
        spread = self.cfg.tile_choice.random_sizes and cfg.curriculum  # levels are judged at their own size
        return (SpreadTerrain if spread else Terrain)(cfg, seed)

    def _make_terrain_curriculum(self) -> TerrainCurriculum:
        cfg = self.cfg.terrain
        arguments = (cfg.max_init_terrain_level, self.cfg.tile_choice, cfg.curriculum, self.device)
        return TileChoice(self.terrain, self.num_envs, *arguments)

    def state_dict(self) -> dict[str, Any]:
        curriculum: Any = self.terrain_curriculum
        return super().state_dict() | {"tile_success": torch.stack((curriculum.success, curriculum.earlier_success))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        curriculum: Any = self.terrain_curriculum
        curriculum.success.copy_(state["tile_success"][0])
        curriculum.earlier_success.copy_(state["tile_success"][1])


class MiningSight(Mining, SightRobot):
    """The same on ground to cross."""


class Go2RoughMiningCfg(Go2RoughCfg):
    """`go2_rough` with chosen tiles."""

    class tile_choice(TileChoiceCfg):
        pass


class Go2SightMiningCfg(Go2SightCfg):
    """`go2_sight` with chosen tiles."""

    class tile_choice(TileChoiceCfg):
        pass


def register_tasks() -> None:
    """Add them to the table, once."""
    if "go2_rough_mining" not in TASKS:
        register("go2_rough_mining", Task(Mining, Go2RoughMiningCfg, Go2RoughCfgPPO, "go2_rough with chosen tiles"))
        register(
            "go2_sight_mining", Task(MiningSight, Go2SightMiningCfg, Go2SightCfgPPO, "go2_sight with chosen tiles")
        )
