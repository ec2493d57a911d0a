"""What a registrar tells the store, and what it makes of it after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.registrar.texts import ACCOUNTS, ALICE, HERE, RULES, Desk
from voicecore.clock import Clock
from voicecore.registrar.persistence import bindings_of, keep, record_of
from voicecore.registrar.registrar import Registrar
from voicecore.sip.hop import Address
from voicecore.store.bindings import BindingRecord

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


class MemoryStore:
    def __init__(self) -> None:
        self.kept: dict[str, BindingRecord] = {}

    def keep(self, binding: BindingRecord) -> None:
        self.kept[binding.id] = binding

    def forget(self, id: str) -> None:
        del self.kept[id]

    async def bindings(self) -> list[BindingRecord]:
        return list(self.kept.values())


def clock_at(instant: float, wall: float) -> Clock:
    return Clock(lambda: instant, lambda: wall)


def test_the_store_follows_what_happens() -> None:
    desk, store = Desk(), MemoryStore()

    def follow() -> None:
        keep(desk.registrar.poll(), store, clock_at(desk.now, NOON))

    desk.register(HERE, "<sip:2@192.0.2.7>", expires=60)
    follow()
    assert [one.contact for one in store.kept.values()] == [HERE, "<sip:2@192.0.2.7>"]
    desk.register(HERE, expires=120)
    follow()
    first, second = store.kept.values()
    assert (first.expires - first.registered).total_seconds() == 120
    assert (second.aor, second.remote, second.cseq) == (ALICE, "192.0.2.7:5060", 1)
    desk.now += 60
    desk.registrar.handle_timer(desk.now)
    follow()
    assert list(store.kept.values()) == [first]
    desk.register("*", expires=0)
    follow()
    assert store.kept == {}


@pytest.mark.parametrize(
    ("contact", "fields"),
    [
        (HERE, []),
        ('<sip:alice@[2001:db8::7]:5070;ob?a=b>;q=0.7;+sip.instance="<urn:x>"', []),
        (HERE, ["Supported: path", "Path: <sip:home.example.org;lr>, <sip:edge.example.org;lr>"]),
        (f'{HERE};reg-id=2;+sip.instance="<urn:uuid:1>"', ["Supported: outbound", "User-Agent: \u00e9"]),
    ],
)
def test_a_binding_is_the_same_after_a_restart_with_another_clock(contact: str, fields: list[str]) -> None:
    desk = Desk()
    desk.register(contact, fields=fields, source=Address("2001:db8::7", 5060))
    (before,) = desk.alice()
    record = record_of(before, clock_at(desk.now, NOON))
    assert record.expires.timestamp() == NOON + 600
    later = Registrar(RULES, ACCOUNTS, str)
    later.restore(bindings_of([record], clock_at(7.0, NOON + 30), 7.0), 7.0)
    (after,) = later.lookup(ALICE, 7.0)
    assert (after.lease.registered, after.lease.expires) == (7.0 - 30, 7.0 + 570)
    assert replace(after, lease=before.lease) == before


def test_a_late_request_is_still_late_after_a_restart() -> None:
    desk = Desk()
    desk.register(HERE, cseq=5)
    record = record_of(desk.alice()[0], clock_at(desk.now, NOON))
    after = Desk()
    after.registrar.restore(bindings_of([record], clock_at(after.now, NOON), after.now), after.now)
    assert after.register(HERE, cseq=5).status == 500
    assert after.register(HERE, cseq=6).status == 200


def test_what_expired_meanwhile_is_dropped_and_forgotten() -> None:
    desk, store = Desk(), MemoryStore()
    desk.register(HERE)
    keep(desk.registrar.poll(), store, clock_at(desk.now, NOON))
    clock = clock_at(0.0, NOON + 600)
    after = Registrar(RULES, ACCOUNTS, str)
    after.restore(bindings_of(store.kept.values(), clock, 0.0), 0.0)
    assert after.lookup(ALICE, 0.0) == []
    keep(after.poll(), store, clock)
    assert store.kept == {}


@pytest.mark.parametrize(
    "change",
    [{"transport": "PIGEON"}, {"remote": "here"}, {"local": ""}, {"contact": "<sip:"}, {"remote": "a:b"}],
)
def test_a_record_that_makes_no_sense_is_left_out(change: dict[str, str]) -> None:
    desk = Desk()
    desk.register(HERE)
    record = record_of(desk.alice()[0], clock_at(desk.now, NOON))
    wrong = replace(record, **change)  # type: ignore[arg-type]
    found = list(bindings_of([wrong, record], clock_at(0.0, NOON), 0.0))
    assert [one.id for one in found] == [record.id]
