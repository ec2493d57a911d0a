"""The flow that a back end drives with TwiML: `flow = "voicecore.ivr.twiml.flow:answer"`, `args = { url = "..." }`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import assert_never
from urllib.parse import urljoin

from voicecore.calls.dial_outcome import (
    Answered,
    Busy,
    Declined,
    DialOutcome,
    Machine,
    NoAnswer,
    NotReachable,
    Rejected,
)
from voicecore.errors import PeerError, Unavailable
from voicecore.ivr.call import Call
from voicecore.ivr.kinds import LONGEST
from voicecore.ivr.prompt import InLanguage, Prompt, Spoken, Tone
from voicecore.ivr.results import Digits, Message, RecordEnd
from voicecore.ivr.twiml.parser import parse_twiml
from voicecore.ivr.twiml.verbs import (
    Action,
    Dial,
    Document,
    Gather,
    Hangup,
    Method,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)
from voicecore.ivr.verbs.first_of import first_of
from voicecore.ivr.web.rules import shown
from voicecore.ivr.web.sounds import WebSounds

MAX_DOCUMENTS = 500
"""Documents of one call; one more is a fault of the back end."""
MAX_REDIRECTS = 20
"""Documents in a row that do nothing but name another one."""
LONGEST_SILENCE_S = 60
"""Of a pause within <Gather>, which is played as a sound."""
ENDLESS = 1000
"""Times that stand for "until the caller hangs up"."""


@dataclass(frozen=True, slots=True)
class Page:
    """A document to ask for, and what the back end is told beside what it always is."""

    url: str
    method: Method
    fields: Mapping[str, str] = field(default_factory=dict)


class End(Enum):
    DOCUMENT = auto()
    """There are no more verbs."""
    HANGUP = auto()


async def answer(
    call: Call, url: str, method: str = "POST", fallback: str = "", account: str = "voicecore"
) -> None:
    """`fallback` is asked once where a document cannot be had or read; `account` is told as AccountSid."""
    await Script(call, account, fallback).run(Page(url, Method(method)))
    await call.hangup()


class Script:
    """One party's way through the documents."""

    def __init__(self, call: Call, account: str, fallback: str = "", *, status: str = "ringing") -> None:
        self._call = call
        self._account = account
        self._fallback = fallback
        self._status = status
        self._sounds = WebSounds(call)

    async def run(self, page: Page) -> End:
        """Returns how the last document ended. Raises PeerError or Unavailable where the back end is at fault."""
        redirects = 0
        for _ in range(MAX_DOCUMENTS):
            document = await self._document(page)
            following, has_done = await self._carry_out(document, page)
            if isinstance(following, End):
                return following
            redirects = 0 if has_done else redirects + 1
            if redirects > MAX_REDIRECTS:
                raise PeerError(f"{shown(page.url)}: more than {MAX_REDIRECTS} redirects in a row")
            page = following
        raise PeerError(f"{shown(page.url)}: more than {MAX_DOCUMENTS} documents in one call")

    async def _document(self, page: Page) -> Document:
        """The fallback's where the page's own cannot be had."""
        try:
            return await self._fetched(page)
        except (PeerError, Unavailable) as error:
            if not self._fallback:
                raise
            self._call.note(f"the fallback is asked: {error}")
            fallback, self._fallback = self._fallback, ""
            return await self._fetched(Page(fallback, Method.POST, {"ErrorUrl": page.url}))

    async def _fetched(self, page: Page) -> Document:
        reply = await self._call.fetch(
            page.url, method=page.method.value, form={**self._facts(), **page.fields}
        )
        if not reply.is_good:
            raise PeerError(f"{shown(page.url)}: status {reply.status}")
        if not reply.body.strip():
            return Document(())
        try:
            document = parse_twiml(reply.body)
        except PeerError as error:
            raise PeerError(f"{shown(page.url)}: {error.reason}") from error
        for remark in document.remarks:
            self._call.note(f"{shown(page.url)}: {remark}")
        return document

    def _facts(self) -> dict[str, str]:
        """What every request says of the call, under Twilio's names."""
        call = self._call
        caller = call.caller_number
        sender = caller if caller.lstrip("+").isdecimal() else call.caller
        told = {
            "CallSid": call.id,
            "AccountSid": self._account,
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            "CallStatus": self._status,
            "From": sender,
            "Caller": sender,
            "To": call.number,
            "Called": call.number,
        }
        return told | ({"ForwardedFrom": call.diverted_by[0]} if call.diverted_by else {})

    # -- verbs ------------------------------------------------------------------------------------
    async def _carry_out(self, document: Document, page: Page) -> tuple[Page | End, bool]:
        """What follows the document, and whether it did anything beside naming it."""
        for number, verb in enumerate(document.verbs):
            following = await self._do(verb, page)
            if following is not None:
                return following, number > 0 or not isinstance(verb, Redirect)
        return End.DOCUMENT, True

    async def _do(self, verb: Verb, page: Page) -> Page | End | None:
        """None: the next verb."""
        call = self._call
        match verb:
            case Say() | Play():
                await self._answered()
                await self._speak(verb, page)
            case Pause(seconds):
                await call.wait(float(seconds))
            case Gather():
                return await self._gather(verb, page)
            case Record():
                return await self._record(verb, page)
            case Dial():
                return await self._dial(verb, page)
            case Redirect(action):
                return _page(action, page, {})
            case Hangup():
                return End.HANGUP
            case Reject(busy):
                if self._status == "ringing":
                    await call.hangup(486 if busy else 603)
                return End.HANGUP
            case _:
                assert_never(verb)
        return None

    async def _answered(self) -> None:
        await self._call.answer()
        self._status = "in-progress"

    async def _speak(self, verb: Say | Play, page: Page) -> None:
        call = self._call
        if isinstance(verb, Play) and verb.digits:
            await call.send_digits(verb.digits.upper().replace("W", "w"))
            return
        prompts = await self._prompts(verb, page)
        for _ in range(verb.loop or ENDLESS):
            await call.play(*prompts)

    async def _prompts(self, verb: Say | Play | Pause, page: Page) -> list[Prompt]:
        """A sound that cannot be had is told in the journal, and left out."""
        match verb:
            case Say(text, language):
                return [Spoken(text) if language is None else InLanguage(Spoken(text), language)]
            case Pause(seconds):
                return [_silence(seconds)]
            case Play(url):
                sound = await self._sounds.get(urljoin(page.url, url))
                return [] if sound is None else [sound]
            case _:
                assert_never(verb)

    async def _gather(self, verb: Gather, page: Page) -> Page | None:
        await self._answered()
        prompts = [
            prompt
            for one in verb.prompts
            for prompt in await self._prompts(one, page) * (1 if isinstance(one, Pause) else one.loop or 10)
        ]
        match await self._call.gather(
            *prompts,
            digits=verb.num_digits or LONGEST,
            terminator=verb.finish_on_key,
            first=float(verb.timeout),
            between=float(verb.timeout),
            speech=False,
        ):
            case Digits(text) if text:
                return _page(verb.action, page, {"Digits": text})
            case _:
                return _page(verb.action, page, {"Digits": ""}) if verb.on_empty else None

    async def _record(self, verb: Record, page: Page) -> Page | None:
        call = self._call
        await self._answered()
        async with call.after_hangup():
            message = await call.record(
                longest=float(verb.max_length),
                silence=float(verb.timeout),
                keys=verb.finish_on_key,
                beep=verb.play_beep,
            )
            if not isinstance(message, Message) or not message.spoken:
                return None
            fields = {
                "RecordingUrl": call.recording_url(message.path),
                "RecordingDuration": str(round(message.duration_ms / 1000)),
            }
            if message.end is RecordEnd.HANGUP:
                gone = {**fields, "Digits": "hangup", "CallStatus": "completed"}
                await self._fetched(_page(verb.action, page, gone))
        return _page(verb.action, page, fields)

    async def _dial(self, verb: Dial, page: Page) -> Page | None:
        call = self._call
        if not verb.answer_on_bridge:
            await self._answered()
        outcome = await call.dial(
            [party.target for party in verb.parties],
            one_by_one=verb.sequential,
            ring_time=float(verb.timeout),
            screen=self._screening(verb, page),
        )
        status, seconds = _status(outcome), 0
        if isinstance(outcome, Answered):
            await self._answered()
            began = call.now
            await self._talk(verb, outcome)
            seconds = round((call.now - began).total_seconds())
        if verb.action is None:
            return None
        return _page(verb.action, page, {"DialCallStatus": status, "DialCallDuration": str(seconds)})

    def _screening(self, verb: Dial, page: Page) -> Callable[[Call], Awaitable[bool]] | None:
        """A document that talks to who answers; he takes the call unless it hangs up."""
        if not any(party.url for party in verb.parties):
            return None
        if len({(party.url, party.method) for party in verb.parties}) > 1:
            self._call.note(f"{shown(page.url)}: parties of one <Dial> have one url, or none: left out")
            return None
        party = verb.parties[0]
        first = Page(urljoin(page.url, party.url), party.method, {"ParentCallSid": self._call.id})

        async def screen(called: Call) -> bool:
            script = Script(called, self._account, status="in-progress")
            try:
                return await script.run(first) is End.DOCUMENT
            except (PeerError, Unavailable) as error:
                called.note(f"nobody is asked whether he takes the call: {error}")
                return True

        return screen

    async def _talk(self, verb: Dial, outcome: Answered) -> None:
        call = self._call
        async with call.recording() if verb.record else nullcontext():
            star = call.key("*") if verb.hangup_on_star else call.wait()
            await first_of(call.bridge(outcome.leg), call.wait(float(verb.time_limit)), star)


def _page(action: Action, page: Page, fields: Mapping[str, str]) -> Page:
    return Page(urljoin(page.url, action.url), action.method, fields)


def _silence(seconds: int) -> Tone:
    return Tone((1000.0,), 0, silence_ms=1000 * min(seconds, LONGEST_SILENCE_S))


def _status(outcome: DialOutcome) -> str:
    """DialCallStatus."""
    match outcome:
        case Answered() | Machine():
            return "completed"
        case Busy():
            return "busy"
        case NoAnswer() | Declined():
            return "no-answer"
        case Rejected() | NotReachable():
            return "failed"
        case _:
            assert_never(outcome)
