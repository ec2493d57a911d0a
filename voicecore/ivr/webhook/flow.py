"""The flow that a webhook drives: `flow = "voicecore.ivr.webhook.flow:answer"`, `args = { url = "..." }`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, assert_never
from urllib.parse import urljoin

from voicecore.calls.dial_outcome import Answered
from voicecore.errors import PeerError, Unavailable
from voicecore.ivr.call import Call
from voicecore.ivr.prompt import InLanguage, Named, Spoken
from voicecore.ivr.prompt import Prompt as Playable
from voicecore.ivr.results import Hangup as HungUp
from voicecore.ivr.verbs.first_of import first_of
from voicecore.ivr.web.message import MAX_TEXT
from voicecore.ivr.web.rules import shown
from voicecore.ivr.web.sounds import WebSounds
from voicecore.ivr.webhook import result as results
from voicecore.ivr.webhook import verbs
from voicecore.ivr.webhook.document import VERSION, State, WebhookFault, read_reply
from voicecore.ivr.webhook.result import Result
from voicecore.speech.language.kinds import Value
from voicecore.speech.language.money import Money

MAX_REQUESTS = 500
"""Of one call; one more is a fault of the webhook."""
MAX_REDIRECTS = 20
"""Replies in a row that do nothing but name another URL."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One request: where to, why, and what it tells."""

    url: str
    event: str
    result: Result | None = None
    state: State = None


async def answer(call: Call, url: str, fallback: str = "", ended: str = "") -> None:
    """`fallback` is asked once where a reply cannot be had or read; `ended` is told that the caller hung up."""
    conversation = Conversation(call, fallback)
    try:
        await conversation.run(Turn(url, "start"))
    except HungUp:
        if ended:
            async with call.after_hangup():
                await conversation.tell_end(ended)
        raise
    await call.hangup()


