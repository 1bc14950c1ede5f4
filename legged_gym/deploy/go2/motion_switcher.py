"""A Go2's built-in controller must give the motors up before anyone else commands them."""

import json
import time

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.idl import Topic
from legged_gym.deploy.go2.messages import SPORT_REQUESTS, SWITCHER_REQUESTS, SWITCHER_RESPONSES
from legged_gym.utils.errors import UserError

CHECK_MODE, RELEASE_MODE, STAND_DOWN = 1001, 1003, 1005
"""What can be asked for (unitree_sdk2_python at 37116c5: motion_switcher_api, sport_api)."""
_LYING_DOWN = 2.0
"""Time the robot takes to lie down, s."""
_PAUSE = 0.02
_PATIENCE = 0.5
"""Time after which a question is asked again, s: the service may not have been found yet."""


def release(bus: Bus, timeout: float) -> None:
    """Make the built-in controller lie down, and release it until none is left.

    Args:
        bus: where the robot is.
        timeout: longest wait, s.

    Raises:
        UserError: one is still active, or nobody answers.
    """
    end = time.monotonic() + timeout
    bus.take(SWITCHER_RESPONSES)
    active = _active(bus, end)
    if active:
        _request(bus, SPORT_REQUESTS, STAND_DOWN)
        time.sleep(min(_LYING_DOWN, max(end - time.monotonic(), 0.0)))
    while active:
        _request(bus, SWITCHER_REQUESTS, RELEASE_MODE)
        active = _active(bus, end, active)
        if active:
            time.sleep(min(_PATIENCE, max(end - time.monotonic(), 0.0)))


def _active(bus: Bus, end: float, known: str = "") -> str:
    """Name of the active controller; empty: none."""
    while time.monotonic() < end:
        asked = _request(bus, SWITCHER_REQUESTS, CHECK_MODE)
        again = time.monotonic() + _PATIENCE
        while time.monotonic() < min(again, end):
            for data in bus.take(SWITCHER_RESPONSES):
                name = _told(data, asked)
                if name is not None:
                    return name
            time.sleep(_PAUSE)
    what = f"the built-in controller {known!r} does not give the motors up" if known else "the robot does not answer"
    raise UserError(f"{what}; is it on, on this --interface and --domain, and is its app closed?")


def _told(data: bytes, asked: int) -> str | None:
    """Name in the answer to a question; None: it answers another one, or the robot could not tell."""
    try:
        response = cdr.decode(SWITCHER_RESPONSES.type, data)
        header = response["header"]
        if header["identity"]["id"] != asked or header["status"]["code"] != 0:
            return None
        told = json.loads(response["data"])
    except ValueError:
        return None
    name = told.get("name") if isinstance(told, dict) else None
    return name if isinstance(name, str) else None


def _request(bus: Bus, topic: Topic, api: int) -> int:
    """Ask for something; the number of the question."""
    number = time.monotonic_ns()
    header = {
        "identity": {"id": number, "api_id": api},
        "lease": {"id": 0},
        "policy": {"priority": 0, "noreply": False},
    }
    bus.publish(topic, cdr.encode(topic.type, {"header": header, "parameter": "", "binary": []}))
    return number
