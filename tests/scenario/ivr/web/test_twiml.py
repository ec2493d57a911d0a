"""A back end that speaks TwiML drives a call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import soundfile

from tests.scenario.ivr.conversation import HANG_UP, SPEAK, Conversation, act
from voicecore.errors import Unavailable
from voicecore.ivr.twiml import flow
from voicecore.ivr.web.message import WebReply, WebRequest, twilio_signature
from voicecore.ivr.web.rules import WebRules
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech
from voicecore.testing.simulated_web import SimulatedWeb

BASE = "https://app.example.com"
PEER = "sip:peer@192.0.2.7:7000"
TOKEN = "12345"


class BackEnd:
    """Documents by their paths; what was asked, in order."""

    def __init__(self, pages: Mapping[str, str | bytes | int], **rules: Any) -> None:
        self.pages = pages
        self.web = SimulatedWeb(self._answer, WebRules((f"{BASE}/",), twilio_token=TOKEN, **rules))
        self.told: list[dict[str, str]] = []

    def _answer(self, request: WebRequest) -> WebReply | str:
        page = self.pages.get(urlsplit(request.url).path, 404)
        self.told.append(dict(parse_qsl(request.body.decode() or urlsplit(request.url).query)))
        if isinstance(page, int):
            return WebReply(page, headers={"location": "/elsewhere"})
        if isinstance(page, bytes):
            return WebReply(200, page)
        return page if page.startswith("<?xml") else f"<Response>{page}</Response>"

    @property
    def paths(self) -> list[str]:
        return [urlsplit(request.url).path for request in self.web.requests]


async def calls(
    back_end: BackEnd,
    *acts: tuple[float, str],
    peer_answers: int = 200,
    peer_acts: Mapping[float, str] | None = None,
    **args: Any,
) -> Conversation:
    """A caller of the back end's number who acts at these seconds; at 7000 there is a phone to be called."""
    numbers = {"1": (flow.answer, {"url": f"{BASE}/start", **args})}
    async with simulated_platform(numbers, web=back_end.web, speech=SimulatedSpeech()) as platform:
        peer, caller = platform.phone(), platform.phone()
        peer.answers_with = peer_answers
        caller.user = "+441632960001"
        status = await caller.dial("1")
        if status == 200:
            leg = caller.leg
            await act(caller, acts)
            if peer_acts:
                for second, what in peer_acts.items():
                    await asyncio.sleep(second)
                    assert what == HANG_UP
                    peer.hang_up()
            await caller.over(within=20_000)
            heard = [platform.name_of(one.sound) for one in leg.heard]
        else:
            heard = []
        file = await platform.record()
        return Conversation(file, status, heard)


async def test_a_document_is_carried_out_in_order() -> None:
    back_end = BackEnd({"/start": '<Say>One</Say><Pause length="2"/><Say language="zh-CN">二</Say><Hangup/>'})
    talked = await calls(back_end)
    assert talked.heard == ["One", "二"]
    assert talked.file.call.end is CallEnd.PLATFORM_HUNG_UP
    assert back_end.told == [
        {
            "CallSid": talked.file.call.id,
            "AccountSid": "voicecore",
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            "CallStatus": "ringing",
            "From": "+441632960001",
            "Caller": "+441632960001",
            "To": "1",
            "Called": "1",
        }
    ]


async def test_requests_are_signed_as_twilio_signs_them() -> None:
    back_end = BackEnd({"/start": ""})
    await calls(back_end)
    (request,) = back_end.web.requests
    expected = twilio_signature(TOKEN, request.url, back_end.told[0])
    assert dict(request.headers)["X-Twilio-Signature"] == expected


async def test_what_is_pressed_goes_to_the_action() -> None:
    menu = '<Gather numDigits="1" action="chosen?from=menu"><Say>Press a key.</Say></Gather><Say>Late.</Say>'
    back_end = BackEnd({"/start": menu, "/chosen": "<Say>Thanks.</Say>"})
    talked = await calls(back_end, (0.5, "5"))
    assert talked.heard == ["Press a key.", "Thanks."]
    assert back_end.web.requests[1].url == f"{BASE}/chosen?from=menu"
    assert back_end.told[1]["Digits"] == "5"
    assert back_end.told[1]["CallStatus"] == "in-progress"


async def test_who_presses_nothing_hears_the_rest_of_the_document() -> None:
    menu = '<Gather timeout="3" action="/chosen"><Say>Press a key.</Say></Gather><Say>Late.</Say>'
    talked = await calls(BackEnd({"/start": menu}))
    assert talked.heard == ["Press a key.", "Late."]


