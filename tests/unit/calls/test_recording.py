"""A recording's marks: where the engine says that they are, in the order of the sound, and bounded."""

from __future__ import annotations

from voicecore.calls.recording import MAX_MARKS, Recording
from voicecore.ids import LegId, RecordingId
from voicecore.media.events import RecordingGap, RecordingMarked
from voicecore.store.records import MarkKind, RecordingMark

LEG, RECORDING = LegId(1), RecordingId(2)


class Orders:
    """Notes what the engine is asked for: hushed or not, or None for a mark alone; and the mark's number."""

    def __init__(self) -> None:
        self.asked: list[tuple[bool | None, int]] = []

    def stop_recording(self, recording: RecordingId) -> None: ...

    def hush_recording(self, recording: RecordingId, on: bool, mark: int) -> None:
        self.asked.append((on, mark))

    def mark_recording(self, recording: RecordingId, mark: int) -> None:
        self.asked.append((None, mark))


def reached(recording: Recording, mark: int, position_ms: int) -> None:
    recording.reached(RecordingMarked(LEG, 0.0, RECORDING, mark, position_ms))


async def test_a_mark_is_there_once_its_place_is_known() -> None:
    orders = Orders()
    recording = Recording(orders, RECORDING, "a.wav")
    recording.mark("offer", {"months": 24})
    recording.mark("later", {})
    assert not recording.marks
    reached(recording, 2, 900)
    reached(recording, 1, 500)
    reached(recording, 1, 700)
    offer = RecordingMark(500, MarkKind.NOTE, "offer", {"months": 24})
    assert recording.marks == (offer, RecordingMark(900, MarkKind.NOTE, "later", {}))


async def test_only_the_first_silence_begins_and_the_last_ends_it() -> None:
    orders = Orders()
    recording = Recording(orders, RECORDING, "a.wav")
    recording.hush(MarkKind.PAUSED)
    recording.hush(MarkKind.MASKED)
    recording.unhush(MarkKind.PAUSED)
    recording.unhush(MarkKind.MASKED)
    assert orders.asked == [(True, 1), (None, 2), (None, 3), (False, 4)]
    for number in range(1, 5):
        reached(recording, number, number)
    kinds = [mark.kind for mark in recording.marks]
    assert kinds == [MarkKind.PAUSED, MarkKind.MASKED, MarkKind.RESUMED, MarkKind.UNMASKED]


async def test_lost_sound_is_a_mark_and_marks_are_bounded() -> None:
    recording = Recording(Orders(), RECORDING, "a.wav")
    for at in range(MAX_MARKS + 5):
        recording.lost(RecordingGap(LEG, 0.0, RECORDING, at, 240))
    assert len(recording.marks) == MAX_MARKS
    assert recording.marks[0] == RecordingMark(0, MarkKind.LOST, "240 ms")
