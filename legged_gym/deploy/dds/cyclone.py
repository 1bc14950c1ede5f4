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
            from cyclonedds.domain import Domain, DomainParticipant
        except ImportError as error:
            raise UserError("talking to a robot needs cyclonedds: pip install 'robust_parallel[robot]'") from error
        local = interface == LOOPBACK
        config = _CONFIG.format(
            interface=interface,
            multicast=_NO_MULTICAST if local else "",
            discovery=_LOCAL_PEERS if local else "",
        )
        try:
            self._domain = Domain(domain, config)
            self._participant = DomainParticipant(domain)
        except DDSException as error:
            raise UserError(f"no DDS on the interface {interface!r}: {error.msg}") from error
        self._readers: dict[str, Any] = {}
        self._writers: dict[str, Any] = {}

    def publish(self, topic: Topic, data: bytes) -> None:
        self._writer(topic).write(_message_class(topic.type)(data))

    def take(self, topic: Topic) -> list[bytes]:
        samples = self._reader(topic).take(N=DEPTH)
        return [sample.data for sample in samples if sample.sample_info.valid_data]

    def close(self) -> None:
        self._readers.clear()
        self._writers.clear()
        del self._participant, self._domain

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
def _idl_class(typename: str, fields: tuple[tuple[str, Any], ...], base: type | None = None) -> Any:
    from cyclonedds.idl import annotations, make_idl_struct

    name = typename.rpartition(".")[2]
    made = make_idl_struct(name, typename, dict(fields), bases=(base,) if base is not None else ())
    return annotations.autoid("sequential")(annotations.final(made))


def _hint(kind: Kind) -> Any:
    """A kind as Cyclone DDS declares it."""
    from cyclonedds.idl import types

    if isinstance(kind, Struct):
        return _idl_class(kind.typename, tuple((name, _hint(field)) for name, field in kind.fields.items()))
    if isinstance(kind, str):
        return {STRING: str, "bool": bool}.get(kind) or getattr(types, kind)
    item = _hint(kind.item)
    return types.array[item, kind.length] if isinstance(kind, Array) else types.sequence[item]


_CLASSES: dict[str, Any] = {}


def _message_class(struct: Struct) -> Any:
    """A class of Cyclone DDS with the type's declaration, whose messages are and stay bytes.

    Cyclone's own encoding, in Python, takes 1 ms for a message of 20 motors.
    """
    if struct.typename not in _CLASSES:
        declared = _hint(struct)
        _CLASSES[struct.typename] = type(declared.__name__, (_Bytes, declared), {})
    return _CLASSES[struct.typename]


class _Bytes:
    """A message that is its bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def serialize(self, **_: Any) -> bytes:
        return self.data

    @classmethod
    def deserialize(cls, data: bytes, **_: Any) -> "_Bytes":
        return cls(data)
