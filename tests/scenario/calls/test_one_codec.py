"""Who talks to each other is led to one codec: by the order of an offer, and by answering the caller last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.scenario.exchange.office import CARRIER, connecting, flows_allowed, phone_of, site, trunk
from voicecore.calls.agreed import CodecChoice
from voicecore.ids import LegId
from voicecore.ivr import Answered, Call
from voicecore.sdp.codecs import BROWSER_CODECS, CODECS, G722, L16_WIDE, OPUS, PCMA, PCMU, Codec
from voicecore.sdp.negotiation import AudioCapabilities
from voicecore.sdp.offer_answer import OfferAnswer
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.trunks.trunk import SessionPolicy


def having(
    *codecs: Codec, packet_time_ms: int = 20, favourite: Codec | None = None
) -> Callable[[bytes], bytes]:
    """A phone with these, which answers in the order of an offer, or with its favourite first."""

    def describe(offer: bytes) -> bytes:
        able = AudioCapabilities(codecs, packet_time_ms=packet_time_ms)
        phone = OfferAnswer("192.0.2.9", 4000, able, session_id=1)
        return phone.receive_offer(offer, prefer=favourite)[0] if offer else phone.make_offer()

    return describe


def offered_to(phone: SimulatedCaller) -> list[str]:
    """The payload types of the platform's last offer, in order."""
    return payload_types(phone.invites[-1].request.body.decode())


def offered_by(platform: SimulatedPlatform) -> list[str]:
    """The same, to whomever it called last."""
    return payload_types(platform.wire.requests("INVITE")[-1][0])


def payload_types(text: str) -> list[str]:
    return text.partition("m=audio ")[2].split("\r\n")[0].split()[2:]


def spoken(platform: SimulatedPlatform) -> list[str]:
    """What is sent to each party, by leg."""
    return [leg.spec.codec for _, leg in sorted(platform.engine.legs.items()) if leg.spec is not None]


async def pair(platform: SimulatedPlatform) -> tuple[SimulatedCaller, SimulatedCaller]:
    return await phone_of(platform, "alice"), await phone_of(platform, "bob")


async def test_a_caller_is_answered_with_the_codec_that_the_called_phone_chose() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await pair(platform)
        alice.describe, bob.describe = having(PCMA, PCMU), having(PCMA, PCMU, favourite=PCMU)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert offered_to(bob)[:2] == ["8", "0"]
        assert spoken(platform) == ["PCMU", "PCMU"]
        assert payload_types(alice.answer.decode()) == ["0", "101"], "what is left out cannot be sent"
        alice.hang_up()


@pytest.mark.parametrize(
    ("calling", "called", "found"),
    [
        ((PCMU, G722), (G722, PCMU), "PCMU"),
        (CODECS, (PCMU, PCMA), "PCMU"),
        (BROWSER_CODECS, (PCMU, PCMA, G722, OPUS), "opus"),
        ((OPUS, PCMA), (G722, PCMA, PCMU), "PCMA"),
        ((G722, PCMU), (G722,), "G722"),
    ],
)
async def test_a_codec_that_both_have_is_found(
    calling: tuple[Codec, ...], called: tuple[Codec, ...], found: str
) -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await pair(platform)
        alice.describe, bob.describe = having(*calling), having(*called)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert spoken(platform) == [found, found]
        alice.hang_up()


async def test_who_has_no_codec_in_common_is_translated_as_before() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await pair(platform)
        alice.describe, bob.describe = having(OPUS), having(PCMU)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert spoken(platform) == ["opus", "PCMU"]
        alice.hang_up()


async def test_a_caller_who_heard_a_prompt_keeps_its_codec_and_the_called_side_is_offered_that() -> None:
    async with simulated_platform({"1000": connecting("phone:bob")}, site=site()) as platform:
        alice, bob = await pair(platform)
        alice.describe, bob.describe = having(PCMA, G722), having(*BROWSER_CODECS)
        assert await alice.dial("1000") == 200
        await asyncio.sleep(1)
        assert offered_to(bob)[0] == "8"
        assert spoken(platform) == ["PCMA", "PCMA"]
        alice.hang_up()


async def test_a_browser_that_calls_a_phone_without_opus_speaks_the_phones_codec() -> None:
    async with simulated_platform({}, site=site()) as platform:
        page, media = platform.browser("192.0.2.8")
        assert await page.register("alice", "alice") == 200
        bob = await phone_of(platform, "bob")
        bob.describe = having(PCMA, PCMU)
        assert await page.dial("1002") == 200
        media.hear(page.answer)
        await asyncio.sleep(1)
        assert spoken(platform) == ["PCMU", "PCMU"]
        called = platform.engine.legs[LegId(1)].spec
        assert called is not None
        assert called.telephone_event == 126, "of the clock of PCMU"
        page.hang_up()


