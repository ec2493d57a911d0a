"""Messages of 64 KiB made to cost a parser as much as they can."""

from __future__ import annotations

import random

from tests.bench.invites import invite

SIZE = 65_000


def hostile_messages(size: int = SIZE) -> dict[str, bytes]:
    """By what is hostile about them; each of about that many bytes."""
    head, _, _ = invite(random.Random(3261)).partition(b"\r\n\r\n")
    head = head[: head.index(b"\r\nContent-Length")]
    room = size - len(head) - 100

    def with_line(line: bytes) -> bytes:
        return head + b"\r\n" + line + b"\r\n\r\n"

    def with_lines(line: bytes) -> bytes:
        return with_line(b"\r\n".join([line] * (room // (len(line) + 2))))

    return {
        "no line break": b"INVITE " + b"a" * room,
        "lines without names": with_lines(b"a" * 70),
        "empty lines": with_lines(b"a:"),
        "folds": with_line(b"a: b" + b"\r\n b" * (room // 4)),
        "long lines": with_lines(b"X-Y: " + b'"\\' * 4000),
        "quotes": with_lines(b'X-Y: "' + b"\\\x01" * 4000 + b'"'),
        "list items": with_lines(b"Supported: " + b"a," * 4000),
        "parameters": with_lines(b"Via: SIP/2.0/UDP a" + b";b=c" * 1900),
        "spaced parameters": with_lines(b"Contact: <sip:a>" + b" ; b = c" * 900),
        "open brackets": with_lines(b"Route: " + b"<" * 8000),
        "routes": with_lines(b"Route: " + b"<sip:a;lr>," * 700),
        "escapes": with_lines(b"Contact: <sip:" + b"%41" * 2500 + b"@a>"),
        "colons in a host": with_lines(b"Contact: <sip:[" + b":" * 8000 + b"]>"),
        "blanks": with_lines(b"Via: SIP" + b" " * 8000 + b"/2.0/UDP a"),
        "vias": with_lines(b"Via: SIP/2.0/UDP [::1];branch=z9hG4bK1;rport"),
        "control characters": with_line(b"X-Y: " + b"\x01" * room),
        "beyond ascii": with_line(b"X-Y: " + b"\xc3\xa9" * (room // 2)),
    }
