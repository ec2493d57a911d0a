"""SIP requests as text, for what a well-behaved stack would not send."""

from __future__ import annotations

from collections.abc import Sequence

from voicecore.sip.hop import Address


def request_text(
    method: str,
    source: Address,
    target: Address,
    *,
    uri: str | None = None,
    via: str | None = None,
    branch: str = "z9hG4bKtest",
    call_id: str = "test-call",
    from_tag: str = "far",
    to_tag: str | None = None,
    cseq: str | None = None,
    fields: Sequence[str] = (),
    body: bytes = b"",
) -> bytes:
    """A request from `source` to `target`. `fields` are whole header lines; `cseq` and `via` are values."""
    lines = [
        f"{method} {uri or f'sip:1000@{target}'} SIP/2.0",
        f"Via: {via or f'SIP/2.0/UDP {source};branch={branch};rport'}",
        "Max-Forwards: 70",
        f"From: <sip:far@{source}>;tag={from_tag}",
        f"To: <sip:1000@{target}>" + (f";tag={to_tag}" if to_tag else ""),
        f"Call-ID: {call_id}",
        f"CSeq: {cseq or f'1 {method}'}",
        f"Contact: <sip:far@{source}>",
        *fields,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def response_text(
    request: bytes, status: int, *, to_tag: str | None = None, fields: Sequence[str] = ()
) -> bytes:
    """A response to the bytes of a request: its Via, From, To, Call-ID and CSeq, and `fields`."""
    names = ("Via:", "From:", "To:", "Call-ID:", "CSeq:")
    copied = [line for line in request.decode().split("\r\n") if line.startswith(names)]
    if to_tag is not None:
        copied = [f"{line};tag={to_tag}" if line.startswith("To:") else line for line in copied]
    return "\r\n".join([f"SIP/2.0 {status} Because", *copied, *fields, "Content-Length: 0", "", ""]).encode()
