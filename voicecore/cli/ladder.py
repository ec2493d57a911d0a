"""Draws the SIP messages of a call as a ladder: one column a SIP endpoint, one arrow a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from voicecore.cli.printing import printable
from voicecore.store.records import LadderMessage

MARGIN = 11
"""Columns of text left of the ladder: the time since the first message, in seconds."""
LABEL = 32
"""The longest label; SIP allows any reason phrase."""


@dataclass(frozen=True, slots=True)
class _Arrow:
    at: datetime
    source: str
    target: str
    label: str


def draw(messages: Sequence[LadderMessage]) -> str:
    """The ladder as plain text, empty without messages.

    The first message's far end is the leftmost column, ours follow, then the other far ends.
    """
    if not messages:
        return ""
    arrows = [_arrow(message) for message in messages]
    ends = _endpoints(messages)
    step = max(max(len(arrow.label) for arrow in arrows) + 11, max(map(len, ends)) + 2)
    feet = [MARGIN + len(ends[0]) // 2 + step * index for index in range(len(ends))]
    lines = [_heading(ends, feet), _row(feet)]
    for arrow in arrows:
        offset = (arrow.at - arrows[0].at).total_seconds()
        row = _row(feet, feet[ends.index(arrow.source)], feet[ends.index(arrow.target)], arrow.label)
        lines.append(f"{offset:+9.3f}{row[9:]}")
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


def _arrow(message: LadderMessage) -> _Arrow:
    source, target = printable(message.local), printable(message.remote)
    if message.received:
        source, target = target, source
    return _Arrow(message.at, source, target, label(message.text))


def _endpoints(messages: Sequence[LadderMessage]) -> list[str]:
    ours = [message.local for message in messages]
    others = [message.remote for message in messages]
    return [printable(end) for end in dict.fromkeys([others[0], *ours, *others])]


def _heading(ends: Sequence[str], feet: Sequence[int]) -> str:
    line = ""
    for end, foot in zip(ends, feet, strict=True):
        line = line.ljust(foot - len(end) // 2) + end
    return line


def _row(feet: Sequence[int], source: int = 0, target: int = 0, label: str = "") -> str:
    row = [" "] * (feet[-1] + 1)
    for foot in feet:
        row[foot] = "|"
    low, high = sorted((source, target))
    if low != high:
        row[low + 1 : high] = f" {label} ".center(high - low - 1, "-")
        row[target + (1 if target == low else -1)] = "<" if target == low else ">"
    return "".join(row)
