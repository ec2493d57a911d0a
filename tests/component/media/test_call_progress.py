"""Call-progress tones by country: made by us, through G.711 and noise, and heard again; speech and music are none."""

from __future__ import annotations

import asyncio
import os
import wave
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench, Peer
from tests.component.media.spandsp import Samples
from tests.interop.phones.ports import ADDRESS, free_ports
from voicecore.calls.answering import who_answered
from voicecore.calls.machine_detection import MachineDetection, MachineFound, MachineSign
from voicecore.calls.media_observer import UNOBSERVED
from voicecore.calls.media_session import MediaSession
from voicecore.ids import LegId
from voicecore.ivr.tones import network_tone
from voicecore.media import _native
from voicecore.media.call_progress import COUNTRIES, NETWORK_TONES, ProgressTone, ToneWatch, tones_of
from voicecore.media.leg_spec import LegSpec
from voicecore.media.native import NativeMediaEngine
from voicecore.media.native_events import TonePlan, plan_of
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.flite import Flite

EVERYTHING = frozenset(ProgressTone)
SOUNDS = Path(os.environ.get("VOICECORE_ASTERISK_SOUNDS", "/usr/share/asterisk"))
GREETING = (
    "Hello. You have reached the voice mail of Anna Miller. I cannot come to the phone at the moment. "
    "Please leave a message after the tone."
)


def silence(seconds: float) -> Samples:
    return np.zeros(round(8000 * seconds), np.int16)


def in_noise(samples: Samples, decibels: float) -> Samples:
    """With white noise so far below its loudest 100 ms, as mu-law has it."""
    loudest = max(np.std(samples[at : at + 800].astype(float)) for at in range(0, len(samples) - 800, 400))
    noise = np.random.default_rng(1).normal(0, loudest * 10 ** (-decibels / 20), len(samples))
    noisy = np.clip(samples + noise, -32768, 32767).astype(np.int16)
    return g711.decode(g711.encode(noisy))


def found(samples: Samples, country: str, tones: frozenset[ProgressTone] = EVERYTHING) -> list[str]:
    plan = plan_of(ToneWatch(country, tones))
    return [tone for tone, *_ in _native.find_progress_tones(samples.tobytes(), plan)]


