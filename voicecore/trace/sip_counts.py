"""Counts SIP messages by looking at their first lines. Pure; reads nothing that a call depends on.

Labels come from fixed lists, so that no peer can make new time series.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicecore.sip.output import Heard, Output, PeerFault, Transmit

METHODS = (
    *("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO"),
    *("REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE", "PUBLISH"),
)
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "6xx")
OTHER = "other"

REMEMBERED = 2048
"""Messages of each direction, at least, among which a repeat is looked for."""

# A message becomes the place of a number in a list by one look-up: counting is done for every message.
_REQUESTS = (*METHODS, OTHER)
_RESPONSES = tuple((method, status) for method in _REQUESTS for status in CLASSES)
_REQUEST_PLACE = {method.encode(): place for place, method in enumerate(METHODS)}
_RESPONSE_PLACE = {
    status[:1].encode() + method.encode(): place for place, (method, status) in enumerate(_RESPONSES)
}
_cseq = re.compile(rb"\ncseq[ \t]*:\s*[0-9]+\s+([^\s]+)", re.IGNORECASE)


class Direction:
    """What went one way."""

    def __init__(self) -> None:
        self.repeats = 0
        """Of requests and responses; they are counted there as well."""
        self._requests = [0] * len(_REQUESTS)
        self._responses = [0] * len(_RESPONSES)
        # Hashes of the newest messages: two generations, of which the elder goes when the younger is full.
        self._young: set[int] = set()
        self._old: set[int] = set()

    def requests(self) -> Iterator[tuple[str, int]]:
        """The methods that were there, and how often."""
        return ((method, n) for method, n in zip(_REQUESTS, self._requests, strict=True) if n)

    def responses(self) -> Iterator[tuple[tuple[str, str], int]]:
        """The methods and classes of status that were there, and how often."""
        return ((key, n) for key, n in zip(_RESPONSES, self._responses, strict=True) if n)

    def count(self, message: bytes) -> None:
        name = hash(message)
        if name in self._young or name in self._old:
            self.repeats += 1
        self._young.add(name)
        if len(self._young) >= REMEMBERED:
            self._old, self._young = self._young, set()
        if message.startswith(b"SIP/"):
            self._responses[_response_place(message)] += 1
            return
        place = _REQUEST_PLACE.get(message[: message.find(b" ")])
        if place is not None:
            self._requests[place] += 1
        elif message[:4].upper() == b"SIP/":
            self._responses[_response_place(message)] += 1
        else:
            self._requests[len(METHODS)] += 1


class SipCounts:
    """Given every output of the stack; each total only ever grows."""

    def __init__(self) -> None:
        self.received = Direction()
        self.sent = Direction()
        self.faults = 0
        """Input that broke the rules, of any kind that the stack tells of."""

    def receive(self, output: Output) -> None:
        # By type and not by match: this runs for every message, and those two are nearly all.
        if isinstance(output, Transmit):
            self.sent.count(output.data)
        elif isinstance(output, Heard):
            self.received.count(output.data)
        elif isinstance(output, PeerFault):
            self.faults += 1


def _response_place(response: bytes) -> int:
    status, start = response[8:9], response.find(b"\nCSeq: ")
    if start >= 0:
        end = response.find(b"\r", start)
        place = _RESPONSE_PLACE.get(status + response[response.rfind(b" ", start, end) + 1 : end])
        if place is not None:
            return place
    found = _cseq.search(response)
    method = b"" if found is None else found[1]
    place = _RESPONSE_PLACE.get(status + method)
    return _RESPONSE_PLACE.get(status + OTHER.encode(), 0) if place is None else place