async def test_silence_goes_to_the_action_where_the_document_wants_it() -> None:
    menu = '<Gather timeout="1" action="/chosen" actionOnEmptyResult="true"/>'
    back_end = BackEnd({"/start": menu, "/chosen": ""})
    await calls(back_end)
    assert back_end.paths == ["/start", "/chosen"]


async def test_the_finish_key_ends_the_digits_and_get_has_them_in_the_query() -> None:
    menu = '<Gather finishOnKey="*" method="GET" action="/chosen"/>'
    back_end = BackEnd({"/start": menu, "/chosen": ""})
    await calls(back_end, (0.5, "12#"), (0.7, "*"))
    assert back_end.told[1]["Digits"] == "12#"
    assert back_end.web.requests[1].method == "GET"


def wav(seconds: float) -> bytes:
    file = BytesIO()
    soundfile.write(file, np.zeros(int(8000 * seconds), dtype="int16"), 8000, format="WAV")
    return file.getvalue()


async def test_a_sound_of_the_back_end_is_played_and_fetched_once() -> None:
    back_end = BackEnd(
        {"/start": '<Play loop="2">music/a.wav</Play><Play>gone.wav</Play>', "/music/a.wav": wav(2)}
    )
    talked = await calls(back_end)
    assert back_end.paths == ["/start", "/music/a.wav", "/gone.wav"]
    assert len(talked.heard) == 2
    assert ("prompt", f"{BASE}/music/a.wav") in talked.journal


async def test_what_is_no_sound_is_left_out() -> None:
    talked = await calls(BackEnd({"/start": "<Play>a.wav</Play><Say>After.</Say>", "/a.wav": b"no sound"}))
    assert talked.heard == ["After."]


async def test_a_message_is_told_with_its_url() -> None:
    record = '<Record action="/kept" timeout="2" maxLength="30"/><Say>Nothing was said.</Say>'
    back_end = BackEnd({"/start": record, "/kept": "<Say>Kept.</Say>"}, recordings="https://pbx.example.com/")
    talked = await calls(back_end, (1.0, SPEAK), (5.0, "#"))
    assert back_end.told[1]["RecordingUrl"] == (
        f"https://pbx.example.com/api/v1/calls/{talked.file.call.id}/recordings/1"
    )
    assert back_end.told[1]["RecordingDuration"] == "5"
    assert talked.heard[-1] == "Kept."


async def test_a_message_is_told_also_when_the_caller_hangs_up() -> None:
    back_end = BackEnd({"/start": '<Record action="/kept"/>', "/kept": "<Say>Nobody hears it.</Say>"})
    await calls(back_end, (1.0, SPEAK), (4.0, HANG_UP))
    assert back_end.told[1]["Digits"] == "hangup"
    assert back_end.told[1]["CallStatus"] == "completed"
    assert back_end.told[1]["RecordingUrl"].startswith("file:///")


async def test_who_says_nothing_leaves_no_message() -> None:
    back_end = BackEnd({"/start": '<Record action="/kept" timeout="2"/><Say>Nothing was said.</Say>'})
    talked = await calls(back_end)
    assert back_end.paths == ["/start"]
    assert talked.heard[-1] == "Nothing was said."


@pytest.mark.parametrize(
    ("answers", "status"), [(486, "busy"), (603, "failed"), (480, "no-answer"), (503, "failed")]
)
async def test_the_action_hears_why_nobody_was_reached(answers: int, status: str) -> None:
    dial = f'<Dial action="/dialled"><Sip>{PEER}</Sip></Dial>'
    back_end = BackEnd({"/start": dial, "/dialled": "<Say>Sorry.</Say>"})
    talked = await calls(back_end, peer_answers=answers)
    assert back_end.told[1]["DialCallStatus"] == status
    assert talked.heard[-1] == "Sorry."


async def test_two_talk_and_the_action_hears_how_long() -> None:
    dial = f'<Dial action="/dialled" record="record-from-answer"><Sip>{PEER}</Sip></Dial>'
    back_end = BackEnd({"/start": dial, "/dialled": ""})
    talked = await calls(back_end, peer_acts={20.0: HANG_UP})
    assert back_end.told[1]["DialCallStatus"] == "completed"
    assert 18 <= int(back_end.told[1]["DialCallDuration"]) <= 20
    assert [one.channels for one in talked.file.recordings] == [2]


