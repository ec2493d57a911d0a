"""What a registrar tells the store, and what it makes of it after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.registrar.texts import ACCOUNTS, ALICE, HERE, RULES, SERVER, Desk
from voicecore.clock import Clock
from voicecore.registrar.facts import Expired, Refreshed
from voicecore.registrar.persistence import keep, record_of, restore
from voicecore.registrar.registrar import Registrar
from voicecore.sip.hop import Address
from voicecore.store.bindings import BindingRecord

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


class MemoryStore:
    def __init__(self, *records: BindingRecord) -> None:
        self.kept: dict[str, BindingRecord] = {one.id: one for one in records}

    def keep(self, binding: BindingRecord) -> None:
        self.kept[binding.id] = binding

    def forget(self, id: str) -> None:
        del self.kept[id]

    async def gruu_key(self) -> bytes:
        return bytes(32)

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
async def test_a_binding_is_the_same_after_a_restart_with_another_clock(
    contact: str, fields: list[str]
) -> None:
    desk = Desk()
    desk.register(contact, fields=fields, source=Address("2001:db8::7", 5060))
    (before,) = desk.alice()
    record = record_of(before, clock_at(desk.now, NOON))
    assert record.expires.timestamp() == NOON + 600
    later = Registrar(RULES, ACCOUNTS, str)
    assert await restore(later, MemoryStore(record), clock_at(7.0, NOON + 30), 7.0, [SERVER]) == []
    (after,) = later.lookup(ALICE, 7.0)
    assert (after.lease.registered, after.lease.expires) == (7.0 - 30, 7.0 + 570)
    assert replace(after, lease=before.lease) == before


async def test_a_late_request_is_still_late_after_a_restart() -> None:
    desk = Desk()
    desk.register(HERE, cseq=5)
    store = MemoryStore(record_of(desk.alice()[0], clock_at(desk.now, NOON)))
    after = Desk()
    await restore(after.registrar, store, clock_at(after.now, NOON), after.now, [SERVER])
    assert after.register(HERE, cseq=5).status == 500
    assert after.register(HERE, cseq=6).status == 200


async def test_what_expired_meanwhile_is_told_and_forgotten() -> None:
    desk = Desk()
    desk.register(HERE)
    store = MemoryStore(record_of(desk.alice()[0], clock_at(desk.now, NOON)))
    after = Registrar(RULES, ACCOUNTS, str)
    facts = await restore(after, store, clock_at(0.0, NOON + 600), 0.0, [SERVER])
    assert [type(fact) for fact in facts] == [Expired]
    assert after.lookup(ALICE, 0.0) == []
    assert store.kept == {}


@pytest.mark.parametrize(
    "change",
    [
        {"transport": "PIGEON"},
        {"remote": "here"},
        {"local": ""},
        {"contact": "<sip:"},
        {"remote": "a:b"},
        {"local": "192.0.2.99:5060"},
    ],
)
async def test_a_record_that_leads_nowhere_is_forgotten(change: dict[str, str]) -> None:
    desk = Desk()
    desk.register(HERE)
    record = record_of(desk.alice()[0], clock_at(desk.now, NOON))
    wrong = replace(record, id="wrong", **change)  # type: ignore[arg-type]
    store = MemoryStore(wrong, record)
    after = Registrar(RULES, ACCOUNTS, str)
    assert await restore(after, store, clock_at(0.0, NOON), 0.0, [SERVER]) == []
    assert list(store.kept) == [record.id]
    assert [one.id for one in after.bindings(0.0)] == [record.id]


async def test_a_phone_whose_contact_is_the_way_after_a_restart_is_kept_with_it() -> None:
    desk = Desk()
    desk.register("<sip:alice@192.0.2.7:5070>", transport="TCP", source=Address("192.0.2.7", 40_001))
    store = MemoryStore(record_of(desk.alice()[0], clock_at(desk.now, NOON)))
    after = Registrar(RULES, ACCOUNTS, str)
    facts = await restore(after, store, clock_at(0.0, NOON), 0.0, [SERVER])
    assert [type(fact) for fact in facts] == [Refreshed]
    assert [one.remote for one in store.kept.values()] == ["192.0.2.7:5070"]
