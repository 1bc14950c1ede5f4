import os
import time

import numpy as np
import pytest

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.cyclone import CycloneBus
from legged_gym.deploy.go2.messages import COMMANDS, HEIGHT_MAPS, LOW_CMD
from legged_gym.utils.errors import UserError

pytest.importorskip("cyclonedds", reason="cyclonedds is not installed (extra `robot`)")
DOMAIN = 2 + 19 * os.getpid() % 220


@pytest.fixture
def pair():
    buses = CycloneBus("lo", DOMAIN), CycloneBus("lo", DOMAIN)
    yield buses
    for bus in buses:
        bus.close()


def arrives(sender: CycloneBus, receiver: CycloneBus, topic, data: bytes) -> list[bytes]:
    """Send until the two have found each other."""
    receiver.take(topic)
    for _ in range(500):
        sender.publish(topic, data)
        time.sleep(0.01)
        if received := receiver.take(topic):
            return received
    return []


def test_a_record_and_a_message_with_a_text_arrive_as_they_were(pair):
    command = LOW_CMD.new()
    command["motor_cmd"]["q"] = np.arange(20)
    received = arrives(*pair, COMMANDS, LOW_CMD.encode(command))
    assert LOW_CMD.decode(received[-1]) == command
    told = {
        "stamp": 1.5, "frame_id": "odom", "resolution": 0.06, "width": 128, "height": 128, "origin": [1, 2],
        "data": np.arange(128 * 128),
    }  # fmt: skip
    received = arrives(*pair, HEIGHT_MAPS, cdr.encode(HEIGHT_MAPS.type, told))
    heard = cdr.decode(HEIGHT_MAPS.type, received[-1])
    assert heard["frame_id"] == "odom" and heard["data"][-1] == 128 * 128 - 1


def test_a_participant_does_not_hear_itself_and_outlives_the_other(pair):
    first, second = pair
    first.take(COMMANDS)
    assert arrives(first, second, COMMANDS, LOW_CMD.encode(LOW_CMD.new()))
    assert not first.take(COMMANDS)
    first.close()
    for _ in range(20):
        second.take(COMMANDS)
        time.sleep(0.01)


def test_no_such_interface():
    with pytest.raises(UserError, match="network interface 'nowhere0'"):
        CycloneBus("nowhere0", DOMAIN + 1)
