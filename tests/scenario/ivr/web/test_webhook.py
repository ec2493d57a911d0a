"""A server that speaks JSON drives a call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.scenario.ivr.conversation import HANG_UP, SPEAK, Conversation, act
from tests.scenario.ivr_apps.stage import MANIFEST
from voicecore.ivr.web.message import WebReply, WebRequest, json_signature
from voicecore.ivr.web.rules import WebRules
from voicecore.ivr.webhook import flow
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech
from voicecore.testing.simulated_web import SimulatedWeb

BASE = "https://app.example.com"
PEER = "sip:peer@192.0.2.7:7000"

Verbs = Sequence[dict[str, Any]]
Page = Verbs | str | int | Callable[[dict[str, Any]], Verbs]


class Hook:
    """Lists of verbs by their paths, or what is sent in place of one; what was asked, in order."""

    def __init__(self, **pages: Page) -> None:
        self.pages = pages
        self.web = SimulatedWeb(self._answer, WebRules((f"{BASE}/",), secret="6789"))
        self.told: list[dict[str, Any]] = []
        self.extra: dict[str, Any] = {}

    def _answer(self, request: WebRequest) -> WebReply | str:
        self.told.append(json.loads(request.body or b"null"))
        page = self.pages.get(urlsplit(request.url).path.strip("/"), 404)
        if isinstance(page, int):
            return WebReply(page)
        if isinstance(page, str):
            return page
        listed = page(self.told[-1]) if callable(page) else page
        return json.dumps({"version": 1, "verbs": listed, **self.extra})

    @property
    def results(self) -> list[Any]:
        return [told["result"] for told in self.told]


async def calls(hook: Hook, *acts: tuple[float, str], language: str = "en", **args: Any) -> Conversation:
    numbers = {"1": (flow.answer, {"url": f"{BASE}/start", **args})}
    speech = SimulatedSpeech(manifest=MANIFEST)
    async with simulated_platform(numbers, web=hook.web, speech=speech, language=language) as platform:
        platform.phone()
        caller = platform.phone()
        caller.user = "+441632960001"
        status = await caller.dial("1")
        heard: list[str] = []
        if status == 200:
            leg = caller.leg
            await act(caller, acts)
            await caller.over(within=20_000)
            heard = [platform.words_of(one.sound) for one in leg.heard]
        file = await platform.record()
        return Conversation(file, status, heard)


def once(*verbs: dict[str, Any]) -> Callable[[dict[str, Any]], Verbs]:
    """These at the start, and nothing after it."""
    return lambda told: verbs if told["event"] == "start" else ()


SAY = {"verb": "say", "text": "Hello."}


async def test_verbs_are_done_in_their_order() -> None:
    hook = Hook(
        start=[
            {"verb": "ring"},
            {"verb": "pause", "seconds": 2},
            {"verb": "answer"},
            SAY,
            {"verb": "language", "language": "zh"},
            {"verb": "play", "prompts": ["welcome", {"text": "Bye.", "language": "en"}]},
            {"verb": "send_digits", "digits": "12"},
            {"verb": "automatic_gain", "on": True},
            {"verb": "note", "text": "a note"},
        ]
    )
    talked = await calls(hook)
    assert talked.heard == ["Hello.", "您好，欢迎致电 VoiceCore。", "Bye."]
    assert ("note", "a note") in talked.journal


async def test_the_facts_of_the_call_are_told_and_signed() -> None:
    hook = Hook(start=[])
    talked = await calls(hook)
    (told,) = hook.told
    assert told["version"] == 1
    assert told["event"] == "start"
    assert told["result"] is None
    assert told["call"] == {
        "id": talked.file.call.id,
        "number": "1",
        "caller": "sip:+441632960001@192.0.2.7:7001",
        "caller_number": "+441632960001",
        "account": None,
        "diverted_by": [],
        "language": "en",
        "started": talked.file.call.started.isoformat(),
    }
    (request,) = hook.web.requests
    signed = dict(request.headers)["X-VoiceCore-Signature"]
    at = int(signed.split(",")[0].removeprefix("t="))
    assert signed == json_signature("6789", at, request.body)


async def test_prompts_have_values() -> None:
    values = {"amount": {"amount": "40", "currency": "USD"}, "due": {"date": "2026-03-05"}}
    hook = Hook(start=[{"verb": "play", "prompts": [{"name": "reminder_bill", "values": values}]}])
    talked = await calls(hook)
    assert " ".join(talked.heard) == "Your bill of forty dollars was due on March fifth, twenty twenty-six."


@pytest.mark.parametrize(
    ("verb", "acts", "result"),
    [
        (
            {"verb": "gather", "digits": 4, "prompts": ["main_menu"]},
            [(0.5, "12#")],
            {"outcome": "digits", "digits": "12", "end": "terminator"},
        ),
        ({"verb": "gather", "digits": 4}, [], {"outcome": "none", "reason": "silent"}),
        (
            {"verb": "menu", "options": {"1": "sales", "20-29": "desk"}},
            [(0.5, "25")],
            {"outcome": "choice", "value": "desk", "key": "25", "how": "key", "confidence": 1.0},
        ),
        (
            {"verb": "menu", "options": {"1": "sales"}, "tries": 1},
            [],
            {"outcome": "none", "reason": "silent"},
        ),
        (
            {"verb": "ask", "kind": {"type": "date", "order": "DMY"}},
            [(0.5, "05032026")],
            {"outcome": "answer", "value": "2026-03-05", "how": "key", "confidence": 1.0},
        ),
        (
            {"verb": "ask", "kind": {"type": "amount"}, "confirm": True},
            [(0.5, "12*5#"), (2.0, "1")],
            {"outcome": "answer", "value": "12.50", "how": "key", "confidence": 1.0},
        ),
        (
            {"verb": "ask", "kind": {"type": "yes_no"}},
            [(0.5, "2")],
            {"outcome": "answer", "value": False, "how": "key", "confidence": 1.0},
        ),
        (
            {"verb": "record", "silence": 2},
            [],
            {"outcome": "message", "spoken": False, "end": "silence"},
        ),
        ({"verb": "dial", "targets": [PEER], "longest": 30}, [], {"outcome": "answered", "seconds": 30.0}),
        ({"verb": "dial", "targets": [PEER], "longest": 30, "record": True}, [], {"outcome": "answered"}),
        ({"verb": "transfer", "target": PEER}, [], {"outcome": "failed", "status": 603, "reason": "Decline"}),
    ],
)
async def test_what_a_verb_came_to_is_told(
    verb: dict[str, Any], acts: list[tuple[float, str]], result: dict[str, Any]
) -> None:
    hook = Hook(start=once(verb))
    await calls(hook, *acts)
    told = hook.results[1]
    assert told["verb"] == verb["verb"]
    assert told | result == told


async def test_a_message_has_a_url() -> None:
    hook = Hook(start=once({"verb": "record"}))
    talked = await calls(hook, (1.0, SPEAK), (4.0, "#"))
    assert hook.results[1]["url"].endswith(talked.file.recordings[0].path)
    assert hook.results[1]["spoken"] is True


async def test_secret_digits_are_told_to_the_webhook_and_to_nobody_else() -> None:
    hook = Hook(start=once({"verb": "gather", "digits": 4, "secret": True}))
    talked = await calls(hook, (0.5, "4711"))
    assert hook.results[1]["digits"] == "4711"
    assert not any("4" in detail for kind, detail in talked.journal if kind == "digit")


async def test_state_comes_back_and_next_says_where() -> None:
    hook = Hook(start=once({"verb": "gather", "digits": 1}), other=[])
    hook.extra = {"state": {"step": 1}, "next": "other?a=1"}
    await calls(hook)
    assert hook.told[1]["state"] == {"step": 1}
    assert hook.web.requests[1].url == f"{BASE}/other?a=1"
    assert hook.told[1]["event"] == "result"


async def test_a_redirect_is_followed_but_not_in_circles() -> None:
    hook = Hook(start=[{"verb": "redirect", "url": "/other"}], other=[SAY])
    assert (await calls(hook)).heard == ["Hello."]
    circle = Hook(start=[{"verb": "redirect", "url": "/start"}])
    talked = await calls(circle)
    assert "more than 20 redirects" in (talked.file.call.traceback or "")
    assert circle.told[1]["event"] == "redirect"


async def test_a_call_is_refused_with_a_cause() -> None:
    assert (await calls(Hook(start=[{"verb": "hangup", "cause": 486}]))).value == 486


async def test_a_caller_is_not_kept_for_ever() -> None:
    talked = await calls(Hook(start=[{"verb": "gather", "digits": 1, "first": 1.0}]))
    assert "more than 500 requests" in (talked.file.call.traceback or "")


async def test_the_author_reads_what_is_wrong_in_the_journal() -> None:
    hook = Hook(start=[SAY, {"verb": "gather", "digits": 0}])
    talked = await calls(hook)
    assert talked.heard == ["We are sorry, something went wrong. Please call again later."]
    failed = next(detail for kind, detail in talked.journal if kind == "flow failed")
    assert f"webhook {BASE}/start: verbs[1].digits: Input should be greater than or equal to 1" in failed


@pytest.mark.parametrize("broken", ["<html>", 500])
async def test_a_fallback_is_asked_once(broken: str | int) -> None:
    hook = Hook(start=broken, later=[SAY])
    talked = await calls(hook, fallback=f"{BASE}/later")
    assert talked.heard == ["Hello."]
    assert hook.told[1]["event"] == "fallback"
    assert hook.told[1]["result"]["problem"].startswith(f"webhook {BASE}/start: ")


async def test_a_hang_up_is_told_where_it_is_wanted() -> None:
    hook = Hook(start=[{"verb": "play", "prompts": ["main_menu"]}, {"verb": "pause", "seconds": 60}], gone=[])
    hook.extra = {"state": 7}
    await calls(hook, (5.0, HANG_UP), ended=f"{BASE}/gone")
    assert [told["event"] for told in hook.told] == ["start", "hangup"]
    assert hook.told[1]["state"] == 7


async def test_a_sound_of_the_server_is_left_out_where_it_is_none() -> None:
    hook = Hook(start=[{"verb": "play", "prompts": [{"url": "a.wav"}, "goodbye"]}])
    talked = await calls(hook)
    assert talked.heard == ["Thank you for calling. Goodbye."]
    await asyncio.sleep(0)
