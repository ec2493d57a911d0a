"""What is left of a broken request: enough to answer it (RFC 3261, 8.2.6 and 16.3). Not a second parser."""

from __future__ import annotations

import re

from voicecore.errors import PeerError
from voicecore.sip.cseq import CSeq
from voicecore.sip.grammar import HOST, TOKEN, split_list
from voicecore.sip.headers import Headers, canonical
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.via import Via

_method = re.compile(rf"({TOKEN}++) ").match
_sent_by = re.compile(
    rf"SIP/[0-9]++\.[0-9]++/({TOKEN}++) +({HOST})(?::([0-9]{{1,5}}))?+", re.IGNORECASE
).match
_branch = re.compile(rf";[ \t]*branch[ \t]*=[ \t]*({TOKEN}++)", re.IGNORECASE).search
_control = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]").search
_NOBODY = NameAddr("", Uri("sip", user="anonymous", host="anonymous.invalid"))  # RFC 3323, 4.1.1.3
_MAX_LINES = 256


def salvage(text: str) -> Request | None:
    """The answerable part of a broken request's head, or None: no request, or no Via to answer by."""
    lines = text.split("\r\n", _MAX_LINES)[:_MAX_LINES]
    method = _method(lines[0])
    vias = [value for name, value in _fields(lines) if name == "Via"]
    top = _top_via(vias[0]) if vias else None
    if method is None or top is None:
        return None
    found = dict(reversed(_fields(lines)))
    fields = [("Via", str(top)), *[("Via", value) for value in vias[1:]]]
    fields.append(("From", _address(found.get("From"))))
    fields.append(("To", _address(found.get("To"))))
    fields.append(("Call-ID", _call_id(found.get("Call-ID"))))
    fields.append(("CSeq", _cseq(found.get("CSeq"), method[1])))
    return Request(method[1], _request_uri(lines[0]), Headers(fields))


def _fields(lines: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon and len(value) <= 1024 and not _control(value):
            found.append((canonical(name.rstrip(" \t")), value.strip(" \t")))
    return found


def _top_via(value: str) -> Via | None:
    """The first Via of the line; of a broken one, what says where the answer goes."""
    try:
        return Via.parse(split_list(value)[0])
    except (PeerError, IndexError):
        match, branch = _sent_by(value), _branch(value)
    if match is None:
        return None
    place = f"{match[2]}:{match[3]}" if match[3] else match[2]
    try:
        return Via.parse(f"SIP/2.0/{match[1]} {place}" + (f";branch={branch[1]}" if branch else ""))
    except PeerError:
        return None


def _address(value: str | None) -> str:
    try:
        NameAddr.parse(value or "")
    except PeerError:
        return str(_NOBODY)
    return value or ""


def _call_id(value: str | None) -> str:
    return value if value and not set(value) & {" ", "\t"} else "unreadable"


def _cseq(value: str | None, method: str) -> str:
    try:
        return str(CSeq.parse(value or ""))
    except PeerError:
        return f"0 {method}"


def _request_uri(line: str) -> Uri:
    try:
        return Uri.parse(line.split(" ")[1])
    except PeerError:
        return _NOBODY.uri
