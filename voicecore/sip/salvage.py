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

_fold = re.compile(r"\r\n[ \t]+")
_method = re.compile(rf"({TOKEN}++) ").match
_sent_by = re.compile(
    rf"SIP/[0-9]++\.[0-9]++/({TOKEN}++) +({HOST})(?::([0-9]{{1,5}}))?+", re.IGNORECASE
).match
_branch = re.compile(rf";[ \t]*branch[ \t]*=[ \t]*({TOKEN}++)", re.IGNORECASE).search
_control = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]").search
_NOBODY = NameAddr("", Uri("sip", user="anonymous", host="anonymous.invalid"))  # RFC 3323, 4.1.1.3
_MAX_LINES = 256
_MAX_VIAS = 40
_MAX_VALUE = 1024
_MAX_TEXT = 16_384


def salvage(text: str) -> Request | None:
    """The answerable part of a broken request's head, or None: no request, or no Via to answer by."""
    lines = _fold.sub(" ", text[:_MAX_TEXT]).split("\r\n", _MAX_LINES)[:_MAX_LINES]
    fields = _fields(lines)
    method = _method(lines[0])
    vias = _vias([value for name, value in fields if name == "Via"])
    if method is None or not vias:
        return None
    found = dict(reversed(fields))
    answerable = [("Via", str(via)) for via in vias]
    answerable.append(("From", _address(found.get("From"))))
    answerable.append(("To", _address(found.get("To"))))
    answerable.append(("Call-ID", _call_id(found.get("Call-ID"))))
    answerable.append(("CSeq", _cseq(found.get("CSeq"), method[1])))
    return Request(method[1], _request_uri(lines[0]), Headers(answerable))


def _fields(lines: list[str]) -> list[tuple[str, str]]:
    """Names and values; a value that may not be echoed is empty, so that it cannot hide behind the next."""
    found: list[tuple[str, str]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            fit = len(value) <= _MAX_VALUE and not _control(value)
            found.append((canonical(name.rstrip(" \t")), value.strip(" \t") if fit else ""))
    return found


def _vias(values: list[str]) -> list[Via]:
    """The Vias that can be read, below a top one that may be patched up; nothing without a top one."""
    vias: list[Via] = []
    for value in values[:_MAX_VIAS]:
        try:
            vias += [Via.parse(item) for item in split_list(value)[:_MAX_VIAS]]
        except PeerError:
            if not vias:
                vias += _patched(value)
        if not vias:
            break
        if len(vias) >= _MAX_VIAS:
            return vias[:_MAX_VIAS]
    return vias


def _patched(value: str) -> list[Via]:
    """Of a broken Via, what says where the answer goes and whose it is."""
    match, branch = _sent_by(value), _branch(value)
    if match is None:
        return []
    place = f"{match[2]}:{match[3]}" if match[3] else match[2]
    try:
        return [Via.parse(f"SIP/2.0/{match[1]} {place}" + (f";branch={branch[1]}" if branch else ""))]
    except PeerError:
        return []


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
        # RFC 3261, 19.1.1: a Request-URI has no header fields.
        return Uri.parse(line.split(" ")[1])._replace(headers="")
    except PeerError:
        return _NOBODY.uri
