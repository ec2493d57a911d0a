"""A call is a task group: its script, its legs and all that is done for it live and die together."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from voicecore.calls.agreed import CodecChoice, MediaPolicy, capabilities
from voicecore.calls.browsers import HOPELESS, Browsers
from voicecore.calls.conference import Conferences
from voicecore.calls.flow_log import FlowLog
from voicecore.calls.grace import Grace
from voicecore.calls.journal import EventKind, Journal
from voicecore.calls.leg import Leg
from voicecore.calls.leg_facts import LegEnd
from voicecore.calls.party import Party
from voicecore.calls.recording import Recording
from voicecore.calls.route import Router
from voicecore.clock import Clock
from voicecore.errors import VoicecoreError
from voicecore.guard.stir.verification import Verdict
from voicecore.ids import CallId, LegId
from voicecore.media.call_progress import SpecialInformation
from voicecore.media.engine import MediaEngine
from voicecore.media.events import (
    DisconnectCause,
    RecordingFailed,
    RecordingFinished,
    RecordingGap,
    ToneHeard,
)
from voicecore.sdp.codecs import Codec
from voicecore.sdp.negotiation import AudioCapabilities
from voicecore.sip.hop import Transport
from voicecore.sip.output import DialogId, RequestAnswered
from voicecore.sip.values.reason import Reason
from voicecore.store.records import CallEnd, CallFile, CallGlance, CallRecord, LegRecord
from voicecore.store.store import CallStore
from voicecore.transport.sip_runner import SipRunner

_log = structlog.get_logger(__name__)

FAREWELL_PATIENCE = 2.0
"""Seconds that a finished call waits for the peers to confirm its BYEs, so that its ladder is whole."""


class LegRegistry(Protocol):
    """Who tells the legs what the SIP stack says about them."""

    def new_leg_id(self) -> LegId: ...
    def register(self, leg: Leg, journal: Journal) -> None: ...
    def forget(self, leg: Leg, journal: Journal) -> None: ...
    async def ask(
        self, dialog: DialogId, method: str, *, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> RequestAnswered: ...
    def message_light(self, account: str, new: int, old: int) -> bool: ...
    def talking(self, account: str) -> Leg | None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What every call needs of the machine."""

    sip: SipRunner
    engine: MediaEngine
    store: CallStore
    clock: Clock
    registry: LegRegistry
    router: Router
    rtp_timeout_ms: int = 0
    one_way_ms: int = 0
    automatic_gain: bool = False
    """Whether everybody is heard at one level of speech."""
    comfort_noise: bool = False
    """Whether peers may send comfort noise in their pauses."""
    country: str = ""
    """Whose tones are heard and played where no trunk says another (ISO 3166 code)."""
    security: MediaPolicy = field(default_factory=MediaPolicy)
    codecs: CodecChoice = field(default_factory=CodecChoice)
    conferences: Conferences = field(default_factory=Conferences)
    browsers: Browsers = field(default_factory=Browsers)

    def able(self, party: Party, transport: Transport, codecs: tuple[Codec, ...]) -> AudioCapabilities:
        """What a leg of that party may agree to whose SIP goes over `transport`."""
        security = self.security.of(party)
        return capabilities(codecs, security, transport, self.codecs.opus, comfort_noise=self.comfort_noise)


Script = Callable[["ActiveCall"], Awaitable[None]]
"""What a call does. It returns, raises, or is cancelled when the caller hangs up."""


