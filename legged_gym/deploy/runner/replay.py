"""The policy's steps of a recording, made again from the messages in it."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Annotated, NamedTuple

import numpy as np

from legged_gym.config.fields import Length
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.bus import Bus, MemoryNetwork
from legged_gym.deploy.dds.idl import Topic
from legged_gym.deploy.runner.ground_readings import BLIND, map_readings
from legged_gym.deploy.runner.policy_loop import Step, readings_of
from legged_gym.deploy.runner.recording import RECEIVED, STEP, Entry
from legged_gym.deploy.runner.transport import Transport
from legged_gym.deploy.schema import Schema, read
from legged_gym.utils.errors import UserError

_STEP: Schema = {
    "time": float, "begins": bool, "command": Annotated[list[float], Length(3)], "state": int, "map": int, "pose": int,
    "sees": bool, "targets": list[float],
}  # fmt: skip
"""Fields of a `Step`, as JSON."""


class Topics(NamedTuple):
    """What a robot's transport takes its messages from."""

    state: Topic
    map: Topic
    pose: Topic


class _Messages:
    """What a robot's transport received, given to it anew as far as a step was made of it."""

    def __init__(self, make_transport: Callable[[Bus], Transport], topics: Topics) -> None:
        network = MemoryNetwork()
        self._robot, self.transport = network.join(), make_transport(network.join())
        self._topics = topics
        self._waiting: dict[str, deque[bytes]] = {topic.name: deque() for topic in topics}
        self._given = dict.fromkeys(topics, 0)

    def add(self, entry: Entry) -> None:
        """Keep what was received, until a step is made of it."""
        if entry.topic in self._waiting:
            self._waiting[entry.topic].append(entry.data)

    def give(self, step: Step) -> None:
        """Let the transport have what the step knew of."""
        for topic, index in zip(self._topics, (step.state, step.map, step.pose), strict=True):
            while self._given[topic] <= index:
                self._give_next(topic, step.time)

    def _give_next(self, topic: Topic, time: float) -> None:
        waiting = self._waiting[topic.name]
        if not waiting:
            raise UserError(f"the recording lacks message {self._given[topic]} of {topic.name}, and has a step of it")
        self._robot.publish(topic, waiting.popleft())
        self._given[topic] += 1
        # A bus keeps so many messages and no more: each is taken before the next one comes.
        poll = self.transport.poll_state if topic is self._topics.state else self.transport.poll_map
        poll(time)


def replay(
    entries: Iterator[Entry], controller: Controller, make_transport: Callable[[Bus], Transport], topics: Topics
) -> Iterator[tuple[Step, np.ndarray]]:
    """Make the policy's steps of a recording again.

    Args:
        entries: of the recording.
        controller: that one's, or another one for the same robot.
        make_transport: makes the robot's transport on a bus.
        topics: of that transport.

    Yields:
        The step as it was recorded, and the targets now [D], rad.

    Raises:
        UserError: a step cannot be read or is not the robot's, or so is a message that it was made of.
    """
    messages = _Messages(make_transport, topics)
    for entry in entries:
        if entry.kind == RECEIVED:
            messages.add(entry)
        if entry.kind != STEP:
            continue
        step = _step(entry.data)
        messages.give(step)
        targets = _again(step, controller, messages.transport)
        if step.targets.shape != targets.shape:
            raise UserError(
                f"a step of the recording has {len(step.targets)} targets, the controller has {len(targets)}"
            )
        yield step, targets


def _again(step: Step, controller: Controller, transport: Transport) -> np.ndarray:
    state, ground, pose = transport.state, transport.map, transport.pose
    if state is None:
        raise UserError("the recording has a step before any state of the robot")
    if step.begins:
        controller.reset()
    seen = map_readings(ground, pose) if step.sees and ground is not None and pose is not None else BLIND
    return controller.step(readings_of(state, step.command, seen)).astype(np.float64)


def _step(data: bytes) -> Step:
    try:
        values = read(_STEP, json.loads(data))
    except (ValueError, RecursionError) as error:
        raise UserError(f"a step of the recording cannot be read: {error}") from None
    return Step(**values | {name: np.array(values[name], dtype=np.float64) for name in ("command", "targets")})
