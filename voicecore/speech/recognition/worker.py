"""A recogniser's process: `python -m voicecore.speech.recognition.worker ENGINE [MODEL]`. Frames in, frames out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import BinaryIO, Final

import numpy as np

from voicecore.errors import PeerError, UsageError, VoicecoreError
from voicecore.speech.recognition.engines.engine import Engine, EngineMaker, Utterance
from voicecore.speech.recognition.engines.pocketsphinx import Pocketsphinx
from voicecore.speech.recognition.engines.vosk import Vosk
from voicecore.speech.recognition.engines.whisper import Whisper
from voicecore.speech.recognition.frame import (
    Frame,
    FrameKind,
    FrameReader,
    Heard,
    UtteranceId,
    heard_to_body,
    search_from_body,
)

ENGINES: Final[dict[str, EngineMaker]] = {
    "whisper": Whisper,
    "pocketsphinx": Pocketsphinx,
    "vosk": Vosk,
}

_NICENESS: Final = 5  # an answer may come a little later; a media tick may not
_READ: Final = 1 << 16


class Sessions:
    """The utterances of one process."""

    def __init__(self, engine: Engine, tell: Callable[[Frame], None]) -> None:
        self._engine = engine
        self._tell = tell
        self._utterances: dict[UtteranceId, Utterance] = {}

    def receive(self, frame: Frame) -> None:
        try:
            self._take(frame)
        except (VoicecoreError, RuntimeError, ValueError) as error:  # the engines' own are of these two
            self._utterances.pop(frame.utterance, None)
            self._tell(Frame(FrameKind.FAILED, frame.utterance, str(error).encode()))

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case FrameKind.BEGIN:
                self._utterances[frame.utterance] = self._engine.begin(*search_from_body(frame.body))
            case FrameKind.AUDIO:
                utterance = self._utterances.get(frame.utterance)
                partial = utterance and utterance.hear(np.frombuffer(frame.body, "<i2"))
                if partial:
                    body = heard_to_body(Heard(partial, 0.0))
                    self._tell(Frame(FrameKind.PARTIAL, frame.utterance, body))
            case FrameKind.END:
                ended = self._utterances.pop(frame.utterance, None)
                if ended is not None:
                    self._tell(Frame(FrameKind.HEARD, frame.utterance, heard_to_body(ended.end())))
            case FrameKind.DROP:
                self._utterances.pop(frame.utterance, None)
            case _:
                raise PeerError(f"a {frame.kind.name} frame is not for the process")


def serve(octets: BinaryIO, answers: BinaryIO, make: Callable[[], Engine]) -> int:
    """Until the other side closes; the status for the process to end with."""

    def tell(frame: Frame) -> None:
        answers.write(frame.encoded())
        answers.flush()

    try:
        engine = make()
    except VoicecoreError as error:
        tell(Frame(FrameKind.FAILED, body=str(error).encode()))
        return 1
    tell(Frame(FrameKind.READY))
    sessions, reader = Sessions(engine, tell), FrameReader()
    while some := os.read(octets.fileno(), _READ):
        for frame in reader.feed(some):
            sessions.receive(frame)
    return 0


def main(words: list[str]) -> int:
    if not words or words[0] not in ENGINES:
        raise UsageError(f"name one of {', '.join(ENGINES)}")
    os.nice(_NICENESS)
    # What an engine prints must not stand between frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        return serve(sys.stdin.buffer, answers, lambda: ENGINES[words[0]](words[1] if len(words) > 1 else ""))
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
