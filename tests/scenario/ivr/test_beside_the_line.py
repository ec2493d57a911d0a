"""What a flow does beside talking: facts, notes, servers, the light of a phone, calls that begin with us."""

from __future__ import annotations

import asyncio
from io import BytesIO

import numpy as np
import pytest
import soundfile

from tests.scenario.ivr.conversation import HANG_UP, SPEAK, converse
from voicecore.calls.dial_outcome import Answered, NoAnswer, NotReachable
from voicecore.errors import PeerError, Unavailable, UsageError
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.ivr import AudioData, Call, InLanguage, Message, RecordEnd, Spoken
from voicecore.ivr.web.message import WebReply, WebRequest
from voicecore.ivr.web.rules import WebRules
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_site import RULES, SimulatedSite, account
from voicecore.testing.simulated_web import SimulatedWeb
from voicecore.testing.simulated_wire import PLATFORM

BASE = "https://app.example.com/"


async def test_facts_are_known_without_asking() -> None:
    async def facts(call: Call) -> object:
        await call.wait(0.1)
        return call.caller_number, call.account, f"{call.now:%Y-%m-%d %H:%M}"

    assert (await converse(facts)).value == ("caller", None, "2026-09-21 14:13")


async def test_a_note_stands_in_the_journal_unless_it_is_secret() -> None:
    async def notes(call: Call) -> None:
        call.note("gold customer")
        async with call.secret():
            call.note("4711")
        await call.wait(0.1)

    talked = await converse(notes)
    assert [detail for kind, detail in talked.journal if kind == "note"] == ["gold customer", "hidden"]


async def test_a_prompt_is_said_in_another_language() -> None:
    async def speaks(call: Call) -> str:
        await call.play(InLanguage("welcome", "zh") + InLanguage(Spoken("Hola"), "es"))
        return call.language

    talked = await converse(speaks)
    assert talked.heard == ["welcome", "Hola"]
    assert talked.value == "en"


async def test_a_sound_in_memory_is_played() -> None:
    file = BytesIO()
    soundfile.write(file, np.zeros(24_000, np.int16), 16_000, format="WAV")

    async def plays(call: Call) -> None:
        await call.play(AudioData(file.getvalue(), "jingle"))
        await call.play(AudioData(b"no sound", "noise"))

    talked = await converse(plays)
    assert talked.lengths == [1.5]
    assert ("prompt", "jingle") in talked.journal
    assert ("degraded", "not played: noise") in talked.journal


async def test_a_message_reaches_the_flow_when_the_caller_hangs_up() -> None:
    kept: list[object] = []

    async def takes(call: Call) -> None:
        async with call.after_hangup():
            kept.append(await call.record())

    await converse(takes, (1.0, SPEAK), (4.0, HANG_UP))
    (message,) = kept
    assert isinstance(message, Message)
    assert (message.spoken, message.end) == (True, RecordEnd.HANGUP)


# -- web servers -------------------------------------------------------------------------------------
def server(request: WebRequest) -> WebReply | str:
    match request.url.removeprefix(BASE):
        case "moved":
            return WebReply(302, headers={"location": "/here"})
        case "resend":
            return WebReply(307, headers={"location": f"{BASE}here"})
        case "circle":
            return WebReply(302, headers={"location": "circle"})
        case "away":
            return WebReply(302, headers={"location": "https://evil.example.net/"})
        case _:
            return request.method + (request.body.decode() and f" {request.body.decode()}")


async def asks(path: str, **how: object) -> tuple[object, SimulatedWeb, list[tuple[str, str]]]:
    """What a flow gets that asks this path before it answers the call."""
    got: list[object] = []

    async def flow(call: Call) -> None:
        try:
            reply = await call.fetch(f"{BASE}{path}", **how)  # type: ignore[arg-type]
            got.append(reply.body.decode())
        except Unavailable as error:
            got.append(str(error))

    web = SimulatedWeb(server, WebRules((BASE,), secret="6789"))
    async with simulated_platform({"1": flow}, web=web) as platform:
        await platform.dial("1")
        file = await platform.record()
    return got[0], web, [(event.kind, event.detail) for event in file.events]