@dataclass(slots=True)
class Fate:
    """How the call is going to end, as far as is known."""

    hung_up: bool = False
    """The first leg ended: the script was cancelled for it."""
    transferred: bool = False
    """A leg went to another call."""
    traceback: str | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class ActiveCall:
    """One running call. `first` is the caller's leg, or of an outbound call the leg that answered."""

    def __init__(self, record: CallRecord, services: Services, journal: Journal) -> None:
        self.record = record
        self.services = services
        self.journal = journal
        self.legs: list[Leg] = []
        self.first: Leg | None = None
        self.is_dialling_out = False
        """Nobody has answered yet: no leg of this call is its first."""
        self.caller_name = ""
        """The caller's name for people, where somebody said one that may be shown."""
        self.verdict: Verdict | None = None
        """What the caller's signed identity is worth (STIR); None: nobody looked."""
        self.hides_caller = False
        """The caller wants to stay unknown to those whom the call reaches (RFC 3323)."""
        self.on_dialled: Callable[[int], None] = lambda status: None
        """Told the SIP status of what came of each party that was dialled."""
        self.flow_log: FlowLog | None = None
        """What the flow that runs has done until now."""
        self._departed: list[LegRecord] = []
        self._fate = Fate()
        self._grace = Grace()
        self._task: asyncio.Task[Any] | None = None
        self._group: asyncio.TaskGroup | None = None

    @property
    def id(self) -> CallId:
        return self.record.id

    def add(self, leg: Leg) -> None:
        """Makes the leg part of the call; it is hung up at the latest when the call ends."""
        if not self.is_dialling_out:
            self.first = self.first or leg
        self.legs.append(leg)
        self.services.registry.register(leg, self.journal)

    def lead_to_one_codec(self, leg: Leg, other: Leg | None) -> None:
        """Of two that are going to talk, the first is answered with what suits both, where it was not told yet."""
        if other is not None and self.services.codecs.one_for_both:
            leg.follow(other.counterpart())

    def adopt(self, leg: Leg, origin: ActiveCall) -> None:
        """Takes a leg of another call over, as it is. The other call keeps what it was until now."""
        origin.release(leg, self.id)
        leg.change_call(self.id, self, self.leg_ended)
        self.add(leg)
        self.journal.note(EventKind.ADOPTED, f"leg {leg.id} from call {origin.id}")

    def release(self, leg: Leg, heir: CallId) -> None:
        """Lets a leg go without hanging it up. A call whose first leg went is over."""
        self._departed.append(replace(leg.record(), reason=f"moved to call {heir}"))
        self.services.registry.forget(leg, self.journal)
        was_first = leg is self.first
        self.legs.remove(leg)
        self.journal.note(EventKind.RELEASED, f"leg {leg.id} to call {heir}")
        self._fate.transferred = True
        if was_first:
            self.cancel()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs something beside the script, until it is done or the call ends."""
        if self._group is None:
            raise RuntimeError("the call does not run")
        task = self._group.create_task(work)
        self._fate.tasks.add(task)
        task.add_done_callback(self._fate.tasks.discard)
        return task

    def leg_ended(self, leg: Leg) -> None:
        """The switchboard and our own verbs report here; the end of the first leg ends the call."""
        end = leg.progress.end
        self.journal.note(EventKind.ENDED, f"leg {leg.id}: {end.value if end else ''}")
        if leg is self.first and not self._fate.hung_up:
            self.cancel()

    # -- what the legs' media report --------------------------------------------------------------
    def digit_pressed(self, leg: LegId, digit: str) -> None:
        self.journal.key(leg, digit)

    def media_timed_out(self, leg: LegId, silent_ms: int) -> None:
        self.journal.note(EventKind.MEDIA_TIMED_OUT, f"leg {leg}: no RTP for {silent_ms} ms")
        for one in self.legs:
            if one.id == leg and not self.services.browsers.is_waited_for(leg):
                one.give_up(LegEnd.MEDIA_TIMED_OUT)

    def media_is_one_way(self, leg: LegId, silent_ms: int) -> None:
        self.journal.note(EventKind.ONE_WAY_AUDIO, f"leg {leg}: only silence for {silent_ms} ms")

    def tone_heard(self, leg: LegId, heard: ToneHeard) -> None:
        unspecified = heard.meaning is SpecialInformation.UNSPECIFIED
        meaning = "" if unspecified else f", {heard.meaning.value}"
        self.journal.note(EventKind.TONE, f"leg {leg}: {heard.tone.value}{meaning}")

    def media_connected(self, leg: LegId) -> None:
        self.services.browsers.media_connected(leg)

    def media_disconnected(self, leg: LegId, why: DisconnectCause) -> None:
        self.services.browsers.media_disconnected(leg, why)
        for one in self.legs:
            if one.id == leg and one.media.access is None:
                self._handshake_ended(one, why)

    def _handshake_ended(self, leg: Leg, why: DisconnectCause) -> None:
        """DTLS of a leg without ICE. While it rings another answer may still come, and another handshake with it."""
        self.journal.note(EventKind.CONNECTION, f"leg {leg.id}: media, {why.value}")
        if why not in HOPELESS:
            return
        _log.warning("no keys for SRTP", call=self.id, leg=leg.id, cause=why.value)
        if leg.is_answered:
            leg.give_up(LegEnd.MEDIA_FAILED, Reason("SIP", 488, f"DTLS: {why.value}"))

    def recording_gap(self, leg: LegId, recording: Recording, event: RecordingGap) -> None:
        _log.warning("the disk is too slow", call=self.id, path=recording.path, lost_ms=event.lost_ms)

    def recording_ended(
        self, leg: LegId, recording: Recording, event: RecordingFinished | RecordingFailed
    ) -> None:
        match event:
            case RecordingFinished():
                self.journal.note(EventKind.RECORDED, f"{recording.path}: {event.duration_ms} ms")
                self.journal.recording(leg, recording, event)
            case RecordingFailed():
                self.journal.note(EventKind.RECORDING_FAILED, f"{recording.path}: {event.problem}")
                if event.kept_ms:
                    self.journal.recording(leg, recording, event)
                _log.error("recording failed", call=self.id, path=recording.path, problem=event.problem)

    # -- the end ----------------------------------------------------------------------------------
    def cancel(self) -> None:
        """Ends the call from outside its script, which may be in a block that runs on a little."""
        self._fate.hung_up = True
        task = self._task
        if task is not None and task is not asyncio.current_task() and not self._grace.postpones(task.cancel):
            task.cancel()

    @asynccontextmanager
    async def outliving(self, seconds: float) -> AsyncIterator[None]:
        """What the script does in the block it goes on with when the caller is gone, `seconds` longer at most.

        When the caller went meanwhile, leaving the block ends the script. A block that begins after that is
        bounded in the same way, and then leaving it changes nothing.
        """
        was_over, task = self._fate.hung_up, asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        with self._grace.block(seconds):
            if was_over:
                self._grace.postpones(task.cancel)
            yield
        if self._fate.hung_up and not was_over:
            self.cancel()
            raise asyncio.CancelledError

    @property
    def is_over(self) -> bool:
        return self._fate.hung_up

    def failed(self, trace: str) -> None:
        """The script raised. The record will hold the traceback."""
        trace = self.journal.without_secrets(trace)
        self._fate.traceback = trace
        self.journal.note(EventKind.FLOW_FAILED, trace.strip().rsplit("\n", 1)[-1])
        _log.error("flow failed", call=self.id, flow=self.record.flow, traceback=trace)

    async def run(self, script: Script) -> None:
        """The whole life of the call, to the written record. Raises only the end of the whole program."""
        task = self._task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        stopping: asyncio.CancelledError | None = None
        try:
            await self.services.store.begin(self.record)
            async with asyncio.TaskGroup() as self._group:
                if not self._fate.hung_up:  # the caller may be gone before this task had its first turn
                    await script(self)
                for running in self._fate.tasks:
                    running.cancel()
        except asyncio.CancelledError as cancelled:
            while task.uncancel():
                pass
            if not self._fate.hung_up:
                stopping = cancelled  # the whole program ends: hang up first, then go on with that
        except Exception:
            self.failed(traceback.format_exc())
        finally:
            self._task = None
            await self._end()
        if stopping is not None:
            raise stopping

    async def _end(self) -> None:
        """Hangs up, frees the media, writes the record."""
        for leg in self.legs:
            leg.hang_up()
        try:
            async with asyncio.timeout(FAREWELL_PATIENCE):
                for leg in self.legs:
                    await leg.farewell()
        except TimeoutError:
            _log.warning("a peer did not confirm our hang-up", call=self.id)
        for leg in self.legs:
            await leg.media.closed()  # long since, but for a peer that is nearer than the engine
        for leg in self.legs:
            self.services.registry.forget(leg, self.journal)
        try:
            await self.services.store.finish(self.file())
        except VoicecoreError as error:
            _log.error("the call record could not be written", call=self.id, error=str(error))
        for leg in self.legs:
            leg.let_go()

    async def refused(self, status: int) -> None:
        """Writes the record of a call that was refused before it had a leg."""
        self.record = replace(self.record, status=status)
        try:
            await self.services.store.finish(self.file())
        except VoicecoreError as error:
            _log.error("the call record could not be written", call=self.id, error=str(error))

    def file(self) -> CallFile:
        """Everything that is kept of the call, which is over."""
        return self._file(self._record_now(self.services.clock.wall(), self._how_it_ended()))

    def snapshot(self) -> CallFile:
        """Everything that would be kept of the call, as it stands."""
        return self._file(self._record_now())

    def _file(self, record: CallRecord) -> CallFile:
        legs = (*self._departed, *(leg.record() for leg in self.legs))
        journal = self.journal
        flow = None if self.flow_log is None else self.flow_log.journal()
        return CallFile(record, legs, journal.events(), journal.ladder(), journal.recordings(), flow)

    def glance(self) -> CallGlance:
        """What a list of calls shows of it."""
        side = None if self.first is None else self.first.identity.side
        return CallGlance(self._record_now(), side, self.journal.recorded)

    def _record_now(self, ended: datetime | None = None, end: CallEnd | None = None) -> CallRecord:
        first, known = self.first, self.record
        return CallRecord(  # written out: `replace` takes three times as long, once a call
            known.id,
            known.number,
            known.caller,
            known.flow,
            known.started,
            None if first is None else first.progress.answered,
            ended,
            end,
            known.status if first is None else first.progress.status,
            self._fate.traceback,
        )

    def _how_it_ended(self) -> CallEnd:
        if self._fate.traceback is not None:
            return CallEnd.FAILED
        if self._fate.transferred:
            return CallEnd.TRANSFERRED
        end = None if self.first is None else self.first.progress.end
        match end:
            case LegEnd.PEER | LegEnd.GONE | LegEnd.MEDIA_TIMED_OUT:
                return CallEnd.CALLER_HUNG_UP
            case LegEnd.CONNECTION_LOST | LegEnd.MEDIA_FAILED:
                return CallEnd.CONNECTION_LOST
            case LegEnd.CANCELLED:
                return CallEnd.CANCELLED
            case LegEnd.REJECTED | None:
                return CallEnd.REJECTED
            case LegEnd.NO_ACK:
                return CallEnd.NO_ACK
            case LegEnd.OURS:
                return CallEnd.PLATFORM_HUNG_UP
