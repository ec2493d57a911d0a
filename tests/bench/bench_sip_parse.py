"""What a SIP message costs: CPU time to parse it and to read what a UAS needs, and to write an answer.

Run from the repository's root: python -m tests.bench.bench_sip_parse
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from voicecore.sip.headers import Headers
from voicecore.sip.message import Request, Response
from voicecore.sip.parser import parse_datagram

_SDP = b"".join(
    line + b"\r\n"
    for line in (
        b"v=0",
        b"o=- 3955310123 3955310123 IN IP4 192.0.2.10",
        b"s=call",
        b"c=IN IP4 192.0.2.10",
        b"t=0 0",
        b"m=audio 4000 RTP/AVP 96 9 8 0 101 102",
        b"a=rtcp:4001 IN IP4 192.0.2.10",
        b"a=sendrecv",
        b"a=rtpmap:96 opus/48000/2",
        b"a=fmtp:96 useinbandfec=1",
        b"a=rtpmap:9 G722/8000",
        b"a=rtpmap:8 PCMA/8000",
        b"a=rtpmap:0 PCMU/8000",
        b"a=rtpmap:101 telephone-event/48000",
        b"a=fmtp:101 0-16",
        b"a=rtpmap:102 telephone-event/8000",
        b"a=fmtp:102 0-16",
        b"a=ssrc:1573209911 cname:2f3b7e3a0a0c1d5c",
    )
)

INVITE = (
    b"INVITE sip:1000@198.51.100.5:5060;transport=udp SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK7f00.5d3a1b9c2e.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.10:5060;rport=5060;branch=z9hG4bKPj2b5f0c0e9a3b4a7f;received=192.0.2.10\r\n"
    b"Record-Route: <sip:192.0.2.1;lr;ftag=8d1f0a3c>\r\n"
    b"Max-Forwards: 69\r\n"
    b'From: "Alice Example" <sip:alice@example.com>;tag=8d1f0a3c9b2e4f6d\r\n'
    b"To: <sip:1000@198.51.100.5>\r\n"
    b"Contact: <sip:alice@192.0.2.10:5060;ob>\r\n"
    b"Call-ID: 1d7c9c0e5a2f4b6f8e3a7b9c0d1e2f3a\r\n"
    b"CSeq: 21873 INVITE\r\n"
    b"Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS\r\n"
    b"Supported: replaces, 100rel, timer, norefersub\r\n"
    b"Session-Expires: 1800\r\n"
    b"Min-SE: 90\r\n"
    b"User-Agent: Bench phone 1.0\r\n"
    b'P-Asserted-Identity: "Alice Example" <sip:+493012345678@example.com>\r\n'
    b"Accept: application/sdp\r\n"
    b"Privacy: none\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: %d\r\n\r\n" % len(_SDP)
) + _SDP


def read_as_uas() -> Request:
    """Parse the INVITE and look at everything that an answer and a dialog need."""
    request = parse_datagram(INVITE)
    assert isinstance(request, Request)
    _ = request.via.branch, request.from_.tag, request.to.tag, request.call_id, request.cseq.number
    _ = request.uri.user, request.contact, request.routes("Record-Route"), request.content_type
    _ = request.headers.get("Require"), request.max_forwards
    return request


def _least(work: Callable[[], object], rounds: int = 40, repeats: int = 250) -> float:
    """CPU time of one call in microseconds: of the best of many short bursts, since neighbours disturb."""
    best = float("inf")
    for _ in range(repeats):
        before = time.process_time()
        for _ in range(rounds):
            work()
        best = min(best, time.process_time() - before)
    return best / rounds * 1e6


def works() -> list[tuple[str, int, Callable[[], object]]]:
    """What is measured, with the size of its message; the floor first."""
    request = read_as_uas()
    fields = [("Via", value) for value in request.headers.all("Via")]
    fields += [(name, request.headers.get(name) or "") for name in ("From", "Call-ID", "CSeq")]
    fields.append(("To", str(request.to.with_tag("4f6d8d1f"))))
    response = Response(200, "OK", Headers(fields), _SDP)
    answer = response.to_bytes()
    return [
        ("floor: split into lines at CR LF", len(INVITE), lambda: INVITE.decode().split("\r\n")),
        ("parse an INVITE", len(INVITE), lambda: parse_datagram(INVITE)),
        ("parse an INVITE and read it as a UAS", len(INVITE), read_as_uas),
        ("parse a 200", len(answer), lambda: parse_datagram(answer)),
        ("write a 200", len(answer), response.to_bytes),
    ]


def measure() -> dict[str, float]:
    """Microseconds of CPU by work; the floor first."""
    return {name: _least(work) for name, _, work in works()}


def main() -> None:
    print(f"{'work':<40}{'bytes':>8}{'us CPU':>10}   load average {os.getloadavg()[0]:.1f}")
    for name, size, work in works():
        print(f"{name:<40}{size:>8}{_least(work):>10.1f}")


if __name__ == "__main__":
    main()