class Conversation:
    """One call's turns with its webhook."""

    def __init__(self, call: Call, fallback: str) -> None:
        self._call = call
        self._fallback = fallback
        self._started = call.now
        self._state: State = None
        self._sounds = WebSounds(call)

    async def run(self, turn: Turn) -> None:
        """Returns when the webhook wants nothing more. Raises PeerError or Unavailable where it is at fault."""
        redirects = 0
        for _ in range(MAX_REQUESTS):
            following = await self._take(turn)
            if following is None:
                return
            redirects = redirects + 1 if following.event == "redirect" else 0
            if redirects > MAX_REDIRECTS:
                raise PeerError(f"webhook {shown(turn.url)}: more than {MAX_REDIRECTS} redirects in a row")
            turn = following
        raise PeerError(f"webhook {shown(turn.url)}: more than {MAX_REQUESTS} requests in one call")

    async def tell_end(self, url: str) -> None:
        try:
            await self._call.fetch(url, json=self._told(Turn(url, "hangup", None, self._state)))
        except Unavailable:
            return  # the journal says so, and nobody waits for a reply

    async def _take(self, turn: Turn) -> Turn | None:
        try:
            return await self._take_once(turn)
        except (WebhookFault, Unavailable) as error:
            if not self._fallback:
                raise
            self._call.note(f"the fallback is asked: {error}")
            fallback, self._fallback = self._fallback, ""
            return await self._take_once(Turn(fallback, "fallback", {"problem": str(error)}, turn.state))

    async def _take_once(self, turn: Turn) -> Turn | None:
        """Asks, and does what it is told; a reply is read whole before its first verb is done."""
        reply = await self._call.fetch(turn.url, json=self._told(turn), limit=MAX_TEXT)
        if not reply.is_good:
            raise WebhookFault(f"webhook {shown(turn.url)}: status {reply.status}")
        try:
            document = read_reply(reply.body)
        except WebhookFault as fault:
            raise WebhookFault(f"webhook {shown(turn.url)}: {fault.reason}") from None
        self._state = document.state
        following = urljoin(turn.url, document.next or "")
        for verb in document.verbs:
            match verb:
                case (
                    verbs.Gather()
                    | verbs.Menu()
                    | verbs.Ask()
                    | verbs.Record()
                    | verbs.Dial()
                    | verbs.Transfer()
                ):
                    outcome = await self._ask(verb, turn.url)
                    return Turn(following, "result", outcome, document.state)
                case verbs.Redirect():
                    return Turn(urljoin(turn.url, verb.url), "redirect", None, document.state)
                case verbs.Hangup():
                    await self._call.hangup(verb.cause)
                case _:
                    await self._tell(verb, turn.url)
        return None

    def _told(self, turn: Turn) -> dict[str, Any]:
        call = self._call
        return {
            "version": VERSION,
            "event": turn.event,
            "call": {
                "id": call.id,
                "number": call.number,
                "caller": call.caller,
                "caller_number": call.caller_number,
                "account": call.account,
                "diverted_by": list(call.diverted_by),
                "language": call.language,
                "started": self._started.isoformat(),
            },
            "result": turn.result,
            "state": turn.state,
        }

    # -- verbs ------------------------------------------------------------------------------------
    async def _tell(self, verb: verbs.Telling, base: str) -> None:
        call = self._call
        match verb:
            case verbs.Answer():
                await call.answer()
            case verbs.Ring():
                await call.ring()
            case verbs.Say():
                await call.answer()
                await call.play(*await self._prompts([_text(verb)], base))
            case verbs.Play():
                await call.answer()
                await call.play(*await self._prompts(verb.prompts, base))
            case verbs.Pause():
                await call.wait(verb.seconds)
            case verbs.SetLanguage():
                call.language = verb.language
            case verbs.SendDigits():
                await call.answer()
                await call.send_digits(verb.digits)
            case verbs.AutomaticGain():
                call.automatic_gain(verb.on)
            case verbs.Note():
                call.note(verb.text)
            case _:
                assert_never(verb)

    async def _ask(self, verb: verbs.Asking, base: str) -> Result:
        call = self._call
        if not isinstance(verb, verbs.Dial):
            await call.answer()
        match verb:
            case verbs.Gather():
                prompts = await self._prompts(verb.prompts, base)
                async with call.secret() if verb.secret else nullcontext():
                    return results.pressed(
                        await call.gather(
                            *prompts,
                            digits=verb.digits,
                            at_least=verb.at_least,
                            tries=verb.tries,
                            terminator=verb.terminator,
                            first=verb.first,
                            between=verb.between,
                            barge_in=verb.barge_in,
                            speech=verb.speech,
                        )
                    )
            case verbs.Menu():
                prompts = await self._prompts(verb.prompts, base)
                return results.chosen(
                    await call.menu(
                        *prompts,
                        options=verb.options,
                        listens=verb.listens,
                        tries=verb.tries,
                        first=verb.first,
                        between=verb.between,
                    )
                )
            case verbs.Ask():
                prompts = await self._prompts(verb.prompts, base)
                async with call.secret() if verb.secret else nullcontext():
                    return results.asked(
                        await call.ask(
                            *prompts,
                            kind=verb.kind.kind(),
                            confirm=verb.confirm,
                            speech=verb.speech,
                            tries=verb.tries,
                            first=verb.first,
                            between=verb.between,
                        )
                    )
            case verbs.Record():
                message = await call.record(
                    longest=verb.longest,
                    silence=verb.silence,
                    keys=verb.keys,
                    beep=verb.beep,
                    review=verb.review,
                )
                return results.recorded(message, call.recording_url)
            case verbs.Dial():
                return await self._dial(verb)
            case verbs.Transfer():
                return results.transferred(await call.transfer(verb.target))
            case _:
                assert_never(verb)

    async def _dial(self, verb: verbs.Dial) -> Result:
        call = self._call
        outcome = await call.dial(
            verb.targets,
            one_by_one=verb.one_by_one,
            ring_time=verb.ring_time,
            early_media=verb.early_media,
        )
        began = call.now
        if isinstance(outcome, Answered):
            await call.answer()
            async with call.recording() if verb.record else nullcontext():
                await first_of(call.bridge(outcome.leg), call.wait(verb.longest))
        return results.dialled(outcome, (call.now - began).total_seconds())

    # -- prompts ----------------------------------------------------------------------------------
    async def _prompts(self, prompts: verbs.Prompts, base: str) -> list[Playable]:
        """A sound that cannot be had is told in the journal, and left out."""
        found = [await self._prompt(prompt, base) for prompt in prompts]
        return [prompt for prompt in found if prompt is not None]

    async def _prompt(self, prompt: verbs.Prompt, base: str) -> Playable | None:
        match prompt:
            case str():
                return prompt
            case verbs.TextPrompt():
                spoken = Spoken(prompt.text)
                return spoken if prompt.language is None else InLanguage(spoken, prompt.language)
            case verbs.NamedPrompt():
                named = Named(prompt.name, **{name: _value(one) for name, one in prompt.values.items()})
                return named if prompt.language is None else InLanguage(named, prompt.language)
            case verbs.SoundPrompt():
                return await self._sounds.get(urljoin(base, prompt.url))
            case _:
                assert_never(prompt)


def _text(verb: verbs.Say) -> verbs.TextPrompt:
    return verbs.TextPrompt(text=verb.text, language=verb.language)


def _value(filling: verbs.Filling) -> Value:
    match filling:
        case verbs.Price():
            return Money(filling.amount, filling.currency)
        case verbs.Day():
            return filling.date
        case _:
            return filling
