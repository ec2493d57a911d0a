"""What a recogniser's process and ours say to each other: frames of a kind, an utterance and a body. Pure."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, NamedTuple, NewType

from voicecore.errors import PeerError
from voicecore.speech.recognition.search import Search, SearchKind

UtteranceId = NewType("UtteranceId", int)

MOST_OCTETS: Final = 1 << 20
"""Of one body: a minute of sound, or any text that is an answer."""

_HEAD: Final = struct.Struct(">BII")


class FrameKind(IntEnum):
    BEGIN = 1
    """To the process: an utterance begins; the body is what to look for."""
    AUDIO = 2
    """To the process: 8 kHz, mono, 16-bit little-endian samples."""
    END = 3
    """To the process: that was all; an answer is wanted."""
    DROP = 4
    """To the process: nobody wants the answer any more."""
    READY = 5
    """From the process: the model is loaded."""
    PARTIAL = 6
    """From the process: what was heard so far."""
    HEARD = 7
    """From the process: the last word about an utterance."""
    FAILED = 8
    """From the process: it has no answer, or, of utterance 0, cannot work at all; the body says why."""


class Frame(NamedTuple):
    kind: FrameKind
    utterance: UtteranceId = UtteranceId(0)
    body: bytes = b""

    def encoded(self) -> bytes:
        return _HEAD.pack(self.kind, self.utterance, len(self.body)) + self.body


class FrameReader:
    """Octets as they come to frames."""

    def __init__(self) -> None:
        self._left = bytearray()

    def feed(self, octets: bytes) -> list[Frame]:
        """The frames that are complete now. Raises PeerError for what is none."""
        self._left += octets
        frames, at = list[Frame](), 0
        while len(self._left) - at >= _HEAD.size:
            kind, utterance, length = _HEAD.unpack_from(self._left, at)
            if length > MOST_OCTETS or kind not in FrameKind.__members__.values():
                raise PeerError(f"frame of kind {kind} and {length} octets")
            end = at + _HEAD.size + length
            if len(self._left) < end:
                break
            body = bytes(self._left[at + _HEAD.size : end])
            frames.append(Frame(FrameKind(kind), UtteranceId(utterance), body))
            at = end
        del self._left[:at]
        return frames


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser makes of an utterance. An empty text: nothing was said."""

    text: str
    confidence: float
    """0 to 1, the recogniser's own."""


def search_to_body(search: Search, language: str) -> bytes:
    return _written({"kind": search.kind.value, "phrases": search.phrases, "language": language})


def search_from_body(body: bytes) -> tuple[Search, str]:
    """Raises PeerError."""
    match _read(body):
        case {"kind": str(kind), "phrases": list(phrases), "language": str(language)} if kind in {
            one.value for one in SearchKind
        }:
            return Search(SearchKind(kind), tuple(map(str, phrases))), language
        case _:
            raise PeerError("no search")


def heard_to_body(heard: Heard) -> bytes:
    return _written({"text": heard.text, "confidence": heard.confidence})


def heard_from_body(body: bytes) -> Heard:
    """Raises PeerError."""
    match _read(body):
        case {"text": str(text), "confidence": int() | float() as confidence} if 0 <= confidence <= 1:
            return Heard(text, float(confidence))
        case _:
            raise PeerError("nothing that was heard")


def _written(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PeerError(f"no JSON: {error}") from error
