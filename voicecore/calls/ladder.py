"""Draws the SIP messages of a call as a ladder: a column for us and one a far end, one arrow a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import NamedTuple

from voicecore.calls.journal import EventKind
from voicecore.store.records import EventRecord, LadderMessage, LegRecord
from voicecore.trace.printable import printable
from voicecore.trace.transport_seen import transport_of

MARGIN = 11
"""Columns of text left of the ladder: the time since the first message, in seconds."""
LABEL = 32
"""The longest label; SIP allows any reason phrase."""
AGAIN = ", again"
"""Added to the label of a message that was there before, octet for octet."""

OURS = 1
"""The column of the platform: right of the first far end."""

NOTED = frozenset(
    kind.value
    for kind in (
        *(EventKind.EARLY_MEDIA, EventKind.FLOW_FAILED),
        *(EventKind.ANSWERED, EventKind.BRIDGED, EventKind.UNBRIDGED, EventKind.HELD, EventKind.RESUMED),
        *(EventKind.DIALLED, EventKind.DIAL_OUTCOME, EventKind.MEDIA_TIMED_OUT, EventKind.ENDED),
    )
)
"""Steps of the call that stand beside the arrows; all whose names speak of a transfer do too."""


@dataclass(frozen=True, slots=True)
class _Row:
    """An arrow from one column to another, or, within one column, only a note."""

    at: datetime
    source: int = OURS
    target: int = OURS
    label: str = ""
    line: str = "-"
    is_both_ways: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One end. `role` says who it is, and of a far end over what it was reached."""

    role: str
    address: str


class Arrow(NamedTuple):
    """One message. `source` and `target` are places in the list of `Column`s; `again`: octet for octet as before."""

    message: LadderMessage
    source: int
    target: int
    label: str
    again: bool


def arrows(messages: Sequence[LadderMessage]) -> list[Arrow]:
    """The messages between the columns of `columns`."""
    return list(_arrows_of(messages, _places(messages)))


def columns(messages: Sequence[LadderMessage]) -> list[Column]:
    """The far ends and we, from left to right: the first message's far end, we, then the others."""
    return _columns(messages, _places(messages)) if messages else []


def draw(
    messages: Sequence[LadderMessage],
    *,
    events: Sequence[EventRecord] = (),
    legs: Sequence[LegRecord] = (),
) -> str:
    """The ladder as plain text, empty without messages.

    The first message's far end is the leftmost column, we follow, then the other far ends. With `events`, what
    explains the messages is noted beside them; with `legs`, their audio is drawn where it began.
    """
    if not messages:
        return ""
    places = _places(messages)
    ends = _columns(messages, places)
    rows = list(
        merge(_arrows(messages, places), _audio(legs, places), _notes(events), key=lambda row: row.at)
    )
    widest = max(max(len(column.role), len(column.address)) for column in ends)
    step = max(max(len(row.label) for row in rows) + 11, widest + 2)
    feet = [MARGIN + max(len(ends[0].role), len(ends[0].address)) // 2 + step * i for i in range(len(ends))]
    lines = [
        _heading([c.role for c in ends], feet),
        _heading([c.address for c in ends], feet),
        _drawn(feet),
    ]
    for row in rows:
        offset = (row.at - messages[0].at).total_seconds()
        lines.append(f"{offset:+9.3f}{_drawn(feet, row)[9:]}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def label(text: bytes) -> str:
    """What an arrow says: the method, or the status and reason; and whether there is SDP.

    >>> label(b"SIP/2.0 200 OK\\r\\n\\r\\n")
    '200 OK'
    """
    head, _, body = text.partition(b"\r\n\r\n")
    start = printable(head.split(b"\r\n", 1)[0].decode("utf-8", "backslashreplace"))
    name = start.removeprefix("SIP/2.0 ") if start.startswith("SIP/2.0 ") else start.split(" ", 1)[0]
    sdp = " (SDP)" if body and b"application/sdp" in head.lower() else ""
    room = LABEL - len(sdp)
    return (name if len(name) <= room else name[: room - 2] + "..")[:room] + sdp or "(empty)"


def _places(messages: Sequence[LadderMessage]) -> dict[str, int]:
    """The column of every far end."""
    far_ends = dict.fromkeys(message.remote for message in messages)
    return {far: index + (index >= OURS) for index, far in enumerate(far_ends)}


def _columns(messages: Sequence[LadderMessage], places: dict[str, int]) -> list[Column]:
    ours = ", ".join(map(printable, dict.fromkeys(message.local for message in messages)))
    found = [Column("VoiceCore", ours)]
    roles: Counter[str] = Counter()
    for far in places:
        theirs = [message for message in messages if message.remote == far]
        role = "caller" if theirs[0].received else "callee"
        roles[role] += 1
        numbered = role if roles[role] == 1 else f"{role} {roles[role]}"
        transports = ", ".join(dict.fromkeys(transport_of(message.text) for message in theirs))
        found.append(Column(f"{numbered}, {transports}", printable(far)))
    return [found[1], found[0], *found[2:]]


def _arrows_of(messages: Sequence[LadderMessage], places: dict[str, int]) -> Iterator[Arrow]:
    seen: set[tuple[str, bool, bytes]] = set()
    for message in messages:
        far = places[message.remote]
        key = (message.remote, message.received, message.text)
        source, target = (far, OURS) if message.received else (OURS, far)
        yield Arrow(message, source, target, label(message.text), key in seen)
        seen.add(key)


def _arrows(messages: Sequence[LadderMessage], places: dict[str, int]) -> Iterator[_Row]:
    for arrow in _arrows_of(messages, places):
        yield _Row(arrow.message.at, arrow.source, arrow.target, arrow.label + (AGAIN if arrow.again else ""))


def _audio(legs: Sequence[LegRecord], places: dict[str, int]) -> Iterator[_Row]:
    answered = [(leg.answered, leg) for leg in legs if leg.answered and leg.codec]
    for at, leg in sorted(answered, key=lambda pair: pair[0]):
        far = places.get(leg.remote_address)
        if far is not None:
            yield _Row(at, OURS, far, printable(f"RTP {leg.codec}"), line="=", is_both_ways=True)


def _notes(events: Sequence[EventRecord]) -> Iterator[_Row]:
    for event in events:
        if event.kind in NOTED or "transfer" in event.kind:
            yield _Row(event.at, note=printable(f"{event.kind} {event.detail}".strip()))


def _heading(texts: Sequence[str], feet: Sequence[int]) -> str:
    line = ""
    for text, foot in zip(texts, feet, strict=True):
        line = line.ljust(foot - len(text) // 2) + text
    return line


def _drawn(feet: Sequence[int], row: _Row | None = None) -> str:
    line = [" "] * (feet[-1] + 1)
    for foot in feet:
        line[foot] = "|"
    if row is None:
        return "".join(line)
    low, high = sorted((feet[row.source], feet[row.target]))
    if low != high:
        line[low + 1 : high] = f" {row.label} ".center(high - low - 1, row.line)
        if row.is_both_ways or row.target < row.source:
            line[low + 1] = "<"
        if row.is_both_ways or row.target > row.source:
            line[high - 1] = ">"
    return "".join(line) + (f"  {row.note}" if row.note else "")
