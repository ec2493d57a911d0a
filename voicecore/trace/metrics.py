"""All that Prometheus is told, by name: read from the counts at the moment of a scrape, kept nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from voicecore.errors import Unavailable
from voicecore.media.admission import Standing
from voicecore.media.engine import EngineLoad
from voicecore.sip.stack import Census
from voicecore.store.records import CallEnd
from voicecore.trace.call_counts import CallCounts, Histogram
from voicecore.trace.hep_sender import HepSender
from voicecore.trace.lateness import LoopWatch
from voicecore.trace.sip_counts import Direction, SipCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the numbers come from. What a program has not got is None, and its metrics are left out."""

    sip: SipCounts
    calls: CallCounts
    census: Callable[[], Census]
    active_calls: Callable[[], int]
    engine: Callable[[], EngineLoad]
    """Called at every scrape, and by nobody else: its lateness is that since the last call."""
    standing: Callable[[], Standing]
    """What the media engine still takes."""
    loop: LoopWatch
    hep: HepSender | None = None
    registrations: Callable[[], int] | None = None
    """Bindings of the registrar."""
    trunks: Callable[[], Mapping[str, bool]] | None = None
    """By the trunk's name in the configuration: whether it is up."""
    bans: Callable[[], int] | None = None
    """Addresses that the guard bans now."""
    spooled: Callable[[], int] | None = None
    """Call records that wait for the database."""


class Metrics(Collector):
    """Registered with a `CollectorRegistry`."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        # The engine tells both since it was last asked.
        self._ticks = 0
        self._events_dropped = 0

    def collect(self) -> Iterator[Metric]:
        sources = self._sources
        yield from _sip(sources.sip)
        yield from _stack(sources.census())
        yield from _calls(sources.calls, sources.active_calls())
        yield from _rtp(sources.calls)
        yield from self._engine(sources.engine())
        yield from _admission(sources.standing())
        yield _histogram(
            "event_loop_late_seconds", "How late the event loop ran what was due", sources.loop.late_seconds
        )
        if sources.hep is not None:
            yield _total("hep_packets_sent", "Copies of SIP messages sent to Homer", sources.hep.sent)
            yield _total("hep_packets_lost", "Copies that could not be sent", sources.hep.lost)
        if sources.registrations is not None:
            yield _gauge("registrations", "Contacts that are registered now", sources.registrations())
        if sources.trunks is not None:
            up = GaugeMetricFamily(
                "voicecore_trunk_up", "Whether the trunk takes calls: 1 or 0", labels=["trunk"]
            )
            for name, is_up in sources.trunks().items():
                up.add_metric([name], int(is_up))
            yield up
        if sources.bans is not None:
            yield _gauge("banned_addresses", "Addresses whose packets are dropped now", sources.bans())
        if sources.spooled is not None:
            yield from _spooled(sources.spooled)

    def _engine(self, load: EngineLoad) -> Iterator[Metric]:
        self._ticks += load.ticks
        self._events_dropped += load.events_dropped
        yield _gauge("media_legs", "Legs of the media engine now", load.legs)
        yield _gauge("media_ports_free", "RTP port pairs that are free now", load.ports_free)
        for name, text, late in (
            ("p99", "99 of 100 media ticks since the last scrape were less late", load.tick_late_p99_ms),
            ("max", "The latest media tick since the last scrape", load.tick_late_max_ms),
        ):
            yield _gauge(f"media_tick_late_{name}_seconds", text, late / 1000)
        yield _total("media_ticks", "Ticks of the media engine", self._ticks)
        yield _total(
            "media_events_dropped", "Events of the media engine that found no room", self._events_dropped
        )


def _admission(standing: Standing) -> Iterator[Metric]:
    yield _gauge(
        "media_busy_ratio", "CPU time of the media threads in the last second, 0 to 1", standing.busy
    )
    yield _gauge("media_room", "Legs that the media engine would still take", standing.room)
    yield _gauge("media_refusing", "Whether it takes none for now: 1 or 0", int(standing.refuses))


def _sip(counts: SipCounts) -> Iterator[Metric]:
    for way, direction in (("received", counts.received), ("sent", counts.sent)):
        yield from _direction(way, direction)
    yield _total("sip_faults", "Input that broke the rules of SIP", counts.faults)


def _direction(way: str, direction: Direction) -> Iterator[Metric]:
    yield _totals(
        f"sip_requests_{way}",
        f"SIP requests {way}, repeats too",
        ["method"],
        (([method], count) for method, count in direction.requests()),
    )
    yield _totals(
        f"sip_responses_{way}",
        f"SIP responses {way}, repeats too",
        ["method", "class"],
        ((list(key), count) for key, count in direction.responses()),
    )
    yield _total(
        f"sip_retransmissions_{way}", f"SIP messages {way} that were there before", direction.repeats
    )


def _stack(census: Census) -> Iterator[Metric]:
    transactions = GaugeMetricFamily("voicecore_sip_transactions", "SIP transactions now", labels=["side"])
    transactions.add_metric(["server"], census.server_transactions)
    transactions.add_metric(["client"], census.client_transactions)
    yield transactions
    yield _gauge("sip_dialogs", "SIP dialogs now", census.dialogs)
    yield _gauge("sip_invites", "INVITEs now that are not settled", census.invites)
    yield _gauge("sip_timers", "Timers of the SIP stack now", census.timers)


def _calls(counts: CallCounts, active: int) -> Iterator[Metric]:
    yield _gauge("calls_active", "Calls now", active)
    yield _total("calls_started", "Calls that began", counts.begun)
    yield _totals(
        "calls_ended",
        "Calls that are over, by what ended them",
        ["cause"],
        (([end.value.replace(" ", "_")], counts.ended[end]) for end in CallEnd),
    )
    yield _totals(
        "legs", "Legs of calls that are over", ["side"], (([side], n) for side, n in counts.legs.items())
    )
    yield _histogram("call_answer_seconds", "From a call's INVITE to its answer", counts.answer_seconds)
    yield _histogram("call_talk_seconds", "From a call's answer to its end", counts.talk_seconds)
    yield _total("records_unwritten", "Call records that nothing took", counts.unwritten)


def _rtp(counts: CallCounts) -> Iterator[Metric]:
    yield _totals(
        "rtp_packets",
        "RTP packets of calls that are over: sent, of those relayed, received, lost, discarded",
        ["what"],
        (([what], count) for what, count in counts.packets.items()),
    )
    yield _total("rtp_concealed_seconds", "Audio made up because none came", counts.concealed_ms / 1000)
    yield _histogram("leg_mos", "Listening quality of legs by the E-model, 1 to 4.5", counts.mos)


def _spooled(count: Callable[[], int]) -> Iterator[Metric]:
    # A folder that cannot be read leaves its metric out and the rest of the page whole.
    with contextlib.suppress(Unavailable):
        yield _gauge("records_spooled", "Call records that wait for the database", count())


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"voicecore_{name}", text, value=value)


def _total(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"voicecore_{name}", text, value=value)


def _totals(name: str, text: str, labels: list[str], rows: Iterable[tuple[list[str], float]]) -> Metric:
    family = CounterMetricFamily(f"voicecore_{name}", text, labels=labels)
    for values, count in rows:
        family.add_metric(values, count)
    return family


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    buckets, below = list[tuple[str, Any]](), 0
    for bound, count in zip((*map(str, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        below += count
        buckets.append((bound, below))
    return HistogramMetricFamily(f"voicecore_{name}", text, buckets=buckets, sum_value=histogram.sum)
