from __future__ import annotations

import pytest

from voicecore.trace.transport_seen import transport_of


@pytest.mark.parametrize(
    ("text", "transport"),
    [
        (b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=1\r\nVia: SIP/2.0/UDP b\r\n\r\n", "TLS"),
        (b"SIP/2.0 200 OK\r\nTo: <sip:a>\r\nv : SIP / 2.0 / wss a\r\n\r\n", "WSS"),
        (b"SIP/2.0 200 OK\r\nVIA: SIP/2.0/SCTP a\r\n\r\n", "UDP"),
        (b"MESSAGE sip:a SIP/2.0\r\n\r\nVia: SIP/2.0/TCP in.the.body", "UDP"),
        (b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a", "TCP"),
        (b"", "UDP"),
    ],
)
def test_the_top_via_tells_the_transport(text: bytes, transport: str) -> None:
    assert transport_of(text) == transport
