"""What a SIP message costs: CPU time to parse it and to read what a UAS needs, and to write an answer.

No message is parsed twice while the caches of the parser could remember it: there are more messages than
they hold, and each differs in everything that differs between two calls.

Run from the repository's root: python -m tests.bench.bench_sip_parse
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.bench.hostile import hostile_messages
from tests.bench.invites import invites
from voicecore.sip.grammar import REMEMBERED
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request, Response
from voicecore.sip.parser import MalformedMessage, parse_datagram

T = TypeVar("T")
BURST = 32
INVITES = invites(4 * REMEMBERED)


def parse_and_touch(data: bytes) -> Request:
    """Parse an INVITE and look at what the answer and the dialog of a UAS are made of."""
    request = parse_datagram(data)
    assert isinstance(request, Request)
    _ = request.via.branch, request.from_tag, request.to_tag, request.call_id, request.cseq.number
    _ = request.uri.user, request.contact
    return request


def parse_and_read_all(data: bytes) -> Request:
    """The same, and every other header field that the stack looks at."""
    request = parse_and_touch(data)
    _ = request.vias, request.routes("Record-Route"), request.content_type, request.max_forwards
    _ = request.headers.get("Require"), request.headers.all("Supported")
    return request


def answer_to(request: Request) -> Response:
    """A 200 as a UAS makes it."""
    fields = [("Via", value) for value in request.headers.all("Via")]
    fields += [("Record-Route", value) for value in request.headers.all("Record-Route")]
    fields += [(name, request.headers.get(name) or "") for name in ("From", "Call-ID", "CSeq")]
    fields += [("To", str(request.to.with_tag("4f6d8d1f"))), ("Contact", "<sip:198.51.100.5>")]
    return Response(200, "OK", Headers([*fields, ("Content-Type", "application/sdp")]), request.body)


def least(work: Callable[[T], object], items: Sequence[T]) -> float:
    """Microseconds of CPU of one call: of the best of many bursts over different items; neighbours disturb."""
    best = float("inf")
    for _ in range(3):
        for start in range(0, len(items) - BURST, BURST):
            burst = items[start : start + BURST]
            before = time.process_time()
            for item in burst:
                work(item)
            best = min(best, time.process_time() - before)
    return best / BURST * 1e6


def measure() -> dict[str, float]:
    """Microseconds of CPU by work; the floor first."""
    requests = [parse_and_touch(data) for data in INVITES]
    answers = [answer_to(request) for request in requests]
    answer_bytes = [answer.to_bytes() for answer in answers]
    return {
        "floor: split into lines at CR LF": least(lambda data: data.decode().split("\r\n"), INVITES),
        "parse an INVITE": least(parse_datagram, INVITES),
        "parse an INVITE and read it as a UAS": least(parse_and_touch, INVITES),
        "parse an INVITE and read every field": least(parse_and_read_all, INVITES),
        "parse a 200": least(parse_datagram, answer_bytes),
        "write an INVITE": least(Request.to_bytes, requests),
        "write a 200": least(Response.to_bytes, answers),
    }


def hostile() -> dict[str, float]:
    """Microseconds of CPU for messages of 64 KiB that mean harm, by what they do."""
    return {name: least(_parse_or_refuse, [data] * 2 * BURST) for name, data in hostile_messages().items()}


def _parse_or_refuse(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        parse_datagram(data)


def main() -> None:
    size = sum(map(len, INVITES)) / len(INVITES)
    print(f"INVITEs of {size:.0f} bytes, {len(INVITES)} different; load average {os.getloadavg()[0]:.1f}")
    print(f"{'work':<44}{'us CPU':>8}")
    for name, cost in measure().items():
        print(f"{name:<44}{cost:>8.1f}")
    cost, name = max((cost, name) for name, cost in hostile().items())
    print(f"{f'worst of 64 KiB: {name}':<44}{cost:>8.1f}")


if __name__ == "__main__":
    main()
