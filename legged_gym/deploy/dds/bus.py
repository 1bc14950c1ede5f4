"""Who carries messages: the protocol, and a bus within one process."""

from collections import defaultdict, deque
from typing import Protocol

from legged_gym.deploy.dds.idl import Topic

DEPTH = 64
"""Messages of a topic that wait to be taken; older ones are lost."""


class Bus(Protocol):
    """One participant's access to topics."""

    def offer(self, topic: Topic) -> None:
        """Become known as a sender of a topic: others take a while to find one, and do not hear what came before."""
        ...

    def publish(self, topic: Topic, data: bytes) -> None:
        """Send a message, encoded, to all other participants that listen."""
        ...

    def take(self, topic: Topic) -> list[bytes]:
        """Messages of others that have arrived since the last call, oldest first; the first call begins to listen."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class MemoryNetwork:
    """Connects buses within one process: for tests and replays."""

    def __init__(self) -> None:
        self._members: list[MemoryBus] = []

    def join(self) -> "MemoryBus":
        """Another participant."""
        self._members.append(MemoryBus(self))
        return self._members[-1]

    def deliver(self, sender: "MemoryBus", topic: Topic, data: bytes) -> None:
        """Hand a message to everyone else."""
        for member in self._members:
            if member is not sender:
                member.receive(topic, data)

    def leave(self, member: "MemoryBus") -> None:
        """Deliver nothing more to a participant."""
        if member in self._members:
            self._members.remove(member)


class MemoryBus:
    """A participant of a `MemoryNetwork`."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._waiting: dict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=DEPTH))
        self._listens: set[str] = set()

    def offer(self, topic: Topic) -> None:
        pass

    def publish(self, topic: Topic, data: bytes) -> None:
        self._network.deliver(self, topic, data)

    def receive(self, topic: Topic, data: bytes) -> None:
        """Keep a message of another participant until it is taken."""
        if topic.name in self._listens:
            self._waiting[topic.name].append(data)

    def take(self, topic: Topic) -> list[bytes]:
        self._listens.add(topic.name)
        waiting = self._waiting[topic.name]
        return [waiting.popleft() for _ in range(len(waiting))]

    def close(self) -> None:
        self._network.leave(self)
