"""The door of the viewer: who is let in, and to what."""

import http.client
import socket
import socketserver
import threading

import pytest

from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.viewing.web.door import Door, Head, Lock, parse_head

FILES = {"/": ("text/html; charset=utf-8", b"<html>here</html>")}
TOKEN = "s3cret"


class Echo(socketserver.BaseRequestHandler):
    """Answers with the request that it got, and ends."""

    def handle(self):
        data = self.request.recv(65536)
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(data) + data)


@pytest.fixture
def behind():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address
        server.shutdown()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def door(behind):
    return Door(Address("127.0.0.1", free_port()), None, FILES, lambda path: behind)


@pytest.fixture
def locked(behind):
    return Door(Address("127.0.0.1", free_port()), TOKEN, FILES, lambda path: behind)


def ask(door, path="/", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    connection.putrequest("GET", path, skip_host="host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    return response.status, response.read(), response.headers


def test_answers_its_files_and_passes_the_rest_on(door):
    assert ask(door)[:2] == (200, b"<html>here</html>")
    status, echoed, _ = ask(door, "/deeper?x=1", origin=f"http://127.0.0.1:{door.port}")
    assert status == 200 and echoed.startswith(b"GET /deeper?x=1 HTTP/1.1\r\n")
    # A socket on a path that is a file too belongs to the server behind.
    assert ask(door, "/", upgrade="websocket")[1].startswith(b"GET / HTTP/1.1\r\n")


def test_other_sites_in_the_same_browser_are_refused(door):
    assert ask(door, "/x", origin="http://evil.example")[0] == 403
    assert ask(door, "/x", origin=f"http://127.0.0.1:{door.port + 1}")[0] == 403
    assert ask(door, "/x", origin="null")[0] == 403
    assert ask(door, "/x", host="evil.example")[0] == 403  # a name of theirs for this address
    assert ask(door, "/x", host=f"localhost:{door.port}")[0] == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_every_address_of_this_computer_alone_is_let_in(host):
    """Each can be asked for with `--viewer_address`."""
    assert not Lock(8090, None).fault(Head("GET", "/", {"host": f"{host}:8090"}))


@pytest.mark.parametrize("host", ["", "128.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]"])
def test_other_addresses_and_names_are_not(host):
    assert "this computer alone" in Lock(8090, None).fault(Head("GET", "/", {"host": f"{host}:8090"}))


def test_no_page_shows_the_viewer_within_itself(door):
    assert ask(door, "/", sec_fetch_dest="document", sec_fetch_site="cross-site")[0] == 200  # a link to it
    for kind in ("iframe", "embed", "object"):
        assert ask(door, "/deeper", sec_fetch_dest=kind)[0] == 403


def test_a_token_is_asked_for_and_moves_into_a_cookie(locked):
    status, text, _ = ask(locked)
    assert status == 403 and b"token" in text and b"here" not in text
    assert ask(locked, "/?token=wrong")[0] == 403
    assert ask(locked, "/x", upgrade="websocket")[0] == 403
    status, _, headers = ask(locked, f"/?token={TOKEN}")
    assert (status, headers["Location"]) == (303, "/")
    cookie = headers["Set-Cookie"]
    assert cookie == f"viewer_{locked.port}={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    assert ask(locked, "/", cookie=f"other=1; {cookie.partition(';')[0]}")[:2] == (200, b"<html>here</html>")
    assert ask(locked, "/x", cookie=cookie.partition(";")[0], host="robot.local:80")[0] == 200
    assert ask(locked, "/x", cookie=cookie.partition(";")[0], origin="http://evil.example")[0] == 403
    assert ask(locked, f"//evil.example/?token={TOKEN}")[2]["Location"] == "/"


def test_listens_where_it_was_told_alone(door):
    addresses = [socket.getsockname()[0] for socket in door._server.sockets]
    assert addresses == ["127.0.0.1"]


def test_a_port_in_use_is_passed_over_unless_it_was_asked_for(door):
    other = Door(Address("127.0.0.1", door.port), None, FILES, lambda path: ("127.0.0.1", 1))
    assert door.port < other.port < door.port + 50
    with pytest.raises(UserError, match=f"cannot listen on 127.0.0.1 port {door.port}: Address already in use"):
        Door(Address("127.0.0.1", door.port, is_chosen=True), None, FILES, lambda path: ("127.0.0.1", 1))


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"x" * 40000])
def test_what_is_no_request_ends_the_connection_and_nothing_else(door, data):
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as connection:
        try:
            connection.sendall(data)
            answer = connection.recv(100)
        except ConnectionError:
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 403")
    assert ask(door)[0] == 200


def test_heads():
    head = parse_head(b"GET /a?token=x%20y HTTP/1.1\r\nHost: h:1\r\nCookie: a=1; b=2\r\n\r\n")
    assert head == Head("GET", "/a?token=x%20y", {"host": "h:1", "cookie": "a=1; b=2"})
    assert head is not None
    assert (head.path, head.query("token"), head.query("x")) == ("/a", "x y", None)
    assert (head.cookie("b"), head.cookie("c")) == ("2", None)
    assert parse_head(b"GET / HTTP/2\r\n\r\n") is None and parse_head(b"GET /\r\n\r\n") is None
