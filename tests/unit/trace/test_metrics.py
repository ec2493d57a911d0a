"""What Prometheus reads, by the parser of its own client."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.store.records import finished
from voicecore.errors import Unavailable
from voicecore.media.admission import Standing
from voicecore.media.engine import EngineLoad
from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import Heard, PeerFault, Transmit
from voicecore.sip.stack import Census
from voicecore.trace.call_counts import CallCounts
from voicecore.trace.lateness import LoopWatch
from voicecore.trace.metrics import Metrics, Sources
from voicecore.trace.sip_counts import SipCounts

HOP = Hop("UDP", Address("127.0.0.1", 5060), Address("192.0.2.7", 5060))
LOAD = EngineLoad(4, 2, 500, 1.5, 8.0, 3, 99)
CENSUS = Census(1, 2, 3, 4, 5)


def sources() -> Sources:
    """Call it inside a running loop, and close its watch."""
    return Sources(
        sip=SipCounts(),
        calls=CallCounts(),
        census=lambda: CENSUS,
        active_calls=lambda: 6,
        engine=lambda: LOAD,
        standing=lambda: Standing(most=40, legs=4, busy=0.25),
        loop=LoopWatch(),
    )


def scraped(registry: CollectorRegistry) -> dict[str, float]:
    """Each sample as `name{label=value}` without the prefix; times of creation are left out."""
    samples = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            assert sample.name.startswith("voicecore_")
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            samples[sample.name.removeprefix("voicecore_") + (f"{{{labels}}}" if labels else "")] = (
                sample.value
            )
    return samples


def registry_of(sources: Sources) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Metrics(sources))
    return registry


async def test_a_scrape_holds_every_number_with_its_labels() -> None:
    given = sources()
    given.sip.receive(Heard(b"INVITE sip:a SIP/2.0\r\n\r\n", HOP, "id"))
    given.sip.receive(Transmit(b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n", HOP, "id"))
    given.sip.receive(Transmit(b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n", HOP, "id"))
    given.sip.receive(PeerFault("nonsense", HOP))
    given.calls.begun = 1
    given.calls.count(finished("1a"))
    registry = registry_of(given)
    given.loop.close()
    found = scraped(registry)
    expected = {
        "sip_requests_received_total{method=INVITE}": 1,
        "sip_responses_sent_total{class=2xx,method=INVITE}": 2,
        "sip_retransmissions_sent_total": 1,
        "sip_retransmissions_received_total": 0,
        "sip_faults_total": 1,
        "sip_transactions{side=server}": 1,
        "sip_transactions{side=client}": 2,
        "sip_dialogs": 3,
        "sip_invites": 4,
        "sip_timers": 5,
        "calls_active": 6,
        "calls_started_total": 1,
        "calls_ended_total{cause=caller_hung_up}": 1,
        "calls_ended_total{cause=failed}": 0,
        "call_answer_seconds_bucket{le=0.5}": 0,
        "call_answer_seconds_bucket{le=1.0}": 1,
        "call_answer_seconds_count": 1,
        "call_answer_seconds_sum": 1.0,
        "call_talk_seconds_sum": 60.0,
        "rtp_packets_total{what=lost}": 1,
        "leg_mos_count": 1,
        "media_legs": 4,
        "media_room": 36,
        "media_busy_ratio": 0.25,
        "media_refusing": 0,
        "media_ports_free": 99,
        "media_tick_late_max_seconds": 0.008,
        "records_unwritten_total": 0,
        "event_loop_late_seconds_count": 0,
    }
    assert {name: found.get(name) for name in expected} == expected


async def test_what_the_engine_tells_since_the_last_look_is_added_up() -> None:
    given = sources()
    registry = registry_of(given)
    given.loop.close()
    before = scraped(registry)
    after = scraped(registry)
    for name, growth in (("media_ticks_total", 500), ("media_events_dropped_total", 3)):
        assert after[name] - before[name] == growth


async def test_a_source_that_is_not_there_has_no_metric_and_one_that_is_has() -> None:
    given = sources()
    given.loop.close()
    names = (
        "registrations",
        "banned_addresses",
        "records_spooled",
        "trunk_up{trunk=carrier}",
        "trunk_up{trunk=spare}",
    )
    assert not set(names) & set(scraped(registry_of(given)))
    full = replace(
        given,
        registrations=lambda: 7,
        bans=lambda: 8,
        spooled=lambda: 9,
        trunks=lambda: {"carrier": True, "spare": False},
    )
    found = scraped(registry_of(full))
    assert [found[name] for name in names] == [7, 8, 9, 1, 0]


async def test_a_spool_that_cannot_be_read_leaves_the_page_whole() -> None:
    def unreadable() -> int:
        raise Unavailable("the disk is gone")

    given = sources()
    given.loop.close()
    found = scraped(registry_of(replace(given, spooled=unreadable)))
    assert "records_spooled" not in found
    assert found["calls_active"] == 6


async def test_every_metric_has_its_unit_and_a_help_text() -> None:
    given = sources()
    given.loop.close()
    for metric in Metrics(given).collect():
        assert metric.documentation
        assert "_ms" not in metric.name


@pytest.mark.virtual(grace=0.0)
async def test_the_watch_sees_a_loop_that_is_held_up() -> None:
    watch = LoopWatch()
    await asyncio.sleep(1.05)
    watch.close()
    assert sum(watch.late_seconds.counts) == 10
    assert watch.late_seconds.counts[0] == 10
    await asyncio.sleep(1.0)
    assert sum(watch.late_seconds.counts) == 10
