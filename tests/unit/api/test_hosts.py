"""Names that are ours, against DNS rebinding and pages of others."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.site import SETTINGS
from voicecore.api.hosts import Hosts, hostname_of, is_from_elsewhere, is_on_this_machine
from voicecore.sip.hop import Address

LOOPBACK = Hosts(SETTINGS)
EVERYWHERE = Hosts(replace(SETTINGS, listen=Address("0.0.0.0", 80), hosts=("desk.example.org",)))


@pytest.mark.parametrize(
    ("host", "on_loopback", "everywhere"),
    [
        ("127.0.0.1:8080", True, True),
        ("127.0.0.1", True, True),
        ("localhost:8080", True, True),
        ("LOCALHOST", True, True),
        ("[::1]:8080", True, True),
        ("192.0.2.1:8080", False, True),
        ("desk.example.org", False, True),
        ("Desk.Example.Org:443", False, True),
        ("desk.example.org.", False, False),
        ("evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
        ("localhost.evil.example:8080", False, False),
        ("user@localhost", False, False),
        ("localhost/", False, False),
        ("localhost:port", False, False),
        ("127.1", False, False),
        ("2130706433", False, False),
        ("", False, False),
    ],
)
def test_which_hosts_are_ours(host: str, on_loopback: bool, everywhere: bool) -> None:
    assert (LOOPBACK.admits(host), EVERYWHERE.admits(host)) == (on_loopback, everywhere)


@given(st.text(max_size=80))
def test_whatever_is_asked_for_only_our_names_and_literals_are_admitted(host: str) -> None:
    if EVERYWHERE.admits(host):
        name = hostname_of(host)
        assert name is not None
        if name not in ("localhost", "desk.example.org"):
            ipaddress.ip_address(name)


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("https://localhost:8080", "localhost:8080", True),
        ("http://localhost:8080", "127.0.0.1:8080", False),
        ("http://127.0.0.1:9999", "127.0.0.1:8080", False),
        ("http://evil.example", "127.0.0.1:8080", False),
        ("http://evil.example", "evil.example", False),
        ("null", "127.0.0.1:8080", False),
        ("", "127.0.0.1:8080", False),
        ("ftp://127.0.0.1:8080", "127.0.0.1:8080", False),
    ],
)
def test_which_pages_are_ours(origin: str, host: str, is_ours: bool) -> None:
    assert LOOPBACK.is_ours(origin, host) is is_ours


def test_an_encrypted_site_trusts_no_page_that_is_not() -> None:
    encrypted = Hosts(replace(SETTINGS, certificate=Path("a.pem")))
    assert not encrypted.is_ours("http://127.0.0.1:8080", "127.0.0.1:8080")


@pytest.mark.parametrize(
    ("site", "is_elsewhere"),
    [({}, False), ({"sec-fetch-site": "same-origin"}, False), ({"sec-fetch-site": "none"}, False),
     ({"sec-fetch-site": "same-site"}, True), ({"sec-fetch-site": "cross-site"}, True)],
)  # fmt: skip
def test_a_browser_tells_whose_page_asks(site: dict[str, str], is_elsewhere: bool) -> None:
    assert is_from_elsewhere(site) is is_elsewhere


@pytest.mark.parametrize(
    ("client", "headers", "is_here"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("192.0.2.9", {}, False),
        ("", {}, False),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.9"}, False),
        ("127.0.0.1", {"forwarded": "for=192.0.2.9"}, False),
        ("127.0.0.1", {"via": "1.1 proxy"}, False),
    ],
)
def test_who_is_on_this_machine(client: str, headers: dict[str, str], is_here: bool) -> None:
    assert is_on_this_machine(client, headers) is is_here
