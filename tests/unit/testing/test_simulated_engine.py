"""The simulated engine does with digits and browsers what the native one does."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.media.engine import AudioBatch, TapSide
from voicecore.media.events import (
    DigitStarted,
    DisconnectCause,
    MediaConnected,
    MediaDisconnected,
    MediaEvent,
)
from voicecore.media.leg_spec import BrowserPeer, DigitWay, LegSpec
from voicecore.testing.simulated_engine import SimulatedEngine

SPEC = LegSpec("192.0.2.7", 4000, 4001, "PCMU", 0, 20, ((0, "PCMU"),), 101)
LEFT, RIGHT = LegId(1), LegId(2)


def bridged() -> tuple[SimulatedEngine, list[MediaEvent]]:
    engine, told = SimulatedEngine(), list[MediaEvent]()
    for leg in (LEFT, RIGHT):
        engine.open_leg(leg, told.append)
        engine.configure_leg(leg, SPEC)
    engine.hear(LEFT, [RIGHT])
    engine.hear(RIGHT, [LEFT])
    return engine, told


async def test_what_is_pressed_on_one_leg_is_sent_on_the_other() -> None:
    engine, _ = bridged()
    engine.relay_digits(LEFT, RIGHT, True)
    engine.press(LEFT, "4")
    engine.press(RIGHT, "9")
    engine.relay_digits(LEFT, RIGHT, False)
    engine.press(LEFT, "5")
    assert (engine.legs[LEFT].sent_digits, engine.legs[RIGHT].sent_digits) == ("", "4")


async def test_legs_that_do_not_hear_each_other_relay_nothing() -> None:
    engine, _ = bridged()
    engine.relay_digits(LEFT, RIGHT, True)
    engine.hear(LEFT, [])
    engine.hear(RIGHT, [])
    engine.press(LEFT, "4")
    assert engine.legs[RIGHT].sent_digits == ""


async def test_tones_are_found_where_the_leg_looks_for_them() -> None:
    engine, told = bridged()
    engine.press(LEFT, "1", in_band=True)
    engine.configure_leg(LEFT, SPEC._replace(digit_way=DigitWay.BOTH))
    engine.press(LEFT, "2", in_band=True)
    await asyncio.sleep(0)
    started = [event for event in told if isinstance(event, DigitStarted)]
    assert [(event.digit, event.in_band) for event in started] == [("2", True)]


async def test_taps_hear_what_the_peer_says_in_whole_batches() -> None:
    engine, _ = bridged()
    narrow, wide, mute = list[AudioBatch](), list[AudioBatch](), list[AudioBatch]()
    engine.tap(LEFT, narrow.append)
    engine.tap(LEFT, wide.append, rate=16000, batch_ms=100)
    engine.untap(LEFT, engine.tap(LEFT, mute.append))
    engine.tap(LEFT, mute.append, side=TapSide.TO_PEER)
    began = asyncio.get_running_loop().time()
    engine.utter(LEFT, np.arange(1600, dtype=np.int16))
    await asyncio.sleep(0)
    assert [len(batch.samples) for batch in narrow] == [480, 480, 480]
    assert narrow[2].samples[0] == 960
    assert narrow[2].at == pytest.approx(began + 0.12)
    assert [(batch.rate, len(batch.samples)) for batch in wide] == [(16000, 1600), (16000, 1600)]
    assert mute == []


async def test_a_browser_leg_connects_once_for_each_peer() -> None:
    engine, told = SimulatedEngine(), list[MediaEvent]()
    access = engine.open_browser_leg(LEFT, told.append)
    peer = BrowserPeer("abcd", "0123456789012345678901", "sha-256 00", dtls_client=False)
    engine.configure_leg(LEFT, SPEC._replace(browser=peer))
    engine.configure_leg(LEFT, SPEC._replace(browser=peer, sending=False))
    engine.disconnect(LEFT)
    anew = engine.restart_ice(LEFT)
    moved = BrowserPeer("efgh", "0123456789012345678901", "sha-256 00", dtls_client=False)
    engine.configure_leg(LEFT, SPEC._replace(browser=moved))
    await asyncio.sleep(0)
    assert [type(event) for event in told] == [MediaConnected, MediaDisconnected, MediaConnected]
    assert isinstance(told[1], MediaDisconnected)
    assert told[1].why is DisconnectCause.CONSENT_LOST
    assert access.port == anew.port
    assert (access.ufrag, access.password) != (anew.ufrag, anew.password)


async def test_a_browser_leg_is_not_configured_as_another_one() -> None:
    engine = SimulatedEngine()
    engine.open_browser_leg(LEFT, lambda event: None)
    with pytest.raises(UsageError):
        engine.configure_leg(LEFT, SPEC)
