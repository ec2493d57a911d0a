"""A platform and its callers without a network: the real SIP stacks, calls and flows, in virtual time.

async with simulated_platform({"1000": main}) as platform:
    caller = await platform.dial("1000")
    await caller.hears("main_menu")
    caller.press("1")
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from voicecore.calls.active_call import Services
from voicecore.calls.agreed import MediaPolicy
from voicecore.calls.browsers import Browsers
from voicecore.calls.destination import NumbersOnly
from voicecore.calls.dial_outcome import DialOutcome
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.originate import originate
from voicecore.calls.reception import PlainReception
from voicecore.calls.route import DirectRouter, Router
from voicecore.calls.switchboard import Switchboard
from voicecore.clock import Clock
from voicecore.errors import Unavailable
from voicecore.exchange.exchange import Exchange, Machinery
from voicecore.exchange.router import Origin
from voicecore.ivr.flows import Flow
from voicecore.ivr.run import FlowRunner
from voicecore.ivr.studio import Places, Studio
from voicecore.ivr.web.message import Web
from voicecore.media.sounds import SoundLibrary
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.output import Output
from voicecore.speech.recognition.recogniser import Recogniser
from voicecore.store.records import CallFile
from voicecore.subscriptions.packages.registry import PACKAGES
from voicecore.testing.caller_script import Meets
from voicecore.testing.memory_store import MemoryStore
from voicecore.testing.simulated_browser import BrowserMedia
from voicecore.testing.simulated_carrier import SimulatedCarrier
from voicecore.testing.simulated_engine import SimulatedEngine
from voicecore.testing.simulated_line import MeetingRouter, SimulatedLine
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_recogniser import SimulatedRecogniser
from voicecore.testing.simulated_site import LISTENING, SimulatedLocator, SimulatedSite
from voicecore.testing.simulated_speech import SimulatedSpeech
from voicecore.testing.simulated_wire import EPOCH, PLATFORM, PLATFORM_6, Receive, Wire, new_stack
from voicecore.transport.sip_runner import SipRunner


class SimulatedPlatform:
    """Made by `simulated_platform`."""

    def __init__(self, engine: SimulatedEngine, speech: SimulatedSpeech, store: MemoryStore) -> None:
        self.engine = engine
        self.speech = speech
        self.store = store
        self.wire = Wire()
        self.switchboard: Switchboard
        self.sip: SipRunner
        self.numbers: NumberTable
        self.site_exchange: Exchange | None = None
        self.met: MeetingRouter | None = None
        self._phones = count(7000)

    def name_of(self, sound: Any) -> str:
        return self.speech.name_of(self.engine.sounds.get(sound, b""))

    def words_of(self, sound: Any) -> str:
        return self.speech.words_of(self.engine.sounds.get(sound, b""))

    def phone(self, host: str = "192.0.2.7", transport: Transport = "UDP") -> SimulatedCaller:
        """A phone that also answers calls; `answers_with` says how (0: never)."""
        return SimulatedCaller(self, Address(host, next(self._phones)), transport=transport)

    def browser(self, host: str = "192.0.2.8") -> tuple[SimulatedCaller, BrowserMedia]:
        """A phone in a browser page, and its media."""
        address = Address(host, next(self._phones))
        phone = SimulatedCaller(self, address, transport="WS", name=f"page{address.port}.invalid")
        media = phone.describe = BrowserMedia()
        return phone, media

    def carrier(self, host: str, port: int = 5060, transport: Transport = "UDP") -> SimulatedCarrier:
        return SimulatedCarrier(self, Address(host, port), transport)

    def lose_connection(self, phone: SimulatedCaller) -> None:
        """The phone's connection breaks."""
        self.wire.detach(phone.address)
        hop = Hop(phone.hop.transport, phone.hop.remote, phone.address)
        self.sip.transport_failed(hop)
        if self.site_exchange is not None:
            self.site_exchange.connection_lost(hop)
        self.switchboard.services.browsers.connection_lost(hop)

    @property
    def exchange(self) -> Exchange:
        assert self.site_exchange is not None, "the platform has no site"
        return self.site_exchange

    async def dial(self, number: str) -> SimulatedCaller:
        """A caller who has dialled the number; `status` says what came of it."""
        caller = self.phone()
        await caller.dial(number)
        return caller

    async def call_out(self, number: str, target: str, *, ring_time: float = 30.0) -> DialOutcome:
        """Dials `target`; the flow of `number` talks to who answers. The call goes on when this returns."""
        entry = self.numbers.find(number)
        assert entry is not None, f"no flow has the number {number}"
        return await originate(self.switchboard, entry, target, ring_time=ring_time)

    def line(self, number: str, *, user: str = "caller") -> SimulatedLine:
        """The end of somebody who has begun to dial the number, for a script. `user`: as whom he shows himself."""
        phone = self.phone()
        phone.user = user
        return SimulatedLine(self, phone, number)

    async def record(self) -> CallFile:
        """The record of the call that ends next, or ended last."""
        await self.switchboard.idle()
        return self.store.files[-1]


