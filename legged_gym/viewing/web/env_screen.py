"""An environment that is played, in the browser: what the user does there, done to its robots."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.viewing.web.controls import Controls, Pace
from legged_gym.viewing.web.env_frames import EnvFrames
from legged_gym.viewing.web.messages import Notice, Policies
from legged_gym.viewing.web.viewer import WebViewer
from rsl_rl.modules import PolicyInference
from rsl_rl.utils.errors import RslRlError

_LOOK = 150
"""Control steps between two looks for new checkpoints."""


class EnvScreen:
    """A `Screen` of `rollout`, and the view that is told what the policy makes of its observations."""

    def __init__(
        self,
        env: Any,
        title: str,
        steers: bool,
        address: Address,
        checkpoint: Path,
        load: Callable[[Path], None],
        max_robots: int,
    ) -> None:
        """Open it, and tell where.

        Args:
            env: a `LeggedRobot`.
            title: of the page.
            steers: whether the user gives the commands.
            address: where to listen.
            checkpoint: the policy that is played; those beside it can be switched to.
            load: switches to one.
            max_robots: as many are drawn at most.

        Raises:
            UserError: the viewer does not start.
        """
        self._env, self._load, self._checkpoint = env, load, checkpoint
        self._steers = steers
        self._steps, self._policies = 0, beside(checkpoint)
        self._frames = EnvFrames(env, max_robots)
        ranges = env.cfg.commands.ranges
        limits = [list(bounds) for bounds in (ranges.lin_vel_x, ranges.lin_vel_y, ranges.ang_vel_yaw)]
        scene = self._frames.scene(
            title, limits=limits if steers else None, restarts=True, checkpoints=[p.name for p in self._policies]
        )
        self._controls, self._pace = Controls(), Pace(env.dt)
        self._viewer = WebViewer(scene, address)

    def see(self, inference: PolicyInference) -> PolicyInference:
        """Take, and return, what the policy makes of the robots' present observations."""
        return self._frames.see(inference)

    def before_step(self) -> None:
        """Do what the user has asked for."""
        controls, env = self._controls, self._env
        if self._steers:
            env.commands[:, :3] = torch.tensor(controls.velocity, device=env.commands.device)
        if controls.restarts:
            controls.restarts = False
            env.episode_length_buf.fill_(env.max_episode_length)
        if controls.place is not None:
            self._put(*controls.place)
            controls.place = None
        if controls.checkpoint is not None:
            self._switch(controls.checkpoint)
            controls.checkpoint = None

    def show(self) -> bool:
        """Show the present state until the next control step is due; False when the user has ended it."""
        self._steps += 1
        self._pace.wait(self._controls, self._attend)
        if self._steps % _LOOK == 0:
            self._look_for_policies()
        return not self._controls.ended

    def close(self) -> None:
        """Close it."""
        self._viewer.close()

    def _attend(self) -> None:
        for event in self._viewer.poll():
            self._controls.take(event)
        self._controls.ended |= not self._viewer.is_open
        if self._controls.robot != self._frames.robot and 0 <= self._controls.robot < self._env.num_envs:
            self._frames.look_at(self._controls.robot)
        frames = self._frames
        self._viewer.offer(lambda: frames.frame(frames.read().cpu().numpy(), self._steps * self._env.dt))

    def _put(self, kind: str, level: int) -> None:
        """Let the robot that is looked at go on on a tile, and stay on such."""
        env, robot = self._env, self._frames.robot
        if kind not in env.terrain.type_names or not 0 <= level < env.terrain.num_levels:
            return
        env.terrain_curriculum.hold(robot, level, env.terrain.type_names.index(kind))
        env.episode_length_buf[robot] = env.max_episode_length

    def _switch(self, name: str) -> None:
        chosen = next((path for path in beside(self._checkpoint) if path.name == name), None)
        if chosen is None:
            self._viewer.tell(Notice(f"there is no {name} any more", is_error=True))
            return
        try:
            self._load(chosen)
        except (UserError, RslRlError, OSError) as error:
            self._viewer.tell(Notice(str(error), is_error=True))
        else:
            self._checkpoint = chosen
            self._viewer.tell(Notice(f"the policy is that of {name}"))
        self._tell_policies()

    def _look_for_policies(self) -> None:
        if beside(self._checkpoint) != self._policies:
            self._policies = beside(self._checkpoint)
            self._tell_policies()

    def _tell_policies(self) -> None:
        self._viewer.tell(Policies([path.name for path in beside(self._checkpoint)]))


def beside(checkpoint: Path) -> Sequence[Path]:
    """A checkpoint and those of its folder; the other ones newest first."""
    others = [path for path in checkpoint.parent.glob("*.pt") if path.name != checkpoint.name]
    return [checkpoint, *sorted(others, key=_age, reverse=True)]


def _age(path: Path) -> tuple[int, str]:
    digits = path.stem.rpartition("_")[2]
    return int(digits) if digits.isdecimal() else -1, path.name
