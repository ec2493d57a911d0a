"""A platform and its callers without a network: the real SIP stacks, calls and flows, in virtual time.

async with simulated_platform({"1000": main}) as platform:
    caller = await platform.dial("1000")
    await caller.hears("main_menu")
    caller.press("1")
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from voicecore.calls.active_call import Services
from voicecore.calls.destination import NumbersOnly
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.reception import PlainReception
from voicecore.calls.route import DirectRouter
from voicecore.calls.switchboard import Switchboard
from voicecore.clock import Clock
from voicecore.ids import CallId, LegId
from voicecore.ivr.run import Flow, FlowRunner
from voicecore.ivr.studio import Places, Studio
from voicecore.media.sounds import SoundLibrary
from voicecore.sip import output as sip_output
from voicecore.sip.call_options import CallOptions
from voicecore.sip.hop import Address, Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.sip.uri import Uri
from voicecore.store.records import CallFile, CallRecord
from voicecore.testing.simulated_engine import SimulatedEngine, SimulatedLeg
from voicecore.testing.simulated_speech import SimulatedSpeech
from voicecore.transport.sip_runner import SipRunner

PLATFORM = Address("192.0.2.1", 5060)
EPOCH = 1_790_000_000.0
"""The date (POSIX seconds) at which every simulation begins."""

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)


class Wire:
    """Joins runners by their addresses; a datagram arrives in the next turn of the loop."""

    def __init__(self) -> None:
        self._runners: dict[Address, SipRunner] = {}

    def attach(self, address: Address, runner: SipRunner) -> None:
        self._runners[address] = runner

    def send(self, data: bytes, hop: Hop) -> None:
        runner = self._runners.get(hop.remote)
        if runner is not None:
            back = Hop(hop.transport, hop.remote, hop.local)
            asyncio.get_running_loop().call_soon(runner.receive, data, back)


class MemoryStore:
    """Keeps call records for the test to read."""

    def __init__(self) -> None:
        self.begun: list[CallRecord] = []
        self.files: list[CallFile] = []

    async def begin(self, call: CallRecord) -> None:
        self.begun.append(call)

    async def finish(self, file: CallFile) -> None:
        self.files.append(file)

    async def calls(self, limit: int = 50, before: CallId | None = None) -> list[CallRecord]:
        return [file.call for file in reversed(self.files)][:limit]

    async def find(self, prefix: str, limit: int = 5) -> list[CallRecord]:
        return [file.call for file in self.files if file.call.id.startswith(prefix)][:limit]

    async def call(self, id_or_prefix: str) -> CallFile | None:
        return next((file for file in self.files if file.call.id.startswith(id_or_prefix)), None)


class SimulatedCaller:
    """A phone, and whoever holds it. Made by `SimulatedPlatform.dial` and `.phone`."""

    def __init__(self, platform: SimulatedPlatform, address: Address) -> None:
        self.address = address
        self.status: int | None = None
        """The final SIP status of our INVITE, or that we gave to the platform's."""
        self.reason = ""
        self.responses: list[Any] = []
        self.answers_with = 200
        self.rings_with = 180
        """The provisional response to the platform's INVITE; 183 brings early media."""
        self.reoffers: list[bytes] = []
        """SDP of the platform's re-INVITEs."""
        self.accepts_reoffers = True
        self.refers_with: int | None = None
        """What comes of a transfer that the platform asks for; None: the phone refuses it."""
        self.requests: list[sip_output.RequestReceived] = []
        """What the platform asked beside the call; every one is answered with 200."""
        self._platform = platform
        self._changed = asyncio.Condition()
        self._dialog: sip_output.DialogId | None = None
        self._invite: sip_output.InviteId | None = None
        self._leg: SimulatedLeg | None = None
        self._answered_request: asyncio.Future[int] | None = None
        self._is_over = asyncio.Event()
        self._settled = asyncio.Event()
        stack = new_stack(f"phone{address.port}")
        self.on_output: Callable[[sip_output.Output], None] = self._receive
        self._sip = SipRunner(stack, platform.wire.send, lambda output: self.on_output(output))
        platform.wire.attach(address, self._sip)

    # -- verbs ------------------------------------------------------------------------------------
    async def dial(
        self, number: str, sdp: bytes = OFFER, headers: Sequence[tuple[str, str]] = (), max_forwards: int = 70
    ) -> int:
        """Calls the platform; returns the final status."""
        target = Uri.parse(f"sip:{number}@{PLATFORM.host}")
        me = NameAddr.parse(f"<sip:caller@{self.address.host}:{self.address.port}>")
        before = set(self._platform.engine.legs)
        self._invite = self._sip.invite(
            target,
            Hop("UDP", self.address, PLATFORM),
            from_=me,
            sdp=sdp,
            headers=headers,
            options=CallOptions(max_forwards=max_forwards),
        )
        await self._settled.wait()
        new = sorted(set(self._platform.engine.legs) - before)
        self._leg = self._platform.engine.legs[new[0]] if new else None
        self._leg_id = new[0] if new else LegId(0)
        return self.status or 0

    def start_dialling(self, number: str) -> None:
        """Calls without waiting; `give_up` takes it back."""
        target = Uri.parse(f"sip:{number}@{PLATFORM.host}")
        me = NameAddr.parse(f"<sip:caller@{self.address.host}:{self.address.port}>")
        self._invite = self._sip.invite(target, Hop("UDP", self.address, PLATFORM), from_=me, sdp=OFFER)

    def give_up(self) -> None:
        if self._invite is not None:
            self._sip.cancel(self._invite)

    async def offer(self, sdp: bytes) -> int:
        """A re-INVITE with another offer, such as hold; returns its final status."""
        assert self._dialog is not None, "the call was not answered"
        self._settled.clear()
        self._sip.reinvite(self._dialog, sdp=sdp)
        await self._settled.wait()
        return self.status or 0

    async def offer_by_update(self, sdp: bytes) -> int:
        """Another offer without INVITE (RFC 3311); returns its final status."""
        assert self._dialog is not None, "the call was not answered"
        self._answered_request = asyncio.get_running_loop().create_future()
        self._sip.update(self._dialog, sdp=sdp)
        return await self._answered_request

    def press_by_info(self, body: bytes, content_type: str = "application/dtmf-relay") -> None:
        """A key that is told by signalling."""
        assert self._dialog is not None, "the call was not answered"
        self._sip.request_within(self._dialog, "INFO", headers=[("Content-Type", content_type)], body=body)

    async def refer(self, target: str, headers: Sequence[tuple[str, str]] = ()) -> int:
        """Asks the platform to transfer whom this phone talks to; returns the status of the REFER."""
        assert self._dialog is not None, "the call was not answered"
        self._answered_request = asyncio.get_running_loop().create_future()
        self._sip.request_within(self._dialog, "REFER", headers=[("Refer-To", target), *headers])
        return await self._answered_request

    @property
    def dialog(self) -> sip_output.DialogId:
        assert self._dialog is not None, "the call was not answered"
        return self._dialog

    @property
    def told(self) -> list[str]:
        """What the platform's NOTIFYs said of a transfer: their status lines."""
        notified = (one.request for one in self.requests if one.request.method == "NOTIFY")
        return [request.body.decode().strip() for request in notified]

    def press(self, digits: str) -> None:
        for digit in digits:
            self._platform.engine.press(self._leg_id, digit)

    def speak(self) -> None:
        self._platform.engine.speak(self._leg_id)

    def fall_silent(self) -> None:
        self._platform.engine.fall_silent(self._leg_id)

    def hang_up(self) -> None:
        if self._dialog is not None:
            self._sip.bye(self._dialog)
            self._is_over.set()

    # -- what happened ----------------------------------------------------------------------------
    @property
    def leg(self) -> SimulatedLeg:
        """The platform's leg to this phone."""
        assert self._leg is not None, "the call was not answered"
        return self._leg

    @property
    def heard(self) -> list[str]:
        """Names of what was heard, in order, begun ones included."""
        names = [self._platform.name_of(heard.sound) for heard in self.leg.heard]
        return names + [self._platform.name_of(sound) for sound in self.playing]

    @property
    def words(self) -> str:
        """All that was said to this phone, begun prompts included: what a person on it would have heard."""
        sounds = [heard.sound for heard in self.leg.heard] + list(self.playing)
        return " ".join(filter(None, map(self._platform.words_of, sounds)))

    @property
    def playing(self) -> Sequence[Any]:
        return self.leg.playing.sounds if self.leg.playing else ()

    async def hears(self, name: str, within: float = 60.0) -> None:
        """Returns when that prompt has begun to play."""
        async with asyncio.timeout(within):
            while name not in map(self._platform.name_of, self.playing):
                await self._platform.engine.changed()

    async def over(self, within: float = 600.0) -> None:
        """Returns when the platform has hung up."""
        async with asyncio.timeout(within):
            await self._is_over.wait()

    # -- the phone --------------------------------------------------------------------------------
    def _receive(self, output: sip_output.Output) -> None:
        match output:
            case sip_output.Answered(_, dialog, response):
                self._dialog, self.status = dialog, response.status
                self._settled.set()
            case sip_output.Progressed(_, _, response):
                self.responses.append(response.status)
            case sip_output.Failed(_, status, reason, response):
                self.status, self.reason = status, reason
                self.responses.append(response)
                self._settled.set()
                if self._dialog is None:
                    self._is_over.set()
            case sip_output.DialogEnded():
                self._is_over.set()
            case sip_output.InviteReceived(invite, request, _):
                self._ring(invite, request.body)
            case sip_output.ReinviteReceived(invite, _, request):
                self.reoffers.append(request.body)
                sdp = OFFER if self.accepts_reoffers else b""
                self._sip.respond(invite, 200 if self.accepts_reoffers else 488, sdp=sdp)
            case sip_output.RequestReceived(id, request, _, dialog):
                self.requests.append(output)
                if request.method == "REFER" and self.refers_with is not None:
                    notifying = self._sip.accept_subscription(id)
                    self._tell_transfer(notifying, self.refers_with)
                else:
                    self._sip.answer(id, 200 if request.method != "REFER" else 603)
            case sip_output.RequestAnswered(_, status):
                self.responses.append(status)
                if self._answered_request is not None and not self._answered_request.done():
                    self._answered_request.set_result(status)
            case sip_output.Cancelled():
                self.status = 487
                self._is_over.set()
            case _:
                pass

    def _tell_transfer(self, dialog: sip_output.DialogId, status: int) -> None:
        headers = [
            ("Event", "refer"),
            ("Subscription-State", "terminated;reason=noresource"),
            ("Content-Type", "message/sipfrag"),
        ]
        self._sip.request_within(dialog, "NOTIFY", headers=headers, body=f"SIP/2.0 {status} It".encode())
        self._sip.end_subscription(dialog)

    def _ring(self, invite: sip_output.InviteId, offer: bytes) -> None:
        self._sip.respond(invite, self.rings_with, sdp=OFFER if self.rings_with == 183 else b"")
        if self.answers_with == 0:
            return  # nobody comes to the phone
        self._dialog = self._sip.dialog_of(invite)
        sdp = OFFER if self.answers_with == 200 else b""
        self._sip.respond(invite, self.answers_with, sdp=sdp)
        self.status = self.answers_with


