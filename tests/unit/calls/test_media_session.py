from __future__ import annotations

import asyncio

import numpy as np
import pytest

from voicecore.calls.conference import Conferences, Seat
from voicecore.calls.media_session import MediaSession
from voicecore.calls.recording import Recording
from voicecore.ids import LegId
from voicecore.media.call_progress import ProgressTone, ToneWatch
from voicecore.media.engine import AudioBatch, RecordingLayout
from voicecore.media.events import (
    DisconnectCause,
    PlayoutEnd,
    RecordingFailed,
    RecordingFinished,
    RecordingGap,
    Speaker,
    Speaking,
    ToneHeard,
)
from voicecore.media.leg_spec import BrowserPeer, LegSpec
from voicecore.media.sounds import SoundLibrary
from voicecore.testing.simulated_engine import SimulatedEngine

SPEC = LegSpec("192.0.2.7", 4000, 4001, "PCMU", 0, 20, ((0, "PCMU"),), 101)


class Observer:
    def __init__(self) -> None:
        self.digits = ""
        self.timed_out: list[int] = []
        self.recorded: list[str] = []
        self.gaps: list[int] = []
        self.media: list[str] = []

    def digit_pressed(self, leg: LegId, digit: str) -> None:
        self.digits += digit

    def media_timed_out(self, leg: LegId, silent_ms: int) -> None:
        self.timed_out.append(silent_ms)

    def media_is_one_way(self, leg: LegId, silent_ms: int) -> None:
        self.media.append(f"one-way for {silent_ms} ms")

    def tone_heard(self, leg: LegId, heard: ToneHeard) -> None:
        self.media.append(heard.tone.value)

    def media_connected(self, leg: LegId) -> None:
        self.media.append("connected")

    def media_disconnected(self, leg: LegId, why: DisconnectCause) -> None:
        self.media.append(why.value)

    def recording_gap(self, leg: LegId, recording: Recording, event: RecordingGap) -> None:
        self.gaps.append(event.lost_ms)

    def recording_ended(
        self, leg: LegId, recording: Recording, event: RecordingFinished | RecordingFailed
    ) -> None:
        self.recorded.append(recording.path)


def a_session(engine: SimulatedEngine, observer: Observer, rtp_timeout_ms: int = 0) -> MediaSession:
    return MediaSession(engine, LegId(1), observer=observer, rtp_timeout_ms=rtp_timeout_ms)


async def test_the_time_out_of_the_settings_reaches_the_engine() -> None:
    engine = SimulatedEngine()
    session = a_session(engine, Observer(), rtp_timeout_ms=30_000)
    session.configure(SPEC)
    assert engine.legs[LegId(1)].spec == SPEC._replace(rtp_timeout_ms=30_000)


async def test_a_peer_on_hold_may_be_silent() -> None:
    engine = SimulatedEngine()
    session = a_session(engine, Observer(), rtp_timeout_ms=30_000)
    session.configure(SPEC._replace(receiving=False))
    assert engine.legs[LegId(1)].spec == SPEC._replace(receiving=False, rtp_timeout_ms=0)


async def test_a_playout_says_how_it_ended() -> None:
    engine = SimulatedEngine()
    session = a_session(engine, Observer())
    sound = SoundLibrary(engine).put("second", bytes(16000))
    first, second = session.play([sound]), session.play([sound, sound])
    assert (await first.finished()).end is PlayoutEnd.REPLACED
    await asyncio.sleep(0.5)
    second.stop()
    finished = await second.finished()
    assert (finished.end, finished.played_ms) == (PlayoutEnd.STOPPED, 500)


async def test_closing_ends_everything_that_waits() -> None:
    engine, observer = SimulatedEngine(), Observer()
    session = a_session(engine, observer)
    sound = SoundLibrary(engine).put("second", bytes(16000))
    playout, recording = (
        session.play([sound], repeat=True),
        session.record("a.wav", layout=RecordingLayout.STEREO),
    )
    session.close()
    await session.closed()
    assert (await playout.finished()).end is PlayoutEnd.LEG_CLOSED
    assert isinstance(await recording.stop(), RecordingFinished)
    assert observer.recorded == ["a.wav"]
    assert session.statistics is not None
    session.close()
    session.hear([])
    session.watch_speech(True)


