"""Trials in a browser: the user steers, chooses the ground and the policy."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from legged_gym.deploy.commands import AXES
from legged_gym.deploy.seen import seen_by
from legged_gym.deploy.tiles import Tile
from legged_gym.deploy.trial import Outcome, Simulation
from legged_gym.sim.robot_model import asset_path
from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.viewing.web.controls import Controls, Pace
from legged_gym.viewing.web.messages import Event, Frame, Ground, Kind, Notice, Policies, Scene
from legged_gym.viewing.web.viewer import WebViewer


class Browser:
    """Makes trials, and shows them."""

    def __init__(self, simulation: Simulation, address: Address) -> None:
        """Open the viewer, and tell where.

        Args:
            simulation: that makes the trials.
            address: where to listen.

        Raises:
            UserError: the viewer does not start.
        """
        self._simulation = simulation
        self._controls, self._pace = Controls(), Pace(simulation.metadata.control_dt)
        self._steps = 0
        self._stays = False
        """The robot stays on the tile that the user has chosen."""
        self._viewer = WebViewer(scene_of(simulation), address)

    def trials(self, chosen: Sequence[Tile], endless: bool = False) -> Iterator[Outcome]:
        """Make these trials, one after the other; from the user's choice of a tile on, such as that, without end.

        A trial that the user cuts short is made once more.

        Args:
            chosen: the trials.
            endless: after the last one others on the same tiles follow, until the user ends it.
        """
        rest = list(chosen)
        while rest:
            self._simulation.steered = None
            self._tile = rest[0]
            outcome = self._simulation.run(self._tile, self.show)
            if self._is_over:
                return
            if outcome is not None:
                yield outcome
                again = [self._tile._replace(repeat=self._tile.repeat + 1)]
                rest = [*rest[1:], *(again if self._stays or endless else [])]
            if (place := self._change()) is not None:
                self._stays, rest = True, [place]

    def show(self, command: np.ndarray) -> bool:
        """Show the present state until the next control step is due; False when the trial is to end."""
        self._steps += 1
        self._command = command
        self._pace.wait(self._controls, self._attend)
        controls = self._controls
        return not (self._is_over or controls.restarts or controls.place or controls.checkpoint)

    def close(self) -> None:
        """Close it, and the simulation that is shown."""
        self._viewer.close()
        self._simulation.close()

    @property
    def _is_over(self) -> bool:
        return self._controls.ended

    def _attend(self) -> None:
        for event in self._viewer.poll():
            self._take(event)
        self._controls.ended |= not self._viewer.is_open
        self._viewer.offer(self._frame)

    def _take(self, event: Event) -> None:
        self._controls.take(event)
        if event.kind is Kind.STEER:
            self._simulation.steered = np.array(event.value, dtype=np.float64)

    def _change(self) -> Tile | None:
        """Between two trials, do what the user has asked for; the tile that is wanted, if one is."""
        controls, terrain = self._controls, self._simulation.terrain
        place = controls.place
        if controls.checkpoint is not None:
            self._switch(controls.checkpoint)
        controls.restarts, controls.place, controls.checkpoint = False, None, None
        if place is None or place[0] not in terrain.type_names or not 0 <= place[1] < terrain.num_levels:
            return None
        return Tile(place[1], terrain.type_names.index(place[0]), 0)

    def _switch(self, name: str) -> None:
        path = next((path for path in beside(self._simulation.setup.policy) if path.name == name), None)
        other = None
        try:
            if path is None:
                raise UserError(f"there is no {name} any more")
            other = Simulation(replace(self._simulation.setup, policy=path))
            self._require_same_world(other)
        except UserError as error:
            if other is not None:
                other.close()
            self._viewer.tell(Notice(str(error), is_error=True))
        else:
            self._simulation.close()
            self._simulation = other
            self._viewer.tell(Notice(f"the policy is that of {name}"))
        self._viewer.tell(Policies([path.name for path in beside(self._simulation.setup.policy)]))

    def _require_same_world(self, other: Simulation) -> None:
        """Refuse a policy whose robot or ground is not the one that is shown."""
        mine, name = self._simulation, other.setup.policy.name
        if asset_path(other.metadata.asset) != asset_path(mine.metadata.asset):
            raise UserError(f"{name} is of another robot")
        if not np.array_equal(other.terrain.heights, mine.terrain.heights):
            raise UserError(f"{name} was trained on other ground")

    def _frame(self) -> Frame:
        simulation, robot = self._simulation, self._simulation.robot
        feet, forces = robot.feet
        seen, dt = seen_by(simulation.controller), simulation.metadata.control_dt
        tile, kind = self._tile, simulation.terrain.type_names[self._tile.column]
        return Frame(
            time=self._steps * dt,
            robots=np.zeros(1, dtype=int),
            roots=np.concatenate((robot.position, np.roll(robot.quat, -1)))[None],  # wxyz -> xyzw
            joints=robot.dof_pos[None].copy(),
            command=self._command,
            velocity=np.append(robot.base_lin_vel[:2], robot.base_ang_vel[2]),
            feet=feet,
            forces=forces,
            samples=seen.samples,
            beliefs=seen.beliefs,
            over_feet=True,
            gates=seen.gates,
            facts=[
                ("trial", f"{tile.repeat + 1} on {kind}, level {tile.level}"),
                ("steered", "by itself" if simulation.steered is None else "by you"),
            ],
        )


def scene_of(simulation: Simulation) -> Scene:
    """What stays the same in trials."""
    metadata, terrain = simulation.metadata, simulation.terrain
    return Scene(
        title=simulation.setup.policy.name,
        robot=asset_path(metadata.asset),
        joint_names=metadata.joint_names,
        ground=Ground.of(terrain),
        feet=[] if metadata.map is None else metadata.map.feet,
        limits=[metadata.commands["ranges"][name] for name in AXES],
        restarts=True,
        places=[] if terrain.is_plane else list(dict.fromkeys(terrain.type_names)),
        levels=0 if terrain.is_plane else terrain.num_levels,
        checkpoints=[path.name for path in beside(simulation.setup.policy)],
    )


def beside(policy: Path) -> list[Path]:
    """A controller file, and the others of its folder."""
    others = sorted(path for path in policy.parent.glob("*.onnx") if path.name != policy.name)
    return [policy, *(path for path in others if not path.stem.endswith("_drives"))]
