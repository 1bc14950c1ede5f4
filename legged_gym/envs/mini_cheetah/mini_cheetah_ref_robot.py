"""The Mini Cheetah that trots after a reference."""

from typing import Any

import torch

from legged_gym.envs.base.clocked_robot import ClockedRobot
from legged_gym.envs.mini_cheetah.mini_cheetah_ref_config import MiniCheetahRefCfg
from legged_gym.envs.mini_cheetah.mini_cheetah_robot import MiniCheetah
from legged_gym.envs.mini_cheetah.reference import COLUMNS, read_reference
from legged_gym.sim.robot_model import asset_path
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import in_project
from robust_parallel.urdf import read_urdf

REST_COMMAND, REST_SIGMA = 0.1, 0.1
"""The gait's rewards fade in above this norm of the command (m/s and rad/s), by a kernel of this width."""


class MiniCheetahRef(ClockedRobot, MiniCheetah):
    """Velocity tracking in a trot: a clock for each leg, joints that follow a reference, feet on the ground in time.

    Stance is the first half of a leg's stride.
    """

    cfg: MiniCheetahRefCfg

    def _init_buffers(self) -> None:
        super()._init_buffers()
        gait = self.cfg.gait
        table = torch.tensor(read_reference(in_project(gait.reference_file)), dtype=torch.float32, device=self.device)
        self._reference = gait.reference_factor * table
        """Deviation of a leg's joints from the default pose over a stride, rad [rows, 3]."""
        legs = self._joints_of_legs()
        self._reference_scale = torch.tensor(gait.reference_scale * len(legs), device=self.device)
        self._leg_joints = torch.tensor(legs, device=self.device).flatten()
        """The joints of each foot's leg, from the base outwards [3 F]."""

    def _joints_of_legs(self) -> list[list[int]]:
        """Indices of the three joints that carry each foot [F, 3], from the base outwards.

        Raises:
            UserError: a foot hangs on more of them or on fewer.
        """
        asset: Any = self.cfg.asset  # a class to a type checker, and an instance here
        holders = {joint.child: joint for joint in read_urdf(asset_path(asset)).joints}
        legs = []
        for foot in self.feet_indices.tolist():
            link, leg = self.body_names[foot], []
            while link in holders:
                joint = holders[link]
                if joint.name in self.dof_names:
                    leg.insert(0, self.dof_names.index(joint.name))
                link = joint.parent
            if len(leg) != len(COLUMNS):
                raise UserError(
                    f"asset.foot_name: {self.body_names[foot]} hangs on {len(leg)} joints, and the reference is of "
                    f"{', '.join(COLUMNS)}"
                )
            legs.append(leg)
        return legs

    # -- rewards -----------------------------------------------------------------------------------------------------

    def _reward_reference_traj(self) -> torch.Tensor:
        """Joints on their reference: a kernel of each one's deviation, less a share of it that leads back from afar."""
        deviation = self.default_dof_pos + self.reference() - self.dof_pos
        error = deviation[:, self._leg_joints] / self._reference_scale
        return (self._kernel(error) - 0.2 * error.abs()).mean(dim=1) * self._gait_weight()

    def _reward_swing_grf(self) -> torch.Tensor:
        """Number of feet that carry the robot in their swing."""
        return (self._feet_carry() & (self.gait_clock.phase >= 0.5)).sum(dim=1) * self._gait_weight()

    def _reward_stance_grf(self) -> torch.Tensor:
        """Number of feet that carry the robot in their stance."""
        return (self._feet_carry() & (self.gait_clock.phase < 0.5)).sum(dim=1) * self._gait_weight()

    def reference(self) -> torch.Tensor:
        """Deviation from the default pose that the reference wants now, rad [N, D]; none of joints of no leg."""
        rows = len(self._reference)
        of_legs = self._reference[(self.gait_clock.phase * rows).long() % rows].flatten(1)
        return torch.zeros_like(self.dof_pos).index_copy(1, self._leg_joints, of_legs)

    def _feet_carry(self) -> torch.Tensor:
        forces = torch.linalg.vector_norm(self.contact_forces[:, self.feet_indices], dim=-1)
        return forces > self.cfg.gait.contact_force

    def _gait_weight(self) -> torch.Tensor:
        """1 - s [N]: none at rest, all of it from about 0.8 of command on."""
        excess = (torch.linalg.vector_norm(self.commands[:, :3], dim=1) - REST_COMMAND).clamp(min=0.0)
        return 1.0 - torch.exp(-excess.square() / REST_SIGMA)
