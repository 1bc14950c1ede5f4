"""The services of a simulated Go2: a built-in controller that can be released."""

import contextlib
import json
from collections.abc import Iterator

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.idl import Topic
from legged_gym.deploy.go2.messages import SPORT_REQUESTS, SWITCHER_REQUESTS, SWITCHER_RESPONSES
from legged_gym.deploy.go2.motion_switcher import CHECK_MODE, RELEASE_MODE, STAND_DOWN


class Services:
    """Answers the motion switcher's requests."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.mode = "normal"
        """Name of the active controller; empty: none."""
        self.lay_down = False
        """Whether it was asked to lie down."""
        self.stubborn = False
        """Whether it ignores being released."""
        self.code = 0
        """What it answers with; another one than 0 is an error, and tells nothing."""
        bus.take(SWITCHER_REQUESTS)
        bus.take(SPORT_REQUESTS)

    def answer(self) -> None:
        """Take what has been asked, and answer."""
        for identity in self._asked(SPORT_REQUESTS):
            self.lay_down |= identity["api_id"] == STAND_DOWN
        for identity in self._asked(SWITCHER_REQUESTS):
            if identity["api_id"] == RELEASE_MODE and not self.stubborn:
                self.mode = ""
            tells = identity["api_id"] == CHECK_MODE and not self.code
            told = json.dumps({"form": "0", "name": self.mode}) if tells else ""
            response = {"header": {"identity": identity, "status": {"code": self.code}}, "data": told, "binary": []}
            self._bus.publish(SWITCHER_RESPONSES, cdr.encode(SWITCHER_RESPONSES.type, response))

    def _asked(self, topic: Topic) -> Iterator[dict[str, int]]:
        """Number and kind of each question that has come; what is no message is passed over."""
        for data in self._bus.take(topic):
            with contextlib.suppress(ValueError):
                yield cdr.decode(topic.type, data)["header"]["identity"]
