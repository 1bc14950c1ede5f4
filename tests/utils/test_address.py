"""Where a server listens: what the flag takes, and who needs a token."""

import argparse

import pytest

from legged_gym.utils.address import HOST, PORT, Address, hidden_host, listening_address


@pytest.mark.parametrize(
    ("text", "host", "port", "is_chosen"),
    [
        ("0.0.0.0:8091", "0.0.0.0", 8091, True),
        ("192.168.1.5", "192.168.1.5", PORT, False),
        (":9000", HOST, 9000, True),
        ("localhost:9000", HOST, 9000, True),
        ("[::1]:9000", "::1", 9000, True),
    ],
)
def test_addresses_of_the_flag(text, host, port, is_chosen):
    assert listening_address(text) == Address(host, port, is_chosen)


@pytest.mark.parametrize("text", ["", "robot.local:80", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:x", "1.2.3:80", "::1"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        listening_address(text)


def test_this_computer_alone_needs_no_token_and_any_other_address_does():
    assert Address().is_local and Address("127.3.2.1").is_local and Address("::1").is_local
    assert Address().new_token() is None
    tokens = {Address(host).new_token() for host in ("0.0.0.0", "192.168.1.5", "::", "::") for _ in range(5)}
    assert None not in tokens and len(tokens) == 20 and min(map(len, tokens)) >= 24


def test_urls_can_be_opened():
    assert Address().url(8092, None) == "http://127.0.0.1:8092/"
    assert Address("0.0.0.0").url(8090, "abc") == "http://localhost:8090/?token=abc"
    assert Address("::1").url(8090, None) == "http://[::1]:8090/"


def test_servers_behind_the_door_hide_on_this_computer():
    hosts = {hidden_host() for _ in range(8)}
    assert len(hosts) == 8 and all(Address(host).is_local for host in hosts)