async def test_a_talk_ends_at_its_limit_or_with_a_star() -> None:
    dial = f'<Dial timeLimit="60"><Sip>{PEER}</Sip></Dial><Say>Over.</Say>'
    assert (await calls(BackEnd({"/start": dial}))).heard[-1] == "Over."
    dial = f'<Dial hangupOnStar="true"><Sip>{PEER}</Sip></Dial><Say>Over.</Say>'
    assert (await calls(BackEnd({"/start": dial}), (10.0, "*"))).heard[-1] == "Over."


async def test_who_is_called_hears_a_document_first_and_may_refuse() -> None:
    dial = f'<Dial action="/dialled"><Sip url="/whisper">{PEER}</Sip></Dial>'
    pages = {"/start": dial, "/whisper": "<Say>A caller.</Say><Hangup/>", "/dialled": "<Say>Sorry.</Say>"}
    back_end = BackEnd(pages)
    await calls(back_end)
    assert back_end.told[1]["ParentCallSid"] == back_end.told[0]["CallSid"]
    assert back_end.told[2]["DialCallStatus"] == "no-answer"


@pytest.mark.parametrize(("reason", "status"), [("rejected", 603), ("busy", 486)])
async def test_a_call_is_refused_without_an_answer(reason: str, status: int) -> None:
    talked = await calls(BackEnd({"/start": f'<Reject reason="{reason}"/>'}))
    assert talked.value == status


async def test_a_redirect_leads_to_another_document() -> None:
    back_end = BackEnd({"/start": '<Redirect method="GET">/next?a=1</Redirect>', "/next": "<Say>Here.</Say>"})
    assert (await calls(back_end)).heard == ["Here."]


async def test_documents_that_lead_in_a_circle_are_left() -> None:
    back_end = BackEnd({"/start": "<Redirect>/start</Redirect>"})
    talked = await calls(back_end)
    assert talked.heard == ["apology"]
    assert len(back_end.paths) == 21
    assert "more than 20 redirects in a row" in (talked.file.call.traceback or "")


async def test_a_caller_is_not_kept_for_ever() -> None:
    back_end = BackEnd({"/start": "<Say>Wait.</Say><Redirect/>"})
    talked = await calls(back_end)
    assert len(back_end.paths) == flow.MAX_DOCUMENTS
    assert "more than 500 documents" in (talked.file.call.traceback or "")


async def test_what_is_not_done_here_is_told_in_the_journal_and_skipped() -> None:
    talked = await calls(BackEnd({"/start": '<Enqueue>sales</Enqueue>\n<Say voice="alice">One</Say>'}))
    assert talked.heard == ["One"]
    notes = [detail for kind, detail in talked.journal if kind == "note"]
    assert notes == [
        f"{BASE}/start: line 1: <Enqueue> is not done here",
        f"{BASE}/start: line 2: <Say> voice is not done here",
    ]


async def test_a_document_that_is_wrong_ends_with_an_apology_and_says_its_line() -> None:
    talked = await calls(BackEnd({"/start": '<Say>One</Say>\n<Gather numDigits="many"/>'}))
    assert talked.heard == ["apology"]
    assert "line 2: <Gather> numDigits is 'many'" in (talked.file.call.traceback or "")


@pytest.mark.parametrize("broken", ["<Gather", 500, 302])
async def test_a_fallback_is_asked_once(broken: str | int) -> None:
    back_end = BackEnd({"/start": broken, "/elsewhere": 500, "/fallback": "<Say>Later.</Say>"})
    talked = await calls(back_end, fallback=f"{BASE}/fallback")
    assert talked.heard == ["Later."]
    assert back_end.told[-1]["ErrorUrl"] == f"{BASE}/start"


async def test_nobody_else_than_the_configured_server_is_asked() -> None:
    back_end = BackEnd({"/start": "<Redirect>https://evil.example.net/</Redirect>"})
    talked = await calls(back_end)
    assert len(back_end.web.requests) == 1
    assert "[web] allow does not let flows ask https://evil.example.net/" in (
        talked.file.call.traceback or ""
    )


async def test_a_server_that_does_not_answer_is_told() -> None:
    back_end = BackEnd({})
    back_end.web = SimulatedWeb(lambda request: "", back_end.web.rules, delay_s=60)
    talked = await calls(back_end)
    assert talked.heard == ["apology"]
    assert Unavailable.__name__ in (talked.file.call.traceback or "")