class SimulatedPlatform:
    """Made by `simulated_platform`."""

    def __init__(self, engine: SimulatedEngine, speech: SimulatedSpeech, store: MemoryStore) -> None:
        self.engine = engine
        self.speech = speech
        self.store = store
        self.wire = Wire()
        self.switchboard: Switchboard
        self._phones = count(7000)

    def name_of(self, sound: Any) -> str:
        return self.speech.name_of(self.engine.sounds.get(sound, b""))

    def words_of(self, sound: Any) -> str:
        return self.speech.words_of(self.engine.sounds.get(sound, b""))

    def phone(self) -> SimulatedCaller:
        """A phone that also answers calls; `answers_with` says how (0: never)."""
        return SimulatedCaller(self, Address("192.0.2.7", next(self._phones)))

    async def dial(self, number: str) -> SimulatedCaller:
        """A caller who has dialled the number; `status` says what came of it."""
        caller = self.phone()
        await caller.dial(number)
        return caller

    async def record(self) -> CallFile:
        """The record of the call that ends next, or ended last."""
        await self.switchboard.idle()
        return self.store.files[-1]


def new_stack(name: str) -> Stack:
    """A stack whose tokens are numbers, so that a failing test reads the same twice."""
    numbers = count(1)
    return Stack(StackSettings(user_agent=name), token=lambda length: f"{name}-{next(numbers)}")


