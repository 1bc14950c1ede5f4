"""The runner in a browser: what the robot is seen to do, and an operator there."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import BasePose, GroundMap
from legged_gym.deploy.runner.operators import largest
from legged_gym.deploy.runner.phases import Machine, Phase, Wish
from legged_gym.deploy.runner.timing import clock
from legged_gym.deploy.runner.transport import Transport
from legged_gym.deploy.seen import Seen, seen_by
from legged_gym.utils.address import Address
from legged_gym.utils.paths import in_project
from legged_gym.viewing.web.messages import NOWHERE, Frame, Ground, Halt, Kind, Scene
from legged_gym.viewing.web.viewer import WebViewer, require_web

FPS = 15.0
"""Pictures a second at most: the command thread comes first."""
_MAP_PERIOD = 1.0
"""Between two pictures of the whole height map, s."""
_MAX_SILENCE = 0.5
"""For so long a command holds that the viewer does not tell again, s; it does so ten times a second."""
_NOTHING = Seen(NOWHERE, NOWHERE, np.zeros(0))

logger = logging.getLogger(__name__)


class BrowserOperator:
    """Steers by what users do in browsers; without `steers` they can stop the robot, and that alone.

    A browser that falls silent halts the robot, and so does a viewer that is frozen or dies: the remote's stop and
    Ctrl-C are left.
    """

    def __init__(self, controller: Controller, cfg: RunnerCfg, address: Address, steers: bool) -> None:
        """Open the viewer, and tell where.

        Args:
            controller: the file.
            cfg: its `steering` says what full sticks ask for.
            address: where to listen.
            steers: whether users there steer.

        Raises:
            UserError: the viewer does not start.
        """
        require_web("--steer viewer" if steers else "--viewer web")
        self.velocity = np.zeros(3)
        self._controller, self._is_lost, self._steered = controller, False, -np.inf
        self._awaits_halt = False
        most = largest(cfg)
        self._viewer = WebViewer(scene_of(controller, most if steers else None, _wishes(steers)), address)
        self._steers, self._allowed = steers, _wishes(steers)

    def wishes(self) -> Iterator[Wish]:
        for event in self._viewer.poll():
            if event.kind is Kind.STEER and self._steers:
                self._steer(np.array(event.value, dtype=np.float64))
            elif event.kind is Kind.WISH and event.value in self._allowed:
                yield Wish(event.value)
        if self.velocity.any() and time.monotonic() - self._steered > _MAX_SILENCE:
            self.velocity = np.zeros(3)
            logger.warning("the viewer says nothing: the robot halts")
        if not self._viewer.is_open and not self._is_lost:
            self.velocity, self._is_lost = np.zeros(3), True
            logger.warning("the viewer is gone; the robot's remote and Ctrl-C stop it")

    def _steer(self, velocity: np.ndarray) -> None:
        self._awaits_halt &= bool(velocity.any())  # until then it is of before the halt
        if not self._awaits_halt:
            self.velocity, self._steered = velocity, time.monotonic()

    def halt(self) -> None:
        self.velocity = np.zeros(3)
        if self._steers:
            self._awaits_halt = True
            self._viewer.tell(Halt())

    def show(self, transport: Transport, machine: Machine, velocity: Callable[[], np.ndarray]) -> Callable[[], None]:
        """What shows the present moment of a run if somebody looks, see `RobotFrames`."""
        return RobotFrames(self._viewer, self._controller, transport, machine, velocity).offer

    def close(self) -> None:
        self._viewer.close()


class RobotFrames:
    """Offers a viewer what there is to see of a robot."""

    def __init__(
        self,
        viewer: WebViewer,
        controller: Controller,
        transport: Transport,
        machine: Machine,
        velocity: Callable[[], np.ndarray],
    ) -> None:
        """Set up.

        Args:
            viewer: that shows it.
            controller: that drives it.
            transport: to the robot.
            machine: of the run.
            velocity: gives what is asked for [3], m/s, m/s, rad/s.
        """
        self._viewer, self._controller, self._transport = viewer, controller, transport
        self._machine, self._velocity = machine, velocity
        self._begin = time.monotonic()
        self._map_due, self._shown_map = self._begin, -1

    def offer(self) -> None:
        """Show the present moment, if somebody looks."""
        if self._transport.state is not None:
            self._viewer.offer(self._frame)

    def _frame(self) -> Frame:
        transport, machine = self._transport, self._machine
        state, pose = transport.state, transport.pose
        assert state is not None
        walks = machine.phase is Phase.WALK
        seen = seen_by(self._controller) if walks else _NOTHING
        located = pose is not None and bool(np.isfinite(pose.position).all())
        position = pose.position if located and pose is not None else np.zeros(3)
        return Frame(
            time=time.monotonic() - self._begin,
            robots=np.zeros(1, dtype=int),
            roots=np.concatenate((position, np.roll(state.quat, -1)))[None],  # wxyz -> xyzw
            joints=state.dof_pos[None],
            command=self._velocity(),
            velocity=np.array([np.nan, np.nan, state.gyro[2]]),
            samples=seen.samples if located else NOWHERE,
            beliefs=seen.beliefs if located else NOWHERE,
            over_feet=True,
            gates=seen.gates,
            on_ground=not located,
            ground=self._new_map(transport.map, pose),
            facts=[
                ("phase", machine.reason and f"{machine.phase.value}: {machine.reason}" or machine.phase.value),
                ("battery", f"{state.charge:.0f} %"),
                ("hottest motor", f"{state.temperature.max():.0f} degrees"),
                ("largest torque", f"{np.abs(state.torque).max():.1f} N m"),
                ("height map", _age(transport.map)),
            ],
        )

    def _new_map(self, ground: GroundMap | None, pose: BasePose | None) -> Ground | None:
        """The height map, if it is time to show a new one."""
        now = time.monotonic()
        if ground is None or pose is None or ground.index == self._shown_map or now < self._map_due:
            return None
        self._shown_map, self._map_due = ground.index, now + _MAP_PERIOD
        x, y = ground.origin
        return Ground(ground.heights.astype(np.float32), float(ground.resolution), (float(x), float(y)), is_plane=False)


def scene_of(controller: Controller, limits: np.ndarray | None, wishes: Sequence[str]) -> Scene:
    """What stays the same.

    Args:
        controller: the file.
        limits: what full sticks ask for [3]; None: nobody steers here.
        wishes: what the robot can be asked for.
    """
    metadata = controller.metadata
    return Scene(
        title=controller.path.name,
        robot=in_project(metadata.asset.file),
        joint_names=metadata.joint_names,
        ground=Ground.plane(),
        feet=[] if metadata.map is None else metadata.map.feet,
        limits=None if limits is None else [[-float(most), float(most)] for most in limits],
        paced=False,
        wishes=wishes,
        fps=FPS,
        yields=True,
    )


def _wishes(steers: bool) -> list[str]:
    return [wish.value for wish in Wish] if steers else [Wish.STOP.value]


def _age(ground: GroundMap | None) -> str:
    return "none" if ground is None else f"{clock() - ground.time:.1f} s old"