async def test_a_form_and_json_are_posted() -> None:
    assert (await asks("x", form={"a": "1"}))[0] == "POST a=1"
    got, web, journal = await asks("x?who=secret", json={"a": 1})
    assert got == 'POST {"a":1}'
    assert "X-VoiceCore-Signature" in dict(web.requests[0].headers)
    assert ("web", f"POST {BASE}x: 200, 12 octets, 50 ms") in journal


async def test_redirects_are_followed_where_they_may_lead() -> None:
    assert (await asks("moved", form={"a": "1"}))[0] == "GET"
    assert (await asks("resend", form={"a": "1"}))[0] == "POST a=1"
    assert "redirects more than 3 times" in str((await asks("circle"))[0])
    got, web, journal = await asks("away")
    assert "does not let flows ask https://evil.example.net/" in str(got)
    assert len(web.requests) == 1
    assert any(kind == "web" and "evil" in detail for kind, detail in journal)


async def test_without_a_configured_server_none_is_asked() -> None:
    async def flow(call: Call) -> object:
        with pytest.raises(Unavailable):
            await call.fetch(f"{BASE}x")
        with pytest.raises(UsageError):
            call.recording_url("elsewhere.wav")
        await call.wait(0.1)
        return True

    assert (await converse(flow)).value is True


# -- the light of a phone ----------------------------------------------------------------------------
async def test_the_light_of_a_phone_says_how_many_messages_wait() -> None:
    told: list[bool] = []

    async def flow(call: Call) -> None:
        told.append(call.message_light("anna", new=2, old=1))
        told.append(call.message_light("nobody", new=1, old=0))

    site = SimulatedSite(
        ExchangeSettings(RULES, accounts=(account("anna"), account("ben", numbers=["1002"])))
    )
    async with simulated_platform({"1": flow}, site=site) as platform:
        anna, ben = platform.phone(), platform.phone()
        assert await anna.register("anna", "anna") == 200
        assert await ben.register("ben", "ben") == 200
        await ben.dial("1")
        events = [("Event", "message-summary"), ("Expires", "600")]
        contact = f"<sip:anna@{anna.address}>"
        assert (
            await anna.ask("SUBSCRIBE", f"sip:anna@{PLATFORM.host}", contact=contact, headers=events) == 200
        )
        await asyncio.sleep(3)
        notified, _ = platform.wire.requests("NOTIFY")[-1]
    assert told == [True, False]
    assert "Messages-Waiting: yes" in notified
    assert "Voice-Message: 2/1 (0/0)" in notified


# -- calls that begin with us --------------------------------------------------------------------------
async def greets(call: Call) -> None:
    await call.answer()
    await call.play("welcome")
    await call.wait(60)


async def test_who_is_called_talks_to_the_flow_and_ends_the_call() -> None:
    async with simulated_platform({"1": greets}) as platform:
        peer = platform.phone()
        outcome = await platform.call_out("1", f"sip:peer@{peer.address}")
        assert isinstance(outcome, Answered)
        peer.is_on(outcome.leg.id)
        await peer.hears("welcome")
        peer.hang_up()
        file = await platform.record()
    assert file.call.end is CallEnd.CALLER_HUNG_UP
    assert file.call.answered is not None
    assert [leg.side.value for leg in file.legs] == ["outbound"]


async def test_who_does_not_answer_is_told() -> None:
    async with simulated_platform({"1": greets}) as platform:
        peer = platform.phone()
        peer.answers_with = 0
        assert await platform.call_out("1", f"sip:peer@{peer.address}", ring_time=5) == NoAnswer()
        file = await platform.record()
    assert (file.call.end, file.call.status, file.call.answered) == (CallEnd.REJECTED, 480, None)


async def test_what_is_no_target_is_raised_where_it_was_asked_for() -> None:
    async with simulated_platform({"1": greets}) as platform:
        with pytest.raises(PeerError):
            await platform.call_out("1", "nonsense")


async def test_a_server_that_stops_takes_its_calls_back() -> None:
    async with simulated_platform({"1": greets}) as platform:
        peer = platform.phone()
        peer.answers_with = 0
        calling = asyncio.create_task(platform.call_out("1", f"sip:peer@{peer.address}"))
        await asyncio.sleep(1)
        platform.switchboard.close()
        assert isinstance(await calling, NotReachable)
        await platform.switchboard.idle()
        assert peer.status == 487