@asynccontextmanager
async def simulated_platform(
    numbers: Mapping[str, Flow | tuple[Flow, Mapping[str, Any]]],
    *,
    speech: SimulatedSpeech | None = None,
    language: str = "en",
    legs: int = 10_000,
) -> AsyncIterator[SimulatedPlatform]:
    """A platform that answers these numbers with these flows; it ends, with all calls, at the end of the block."""
    loop = asyncio.get_running_loop()
    engine = SimulatedEngine(legs=legs)
    platform = SimulatedPlatform(engine, speech or SimulatedSpeech(), MemoryStore())
    flows = {number: flow if isinstance(flow, tuple) else (flow, {}) for number, flow in numbers.items()}
    table = NumberTable(NumberEntry(number, number, args) for number, (_, args) in flows.items())
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder))
        studio = Studio(SoundLibrary(engine), platform.speech, platform.speech, platform.speech, places)
        runner = FlowRunner(studio, language, {number: flow for number, (flow, _) in flows.items()})
        async with asyncio.TaskGroup() as calls:
            platform.switchboard = switchboard = Switchboard(
                PlainReception(NumbersOnly(table)), runner.script_of, calls
            )
            sip = SipRunner(new_stack("platform"), platform.wire.send, switchboard.receive)
            clock = Clock(loop.time, lambda: EPOCH + loop.time())
            router = DirectRouter((("UDP", PLATFORM),))
            switchboard.connect(Services(sip, engine, platform.store, clock, switchboard, router))
            platform.wire.attach(PLATFORM, sip)
            yield platform
            switchboard.close()
            await switchboard.idle()
            sip.close()
