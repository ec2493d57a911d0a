"""Who watches a machine: HEP copies for Homer, metrics for Prometheus."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector

from voicecore.calls.switchboard import Switchboard
from voicecore.config.settings import MetricsSettings, TraceSettings
from voicecore.exchange.exchange import Exchange
from voicecore.media.native import NativeMediaEngine
from voicecore.sip.hop import Address
from voicecore.sip.output import Output
from voicecore.sip.stack import Stack
from voicecore.store.store import CallStore
from voicecore.trace.call_counts import CallCounts, CountingStore
from voicecore.trace.exposition import MetricsServer
from voicecore.trace.hep import Agent
from voicecore.trace.hep_sender import HepSender
from voicecore.trace.lateness import LoopWatch
from voicecore.trace.metrics import Metrics, Sources
from voicecore.trace.sip_counts import SipCounts


@dataclass(frozen=True, slots=True)
class Seeing:
    """Who watches a machine; by default nobody, and then it costs nothing."""

    trace: TraceSettings = field(default_factory=TraceSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    spooled: Callable[[], int] | None = None
    """Call records that wait for the database."""


UNSEEN = Seeing()


def seen_by(owner: Callable[[Output], None], *watchers: Callable[[Output], None]) -> Callable[[Output], None]:
    """What `owner` is told, all others are told after it; its errors stay its own."""

    def tell(output: Output) -> None:
        try:
            owner(output)
        finally:
            for watcher in watchers:
                watcher(output)

    return tell if watchers else owner


def hep_sender(
    trace: TraceSettings, switchboard: Switchboard, closing: contextlib.AsyncExitStack
) -> HepSender | None:
    if trace.hep is None:
        return None
    server = Address(trace.hep.address, trace.hep.port)
    agent = Agent(trace.hep_capture_id, trace.hep_auth_key)
    sender = HepSender(server, agent, time.time, switchboard.call_named, over_tcp=trace.hep_over_tcp)
    closing.callback(sender.close)
    return sender


async def serve_metrics(
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


class Watchers:
    """Counts and copies of one machine, as far as its settings want any."""

    def __init__(self, seeing: Seeing, hep: HepSender | None) -> None:
        self._seeing = seeing
        self._hep = hep
        self._sip, self._calls = SipCounts(), CallCounts()

    @classmethod
    def of(cls, seeing: Seeing, switchboard: Switchboard, closing: contextlib.AsyncExitStack) -> Watchers:
        return cls(seeing, hep_sender(seeing.trace, switchboard, closing))

    @property
    def of_sip(self) -> list[Callable[[Output], None]]:
        """Who is told every output of the stack."""
        hep = [self._hep.receive] if self._hep is not None else []
        return [*hep, self._sip.receive] if self._seeing.metrics.listen else [*hep]

    def store(self, store: CallStore) -> CallStore:
        """The store, with its calls counted."""
        return CountingStore(store, self._calls) if self._seeing.metrics.listen else store

    async def serve(
        self, stack: Stack, machine: Running, exchange: Exchange | None, closing: contextlib.AsyncExitStack
    ) -> None:
        """Opens the page of the metrics, if one is wanted."""
        if self._seeing.metrics.listen is None:
            return
        watch = LoopWatch()
        closing.callback(watch.close)
        sources = Sources(
            sip=self._sip,
            calls=self._calls,
            census=stack.census,
            active_calls=lambda: machine.switchboard.running,
            engine=machine.engine.load,
            standing=lambda: machine.engine.standing,
            loop=watch,
            hep=self._hep,
            registrations=None if exchange is None else exchange.registrations,
            trunks=None if exchange is None else exchange.trunks_up,
            bans=None if exchange is None else exchange.bans,
            spooled=self._seeing.spooled,
        )
        await serve_metrics(self._seeing.metrics, sources, closing)


class Running(Protocol):
    """What of a machine is counted."""

    @property
    def engine(self) -> NativeMediaEngine: ...
    @property
    def switchboard(self) -> Switchboard: ...
