"""Which addresses count as public, and what an operator may add."""

from typing import Any

import pytest

from core.accounts.checks import outbound_allowance_is_read
from core.outbound.allowed import Allowed, public

INSIDE = [
    *(
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.1.1",
        "169.254.169.254",
    ),
    *("100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("192.88.99.1", "169.254.169.254", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1"),
    *(
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001::1",
        "2001:db8::1",
    ),
    *(
        "2001::1",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
        "2606:4700::1%1",
    ),
    *("", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "example.org"),
]
OUTSIDE = ["93.184.216.34", "1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_on_the_open_internet_is_not_public(address: str) -> None:
    assert not public(address)
    assert not Allowed().address(address, host="hooks.example.org", port=443)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_on_the_open_internet_is_public(address: str) -> None:
    assert public(address)
    assert Allowed().address(address, host="hooks.example.org", port=443)


def test_an_operator_may_allow_a_host_with_its_port_and_nothing_beside_it() -> None:
    allowed = Allowed.read(["Hooks.inside:8444", "[::1]:9000"])
    assert allowed.port("hooks.inside", 8444)
    assert allowed.address("10.0.0.1", host="hooks.inside", port=8444)
    assert allowed.address("::1", host="::1", port=9000)
    assert not allowed.port("hooks.inside", 8445)
    assert not allowed.address("10.0.0.1", host="hooks.inside", port=443)
    assert not allowed.address("10.0.0.1", host="other.inside", port=8444)


def test_an_operator_may_allow_a_network_on_the_usual_ports() -> None:
    allowed = Allowed.read(["10.2.0.0/16", "fd00::/8"])
    assert allowed.address("10.2.9.9", host="any", port=443)
    assert allowed.address("::ffff:10.2.9.9", host="any", port=443)
    assert allowed.address("fd00::9", host="any", port=443)
    assert not allowed.address("10.3.0.1", host="any", port=443)
    assert not allowed.port("any", 22)
    assert allowed.port("any", 443)
    assert allowed.port("any", 8443)


@pytest.mark.parametrize(
    "word", ["", "hooks.inside", ":443", "hooks.inside:", "hooks.inside:0", "h:70000", "10.0.0.0/99"]
)
def test_a_word_that_is_neither_a_host_with_a_port_nor_a_network_is_named(word: str) -> None:
    with pytest.raises(ValueError, match=f"OUTBOUND_ALLOW: '{word}'"):
        Allowed.read(["fine:443", word])


def test_an_allowance_that_cannot_be_read_stops_the_start(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["hooks.inside"]
    assert [message.id for message in outbound_allowance_is_read()] == ["accounts.E004"]
    settings.OUTBOUND_ALLOW = ["hooks.inside:443"]
    assert outbound_allowance_is_read() == []
