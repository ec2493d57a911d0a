"""Calls become events: begun, changed once a change, ended, with how they sounded."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.api.calls import ended, running
from tests.unit.api.site import Site, site
from voicecore.api.call_watch import CallWatch
from voicecore.errors import Unavailable
from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import Heard
from voicecore.store.records import CallFile
from voicecore.testing.memory_store import MemoryStore
from voicecore.testing.virtual_loop import VirtualTimeLoop

HOP = Hop("UDP", Address("127.0.0.1", 5060), Address("192.0.2.7", 5060))


def kinds(watch: CallWatch, first: int) -> list[str]:
    return [one.kind.value for one in watch.feed.after(first) or []]


async def heard(made: Site, file: CallFile) -> None:
    """A SIP message of the call went by; its Call-ID is the call's id here."""
    made.platform.watch.receive(Heard(b"", HOP, file.call.id))
    await asyncio.sleep(0)


async def test_a_call_begins_changes_once_a_change_and_ends(tmp_path: Path) -> None:
    made = site(tmp_path)
    watch, first = made.platform.watch, made.platform.watch.feed.newest
    store = watch.store(made.kept)
    ringing = running(1)
    ringing = replace(ringing, call=replace(ringing.call, answered=None, status=None))
    made.calls.running.append(ringing)
    await store.begin(ringing.call)
    await heard(made, ringing)
    assert kinds(watch, first) == ["call-started"]
    made.calls.running[:] = [running(1)]
    for _ in range(3):
        await heard(made, ringing)
    assert kinds(watch, first) == ["call-started", "call-changed"]
    made.calls.running.clear()
    await store.finish(ended(1))
    await heard(made, ringing)
    assert kinds(watch, first) == ["call-started", "call-changed", "call-ended", "quality"]
    assert [file.call.id for file in made.kept.files] == [ringing.call.id]


async def test_messages_of_no_call_change_nothing(tmp_path: Path) -> None:
    made = site(tmp_path)
    first = made.platform.watch.feed.newest
    await heard(made, running(1))
    assert kinds(made.platform.watch, first) == []


async def test_a_call_whose_record_is_not_written_has_ended_all_the_same(tmp_path: Path) -> None:
    class Full(MemoryStore):
        async def finish(self, file: CallFile) -> None:
            raise Unavailable("the disk is full")

    watch = site(tmp_path).platform.watch
    first = watch.feed.newest
    with pytest.raises(Unavailable):
        await watch.store(Full()).finish(ended(1))
    assert kinds(watch, first) == ["call-ended", "quality"]


async def test_who_waits_is_woken_by_the_next_event(tmp_path: Path) -> None:
    watch = site(tmp_path).platform.watch
    first = watch.feed.newest
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(watch.news(first)) for _ in range(3)]
        await asyncio.sleep(60)
        assert not any(one.done() for one in waiting)
        watch.begun(running(1).call)


async def test_numbers_of_a_later_run_are_greater() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    first = CallWatch(loop.clock())
    for number in range(100):
        first.begun(running(number).call)
    await asyncio.sleep(1)
    assert CallWatch(loop.clock()).feed.newest > first.feed.newest
