"""The call as a flow sees it: an object with verbs. Each verb is true when it returns and can be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from voicecore.calls import transferor
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.outbound import DialOutcome
from voicecore.calls.transferor import TransferOutcome
from voicecore.errors import UsageError
from voicecore.ids import CallId
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import BridgeEnd, Choice, Digits, Hangup, Message, NoChoice, NoInput, NotRecorded
from voicecore.ivr.verbs import dial, gather, menu, play, record
from voicecore.speech.language.kinds import Value

T = TypeVar("T")
R = TypeVar("R")


class Call:
    """One caller on the line.

    When the caller hangs up, the verb that waits raises `Hangup`; a flow need not catch it. `finally` blocks run.
    """

    def __init__(self, line: Line) -> None:
        self._line = line

    # -- facts --------------------------------------------------------------------------------------
    @property
    def id(self) -> CallId:
        return self._line.active.id

    @property
    def number(self) -> str:
        """What was dialled."""
        return self._line.active.record.number

    @property
    def caller(self) -> str:
        """The caller's SIP URI, as the caller says it."""
        return self._line.active.record.caller

    @property
    def diverted_by(self) -> tuple[str, ...]:
        """SIP URIs of those who sent the call on to this number, the latest first, as the carrier says."""
        return self._line.leg.identity.diverted_by

    @property
    def language(self) -> str:
        """The language of prompts and speech: "en", "zh". A flow may change it at any time."""
        return self._line.language

    @language.setter
    def language(self, language: str) -> None:
        self._line.language = language

    @property
    def voice(self) -> str:
        """Who speaks in the call's language: an engine ("flite"), or one of its voices ("flite/slt"); "": the first.

        Where that engine cannot, another speaks. Another language has another voice.
        """
        return self._line.voice

    @voice.setter
    def voice(self, voice: str) -> None:
        self._line.voices[self._line.language] = voice

    # -- the line -----------------------------------------------------------------------------------
    async def ring(self) -> None:
        """Lets the caller hear ringing (180)."""
        self._present()
        self._line.note(EventKind.RINGING)
        self._line.leg.ring()

    async def early_media(self) -> None:
        """Lets the caller hear prompts before the call is answered (183); he pays nothing yet.

        Where it cannot be, as for a caller that made no offer, the call is answered instead.
        """
        self._present()
        leg = self._line.leg
        if leg.has_media:
            return
        if leg.early_media():
            self._line.note(EventKind.EARLY_MEDIA)
        else:
            await self.answer()

    async def answer(self) -> None:
        """Answers (200 OK); audio flows from now on. Does nothing when the call is answered already."""
        self._present()
        leg = self._line.leg
        if leg.is_answered:
            return
        if not leg.accept():
            raise Hangup("the caller is gone")
        self._line.note(EventKind.ANSWERED)
        await leg.media_flows()  # a caller who made no offer agrees to ours in its ACK

    async def hangup(self, status: int = 480) -> None:
        """Ends the call and with it the flow. A call that was not answered is refused with the SIP `status`."""
        self._present()
        self._line.leg.hang_up(status)
        raise Hangup("we hung up")

    async def wait(self, seconds: float | None = None) -> None:
        """Lets the time pass; None: until the caller hangs up."""
        self._present()
        await (self._line.leg.over() if seconds is None else asyncio.sleep(seconds))

    # -- speaking -----------------------------------------------------------------------------------
    async def play(self, *prompts: Prompt) -> None:
        """Plays prompts one after the other: names of the manifest, `Named`, `Say`, `Spoken`, `AudioFile`, `Tone`."""
        self._answered("play")
        await play.play(self._line, prompts)

    async def say(self, text: str, /, **values: Value) -> None:
        """Speaks a text in the call's language: `await call.say("It costs {price:money}.", price=price)`.

        Without values the text is spoken as it is, braces and all.
        """
        self._answered("say")
        await play.say(self._line, text, values)

    def music(self) -> AbstractAsyncContextManager[None]:
        """`async with call.music(): ...` plays music on hold meanwhile."""
        return self._scope("music", play.music)

    def echo(self) -> AbstractAsyncContextManager[None]:
        """`async with call.echo(): ...` lets the caller hear himself meanwhile."""
        return self._scope("echo", play.echo)

    # -- listening ----------------------------------------------------------------------------------
    async def gather(
        self,
        *prompts: Prompt,
        digits: int,
        terminator: str = "#",
        first: float = 5.0,
        between: float = 2.5,
        barge_in: bool = True,
    ) -> Digits | NoInput:
        """Plays the prompts and collects up to `digits` keys.

        The first key stops the prompt (`barge_in`) and may be pressed before it. `first` seconds after the prompt, or
        `between` seconds after a key, the input ends. The terminator ends it too and is not part of the result.
        """
        self._answered("gather")
        if digits < 1:
            raise UsageError(f"gather takes one digit or more, not {digits}")
        entry = gather.Entry(lambda text: len(text) >= digits, terminator)
        patience = gather.Patience(first, between)
        return await gather.gather(self._line, prompts, entry, patience, barge_in=barge_in)

    async def menu(
        self,
        *prompts: Prompt,
        options: Mapping[str, T],
        tries: int = 3,
        first: float = 5.0,
        between: float = 2.5,
        invalid: Prompt = "invalid_choice",
        no_input: Prompt = "no_input",
    ) -> Choice[T] | NoChoice:
        """Plays the prompts and takes one of the options, whose keys may be several digits long.

        A wrong key or silence is told by the prompts `invalid` and `no_input`, and the menu is played again, `tries`
        times in all. Raises UsageError for options that no phone can press.
        """
        self._answered("menu")
        return await menu.menu(
            self._line,
            prompts,
            options,
            tries=tries,
            patience=gather.Patience(first, between),
            invalid=invalid,
            no_input=no_input,
        )

    async def record(
        self, *, longest: float = 180.0, silence: float = 5.0, keys: str = "#", beep: bool = True
    ) -> Message | NotRecorded:
        """Records a message after a beep until a key, `silence` seconds of it, or `longest` seconds.

        A caller who hangs up instead has left a message as well: the file is kept and in the call's record.
        """
        self._answered("record")
        limits = record.RecordLimits(longest, silence, keys)
        return await record.record(self._line, limits, beep=beep)

    def recording(self) -> AbstractAsyncContextManager[str]:
        """`async with call.recording(): ...` records in stereo meanwhile: left the caller, right what it hears."""
        return self._scope("recording", record.recording)

    # -- others -------------------------------------------------------------------------------------
    async def dial(
        self, target: str, *, ring_time: float = 30.0, early_media: bool = True, as_caller: bool = False
    ) -> DialOutcome:
        """Calls somebody; the caller hears ring-back. Answered, Busy, NoAnswer, Rejected or NotReachable.

        `target` is a SIP URI, `phone:ACCOUNT` for the registered phones of an account, `tel:NUMBER` for a number
        beyond this site by the first trunk that may call it, or `tel:NUMBER;trunk=NAME`. A call by trunk is paid by
        the flow, as [fraud.flows] allows, or with `as_caller` by the account that calls.

        What the called side plays before it answers is heard in place of our ring-back, unless `early_media` is False.
        """
        self._present()
        return await dial.dial(
            self._line, target, ring_time=ring_time, early_media=early_media, as_caller=as_caller
        )

    async def bridge(self, party: Leg) -> BridgeEnd:
        """Caller and party talk until one of them hangs up."""
        self._answered("bridge")
        if not self._line.leg.is_answered:
            raise UsageError("bridge needs an answered call: `await call.answer()` first")
        return await dial.bridge(self._line, party)

    async def transfer(
        self, target: str = "", *, to: Leg | None = None, patience: float = 60.0
    ) -> TransferOutcome:
        """Asks the caller's side to call somebody else instead (REFER): Transferred or NotTransferred.

        `target` is a SIP URI; with `to` it is the party of that leg, which keeps its call (attended). After
        `Transferred` hang up; many peers do so themselves, and then the flow ends here.
        """
        self._answered("transfer")
        return await transferor.transfer(self._line.active, self._line.leg, target, to=to, patience=patience)

    async def send_digits(self, digits: str) -> None:
        """Sends keys to the caller's side as telephone-events (RFC 4733); `w` waits half a second."""
        self._answered("send_digits")
        await self._line.media.send_digits(digits)

    # -- hang-up ------------------------------------------------------------------------------------
    def _present(self) -> None:
        if self._line.leg.is_over:
            raise Hangup("the caller is gone")

    def _answered(self, verb: str) -> None:
        self._present()
        if not self._line.leg.has_media:
            raise UsageError(f"{verb} needs an answered call: `await call.answer()` first")

    @asynccontextmanager
    async def _scope(
        self, verb: str, scope: Callable[[Line], AbstractAsyncContextManager[R]]
    ) -> AsyncIterator[R]:
        self._answered(verb)
        async with scope(self._line) as value:
            yield value
