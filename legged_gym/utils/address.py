"""Where a server of ours listens, and who may come in."""

import argparse
import ipaddress
import re
import secrets
import sys
from typing import NamedTuple

HOST, PORT = "127.0.0.1", 8090
"""Where it listens unless told otherwise: on this computer alone."""


class Address(NamedTuple):
    """A host's address and a port."""

    host: str = HOST
    port: int = PORT
    is_chosen: bool = False
    """The user asked for this port; else the next free one will do."""

    @property
    def is_local(self) -> bool:
        """Only this computer can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    def new_token(self) -> str | None:
        """A secret that whoever comes in must know; None: none is needed."""
        return None if self.is_local else secrets.token_urlsafe(18)

    def url(self, port: int, token: str | None) -> str:
        """What to open in a browser; of all addresses of this computer, its name's."""
        unspecified = ipaddress.ip_address(self.host).is_unspecified
        host = "localhost" if unspecified else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}/" + (f"?token={token}" if token else "")


def listening_address(text: str) -> Address:
    """An address from the command line: HOST:PORT, HOST or :PORT; hosts are numbers, or localhost."""
    match = re.fullmatch(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?", text)
    if match is None or not text:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, such as 0.0.0.0:8090, got {text!r}")
    host = match["six"] or match["host"] or HOST
    host = HOST if host == "localhost" else host
    port = PORT if match["port"] is None else int(match["port"])
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected an address of this computer, such as 0.0.0.0, got {host}") from None
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"a port is from 1 to 65535, got {port}")
    return Address(host, port, match["port"] is not None)


def hidden_host() -> str:
    """An address of this computer for the servers behind the door, which check nobody.

    On Linux all of 127.x.y.z is this computer: no page of another site, open in the same browser, can guess it.
    """
    if sys.platform != "linux":
        return HOST
    return ".".join(["127", *(str(1 + secrets.randbelow(254)) for _ in range(3))])