@asynccontextmanager
async def simulated_platform(
    numbers: Mapping[str, Flow | tuple[Flow, Mapping[str, Any]]],
    *,
    speech: SimulatedSpeech | None = None,
    language: str = "en",
    legs: int = 10_000,
    site: SimulatedSite | None = None,
    web: Web | None = None,
    recognisers: Sequence[Recogniser] | None = None,
    meets: Sequence[Meets] | None = None,
    security: MediaPolicy | None = None,
    addresses: tuple[str, ...] = (PLATFORM.host,),
) -> AsyncIterator[SimulatedPlatform]:
    """A platform that answers these numbers with these flows; it ends, with all calls, at the end of the block.

    Without a `site` everybody may call the numbers, and SIP URIs are all that is dialled. What callers say is
    understood, unless `recognisers` are others, or none. `meets` says who answers how, whatever the flow dials.
    `security` says who may have SRTP, and by which keys. `addresses` are those of its audio.
    """
    loop = asyncio.get_running_loop()
    engine = SimulatedEngine(legs=legs, addresses=addresses)
    platform = SimulatedPlatform(engine, speech or SimulatedSpeech(), MemoryStore())
    flows = {number: flow if isinstance(flow, tuple) else (flow, {}) for number, flow in numbers.items()}
    table = NumberTable(NumberEntry(number, number, args) for number, (_, args) in flows.items())
    epoch = EPOCH if site is None else site.epoch
    platform.numbers = table
    clock = Clock(loop.time, lambda: epoch + loop.time())
    exchange = None if site is None else _exchange(site, table, clock)
    platform.site_exchange = exchange
    async with AsyncExitStack() as closing:
        places = Places(Path(closing.enter_context(tempfile.TemporaryDirectory())))
        speech, ears = platform.speech, (SimulatedRecogniser(),) if recognisers is None else recognisers
        studio = Studio(SoundLibrary(engine), speech, speech, speech, places, ears)
        runner = FlowRunner(studio, language, {number: flow for number, (flow, _) in flows.items()}, web=web)
        calls = await closing.enter_async_context(asyncio.TaskGroup())
        reception = PlainReception(NumbersOnly(table)) if exchange is None else exchange.reception
        platform.switchboard = switchboard = Switchboard(reception, runner.script_of, calls)
        stack = (
            new_stack("platform")
            if exchange is None
            else new_stack(
                "platform", gate=exchange.gate, find=exchange.phones.whereabouts, events=tuple(PACKAGES)
            )
        )

        def heard(output: Output) -> None:
            switchboard.receive(output)
            if exchange is not None:
                exchange.watching.seen(output)

        platform.sip = sip = SipRunner(stack, platform.wire.send, heard)
        closing.callback(sip.close)
        router: Router = (
            DirectRouter((("UDP", PLATFORM), ("UDP", PLATFORM_6))) if exchange is None else exchange.router
        )
        if meets is not None:
            router = platform.met = MeetingRouter(platform, meets)
        browsers = Browsers()
        browsers.music = studio.music_at_hand
        with suppress(Unavailable):
            await studio.music_on_hold()
        switchboard.connect(
            Services(
                sip,
                engine,
                platform.store,
                clock,
                switchboard,
                router,
                security=security or MediaPolicy(),
                browsers=browsers,
            )
        )
        if exchange is None or site is None:
            for ours in (PLATFORM, PLATFORM_6):
                platform.wire.attach(ours, sip.receive)
        else:
            for ours in (PLATFORM, PLATFORM_6):
                platform.wire.attach(ours, _guarded(exchange, sip))
            closing.callback(exchange.close)
            exchange.browser_registered = browsers.registered
            load = lambda: (switchboard.running + site.load[0], site.load[1])  # noqa: E731
            await exchange.start(sip, switchboard.ask_outside, calls, store=site.bindings, load=load)
            closing.push_async_callback(exchange.stop)
        yield platform
        switchboard.close()
        await switchboard.idle()


def _exchange(site: SimulatedSite, numbers: NumberTable, clock: Clock) -> Exchange:
    return Exchange(
        site.settings,
        numbers,
        Machinery(
            clock=clock,
            origin=Origin(LISTENING, PLATFORM.host),
            locator=SimulatedLocator(site.names),
            certificate_names=lambda hop: site.certificates.get(hop.remote, frozenset()),
            hold=lambda hop, seconds: site.held.append((hop, seconds)),
            keep_alive=lambda hop, every_s: site.kept_alive.append((hop, every_s)),
            verifier=site.verifier,
            signer=site.signer,
        ),
    )


def _guarded(exchange: Exchange, sip: SipRunner) -> Receive:
    def receive(data: bytes, hop: Hop) -> None:
        if exchange.admits(hop):
            sip.receive(data, hop)

    return receive
