"""The services of a simulated Go2: a built-in controller that can be released."""

import json

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import Bus
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
        bus.take(SWITCHER_REQUESTS)
        bus.take(SPORT_REQUESTS)

    def answer(self) -> None:
        """Take what has been asked, and answer."""
        for data in self._bus.take(SPORT_REQUESTS):
            self.lay_down |= cdr.decode(SPORT_REQUESTS.type, data)["header"]["identity"]["api_id"] == STAND_DOWN
        for data in self._bus.take(SWITCHER_REQUESTS):
            identity = cdr.decode(SWITCHER_REQUESTS.type, data)["header"]["identity"]
            if identity["api_id"] == RELEASE_MODE and not self.stubborn:
                self.mode = ""
            told = json.dumps({"form": "0", "name": self.mode}) if identity["api_id"] == CHECK_MODE else ""
            response = {"header": {"identity": identity, "status": {"code": 0}}, "data": told, "binary": []}
            self._bus.publish(SWITCHER_RESPONSES, cdr.encode(SWITCHER_RESPONSES.type, response))
