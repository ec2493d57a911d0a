"""The head of a message as nearly every peer writes it, read by `media/src/sip/head.rs`. Not the rules: parser.py is.

A message that this accepts is one that the careful way accepts too, with the same values (a property test
holds both to it). So what is rare may be missing there: folded lines, compact names, lists, escapes, IPv6, text
beyond ASCII.
"""

from __future__ import annotations

from voicecore.octets import HeadReader
from voicecore.sip.cseq import CSeq
from voicecore.sip.headers import CANONICAL, Headers
from voicecore.sip.message import Message, Request, Response
from voicecore.sip.uri import Uri
from voicecore.sip.via import Via

MAX_HEAD = 4096
"""Octets in which a plain head ends."""

_read = HeadReader(CANONICAL).read


def parse_plain(data: bytes) -> Message | None:
    """Read a whole message. None: its head needs the careful way, be it right or wrong."""
    head = _read(data)
    if head is None:
        return None
    (
        first, scheme, user, host, port, parameters,
        transport, via_host, via_port, via_parameters, from_tag, to_tag, call_id, number, method,
        index, length, end,
    ) = head  # fmt: skip
    headers = Headers.read(data[: length - 4], index)
    body = data[length:end]
    via = Via(transport, via_host, via_port, via_parameters)
    cseq = CSeq(number, method)
    if isinstance(first, int):
        response = Response(first, scheme or "", headers, body)
        response.know(via, from_tag, to_tag, call_id, cseq)
        return response
    request = Request(
        method, Uri(scheme or "", user, None, host or "", port, parameters or ()), headers, body
    )
    request.know(via, from_tag, to_tag, call_id, cseq)
    return request
