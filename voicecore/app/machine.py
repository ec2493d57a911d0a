"""The running parts that every program of ours needs: sockets, engine, SIP, calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import voicecore
from voicecore.app.identity import identity_of
from voicecore.app.media_policy import security_of
from voicecore.app.seeing import UNSEEN, Seeing, Watchers, seen_by
from voicecore.app.site import Site
from voicecore.calls.active_call import Services
from voicecore.calls.agreed import CodecChoice, MediaPolicy
from voicecore.calls.browsers import Browsers
from voicecore.calls.destination import NumbersOnly
from voicecore.calls.numbers import NumberTable
from voicecore.calls.reception import PlainReception
from voicecore.calls.route import DirectRouter
from voicecore.calls.switchboard import ScriptOf, Switchboard
from voicecore.clock import Clock
from voicecore.config.settings import MediaSettings, SipSettings
from voicecore.exchange.exchange import Exchange
from voicecore.ids import TokenSource
from voicecore.media.admission import Limits
from voicecore.media.native import NativeMediaEngine
from voicecore.sip.hop import BY_NAME, Hop
from voicecore.sip.output import Output
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.sip.whereabouts import nowhere
from voicecore.store.bindings import BindingStore
from voicecore.store.store import CallStore
from voicecore.subscriptions.packages.registry import PACKAGES
from voicecore.transport.listening_point import ListeningPoint
from voicecore.transport.sip_runner import SipRunner
from voicecore.transport.sip_transports import SipTransports
from voicecore.transport.tls import TlsSettings

SHUTDOWN_PATIENCE = 5.0
"""Seconds that running calls get to say goodbye when the program ends."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The running parts that every program of ours needs: sockets, engine, calls."""

    listening: tuple[ListeningPoint, ...]
    engine: NativeMediaEngine
    switchboard: Switchboard
    services: Services
    transports: SipTransports
    exchange: Exchange | None = None


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
    site: Site | None = None,
    seen: Callable[[Output], None] | None = None,
    recording_key: tuple[str, bytes] | None = None,
) -> AsyncIterator[Machine]:
    """Engine, sockets, SIP and switchboard; at the end calls are hung up and everything is closed.

    `seen` is told every output of the SIP stack. Without a `site` everybody may call the numbers, and SIP URIs are
    all that is dialled.
    """
    async with contextlib.AsyncExitStack() as closing:
        engine = NativeMediaEngine(
            media.addresses,
            (media.first_port, media.last_port),
            media.workers,
            browser_port=media.browser_port,
            public_addresses=media.public_addresses,
            browser_addresses=media.browser_addresses,
            recording_key=recording_key,
            limits=Limits(media.max_legs, media.max_load),
        )
        closing.callback(engine.close)
        transports = await closing.enter_async_context(
            SipTransports.open(sip_settings.connections, tls, sip_settings.origins)
        )
        for one in sip_settings.listen:
            await transports.listen(BY_NAME[one.transport], one.address, one.port)
        clock = Clock(asyncio.get_running_loop().time)
        exchange = None if site is None else site.exchange(numbers, transports, clock)
        stack = _stack(sip_settings, transports, exchange)
        calls = await closing.enter_async_context(asyncio.TaskGroup())
        reception = PlainReception(NumbersOnly(numbers)) if exchange is None else exchange.reception
        switchboard = Switchboard(reception, script_of(engine), calls)
        watching = [
            *([] if exchange is None else [exchange.watching.seen]),
            *([] if seen is None else [seen]),
        ]
        watchers = Watchers.of(seeing, switchboard, closing)
        sip = SipRunner(stack, transports.send, seen_by(switchboard.receive, *watching, *watchers.of_sip))
        closing.callback(sip.close)
        plain = DirectRouter(transports.addresses, identity_of(sip_settings))
        services = Services(
            sip=sip,
            engine=engine,
            store=watchers.store(store),
            clock=clock,
            registry=switchboard,
            router=plain if exchange is None else exchange.router,
            rtp_timeout_ms=round(media.rtp_timeout_s * 1000),
            one_way_ms=round(media.one_way_s * 1000),
            automatic_gain=media.automatic_gain,
            country=media.country,
            comfort_noise=media.comfort_noise,
            security=MediaPolicy(security_of(media), {} if site is None else site.media),
            codecs=CodecChoice(media.codecs, media.browser_codecs, media.opus, media.one_codec),
            browsers=Browsers(media.browser_patience_s),
        )
        switchboard.connect(services)
        running = Machine(transports.addresses, engine, switchboard, services, transports, exchange)
        if exchange is None or site is None:
            transports.connect(sip.receive, _lost(services))
        else:
            load = lambda: (switchboard.running, stack.census().server_transactions)  # noqa: E731
            await _connect(exchange, running, calls, site.bindings, load, closing)
        await watchers.serve(stack, running, exchange, closing)
        closing.push_async_callback(_hang_up_all, switchboard)
        yield running


def _stack(settings: SipSettings, transports: SipTransports, exchange: Exchange | None) -> Stack:
    return Stack(
        StackSettings(
            user_agent=f"VoiceCore/{voicecore.__version__}",
            public_address=settings.public_address,
            listening=transports.addresses,
            events=() if exchange is None else tuple(PACKAGES),
        ),
        token=TokenSource(),
        gate=None if exchange is None else exchange.gate,
        find=nowhere if exchange is None else exchange.phones.whereabouts,
    )


async def _connect(
    exchange: Exchange,
    running: Machine,
    group: asyncio.TaskGroup,
    bindings: BindingStore | None,
    load: Callable[[], tuple[int, int]],
    closing: contextlib.AsyncExitStack,
) -> None:
    """Joins the exchange to sockets, stack and calls; at the end carriers are told that we are gone."""
    sip, switchboard = running.services.sip, running.switchboard

    def received(data: bytes, hop: Hop) -> None:
        if exchange.admits(hop):
            sip.receive(data, hop)

    lost = _lost(running.services)

    def failed(hop: Hop) -> None:
        lost(hop)
        exchange.connection_lost(hop)

    running.transports.connect(received, failed, exchange.admits)
    exchange.browser_registered = running.services.browsers.registered
    closing.callback(exchange.close)
    await exchange.start(sip, switchboard.ask_outside, group, store=bindings, load=load)
    closing.push_async_callback(exchange.stop)


def _lost(services: Services) -> Callable[[Hop], None]:
    """What a broken connection means to the stack, and to who called over it."""

    def lost(hop: Hop) -> None:
        services.sip.transport_failed(hop)
        services.browsers.connection_lost(hop)

    return lost


async def _hang_up_all(switchboard: Switchboard) -> None:
    switchboard.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SHUTDOWN_PATIENCE):
            await switchboard.idle()
