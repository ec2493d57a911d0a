"""Who hears whom while somebody's keys are secret, in virtual time."""

from __future__ import annotations

import asyncio

from voicecore.calls.audibility import KEY_TAIL, Audibility
from voicecore.ids import LegId
from voicecore.media.events import MediaEvent
from voicecore.testing.simulated_engine import SimulatedEngine

ONE, TWO, THREE = LegId(1), LegId(2), LegId(3)


def ignore(event: MediaEvent) -> None: ...


def legs(engine: SimulatedEngine) -> tuple[Audibility, Audibility, Audibility]:
    for leg in (ONE, TWO, THREE):
        engine.open_leg(leg, ignore)
    one, two, three = (Audibility(engine, leg) for leg in (ONE, TWO, THREE))
    one.hear([(two, 0.0)])
    two.hear([(one, 0.0), (three, -6.0)])
    three.hear([(one, 0.0), (two, 0.0)])
    return one, two, three


async def test_nobody_hears_who_is_secret_and_it_hears_all_as_before() -> None:
    engine = SimulatedEngine()
    one, _, _ = legs(engine)
    one.begin_secret()
    assert engine.heard_by(ONE) == {TWO: 0.0}
    assert engine.heard_by(TWO) == {THREE: -6.0}
    assert engine.heard_by(THREE) == {TWO: 0.0}
    one.end_secret()
    assert engine.heard_by(TWO) == {ONE: 0.0, THREE: -6.0}
    assert engine.heard_by(THREE) == {ONE: 0.0, TWO: 0.0}


async def test_what_is_asked_meanwhile_counts_afterwards() -> None:
    engine = SimulatedEngine()
    one, two, _ = legs(engine)
    one.begin_secret()
    two.hear([(one, -3.0)])
    assert engine.heard_by(TWO) == {}
    one.end_secret()
    assert engine.heard_by(TWO) == {ONE: -3.0}


async def test_the_outer_of_two_secrets_ends_it() -> None:
    engine = SimulatedEngine()
    one, _, _ = legs(engine)
    one.begin_secret()
    one.begin_secret()
    one.end_secret()
    assert one.is_secret
    one.end_secret()
    assert not one.is_secret


async def test_the_end_waits_until_the_last_key_has_sounded() -> None:
    engine = SimulatedEngine()
    one, _, _ = legs(engine)
    one.begin_secret()
    one.key_began()
    one.end_secret()
    await asyncio.sleep(3)
    assert one.is_secret
    one.key_ended()
    await asyncio.sleep(KEY_TAIL - 0.01)
    assert engine.heard_by(TWO) == {THREE: -6.0}
    await asyncio.sleep(0.02)
    assert engine.heard_by(TWO) == {ONE: 0.0, THREE: -6.0}


async def test_another_key_or_secret_puts_the_end_off() -> None:
    engine = SimulatedEngine()
    one, _, _ = legs(engine)
    one.begin_secret()
    one.key_began()
    one.key_ended()
    one.end_secret()
    await asyncio.sleep(KEY_TAIL / 2)
    one.begin_secret()
    await asyncio.sleep(1)
    assert one.is_secret
    one.end_secret()
    assert not one.is_secret


async def test_keys_are_not_relayed_meanwhile() -> None:
    engine = SimulatedEngine()
    one, two, _ = legs(engine)
    one.relay_keys_to(two, True)
    engine.press(ONE, "1")
    one.begin_secret()
    engine.press(ONE, "2")
    one.end_secret()
    engine.press(ONE, "3")
    assert engine.legs[TWO].sent_digits == "13"


async def test_a_secret_member_of_a_conference_is_muted() -> None:
    engine = SimulatedEngine()
    one, two, three = legs(engine)
    for leg in (one, two, three):
        leg.hear([])
    room = engine.open_conference(lambda event: None)
    one.join(room, False, False, 3.0)
    two.join(room, False, False, 0.0)
    one.begin_secret()
    assert engine.heard_by(TWO) == {}
    one.end_secret()
    assert engine.heard_by(TWO) == {ONE: 3.0}


async def test_a_leg_that_is_gone_is_told_nothing() -> None:
    engine = SimulatedEngine()
    one, two, _ = legs(engine)
    one.relay_keys_to(two, True)
    one.begin_secret()
    two.close()
    engine.close_leg(TWO)
    one.end_secret()
    one.close()
    one.key_ended()
