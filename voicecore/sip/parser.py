"""Bytes of one datagram to one message (RFC 3261, 7 and 18.3). Not for streams.

What comes out is whole: every typed header field of it can be read without an error. The messages of RFC 4475
with repeated or missing header fields (3.3.1, 3.3.8, 3.3.9) are refused here, with the 400 they ask for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from voicecore.errors import PeerError
from voicecore.sip import grammar
from voicecore.sip.grammar import TOKEN
from voicecore.sip.headers import CANONICAL, Field, Headers, canonical
from voicecore.sip.message import Message, Request, Response
from voicecore.sip.plain_head import parse_plain
from voicecore.sip.salvage import salvage
from voicecore.sip.uri import Uri
from voicecore.sip.via import Via

MAX_DATAGRAM = 65_535
MAX_HEADER_FIELDS = 256
MAX_PARTS = 512
MAX_LINE = 8192
MAX_SHORT = 4096  # too short to cost much, whatever the number of its parts

_request_line = re.compile(rf"({TOKEN}++) ([^ ]++) [Ss][Ii][Pp]/2\.0").fullmatch
_status_line = re.compile(r"[Ss][Ii][Pp]/2\.0 ([1-6][0-9][0-9])(?: (.*+))?+").fullmatch
_version = re.compile(r"(?:.* )?(?!SIP/2\.0)SIP/[0-9]++\.[0-9]++(?: .*)?", re.IGNORECASE).fullmatch
_fold = re.compile(r"\r\n[ \t]+")
_date = re.compile(grammar.DATE).fullmatch
_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09})
_CONTROL = r"\x00-\x08\x0a-\x1f\x7f-\x9f"
_clean = re.compile(
    rf'(?:[^"{_CONTROL}]++|"(?:[^"\\{_CONTROL}]|\\[^\x80-\x9f])*+")*+(?:"[^{_CONTROL}]*+)?+'
).fullmatch
_MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")
_ONCE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Date")


class MalformedMessage(PeerError):
    """Bytes that are no SIP message. `reason` is fit for a reason phrase.

    `request`, when it is not None, is enough of the broken request to answer it with `status`: its top Via,
    From, To, Call-ID and CSeq can be read, with stand-ins where the peer's own were missing or unreadable.
    An ACK is never answered.
    """

    def __init__(self, reason: str, status: int = 400, request: Request | None = None) -> None:
        super().__init__(reason, status)
        self.request = request


def parse_datagram(data: bytes) -> Message:
    """Read one message; MalformedMessage says what is wrong with it. What follows the body is dropped."""
    if len(data) > MAX_DATAGRAM:
        raise MalformedMessage("Message too large", 513)
    if data[:1] in (b"\r", b"\n"):
        data = data.lstrip(b"\r\n")
    if not data:
        raise MalformedMessage("Empty message")
    return parse_plain(data) or parse_carefully(data)


def parse_carefully(data: bytes) -> Message:
    """The same by the rules alone, without the short cut for common messages."""
    head, end, body = data.partition(b"\r\n\r\n")
    text = _decode(head)
    try:
        if not end:
            raise PeerError("No empty line after the header fields")
        return _parse(head, text, body)
    except PeerError as fault:
        raise MalformedMessage(fault.reason, fault.status, salvage(text)) from None


def _decode(head: bytes) -> str:
    # Some phones write display names in Latin-1; any bytes are Latin-1, so text never holds surrogates.
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("latin-1")


def _parse(head: bytes, text: str, body: bytes) -> Message:
    _check_size(text)
    lines = text.split("\r\n")
    line_breaks = 2 * (len(lines) - 1)
    suspicious = len(head) - len(head.translate(None, _CONTROLS)) != line_breaks or not head.isascii()
    if "\r\n " in text or "\r\n\t" in text:
        text = _fold.sub(" ", text)
        lines = text.split("\r\n")
    if len(text) > MAX_LINE and max(map(len, lines)) > MAX_LINE:
        raise PeerError("Header field too long")
    if suspicious:
        _refuse_controls(lines)
    method, uri, status, reason = _parse_start(lines[0])
    fields, length = _parse_fields(lines)
    if length is not None:
        body = _cut(body, length)
    message: Message = (
        Response(status, reason, Headers(fields), body)
        if uri is None
        else Request(method, uri, Headers(fields), body)
    )
    _check(message)
    return message


def _check_size(text: str) -> None:
    """What bounds the work for a long message: the number of its parts."""
    if text.count("\r\n") > MAX_HEADER_FIELDS:
        raise PeerError("Too many header fields")
    if len(text) > MAX_SHORT and (text.count(";") > MAX_PARTS or text.count(",") > MAX_PARTS):
        raise PeerError("Too many parameters or list items")
    if len(text) > MAX_SHORT and text.count("\\") > MAX_PARTS:
        raise PeerError("Too many quoted pairs")


def _refuse_controls(lines: list[str]) -> None:
    """Control characters stand only behind a backslash inside quotes (RFC 3261, 25.1; RFC 4475, 3.1.1.2)."""
    for line in lines:
        if "\r" in line or "\n" in line:
            raise PeerError("Line break without CR LF")
        if not _clean(line):
            raise PeerError("Control character in a header field")


def _parse_start(line: str) -> tuple[str, Uri | None, int, str]:
    if match := _request_line(line):
        return match[1], _parse_request_uri(match[2]), 0, ""
    if match := _status_line(line):
        return "", None, int(match[1]), match[2] or ""
    if _version(line):
        raise PeerError("Version Not Supported", 505)
    if line[:4].upper() == "SIP/":
        raise PeerError("Malformed status line")
    if "<" in line or ">" in line:
        raise PeerError("Malformed Request-URI: angle bracket in the URI")
    if line.count(" ") != 2:
        raise PeerError("Malformed request line: too many or too few spaces")
    raise PeerError("Malformed request line")


def _parse_request_uri(text: str) -> Uri:
    try:
        uri = Uri.parse(text)
        if uri.headers:
            raise PeerError("header fields in the URI")
    except PeerError as fault:
        raise PeerError(f"Malformed Request-URI: {fault.reason}") from None
    return uri


def _parse_fields(lines: list[str]) -> tuple[list[Field], str | None]:
    """The header fields, and the text of Content-Length apart from them."""
    fields: list[Field] = []
    length: str | None = None
    for line in islice(lines, 1, None):
        name, colon, value = line.partition(":")
        known = CANONICAL.get(name)
        if known is None or not colon:
            name = name.rstrip(" \t")
            if not colon or not grammar.is_token(name):
                raise PeerError("Malformed header field name")
            known = canonical(name)
        if known != "Content-Length":
            fields.append((known, value.strip(" \t")))
        elif length is None:
            length = value.strip(" \t")
        else:
            raise PeerError("Repeated Content-Length")
    return fields, length


def _cut(body: bytes, length: str) -> bytes:
    if not (length.isascii() and length.isdigit()):
        raise PeerError("Malformed Content-Length")
    if len(length) > 16 or int(length) > len(body):
        raise PeerError("Content-Length larger than the body")
    return body[: int(length)]


def _check(message: Message) -> None:
    """Read every typed header field once; what is read here stays cached in the message."""
    lines = message.headers.lines()
    _check_counts(lines)
    name = "Via"
    try:
        message.via  # noqa: B018
        _check_lower_vias(message.headers.all("Via"))
        name = "From"
        message.from_  # noqa: B018
        name = "To"
        message.to  # noqa: B018
        name = "CSeq"
        cseq = message.cseq
        name = "Call-ID"
        if " " in message.call_id or "\t" in message.call_id:
            raise PeerError("space inside")
        for name, read in _OPTIONAL:
            if name in lines:
                read(message)
    except PeerError as fault:
        raise PeerError(f"Malformed {name}: {fault.reason}") from None
    if isinstance(message, Request) and message.method != cseq.method:
        raise PeerError("CSeq method does not match the request line")


def _check_lower_vias(values: Sequence[str]) -> None:
    if len(values) > grammar.MAX_LIST:
        raise PeerError("too many")
    for value in values[1:]:
        if not Via.is_well_formed(value):
            raise PeerError("malformed below the top one")


def _check_counts(lines: Mapping[str, tuple[str, ...]]) -> None:
    for name in _MANDATORY:
        if name not in lines:
            raise PeerError(f"Missing {name}")
    for name in _ONCE:
        if name in lines and len(lines[name]) > 1:
            raise PeerError(f"Repeated {name}")


def _check_date(message: Message) -> None:
    # RFC 4475, 3.1.2.12: refusing a time zone other than GMT is one of the choices; a phone never sends it.
    # An answer is not lost for a header field that nobody reads.
    if isinstance(message, Request) and not _date(message.headers.get("Date") or ""):
        raise PeerError("not an RFC 1123 date in GMT")


def _check_routes(name: str) -> Callable[[Message], object]:
    def check(message: Message) -> None:
        if len(message.headers.all(name)) > grammar.MAX_LIST:
            raise PeerError("too many")
        message.routes(name)

    return check


def _check_contacts(message: Message) -> None:
    if len(message.headers.all("Contact")) > grammar.MAX_LIST:
        raise PeerError("too many")
    message.contacts  # noqa: B018


_OPTIONAL: tuple[tuple[str, Callable[[Message], object]], ...] = (
    ("Max-Forwards", lambda message: message.max_forwards),
    ("Contact", _check_contacts),
    ("Record-Route", _check_routes("Record-Route")),
    ("Route", _check_routes("Route")),
    ("Date", _check_date),
)
