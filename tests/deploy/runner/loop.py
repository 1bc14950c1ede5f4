"""A runner and a simulated Go2 in one process, on one clock that the test turns."""

from pathlib import Path

import numpy as np

from legged_gym.config.io import instantiate
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.bus import Bus, MemoryNetwork
from legged_gym.deploy.go2.simulated import PERIOD, Setting, SimulatedGo2
from legged_gym.deploy.go2.transport import Go2Transport
from legged_gym.deploy.runner.command_loop import CommandLoop
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.ground_readings import GroundReadings
from legged_gym.deploy.runner.phases import Machine, Phase, Wish
from legged_gym.deploy.runner.policy_loop import PolicyLoop, Step
from legged_gym.deploy.runner.recording import RecordedBus, Recorder
from legged_gym.deploy.runner.robot_facts import facts_of

POLICIES = Path(__file__).parents[3] / "resources" / "policies"
WELL = Setting()
STUDENT, FLAT = POLICIES / "go2_perceptive_student.onnx", POLICIES / "go2_flat_deploy.onnx"


class Loop:
    """Both sides; a turn is `PERIOD` s."""

    def __init__(
        self, path: Path = FLAT, setting: Setting = WELL, recorder: Recorder | None = None, torque_share: float = 1.0
    ) -> None:
        self.network = MemoryNetwork()
        self.controller = Controller(path)
        self.cfg: RunnerCfg = instantiate(RunnerCfg)
        self.cfg.commands.torque_share = torque_share
        self.cfg.motion.fold_time, self.cfg.motion.rise_time = 0.3, 0.5
        self.facts = facts_of(self.controller)
        self.robot = SimulatedGo2(self.network.join(), self.controller.metadata, setting)
        bus: Bus = self.network.join()
        bus = RecordedBus(bus, recorder) if recorder is not None else bus
        self.transport = Go2Transport(bus, self.facts.joint_names)
        self.machine = Machine(self.cfg, self.facts, self.transport.lying_pose)
        self.velocity = np.zeros(3)
        self.steps: list[Step] = []
        self._recorder = recorder
        self.commands = CommandLoop(self.transport, self.machine, self.facts, self.cfg, lambda: None)
        self.policy = PolicyLoop(
            self.controller,
            self.transport,
            self.machine,
            GroundReadings(self.cfg),
            lambda: self.velocity,
            self._note,
        )
        self.policy_runs = True
        self.now, self._turns = 0.0, 0

    def _note(self, step: Step) -> None:
        self.steps.append(step)
        if self._recorder is not None:
            self._recorder.add_step(step)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / PERIOD)):
            self._turns += 1
            self.now += PERIOD
            self.robot.step()
            self.commands.turn(self.now)
            if self.policy_runs and self._turns % round(self.facts.control_dt / PERIOD) == 0:
                self.policy.turn(self.now)

    def walk(self, seconds: float, velocity: tuple[float, float, float] = (0.5, 0.0, 0.0)) -> None:
        """Stand up and walk for so long."""
        self.run(0.1)
        self.machine.wish(Wish.STAND)
        self.run(1.0)
        self.machine.wish(Wish.WALK)
        self.velocity = np.array(velocity)
        self.run(seconds)

    def time_to_brakes(self, limit: float = 0.2) -> float:
        """Until the robot's motors are told to brake, s."""
        for turn in range(round(limit / PERIOD)):
            if self.robot.is_braked and self.machine.phase is Phase.STOPPED:
                return turn * PERIOD
            self.run(PERIOD)
        return np.inf
