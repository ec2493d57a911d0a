"""A recogniser's process, without the process."""

from __future__ import annotations

import numpy as np
import pytest

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.recognition import worker
from voicecore.speech.recognition.engines.engine import Samples, Utterance
from voicecore.speech.recognition.frame import (
    Frame,
    FrameKind,
    Heard,
    UtteranceId,
    heard_from_body,
    search_to_body,
)
from voicecore.speech.recognition.search import Search, SearchKind


class Counting:
    """Hears how many samples there were, and tells after each thousand."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self, samples: Samples) -> str | None:
        self.heard += len(samples)
        return str(self.heard) if self.heard % 1000 == 0 else None

    def end(self) -> Heard:
        if not self.heard:
            raise RuntimeError("nothing there")
        return Heard(str(self.heard), 0.5)


class CountingEngine:
    def begin(self, search: Search, language: str) -> Utterance:
        if search.kind is SearchKind.FREE:
            raise Unavailable("no free speech here")
        return Counting()


def talk(*frames: Frame) -> list[Frame]:
    told: list[Frame] = []
    sessions = worker.Sessions(CountingEngine(), told.append)
    for frame in frames:
        sessions.receive(frame)
    return told


def begin(id: int, kind: SearchKind = SearchKind.PHRASES) -> Frame:
    return Frame(FrameKind.BEGIN, UtteranceId(id), search_to_body(Search(kind, ("a",)), "en"))


def audio(id: int, samples: int) -> Frame:
    return Frame(FrameKind.AUDIO, UtteranceId(id), np.zeros(samples, "<i2").tobytes())


def end(id: int) -> Frame:
    return Frame(FrameKind.END, UtteranceId(id))


def test_utterances_beside_each_other_are_kept_apart() -> None:
    told = talk(begin(1), begin(2), audio(1, 10), audio(2, 20), audio(1, 5), end(1), end(2))
    assert [(one.utterance, heard_from_body(one.body).text) for one in told] == [(1, "15"), (2, "20")]


def test_what_was_heard_so_far_is_told() -> None:
    first, last = talk(begin(1), audio(1, 1000), audio(1, 1), end(1))
    assert (first.kind, heard_from_body(first.body).text) == (FrameKind.PARTIAL, "1000")
    assert last.kind is FrameKind.HEARD


def test_a_dropped_utterance_has_no_answer() -> None:
    assert talk(begin(1), audio(1, 10), Frame(FrameKind.DROP, UtteranceId(1)), audio(1, 10), end(1)) == []


@pytest.mark.parametrize(
    ("frames", "problem"),
    [
        ([begin(1, SearchKind.FREE)], "no free speech"),
        ([begin(1), end(1)], "nothing there"),
        ([Frame(FrameKind.BEGIN, UtteranceId(1), b"{}")], "no search"),
        ([begin(1), Frame(FrameKind.AUDIO, UtteranceId(1), b"odd")], "buffer"),
        ([Frame(FrameKind.READY, UtteranceId(1))], "not for the process"),
    ],
)
def test_a_failure_is_of_one_utterance(frames: list[Frame], problem: str) -> None:
    *_, failed = talk(*frames)
    assert (failed.kind, failed.utterance) == (FrameKind.FAILED, 1)
    assert problem in failed.body.decode()


def test_only_engines_that_there_are_can_be_named() -> None:
    with pytest.raises(UsageError, match="whisper"):
        worker.main(["parrot"])
