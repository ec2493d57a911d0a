"""SDP among the parts of a multipart body (RFC 5621; RFC 2046, 5.1), as carriers send it beside ISUP or a location."""

from __future__ import annotations

import re

from voicecore.errors import PeerError
from voicecore.sip.grammar import parameter, parse_parameters, unquote
from voicecore.sip.message import Message, Request

SDP = "application/sdp"
CARRIERS = frozenset({"INVITE", "ACK", "PRACK", "UPDATE"})
"""Methods whose bodies, and those of their answers, describe a session."""
MAX_PARTS = 16
_MAX_BOUNDARY = 70
_required = re.compile(r";[ \t]*handling[ \t]*=[ \t]*required[ \t]*(?:;|$)", re.IGNORECASE).search


def with_plain_sdp(message: Message) -> Message:
    """The message with its SDP for a body, where that is a part of several; any other as it is.

    What the other parts say goes unread. One that must be understood (RFC 3204, 6: handling=required, written out)
    leaves the message as it is, for 415; a part that says nothing of it is passed over, as the field does.
    """
    value = message.headers.get("Content-Type") or ""
    if value[:10].lower() != "multipart/" or message.cseq.method not in CARRIERS:
        return message
    sdp = _sdp_part(value, message.body)
    if sdp is None:
        return message
    headers = message.headers.with_("Content-Type", SDP)
    if isinstance(message, Request):
        return Request(message.method, message.uri, headers, sdp)
    return type(message)(message.status, message.reason, headers, sdp)


def _sdp_part(content_type: str, body: bytes) -> bytes | None:
    try:
        parameters = parse_parameters(content_type[content_type.find(";") :] if ";" in content_type else "")
    except PeerError:
        return None
    boundary = unquote(parameter(parameters, "boundary") or "")
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        return None
    delimiter = b"\r\n--" + boundary.encode()
    sdp: bytes | None = None
    # RFC 2046, 5.1.1: what stands before the first delimiter and after the last is nothing.
    for part in (b"\r\n" + body).split(delimiter, MAX_PARTS + 1)[1:]:
        if part.startswith(b"--"):
            return sdp
        head, _, content = part.partition(b"\r\n\r\n")
        fields = _fields(head)
        if fields.get("content-type", "").partition(";")[0].strip().lower() == SDP:
            sdp = content if sdp is None else sdp
        elif _required(fields.get("content-disposition", "")):
            return None
    return None


def _fields(head: bytes) -> dict[str, str]:
    """The header fields of a part; the first line is the end of the delimiter's."""
    found: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), value.strip())
    return found
