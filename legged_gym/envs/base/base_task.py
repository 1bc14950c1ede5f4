"""What every task shares: the buffers of the VecEnv contract and how they are handed out."""

from typing import Any

import torch
from tensordict import TensorDict

from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.utils.errors import UserError
from robust_parallel.graph import CapturedFunction, fused
from robust_parallel.openmp import rest_idle_threads
from rsl_rl.env import VecEnv


class BaseTask(VecEnv):
    """N environments with static buffers, as rsl_rl drives them (also the upstream library's runners)."""

    device: torch.device  # pyright: ignore[reportIncompatibleVariableOverride] - narrower than the contract asks
    max_episode_length: int  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, cfg: LeggedRobotCfg, device: str) -> None:
        if torch.device(device).type == "cpu":
            rest_idle_threads()
        self.cfg = cfg
        self.num_envs = cfg.env.num_envs
        self.num_actions = cfg.env.num_actions
        self.device = torch.device(device)
        self.dt = cfg.control.decimation * cfg.sim.dt
        """Control step, s."""
        self.max_episode_length = round(cfg.env.episode_length_s / self.dt)
        self.rew_buf = torch.zeros(self.num_envs, device=self.device)
        self._ends = torch.zeros(2, self.num_envs, dtype=torch.bool, device=self.device)
        self.reset_buf = self._ends[0]
        """Environments whose episode ended at this step and that have begun a new one."""
        self.time_out_buf = self._ends[1]
        """Environments whose episode ended at this step by time (or by leaving their tile) and not by a fall."""
        self._episode_length_buf = torch.zeros(self.num_envs, dtype=torch.long, device=self.device)
        self.extras: dict[str, Any] = {}
        """What the last step returned beside observations, rewards and dones."""
        self._action_input = torch.zeros(self.num_envs, self.num_actions, device=self.device)
        self._is_closed = False

    @property
    def episode_length_buf(self) -> torch.Tensor:
        """Age of each episode, control steps [N]; may be assigned, and keeps its storage."""
        return self._episode_length_buf

    @episode_length_buf.setter
    def episode_length_buf(self, value: torch.Tensor) -> None:
        self._episode_length_buf.copy_(value)

    def _require_open(self) -> None:
        if self._is_closed:
            raise UserError("the environment is closed")

    def _take(self, actions: torch.Tensor) -> None:
        """Keep the actions of a step where its captured parts read them.

        Raises:
            UserError: they are no numbers for all environments.
        """
        if not isinstance(actions, torch.Tensor) or actions.shape != self._action_input.shape:
            given = list(actions.shape) if isinstance(actions, torch.Tensor) else type(actions).__name__
            raise UserError(f"actions must be a tensor {list(self._action_input.shape)}, not {given}")
        if actions.is_meta or actions.is_complex():
            raise UserError(f"actions must be a tensor of real numbers, not of {actions.dtype} on {actions.device}")
        self._action_input.copy_(actions.detach())

    def _captured(self, function: Any) -> CapturedFunction:
        """A part of the step that is replayed as one CUDA graph where there is CUDA."""
        on_gpu = self.device.type == "cuda"
        return CapturedFunction(fused(function, on_gpu and self.cfg.env.torch_compile), self.device)

    def _as_tensordict(self, buffers: dict[str, torch.Tensor]) -> TensorDict:
        """Copies of the observation groups, so that a caller may keep them across steps."""
        groups: dict[str, Any] = {name: buffer.clone() for name, buffer in buffers.items()}
        return TensorDict(groups, batch_size=[self.num_envs], device=self.device)