def rounds(country: str, tone: ProgressTone, seconds: float = 7.0) -> Samples:
    one = np.frombuffer(network_tone(tone, country), np.int16)
    repeated = np.tile(one, 1 + round(seconds * 8000) // len(one))[: round(seconds * 8000)]
    return np.concatenate([silence(0.5), repeated])


@pytest.mark.parametrize("country", [*COUNTRIES, "NO"])
def test_each_tone_of_each_country_is_told_once(country: str) -> None:
    tones = tones_of(country)
    for tone in (*NETWORK_TONES, ProgressTone.SPECIAL_INFORMATION):
        same_as_busy = tone is ProgressTone.CONGESTION and tones[tone] == tones[ProgressTone.BUSY]
        wanted = ProgressTone.BUSY if same_as_busy else tone
        heard = found(in_noise(rounds(country, tone), 15), country)
        assert set(heard) == {wanted.value}, tone
        assert len(heard) == 1 or tone is ProgressTone.SPECIAL_INFORMATION


def test_half_volume_and_a_sixteenth_change_nothing() -> None:
    for divisor in (2, 16):
        samples = (rounds("CN", ProgressTone.BUSY) // divisor).astype(np.int16)
        assert found(in_noise(samples, 15), "CN") == ["busy"]


def test_another_senders_fax_calling_tone_is_heard() -> None:
    cycle = spandsp.fax_calling_tone(8.0)
    assert found(cycle, "", frozenset({ProgressTone.FAX_CALLING})) == ["fax-calling"] * 3


def test_keys_of_another_sender_are_no_tone() -> None:
    assert found(spandsp.send(spandsp.KEYS), "US") == []


async def spoken(text: str) -> Samples:
    flite = Flite(ChildPrograms())
    if not flite.available().present:
        pytest.skip("flite is not installed")
    pcm = await flite.render(text, "en", "slt")
    return np.frombuffer(pcm.samples, np.int16)


async def test_a_synthesised_greeting_holds_no_tone_and_its_beep_is_one() -> None:
    greeting = await spoken(GREETING)
    for country in ("US", "CN", "DE", "GB"):
        assert found(np.concatenate([greeting, silence(1), greeting]), country) == []
    beep = np.concatenate([greeting, silence(0.4), g711.tone(1000, 0.3), silence(0.5)])
    for noise in (15, 40):
        assert found(in_noise(beep, noise), "US") == ["beep"]


def wav(path: Path) -> Samples:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


@pytest.mark.skipif(not SOUNDS.is_dir(), reason="asterisk-core-sounds-en-wav is not unpacked")
@pytest.mark.parametrize("country", ["US", "CN"])
def test_no_prompt_of_a_human_voice_holds_a_tone(country: str) -> None:
    """Those whose names say that they are tones are left out."""
    sounding = ("beep", "silence", "tone", "dtmf", "confbridge-join", "confbridge-leave")
    prompts = [
        path for path in SOUNDS.rglob("sounds/**/*.wav") if not any(word in path.name for word in sounding)
    ]
    speech = [(wav(path), silence(0.4)) for path in sorted(prompts)]
    assert found(np.concatenate(list(chain(*speech))), country) == []


# -- through the engine ------------------------------------------------------------------------------
def test_a_leg_tells_the_tones_that_are_watched_for_and_no_others(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.watch_tones(1, plan_of(ToneWatch("ES", frozenset({ProgressTone.BUSY}))))
    peer.talk(bench.ports[1], g711.packets(rounds("ES", ProgressTone.BUSY, 1.5)))
    *_, tone, meaning, lasted_ms = bench.event(_native.TONE_HEARD, 1)
    assert (tone, meaning) == ("busy", "unspecified")
    assert isinstance(lasted_ms, int)
    assert 180 <= lasted_ms <= 230
    bench.engine.watch_tones(1, None)
    peer.talk(bench.ports[1], g711.packets(rounds("ES", ProgressTone.BUSY, 1.5)))
    assert [event for event in bench.kept(1) if event[0] == _native.TONE_HEARD] == []


def test_a_plan_that_no_network_has_is_refused(bench: Bench) -> None:
    bench.leg(1)
    refused: list[TonePlan] = [
        ([("busy", [], [500, 500])], []),
        ([("engaged", [425.0], [500, 500])], []),
        ([("busy", [425.0], [500, 500])] * 9, []),
        ([], ["whistle"]),
    ]
    for plan in refused:
        with pytest.raises(ValueError):
            bench.engine.watch_tones(1, plan)


def test_one_way_audio_is_told_once_a_silence(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, one_way_ms=300)
    peer.talk(bench.ports[1], g711.packets(silence(0.6)))
    *_, silent_ms = bench.event(_native.ONE_WAY_AUDIO, 1)
    assert isinstance(silent_ms, int)
    assert silent_ms >= 300
    peer.talk(bench.ports[1], g711.packets(g711.tone(500, 0.2)))
    peer.talk(bench.ports[1], g711.packets(silence(0.6)))
    bench.event(_native.ONE_WAY_AUDIO, 1)


def test_comfort_noise_is_heard_in_the_peers_pause(bench: Bench) -> None:
    peer, other = bench.leg(1), bench.leg(2, near=1)
    bench.engine.hear(2, [1])
    peer.talk(bench.ports[1], g711.packets(g711.tone(500, 0.3)))
    peer.send(bench.ports[1], bytes([40]), payload_type=13, timestamp=peer.timestamp)
    heard = _last_level(other, 40)
    # 40 dB below overload.
    assert 0.5 < heard / (32768 / 100) < 2


def _last_level(peer: Peer, packets: int) -> float:
    received = peer.receive_many(packets)
    return float(np.std(g711.decode(b"".join(one.payload for one in received[-10:])).astype(float)))


class Called:
    """Who answered, without SIP."""

    is_over = False

    def __init__(self, media: MediaSession) -> None:
        self.media = media

    async def over(self) -> object:
        return await asyncio.Event().wait()


@pytest.mark.real_time
async def test_an_answering_machine_is_known_and_its_beep_waited_for() -> None:
    greeting = await spoken("Please leave a message after the tone.")
    audio = np.concatenate([silence(0.3), greeting, silence(0.4), g711.tone(1000, 0.3), silence(0.7)])
    first = free_ports(2)
    engine, peer = NativeMediaEngine((ADDRESS,), (first, first + 1), workers=1), Peer()
    try:
        media = MediaSession(engine, LegId(1), observer=UNOBSERVED)
        media.configure(LegSpec(ADDRESS, peer.port, peer.port + 1, "PCMU", 0, 20, ((0, "PCMU"),), None))
        settings = MachineDetection(greeting=1.0, wait_for_beep=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(peer.talk, media.port, g711.packets(audio)))
            answered = await who_answered(Called(media), settings, "US")
        assert answered == MachineFound(MachineSign.BEEP, at_beep=True)
    finally:
        engine.close()
        peer.close()
