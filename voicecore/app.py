"""Wires everything by hand: the only place that picks implementations."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector

import voicecore
from voicecore.calls.active_call import Services
from voicecore.calls.agreed import MediaSecurity
from voicecore.calls.destination import NumbersOnly
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.recovery import recover_recordings
from voicecore.calls.route import DirectRouter
from voicecore.calls.switchboard import ScriptOf, Switchboard
from voicecore.clock import Clock
from voicecore.config.settings import (
    MediaSettings,
    MetricsSettings,
    Settings,
    SipSettings,
    SpeechSettings,
    TraceSettings,
)
from voicecore.ivr.run import FlowRunner
from voicecore.ivr.studio import Places, Studio
from voicecore.media.native import NativeMediaEngine
from voicecore.media.sounds import SoundLibrary
from voicecore.sip.hop import Address, Transport
from voicecore.sip.output import Output
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.speech.cache import PromptCache
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.espeak_ng import EspeakNg
from voicecore.speech.flite import Flite
from voicecore.speech.music import MusicOnHold
from voicecore.speech.piper import Piper
from voicecore.speech.prompts import Prompts, RenderProgress
from voicecore.speech.speaker import Speaker
from voicecore.speech.synthesis import Synthesiser
from voicecore.store.sql import SqlCallStore
from voicecore.store.store import CallStore
from voicecore.trace.call_counts import CallCounts, CountingStore
from voicecore.trace.exposition import MetricsServer
from voicecore.trace.hep import Agent
from voicecore.trace.hep_sender import HepSender
from voicecore.trace.lateness import LoopWatch
from voicecore.trace.metrics import Metrics, Sources
from voicecore.trace.sip_counts import SipCounts
from voicecore.transport.listening_point import ListeningPoint
from voicecore.transport.sip_runner import SipRunner
from voicecore.transport.sip_transports import SipTransports
from voicecore.transport.tls import TlsSettings

_log = structlog.get_logger(__name__)

SHUTDOWN_PATIENCE = 5.0
"""Seconds that running calls get to say goodbye when the program ends."""

TRANSPORTS: dict[str, Transport] = {"udp": "UDP", "tcp": "TCP", "tls": "TLS", "ws": "WS", "wss": "WSS"}
"""By the scheme of a line of [sip] listen."""

SYNTHESISERS: dict[str, Callable[[ChildPrograms, SpeechSettings], Synthesiser]] = {
    "piper": lambda programs, speech: Piper(programs, speech.piper_python),
    "flite": lambda programs, _: Flite(programs),
    "espeak-ng": lambda programs, _: EspeakNg(programs),
}


@dataclass(frozen=True, slots=True)
class Seeing:
    """Who watches a machine; by default nobody, and then it costs nothing."""

    trace: TraceSettings = field(default_factory=TraceSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    spooled: Callable[[], int] | None = None
    """Call records that wait for the database."""


UNSEEN = Seeing()


@dataclass(frozen=True, slots=True)
class Machine:
    """The running parts that every program of ours needs: sockets, engine, calls."""

    listening: tuple[ListeningPoint, ...]
    engine: NativeMediaEngine
    switchboard: Switchboard
    services: Services
    transports: SipTransports


@dataclass(frozen=True, slots=True)
class Platform:
    """A machine that answers calls."""

    machine: Machine
    prompts: Prompts
    studio: Studio
    languages: tuple[str, ...]

    async def render_prompts(self, progress: Callable[[RenderProgress], None]) -> list[RenderProgress]:
        """Makes every prompt ready; returns what could not be rendered."""
        failures = await self.prompts.render_all(self.languages, progress)
        for language in self.languages:
            await self.studio.preload(language)
        return failures


def synthesisers(settings: Settings) -> list[Synthesiser]:
    """Those of [speech] synthesisers that are installed, in its order. All of them when none is: they say why."""
    programs = ChildPrograms()
    chosen = [SYNTHESISERS[name](programs, settings.speech) for name in settings.speech.synthesisers]
    present = [one for one in chosen if one.available().present]
    _log.debug("synthesisers", present=[one.name for one in present])
    return present or chosen


def speaker(settings: Settings) -> Speaker:
    return Speaker(synthesisers(settings), PromptCache(settings.prompts.cache))


def prompts(settings: Settings, voice: Speaker) -> Prompts:
    folder = settings.prompts.directory
    return Prompts(folder / "manifest.toml", voice, folder / "recorded", settings.prompts.language)


@asynccontextmanager
async def machine(
    sip_settings: SipSettings,
    media: MediaSettings,
    store: CallStore,
    numbers: NumberTable,
    script_of: Callable[[NativeMediaEngine], ScriptOf],
    *,
    tls: TlsSettings | None = None,
    seeing: Seeing = UNSEEN,
) -> AsyncIterator[Machine]:
    """Engine, sockets, SIP and switchboard; at the end calls are hung up and everything is closed."""
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as closing:
        engine = NativeMediaEngine(media.address, (media.first_port, media.last_port), media.workers)
        closing.callback(engine.close)
        transports = await closing.enter_async_context(
            SipTransports.open(sip_settings.connections, tls, sip_settings.origins)
        )
        for one in sip_settings.listen:
            await transports.listen(TRANSPORTS[one.transport], one.address, one.port)
        listening = transports.addresses
        stack = Stack(
            StackSettings(
                user_agent=f"VoiceCore/{voicecore.__version__}",
                public_address=sip_settings.public_address,
                listening=listening,
            ),
            token=lambda length: secrets.token_urlsafe(length)[:length],
        )
        calls = await closing.enter_async_context(asyncio.TaskGroup())
        switchboard = Switchboard(NumbersOnly(numbers), script_of(engine), calls)
        hep = _hep(seeing.trace, switchboard, closing)
        sip_counts, call_counts = SipCounts(), CallCounts()
        watchers = [hep.receive] if hep else []
        if seeing.metrics.listen:
            watchers.append(sip_counts.receive)
            store = CountingStore(store, call_counts)
        sip = SipRunner(stack, transports.send, seen_by(switchboard.receive, *watchers))
        closing.callback(sip.close)
        services = Services(
            sip=sip,
            engine=engine,
            store=store,
            clock=Clock(loop.time),
            registry=switchboard,
            router=DirectRouter(listening, _identity(sip_settings)),
            rtp_timeout_ms=round(media.rtp_timeout_s * 1000),
            security=MediaSecurity(media.srtp, media.srtp_needs_tls),
        )
        switchboard.connect(services)
        transports.connect(sip.receive, sip.transport_failed)
        if seeing.metrics.listen:
            watch = LoopWatch()
            closing.callback(watch.close)
            sources = Sources(
                sip=sip_counts,
                calls=call_counts,
                census=stack.census,
                active_calls=lambda: len(switchboard.calls),
                engine=engine.load,
                loop=watch,
                hep=hep,
                spooled=seeing.spooled,
            )
            await _serve_metrics(seeing.metrics, sources, closing)
        closing.push_async_callback(_hang_up_all, switchboard)
        yield Machine(listening, engine, switchboard, services, transports)


def _identity(settings: SipSettings) -> str | None:
    if settings.identity is None and settings.public_address is not None:
        host = settings.public_address
        return f"sip:voicecore@[{host}]" if ":" in host else f"sip:voicecore@{host}"
    return settings.identity


def seen_by(owner: Callable[[Output], None], *watchers: Callable[[Output], None]) -> Callable[[Output], None]:
    """What `owner` is told, all others are told after it; its errors stay its own."""

    def tell(output: Output) -> None:
        try:
            owner(output)
        finally:
            for watcher in watchers:
                watcher(output)

    return tell if watchers else owner


def _hep(
    trace: TraceSettings, switchboard: Switchboard, closing: contextlib.AsyncExitStack
) -> HepSender | None:
    if trace.hep is None:
        return None
    server = Address(trace.hep.address, trace.hep.port)
    agent = Agent(trace.hep_capture_id, trace.hep_auth_key)
    sender = HepSender(server, agent, time.time, switchboard.call_named)
    closing.callback(sender.close)
    return sender


async def _serve_metrics(
    metrics: MetricsSettings, sources: Sources, closing: contextlib.AsyncExitStack
) -> None:
    if metrics.listen is None:
        return
    registry = CollectorRegistry()
    registry.register(Metrics(sources))
    ProcessCollector(registry=registry)
    server = MetricsServer(registry)
    closing.callback(server.close)
    await server.listen(metrics.listen.address, metrics.listen.port)


async def _hang_up_all(switchboard: Switchboard) -> None:
    switchboard.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SHUTDOWN_PATIENCE):
            await switchboard.idle()


@asynccontextmanager
async def platform(settings: Settings) -> AsyncIterator[Platform]:
    """The whole server of a configuration. Raises Unavailable or ConfigError with nothing left running."""
    voice = speaker(settings)
    texts = prompts(settings, voice)
    languages = dict.fromkeys(
        [settings.prompts.language, *(n.language for n in settings.numbers if n.language)]
    )
    studios: list[Studio] = []

    def script_of(engine: NativeMediaEngine) -> ScriptOf:
        places = Places(Path(settings.recordings.directory))
        music = MusicOnHold(Path(settings.music.directory))
        studios.append(Studio(SoundLibrary(engine), texts, voice, music, places))
        return FlowRunner(studios[0], settings.prompts.language).script_of

    numbers = NumberTable(
        NumberEntry(number.match, number.flow, number.args, number.language) for number in settings.numbers
    )
    async with (
        SqlCallStore.open(settings.store.url) as store,
        machine(
            settings.sip,
            settings.media,
            store,
            numbers,
            script_of,
            tls=settings.tls,
            seeing=Seeing(settings.trace, settings.metrics, store.spooled),
        ) as running,
    ):
        await recover_recordings(store, Path(settings.recordings.directory))
        yield Platform(running, texts, studios[0], tuple(languages))
