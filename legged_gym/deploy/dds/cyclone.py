"""A bus on Cyclone DDS."""

from functools import cache
from typing import Any

from legged_gym.deploy.dds.bus import DEPTH
from legged_gym.deploy.dds.idl import STRING, Array, Kind, Struct, Topic
from legged_gym.utils.errors import UserError

LOOPBACK = "lo"

_CONFIG = (
    "<CycloneDDS><Domain Id='any'><General><Interfaces><NetworkInterface name='{interface}'/></Interfaces>{multicast}"
    "</General><Discovery>{discovery}</Discovery></Domain></CycloneDDS>"
)
_NO_MULTICAST = "<AllowMulticast>false</AllowMulticast>"
_LOCAL_PEERS = (
    "<ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>32</MaxAutoParticipantIndex>"
    "<Peers><Peer address='localhost'/></Peers>"
)
"""The loopback interface has no multicast: participants look for each other at the ports of this many."""


class CycloneBus:
    """A participant of a DDS domain on one network interface."""

    def __init__(self, interface: str, domain: int) -> None:
        """Join.

        Args:
            interface: network interface, such as `eth0`; `lo`: this computer alone.
            domain: 0 on a robot; simulators take 1.

        Raises:
            UserError: cyclonedds is not installed, or there is no such interface.
        """
        try:
            from cyclonedds.core import DDSException
            from cyclonedds.domain import DomainParticipant
        except ImportError as error:
            raise UserError("talking to a robot needs cyclonedds: pip install -e '.[robot]'") from error
        try:
            _configure(domain, interface)
            self._participant: Any = DomainParticipant(domain)
        except DDSException as error:
            raise UserError(f"no DDS on the network interface {interface!r}: {error.msg}") from error
        self._readers: dict[str, Any] = {}
        self._writers: dict[str, Any] = {}

    def offer(self, topic: Topic) -> None:
        self._writer(topic)

    def publish(self, topic: Topic, data: bytes) -> None:
        self._writer(topic).write(_message_class(topic.type)(data))

    def take(self, topic: Topic) -> list[bytes]:
        samples = self._reader(topic).take(N=DEPTH)
        # A writer that leaves is told of by a sample without data.
        return [sample.data for sample in samples if isinstance(sample, _message_class(topic.type))]

    def close(self) -> None:
        self._readers.clear()
        self._writers.clear()
        self._participant = None

    def _writer(self, topic: Topic) -> Any:
        from cyclonedds.pub import DataWriter

        if topic.name not in self._writers:
            self._writers[topic.name] = DataWriter(self._participant, self._topic(topic))
        return self._writers[topic.name]

    def _reader(self, topic: Topic) -> Any:
        from cyclonedds.core import Policy, Qos
        from cyclonedds.sub import DataReader

        if topic.name not in self._readers:
            qos = Qos(Policy.History.KeepLast(DEPTH), Policy.IgnoreLocal.Participant)
            self._readers[topic.name] = DataReader(self._participant, self._topic(topic), qos)
        return self._readers[topic.name]

    def _topic(self, topic: Topic) -> Any:
        from cyclonedds.topic import Topic as CycloneTopic

        return CycloneTopic(self._participant, topic.name, _message_class(topic.type))


@cache
def _configure(domain: int, interface: str) -> Any:
    """Say once in a process how a domain is reached; later participants of it take the same way."""
    from cyclonedds.domain import Domain

    local = interface == LOOPBACK
    multicast, discovery = (_NO_MULTICAST, _LOCAL_PEERS) if local else ("", "")
    return Domain(domain, _CONFIG.format(interface=interface, multicast=multicast, discovery=discovery))


@cache
def _message_class(struct: Struct) -> Any:
    """A class of Cyclone DDS with the type's declaration, whose messages are and stay bytes.

    Cyclone's own encoding, in Python, takes half a millisecond for a message of 20 motors; `Record`'s takes a fiftieth.
    """
    from cyclonedds.idl import annotations, make_idl_struct

    fields = {name: _hint(field) for name, field in struct.fields.items()}
    made: Any = make_idl_struct(struct.typename.rpartition(".")[2], struct.typename, fields)
    made.__init__, made.serialize, made.deserialize = _keep, _bytes, classmethod(_kept)
    made.deserialize_key = made.deserialize
    return annotations.autoid("sequential")(annotations.final(made))


def _hint(kind: Kind) -> Any:
    """A kind as Cyclone DDS declares it."""
    from cyclonedds.idl import types

    if isinstance(kind, Struct):
        return _message_class(kind)
    if isinstance(kind, str):
        return {STRING: str, "bool": bool}.get(kind) or getattr(types, kind)
    item = _hint(kind.item)
    return types.array[item, kind.length] if isinstance(kind, Array) else types.sequence[item]


def _keep(message: Any, data: bytes) -> None:
    message.data = data


def _bytes(message: Any, **_: Any) -> bytes:
    return message.data


def _kept(cls: Any, data: bytes, **_: Any) -> Any:
    return cls(data)