async def test_an_engine_that_says_nothing_does_not_hold_up_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SimulatedEngine()
    session = a_session(engine, Observer())
    monkeypatch.setattr(engine, "close_leg", lambda leg: None)
    session.close()
    await session.closed()
    assert asyncio.get_running_loop().time() >= 2.0


async def test_a_browser_session_has_credentials_and_tells_when_it_has_media() -> None:
    engine, observer = SimulatedEngine(), Observer()
    session = MediaSession(engine, LegId(1), observer=observer, is_browser=True)
    before = session.access
    assert before is not None
    after = session.restart_ice()
    peer = BrowserPeer("abcd", "0123456789012345678901", "sha-256 00", dtls_client=True)
    session.configure(SPEC._replace(browser=peer))
    engine.disconnect(LegId(1))
    await asyncio.sleep(0)
    assert (session.port, session.access) == (before.port, after)
    assert before.ufrag != after.ufrag
    assert observer.media == ["connected", "consent lost"]


async def test_who_hears_whom_has_gains_and_conferences_have_seats() -> None:
    engine = SimulatedEngine()
    agent, customer, supervisor = (MediaSession(engine, LegId(leg), observer=Observer()) for leg in (1, 2, 3))
    supervisor.hear([customer, (agent, -6.0)])
    agent.hear([customer, (supervisor, -12.0)])
    assert engine.heard_by(supervisor.leg) == {customer.leg: 0.0, agent.leg: -6.0}
    assert engine.heard_by(agent.leg) == {customer.leg: 0.0, supervisor.leg: -12.0}
    rooms = Conferences()
    with (
        rooms.visit(engine, "one", customer, Seat()),
        rooms.visit(engine, "one", supervisor, Seat(muted=True)),
    ):
        room = rooms.get("one")
        assert room is not None
        assert room.members == (customer, supervisor)
        room.seat(customer, Seat(gain_db=3.0))
        assert engine.heard_by(supervisor.leg) == {customer.leg: 0.0, agent.leg: -6.0}
        supervisor.hear([])
        assert engine.heard_by(supervisor.leg) == {customer.leg: 3.0}
        engine.conferences[room.id].listener(Speaking(room.id, 1.0, (Speaker(customer.leg, -20.0),)))
        assert room.speakers == (Speaker(customer.leg, -20.0),)
    assert rooms.get("one") is None
    assert not engine.conferences


async def test_a_tap_ends_with_the_leg() -> None:
    engine = SimulatedEngine()
    session = MediaSession(engine, LegId(1), observer=Observer())
    batches: list[AudioBatch] = []
    tap = session.tap(batches.append, batch_ms=20)
    engine.utter(session.leg, np.ones(160, np.int16))
    await asyncio.sleep(0)
    session.close()
    session.untap(tap)
    await session.closed()
    assert [len(batch.samples) for batch in batches] == [160]


async def test_tones_are_watched_while_somebody_asks_and_go_to_who_asked() -> None:
    engine, observer = SimulatedEngine(), Observer()
    session = a_session(engine, observer)
    leg = engine.legs[LegId(1)]
    busy, fax = frozenset({ProgressTone.BUSY}), frozenset({ProgressTone.FAX_CALLING})
    with session.hearing_tones(busy, "DE") as first:
        assert leg.tone_watch == ToneWatch("DE", busy)
        with session.hearing_tones(fax, "") as second:
            assert leg.tone_watch == ToneWatch("", busy | fax)
            engine.sound(LegId(1), ProgressTone.FAX_CALLING)
            engine.sound(LegId(1), ProgressTone.BEEP)
            assert (await second.next()).tone is ProgressTone.FAX_CALLING
            assert first.take() is None
        assert leg.tone_watch == ToneWatch("DE", busy)
    watches = [leg.tone_watch]
    assert watches == [None]
    assert observer.media == ["fax-calling"]


async def test_one_way_audio_is_told() -> None:
    engine, observer = SimulatedEngine(), Observer()
    session = MediaSession(engine, LegId(1), observer=observer, one_way_ms=5000)
    session.configure(SPEC)
    assert engine.legs[LegId(1)].spec == SPEC._replace(one_way_ms=5000)
    engine.hear_nothing(LegId(1), 5000)
    await asyncio.sleep(0)
    assert observer.media == ["one-way for 5000 ms"]
