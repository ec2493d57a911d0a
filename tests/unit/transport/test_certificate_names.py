"""Whom a certificate speaks for (RFC 5922, 7.1)."""

from __future__ import annotations

import pytest

from voicecore.transport.tls import CertificateNames


@pytest.mark.parametrize(
    ("dns", "uris", "common_name", "domains"),
    [
        (("sbc.example.net",), (), "other.example.net", {"sbc.example.net"}),
        ((), ("sip:Example.net",), "other.example.net", {"example.net"}),
        (("a.example.net",), ("sip:example.net;transport=tls",), "", {"a.example.net", "example.net"}),
        ((), ("sip:alice@example.net", "https://example.net"), "sbc.example.net", {"sbc.example.net"}),
        ((), (), "SBC.example.net", {"sbc.example.net"}),
        ((), (), "", set()),
    ],
)
def test_the_domains_of_a_certificate(
    dns: tuple[str, ...], uris: tuple[str, ...], common_name: str, domains: set[str]
) -> None:
    assert CertificateNames(dns, uris, (), common_name).domains == domains
