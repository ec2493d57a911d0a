"""Cuts a stream into SIP messages by their Content-Length (RFC 3261, 18.3 and 7.5). Not a parser of messages."""

from __future__ import annotations

import hashlib
import re
from enum import Enum

from voicecore.errors import PeerError
from voicecore.sip.destination import reply_path
from voicecore.sip.headers import Headers
from voicecore.sip.hop import Hop
from voicecore.sip.message import Response
from voicecore.sip.parser import MAX_DATAGRAM, MalformedMessage
from voicecore.sip.salvage import salvage

MAX_MESSAGE = MAX_DATAGRAM
"""Octets of a message with its body, as in a datagram: what the parser takes."""

_CRLF = b"\r\n"
_END = b"\r\n\r\n"
# A value may be folded, and white space, folded too, may stand before the colon (RFC 3261, 7.3.1).
_content_length = re.compile(
    rb"\r\n(?:Content-Length|l)(?:[ \t]|\r\n[ \t])*+:([^\r\n]*+(?:\r\n[ \t][^\r\n]*+)*+)(?=\r\n|\Z)",
    re.IGNORECASE,
).findall
_fold = re.compile(rb"\r\n[ \t]+")


class KeepAlive(Enum):
    """What stands between messages (RFC 5626, 3.5.1)."""

    PING = "CRLF CRLF"
    """The peer asks for a CRLF."""
    PONG = "CRLF"
    """The answer to a ping of ours."""


Piece = bytes | KeepAlive | MalformedMessage
"""A whole message, a keep-alive, or why the stream cannot be read any further."""


class StreamFramer:
    """One direction of one connection; how the stream is cut into segments makes no difference.

    Nothing is read after a fault: where the next message begins cannot be known.
    """

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self._max = max_message
        self._buffer = bytearray()
        self._searched = 0  # octets of the buffer in which the end of the head is not
        self._length: int | None = None  # of the message whose head is complete
        self._line_ends = 0  # since the last message, those that answered a ping left out
        self._pongs_due = 0
        self._is_broken = False

    @property
    def buffered(self) -> int:
        """Octets of a message that is not complete."""
        return len(self._buffer)

    def expect_pong(self) -> None:
        """A ping of ours was sent: the next CRLF between messages is its answer, and no half of a ping."""
        self._pongs_due += 1

    def receive(self, data: bytes) -> list[Piece]:
        """What `data` completes, in order. A fault is the last piece that ever comes."""
        if self._is_broken:
            return []
        self._buffer += data
        pieces: list[Piece] = []
        start = 0
        while True:
            start = self._skip_line_ends(start, pieces)
            try:
                end = self._end_of_message(start)
            except MalformedMessage as fault:
                self._is_broken = True
                self._buffer.clear()
                return [*pieces, fault]
            if end is None:
                break
            pieces.append(bytes(self._buffer[start:end]))
            start, self._searched, self._length, self._line_ends = end, end, None, 0
        # Once for each call, so that many small messages in one segment cost linear time.
        del self._buffer[:start]
        self._searched = max(0, self._searched - start)
        return pieces

    def _skip_line_ends(self, start: int, pieces: list[Piece]) -> int:
        while self._length is None and self._buffer.startswith(_CRLF, start):
            start += 2
            if self._pongs_due:
                self._pongs_due -= 1
                pieces.append(KeepAlive.PONG)
            else:
                self._line_ends += 1
                if self._line_ends % 2 == 0:
                    pieces.append(KeepAlive.PING)
        return start

    def _end_of_message(self, start: int) -> int | None:
        """Where the message that begins at `start` ends; None as long as that is not known or not there."""
        if self._length is None:
            head_end = self._buffer.find(_END, max(start, self._searched - len(_END) + 1))
            there = len(self._buffer) if head_end < 0 else head_end + len(_END)
            if there - start > self._max:
                raise _fault("Message too large", 513, bytes(self._buffer[start : start + self._max]))
            if head_end < 0:
                self._searched = there
                return None
            head = bytes(self._buffer[start:head_end])
            self._length = len(head) + len(_END) + _body_length(head)
            if self._length > self._max:
                raise _fault("Message too large", 513, head)
        end = start + self._length
        return end if len(self._buffer) >= end else None


def _body_length(head: bytes) -> int:
    found = _content_length(head)
    if not found:
        # RFC 3261, 20.14: over a stream it must be there, or the end of the message cannot be told.
        raise _fault("Missing Content-Length", 400, head)
    if len(found) > 1:
        raise _fault("Repeated Content-Length", 400, head)
    value = _fold.sub(b" ", found[0]).strip(b" \t")
    if not value.isdigit():
        raise _fault("Malformed Content-Length", 400, head)
    return int(value) if len(value) <= 16 else MAX_MESSAGE + 1


def _fault(reason: str, status: int, head: bytes) -> MalformedMessage:
    return MalformedMessage(reason, status, salvage(head.decode("latin-1")))


def refusal(fault: MalformedMessage, hop: Hop) -> bytes | None:
    """The response to a request that could not be framed; None when there is nothing that may be answered."""
    request = fault.request
    if request is None or request.method == "ACK":
        return None
    to = request.headers.lines()["To"][0]
    try:
        if request.to_tag is None:
            to += f";tag={hashlib.blake2s(request.call_id.encode(), digest_size=8).hexdigest()}"
        fields = reply_path(request, hop).fields
    except PeerError:
        return None
    return Response(fault.status, fault.reason, Headers([*fields, ("To", to)])).to_bytes()
