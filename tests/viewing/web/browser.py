"""A browser without a screen: it speaks viser's protocol as its page does."""

import contextlib
import json
import threading
import time
import urllib.request
from urllib.parse import urlsplit

import msgspec
from websockets.exceptions import ConnectionClosed

from benchmarks.onlooker import connect_as_browser, look, receive


class Browser:
    """Opens a viewer's address, and keeps what comes."""

    def __init__(self, url: str) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.page = self._opener.open(url, timeout=300).read().decode()
        place = urlsplit(url)
        self._url, self._origin = url, f"{place.scheme}://{place.netloc}"
        jar = next(handler for handler in self._opener.handlers if hasattr(handler, "cookiejar")).cookiejar
        self._cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
        self.messages: list[dict] = []
        self._socket = self._connect("/")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        look(self._socket)

    def _connect(self, path):
        headers = {"Cookie": self._cookies} if self._cookies else {}
        return connect_as_browser(self._url, path, origin=self._origin, additional_headers=headers)

    def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.messages += receive(self._socket)

    def wait_for(self, found, seconds=300.0):
        """What a function of the browser gives, once it gives something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if (result := found(self)) is not None:
                return result
            time.sleep(0.02)
        raise TimeoutError

    def part(self, label: str) -> dict:
        """The message of the part of the panel with this label."""
        return self.wait_for(
            lambda self: next(
                (message for message in list(self.messages) if message.get("props", {}).get("label") == label), None
            )
        )

    def set(self, label: str, value) -> None:
        """Set a part of the panel, or press a button."""
        message = {"type": "GuiUpdateMessage", "uuid": self.part(label)["uuid"], "updates": {"value": value}}
        self._socket.send(msgspec.msgpack.encode(message))

    def steer(self, *messages: dict) -> None:
        """Send what the steering's script sends."""
        with self._connect("/steer") as socket:
            for message in messages:
                socket.send(json.dumps(message))
            socket.recv()

    def close(self) -> None:
        self._socket.close()
        self._reader.join(timeout=5.0)
