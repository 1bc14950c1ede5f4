"""The only way in: checks who comes, and passes what is let in on to the servers behind."""

import asyncio
import contextlib
import hmac
import http
import ipaddress
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError

_MAX_HEAD = 16384
"""Longest head of a request, bytes."""
_HEAD_TIME = 10.0
"""Longest time for it to come, s."""
_CHUNK = 65536
_TRIES = 50
"""Ports to try where none was asked for."""
_WITHIN = ("iframe", "frame", "embed", "object", "fencedframe")
"""What browsers call a page within another one."""


@dataclass(frozen=True)
class Head:
    """The head of an HTTP request."""

    method: str
    target: str
    headers: Mapping[str, str]
    """Names in small letters."""

    @property
    def path(self) -> str:
        """Without what is asked behind it."""
        return urlsplit(self.target).path

    def query(self, name: str) -> str | None:
        """A value of the query."""
        return parse_qs(urlsplit(self.target).query).get(name, [None])[0]

    def cookie(self, name: str) -> str | None:
        """The value of a cookie."""
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return next((value for key, _, value in pairs if key == name), None)


def parse_head(data: bytes) -> Head | None:
    """Read a request's head; None: it is none."""
    with contextlib.suppress(UnicodeDecodeError, ValueError):
        first, *lines = data.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, version = first.split(" ")
        fields = [line.partition(":") for line in lines]
        names = [name.lower() for name, _, _ in fields]
        single = all(names.count(name) <= 1 for name in ("host", "origin", "cookie"))
        if version.startswith("HTTP/1.") and single and all(colon for _, colon, _ in fields):
            return Head(method, target, {name.lower(): value.strip() for name, _, value in fields})
    return None


@dataclass(frozen=True)
class Lock:
    """Who may come in."""

    port: int
    token: str | None
    """Secret that they must know; None: whoever is on this computer."""

    @property
    def cookie(self) -> str:
        """Its name; cookies are shared by all ports of a host."""
        return f"viewer_{self.port}"

    def fault(self, head: Head) -> str:
        """Why a request is refused; empty if it is not.

        A page of another site, open in the same browser, can send requests here too: those have its origin, or, under
        a name of its own for this address, its host.
        """
        host = urlsplit(f"//{head.headers.get('host', '')}")
        if self.token is None and not _is_this_computer(host.hostname or ""):
            return "this viewer is open to this computer alone"
        origin = head.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host.netloc:
            return "a page of another site asks for this"
        if head.headers.get("sec-fetch-dest") in _WITHIN:  # where a click of the user's could be led to a button here
            return "this viewer is no part of another page: open it by itself"
        if self.token is not None and not self._knows_token(head):
            return "the token is missing or wrong: open the address that the program has printed"
        return ""

    def _knows_token(self, head: Head) -> bool:
        told = (head.query("token"), head.cookie(self.cookie))
        return any(hmac.compare_digest(text.encode(), str(self.token).encode()) for text in told if text is not None)


def _is_this_computer(host: str) -> bool:
    """Whether a host is an address of this computer alone; another site can give it a name, but no such address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


class Door:
    """Listens in a thread of its own."""

    def __init__(
        self,
        address: Address,
        token: str | None,
        files: Mapping[str, tuple[str, bytes]],
        behind: Callable[[str], tuple[str, int]],
    ) -> None:
        """Open it.

        Args:
            address: where to listen.
            token: what to ask for; None: nothing.
            files: what is answered here: type and content by path.
            behind: address and port of the server that a path belongs to.

        Raises:
            UserError: it cannot listen there.
        """
        self._files, self._behind, self._token = files, behind, token
        self._loop = asyncio.new_event_loop()
        self._server, port = self._loop.run_until_complete(self._listen(address))
        self._lock = Lock(port, token)
        self.port = port
        threading.Thread(target=self._loop.run_forever, name="door", daemon=True).start()

    async def _listen(self, address: Address) -> tuple[asyncio.Server, int]:
        ports = [address.port] if address.is_chosen else range(address.port, address.port + _TRIES)
        reason = ""
        for port in ports:
            try:
                return await asyncio.start_server(self._serve, address.host, port, limit=_MAX_HEAD), port
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
        raise UserError(f"cannot listen on {address.host} port {address.port}: {reason}")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            data = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_TIME)
            head = parse_head(data)
            fault = "this is no request" if head is None else self._lock.fault(head)
            if head is None or fault:
                await self._answer(writer, http.HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", fault.encode())
            elif self._token is not None and head.query("token") is not None:
                await self._remember(writer, head)
            elif head.path in self._files and "upgrade" not in head.headers:
                await self._answer(writer, http.HTTPStatus.OK, *self._files[head.path])
            else:
                await self._pass_on(data, reader, writer, *self._behind(head.path))
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError):
            pass  # whoever came is gone, or did not speak HTTP
        finally:
            writer.close()

    async def _remember(self, writer: asyncio.StreamWriter, head: Head) -> None:
        """The token moves from the address, which browsers keep and show, into a cookie."""
        cookie = f"{self._lock.cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        where = head.path if head.path.startswith("/") and not head.path.startswith("//") else "/"
        more = f"Set-Cookie: {cookie}\r\nLocation: {where}\r\n"
        await self._answer(writer, http.HTTPStatus.SEE_OTHER, "text/plain", b"", more)

    async def _answer(
        self, writer: asyncio.StreamWriter, status: http.HTTPStatus, kind: str, body: bytes, more: str = ""
    ) -> None:
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
            f"X-Frame-Options: DENY\r\nConnection: close\r\n{more}\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()

    async def _pass_on(
        self, data: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
    ) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(host, port)
        inner_writer.write(data)
        tasks = [
            asyncio.ensure_future(_flow(reader, inner_writer)),
            asyncio.ensure_future(_flow(inner_reader, writer)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            inner_writer.close()


async def _flow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