async def test_a_browser_is_offered_first_what_the_caller_speaks() -> None:
    async with simulated_platform({"1000": connecting("phone:bob")}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        page, _ = platform.browser("192.0.2.8")
        assert await page.register("bob", "bob") == 200
        alice.describe = having(PCMA, PCMU)
        assert await alice.dial("1000") == 200
        await asyncio.sleep(1)
        assert offered_to(page)[:4] == ["8", "96", "9", "0"]
        alice.hang_up()


async def test_the_list_of_a_trunk_is_offered_as_it_stands_but_for_the_callers_codec() -> None:
    policy = SessionPolicy(codecs=("PCMA", "PCMU"))
    flow = connecting("tel:+4930123456")
    async with simulated_platform(
        {"1000": flow}, site=site(trunk(session=policy), fraud=flows_allowed("+49."))
    ) as platform:
        alice = await phone_of(platform, "alice")
        platform.carrier(CARRIER)
        alice.describe = having(G722, PCMU, PCMA)
        for number, first in (("+4930123456", ["8", "0"]), ("1000", ["8", "0"])):
            assert await alice.dial(number) == 200
            await asyncio.sleep(1)
            assert offered_by(platform)[:2] == first
            assert "9" not in offered_by(platform)
            alice.hang_up()
            await platform.switchboard.idle()
        alice.describe = having(PCMU, PCMA)
        assert await alice.dial("1000") == 200
        await asyncio.sleep(1)
        assert offered_by(platform)[:2] == ["0", "8"]
        alice.hang_up()


async def test_the_callers_packet_time_is_offered_to_the_called_side() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await pair(platform)
        alice.describe, bob.describe = having(PCMU, packet_time_ms=30), having(PCMU)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert [leg.spec.packet_time_ms for leg in platform.engine.legs.values() if leg.spec] == [30, 30]
        alice.hang_up()


async def test_early_media_settles_the_callers_codec() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await pair(platform)
        bob.rings_with, bob.picks_up_after, bob.answers_with = 183, 3.0, 0
        alice.describe, bob.describe = having(PCMA, PCMU), having(PCMA, PCMU, favourite=PCMU)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert 183 in alice.responses
        assert spoken(platform) == ["PCMU", "PCMU"]
        alice.hang_up()


async def test_hold_and_resume_of_a_phone_leave_the_codec_as_it_is() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await pair(platform)
        alice.describe, bob.describe = having(PCMA, PCMU), having(PCMA, PCMU, favourite=PCMU)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        offer = having(PCMA, PCMU)(b"")
        assert await alice.offer(offer.replace(b"a=sendrecv", b"a=sendonly")) == 200
        assert spoken(platform) == ["PCMU", "PCMU"]
        assert await alice.offer(offer) == 200
        assert spoken(platform) == ["PCMU", "PCMU"]
        alice.hang_up()


async def test_two_who_are_called_at_once_are_both_offered_what_the_caller_has() -> None:
    async def connect(call: Call) -> None:
        match await call.dial(["phone:bob", "phone:carol"]):
            case Answered(party):
                await call.answer()
                await call.bridge(party)

    async with simulated_platform({"1000": connect}, site=site()) as platform:
        alice, bob = await pair(platform)
        carol = await phone_of(platform, "carol")
        bob.answers_with = 0
        alice.describe = having(OPUS, PCMA)
        carol.describe = having(PCMU, PCMA)
        assert await alice.dial("1000") == 200
        await asyncio.sleep(1)
        assert offered_to(bob) == offered_to(carol)
        assert spoken(platform) == ["PCMA", "PCMA"]
        alice.hang_up()


async def test_who_is_transferred_to_is_offered_the_codec_of_who_stays() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await pair(platform)
        carol = await phone_of(platform, "carol")
        alice.describe = having(PCMA, L16_WIDE)
        bob.describe = carol.describe = having(PCMU, PCMA)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert await bob.refer("<sip:1003@192.0.2.1>") == 202
        await asyncio.sleep(1)
        assert offered_to(carol)[0] == "8"
        assert spoken(platform)[-1] == "PCMA"
        alice.hang_up()


async def test_who_picks_up_is_answered_with_what_the_caller_has() -> None:
    made = site()
    made.settings = replace(made.settings, pickup={"carol": ("bob",)})
    async with simulated_platform({}, site=made) as platform:
        alice, bob = await pair(platform)
        carol = await phone_of(platform, "carol")
        bob.answers_with = 0
        alice.describe, carol.describe = having(PCMA, PCMU), having(OPUS, PCMU, PCMA)
        alice.start_dialling("1002")
        await asyncio.sleep(1)
        assert await carol.dial("*8") == 200
        await alice.settled()
        await asyncio.sleep(1)
        assert payload_types(carol.answer.decode())[0] == "8"
        assert [leg.spec.codec for leg in platform.engine.legs.values() if leg.spec] == ["PCMA", "PCMA"]
        alice.hang_up()


def each_by_itself(platform: SimulatedPlatform) -> None:
    switchboard = platform.switchboard
    codecs = CodecChoice(one_for_both=False)
    switchboard.connect(replace(switchboard.services, codecs=codecs))


async def test_where_the_site_wants_it_each_keeps_what_it_likes_best() -> None:
    async with simulated_platform({}, site=site()) as platform:
        each_by_itself(platform)
        alice, bob = await pair(platform)
        alice.describe, bob.describe = having(OPUS, PCMU), having(PCMU, OPUS)
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert offered_to(bob)[0] == "0"
        assert spoken(platform) == ["opus", "PCMU"]
        alice.hang_up()
