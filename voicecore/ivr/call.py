"""The call as a flow sees it: an object with verbs. Each verb is true when it returns and can be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import NoReturn, TypeVar

from voicecore.calls import transferor
from voicecore.calls.conference import Seat
from voicecore.calls.dial_outcome import DialOutcome, Machine
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.machine_detection import MachineDetection, Person
from voicecore.calls.transferor import TransferOutcome
from voicecore.errors import UsageError
from voicecore.ivr.among import Among
from voicecore.ivr.kinds import LONGEST, Kind
from voicecore.ivr.noted import noted
from voicecore.ivr.options import KEYS, NOTHING, Listens, Options, Universal
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import (
    Asked,
    BridgeEnd,
    Choice,
    Digits,
    FaxTone,
    Hangup,
    Key,
    Message,
    NoChoice,
    NoInput,
    NotAsked,
    NotRecorded,
)
from voicecore.ivr.verbs import (
    answered_by,
    ask,
    bridge,
    checkpoint,
    conference,
    dial,
    fax_tone,
    gathering,
    hangup,
    key,
    mark,
    menu,
    record,
    secret,
)
from voicecore.ivr.verbs.gather import Patience
from voicecore.ivr.verbs.question import Escalation, Retry
from voicecore.ivr.verbs.record import CallRecording
from voicecore.ivr.verbs.review import reviewed as review_of
from voicecore.sip.cause import Cause
from voicecore.speech.recognition.recogniser import END_OF_SPEECH_S
from voicecore.store.records import MarkField

T = TypeVar("T")
R = TypeVar("R")


@noted
class Call(Among):
    """One caller on the line.

    When the caller hangs up, the verb that waits raises `Hangup`; a flow need not catch it. `finally` blocks run.
    """

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

    async def hangup(self, cause: int | DialOutcome = Cause.NORMAL_CALL_CLEARING) -> NoReturn:
        """Ends the call and with it the flow. `cause` is a SIP status, a `Cause` of Q.850, or what came of a dial.

        A call that was not answered is refused with that status, or the one that means that cause (RFC 3398). With
        the outcome of a dial its caller learns the cause that the network named.
        """
        self._present()
        hangup.hangup(self._line, cause)

    async def wait(self, seconds: float | None = None) -> None:
        """Lets the time pass; None: until the caller hangs up."""
        self._present()
        await (self._line.leg.over() if seconds is None else asyncio.sleep(seconds))

    # -- listening ----------------------------------------------------------------------------------
    @contextmanager
    def universal(
        self, *, repeat: str | None = None, back: str | None = None, operator: str | None = None
    ) -> Iterator[None]:
        """`with call.universal(repeat="*", operator="0"): ...` gives these keys to every question of the block.

        `repeat` plays the question again; `back` and `operator` end it with that reason. Inner blocks add to outer
        ones. A key that may begin an answer belongs to the answer. Raises UsageError for what is no key.
        """
        outer = self._line.universal
        self._line.universal = Universal(repeat, back, operator).over(outer)
        try:
            yield
        finally:
            self._line.universal = outer

    def secret(self) -> AbstractAsyncContextManager[None]:
        """`async with call.secret(): ...`: what is pressed meanwhile stands in no log, journal or recording.

        Recordings are silent meanwhile, and whoever the caller talks to does not hear him. The values that a flow gets
        are its own to keep quiet about.
        """
        return secret.secret(self._line)

    async def gather(
        self,
        *prompts: Prompt,
        digits: int,
        at_least: int = 0,
        tries: int = 1,
        terminator: str = "#",
        first: float = 5.0,
        between: float = 2.5,
        barge_in: bool = True,
        speech: bool = True,
        end_of_speech: float = END_OF_SPEECH_S,
        invalid: Escalation = "too_few_digits",
        no_input: Escalation = "no_input",
    ) -> Digits | NoInput:
        """Plays the prompts and collects up to `digits` keys.

        The first key stops the prompt (`barge_in`) and may be pressed before it. `first` seconds after the prompt, or
        `between` seconds after a key, the input ends. The terminator ends it too and is not part of the result.
        Silence, or fewer keys than `at_least`, is told and tried again, `tries` times in all. Stars, pounds and
        letters may be universal options when pressed first.

        Where a recogniser is configured the digits may be said instead, unless `speech` is False; the first word
        stops the prompt, and `end_of_speech` seconds of silence end the input.
        """
        self._answered("gather")
        if not 1 <= digits <= LONGEST or not 0 <= at_least <= digits:
            raise UsageError(f"gather takes 1 to {LONGEST} digits, not {at_least} to {digits}")
        wanted = gathering.DigitsWanted(digits, at_least, terminator, barge_in, speech)
        patience = Patience(first, between, end_of_speech)
        return await gathering.gather_digits(
            self._line, prompts, wanted, patience, Retry(tries, invalid, no_input)
        )

    async def menu(
        self,
        *prompts: Prompt,
        options: Options[T],
        listens: Listens = NOTHING,
        tries: int = 3,
        first: float = 5.0,
        between: float = 2.5,
        end_of_speech: float = END_OF_SPEECH_S,
        invalid: Escalation = "invalid_choice",
        no_input: Escalation = "no_input",
    ) -> Choice[T] | NoChoice:
        """Plays the prompts and takes one of the options: keys of one or more digits, and ranges such as "10-19".

        A wrong key or silence is told by `invalid` and `no_input` (a list: another prompt each time), and the menu is
        played again, `tries` times in all. Raises UsageError, before it plays, for options that no phone can press
        and for one that begins another.

        `listens={"1": "sales", "2": {"en": ("billing", "invoice"), "zh": "账单"}}` takes words as well, where a
        recogniser is configured.
        """
        self._answered("menu")
        retry = Retry(tries, invalid, no_input)
        patience = Patience(first, between, end_of_speech)
        return await menu.menu(self._line, prompts, options, patience, retry, listens)

    async def ask(
        self,
        *prompts: Prompt,
        kind: Kind[T],
        confirm: ask.Confirmation[T] = False,
        tries: int = 3,
        terminator: str = "#",
        first: float = 5.0,
        between: float = 2.5,
        barge_in: bool = True,
        speech: bool = True,
        end_of_speech: float = END_OF_SPEECH_S,
        invalid: Escalation = "invalid_entry",
        no_input: Escalation = "no_input",
    ) -> Asked[T] | NotAsked:
        """Plays the prompts and takes a typed answer: `kind=WholeNumber(1, 31)`, `CalendarDate()`, `YesNo()`, ...

        `confirm` reads it back, key by key or by the prompts that a function makes of the value, and takes 1 for
        right and 2 for wrong. Silence, what is no such answer, and a wrong one are tried again, `tries` times in all.
        Where a recogniser is configured the answer may be said instead, unless `speech` is False.
        """
        self._answered("ask")
        return await ask.ask(
            self._line,
            prompts,
            kind,
            confirm=confirm,
            terminator=terminator,
            barge_in=barge_in,
            patience=Patience(first, between, end_of_speech),
            retry=Retry(tries, invalid, no_input),
            speech=speech,
        )

    async def key(self, keys: str) -> Key:
        """Waits for one of the keys: `await first_of(call.gather(...), call.key("0"))`."""
        self._answered("key")
        if not keys or not set(keys) <= KEYS:
            raise UsageError(f"not keys of a phone: {keys!r}")
        return await key.key(self._line, keys)

    async def fax_tone(self) -> FaxTone:
        """Waits until the caller's side sends the calling tone of a fax machine (ITU-T T.30).

        `await first_of(call.menu(...), call.fax_tone())`: a machine sends it every three and a half seconds.
        """
        self._answered("fax_tone")
        return await fax_tone.fax_tone(self._line)

    async def record(
        self,
        *,
        longest: float = 180.0,
        silence: float = 5.0,
        keys: str = "#",
        beep: bool = True,
        review: bool = False,
    ) -> Message | NotRecorded:
        """Records a message after a beep until a key, `silence` seconds of it, or `longest` seconds.

        With `review` the caller may listen to it, record it again, or keep it. A caller who hangs up instead has left
        a message as well: the file is kept and in the call's record, and within `after_hangup` the flow gets it, too.
        """
        self._answered("record")
        limits = record.RecordLimits(longest, silence, keys)
        if not review:
            return await record.record(self._line, limits, beep=beep)
        return await review_of(self._line, limits, beep=beep)

    def recording(self) -> AbstractAsyncContextManager[CallRecording]:
        """`async with call.recording() as tape: ...` records in stereo meanwhile: left the caller, right what it hears.

        `await tape.pause()` and `tape.resume()` are silence in the file, so that all it holds keeps its place.
        """
        return self._scope("recording", record.recording)

    async def mark(self, text: str, **fields: MarkField) -> None:
        """Keeps a text, and values by name, with the place that the call's recordings are at, and in its journal.

        The page shows it over the recording. `await call.mark("offer accepted", product="fibre", months=24)`
        """
        mark.mark(self._line, text, fields)

    # -- others -------------------------------------------------------------------------------------
    async def dial(
        self,
        target: str | Sequence[str],
        *,
        one_by_one: bool = False,
        ring_time: float = 30.0,
        early_media: bool = True,
        as_caller: bool = False,
        screen: Callable[[Call], Awaitable[bool]] | None = None,
        detect_machine: MachineDetection | None = None,
    ) -> DialOutcome:
        """Calls somebody; the caller hears ring-back. Answered, Machine, Busy, NoAnswer, Rejected,
        NotReachable or Declined.

        `target` is a SIP URI, `phone:ACCOUNT` for the registered phones of an account, `tel:NUMBER` for a number
        beyond this site by the first trunk that may call it, or `tel:NUMBER;trunk=NAME`. A call by trunk is paid by
        the flow, as [fraud.flows] allows, or with `as_caller` by the account that calls. Several targets ring at
        once, or `one_by_one`, each for `ring_time` seconds.

        What the called side plays before it answers is heard in place of our ring-back, unless `early_media` is False.
        `screen` is a flow for who answers, which runs before the caller hears him: True takes the call. With
        `detect_machine` it is listened to how who answers greets, before that: an answering machine is a Machine.
        """
        self._present()
        screening = None if screen is None else lambda line: screen(Call(line))
        wish = dial.Wish(ring_time, early_media, as_caller, one_by_one, screening, detect_machine)
        return await dial.dial(self._line, [target] if isinstance(target, str) else target, wish)

    async def answered_by(self, detection: MachineDetection | None = None) -> Person | Machine:
        """Whether a person or a machine answered a call that we made: the first verb of its flow."""
        self._answered("answered_by")
        line = self._line
        return await answered_by.answered_by(line, line.leg, detection or MachineDetection())

    async def bridge(self, party: Leg) -> BridgeEnd:
        """Caller and party talk until one of them hangs up."""
        self._answered("bridge")
        if not self._line.leg.is_answered:
            raise UsageError("bridge needs an answered call: `await call.answer()` first")
        return await bridge.bridge(self._line, party)

    async def conference(
        self,
        room: str,
        *,
        muted: bool = False,
        deaf: bool = False,
        gain_db: float = 0.0,
        keys: str = "",
        beep: bool = True,
    ) -> Key:
        """The caller talks to all who are in the room of that name, until he presses one of `keys` or hangs up.

        A `muted` one is not heard; a `deaf` one hears nobody. `gain_db` is how much louder the others hear him. All
        hear a `beep` when he comes.
        """
        self._answered("conference")
        if not set(keys) <= KEYS:
            raise UsageError(f"not keys of a phone: {keys!r}")
        return await conference.conference(self._line, room, Seat(muted, deaf, gain_db), keys=keys, beep=beep)

    async def transfer(
        self, target: str = "", *, to: Leg | None = None, patience: float = 60.0
    ) -> TransferOutcome:
        """Asks the caller's side to call somebody else instead (REFER): Transferred or NotTransferred.

        `target` is a SIP URI; with `to` it is the party of that leg, which keeps its call (attended). After
        `Transferred` hang up; many peers do so themselves, and then the flow ends here.
        """
        self._answered("transfer")
        return await transferor.transfer(self._line.active, self._line.leg, target, to=to, patience=patience)

    def automatic_gain(self, on: bool = True) -> None:
        """Whether others and recordings hear the caller at one level of speech; `[media]` says it for all."""
        self._line.media.automatic_gain(on)

    async def send_digits(self, digits: str) -> None:
        """Sends keys to the caller's side as telephone-events (RFC 4733); `w` waits half a second."""
        self._answered("send_digits")
        await self._line.media.send_digits(digits)

    def after_hangup(self, within: float = 10.0) -> AbstractAsyncContextManager[None]:
        """`async with call.after_hangup(): ...`: the block runs on when the caller is gone, `within` seconds at most.

        For what must not be left half done. It may stand in `finally` as well. Verbs still raise `Hangup` when
        nobody is there, and so does the end of the block.
        """
        return self._line.active.outliving(within)

    async def checkpoint(self, state: object) -> None:
        """Keeps a dataclass of plain values, in place of an earlier one; it is on disk when this returns.

        When the server dies in the middle of this call, `resumed` gives it to the same caller's next call.
        """
        self._present()
        await checkpoint.keep(self._line, state)

    async def resumed(self, kind: type[T], *, within: float = 900.0) -> T | None:
        """The last checkpoint of a call that the same caller had with this flow and that a crash cut off.

        None where there is none of the last `within` seconds, or where it does not fit `kind`. It is given once.
        """
        self._present()
        return await checkpoint.take(self._line, kind, within)
