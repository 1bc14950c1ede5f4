"""The robot of parkour among teachers and a student."""

from typing import Any

import torch

from legged_gym.config.io import class_to_dict
from legged_gym.envs.base.commands import LIN_VEL_X, Commands
from legged_gym.envs.parkour.course import KINDS
from legged_gym.envs.parkour.distill_config import DistillCfg
from legged_gym.envs.parkour.parkour_robot import ParkourRobot
from legged_gym.envs.sight.sight_commands import SightCommands
from legged_gym.interface.observations import ObservationTerm, privileged


class SkillCommands(SightCommands):
    """On a track, the forward speed is one that the teacher of the present obstacle knows."""

    def __init__(self, robot: "DistillRobot") -> None:
        cfg = robot.cfg
        super().__init__(cfg, robot.num_envs, robot.dt, robot.device, robot.crossing)
        ranges = [cfg.crossing.speeds.get(kind, cfg.crossing.speed) for kind in KINDS]
        self._lowest, self._highest = torch.tensor(ranges, device=robot.device).unbind(dim=1)
        self._drawn = torch.zeros(robot.num_envs, device=robot.device)
        """Place of each robot's speed within the range [N], 0 to 1."""
        self._robot = robot

    def resample(self, mask: torch.Tensor) -> None:
        super().resample(mask)
        self._drawn.copy_(torch.where(mask, torch.rand_like(self._drawn), self._drawn))

    def steer(self, heading: torch.Tensor) -> None:
        super().steer(heading)
        skill = self._robot.course.skill
        speed = skill @ self._lowest + self._drawn * (skill @ (self._highest - self._lowest))
        self.values[:, LIN_VEL_X] = torch.where(self._crossing.active, speed, self.values[:, LIN_VEL_X])


class DistillRobot(ParkourRobot):
    """Says which skill is needed, and commands the speeds that the skills were learned at."""

    cfg: DistillCfg
    skills = KINDS
    """Names of the skills, in the order of the observation `skill`."""

    @property
    def recorded(self) -> dict[str, Any]:
        """Whose trajectories are recorded, and what its camera sees: those of another may look alike, and mislead."""
        if self.depth_camera is None:
            return {"robot": self.cfg.asset.file}
        camera = class_to_dict(self.cfg.depth_camera)
        del camera["noise"]
        return {"robot": self.cfg.asset.file, "camera": camera}

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """Rows and columns of the depth image; None without a camera."""
        return None if self.depth_camera is None else (self.depth_camera.image.rows, self.depth_camera.image.cols)

    def _make_commands(self) -> Commands:
        return SkillCommands(self)

    def observation_terms(self) -> list[ObservationTerm]:
        """The base's terms, the skill, and zeros for what the student is not told."""
        return [
            *super().observation_terms(),
            privileged("skill", len(KINDS), lambda: self.course.skill),
            *(
                ObservationTerm(name, 3, lambda r: torch.zeros_like(r.base_ang_vel), 1.0, "nothing: zeros")
                for name in ("no_velocity", "no_command")
            ),
        ]
