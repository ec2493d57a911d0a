"""The WebSocket of events: a snapshot, then each event once, also after a gap; a slow reader starts anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.component.api.test_server import served
from tests.unit.api.calls import ended, id_of, running
from tests.unit.api.site import SECRETS, UNHURRIED, Site, with_tokens
from voicecore.api.access import Role
from voicecore.api.feed import ROOM
from voicecore.api.server import Place

pytestmark = pytest.mark.real_time


@asynccontextmanager
async def following(place: Place, after: int | None = None, **fields: str) -> AsyncIterator[ClientConnection]:
    asked = "" if after is None else f"?after={after}"
    headers = {"Authorization": f"Bearer {SECRETS[Role.AGENT]}"} | fields
    url = f"ws://{place.address}/api/v1/events{asked}"
    async with connect(url, additional_headers=headers) as socket:
        yield socket


async def told(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(20):
        message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def happen(made: Site, number: int, caller: str = "sip:alice@192.0.2.7") -> None:
    """A call begins and ends: three events."""
    store, file, before = made.platform.watch.store(made.kept), ended(number), running(number)
    await store.begin(replace(before.call, caller=caller))
    await store.finish(replace(file, call=replace(file.call, caller=caller)))


async def test_a_follower_gets_a_snapshot_and_then_what_happens(tmp_path: Path) -> None:
    async with served(tmp_path, with_tokens()) as (made, place), following(place) as socket:
        first = await told(socket)
        assert (first["kind"], first["calls"]) == ("snapshot", [])
        await happen(made, 1)
        kinds = [await told(socket) for _ in range(3)]
    assert [one["kind"] for one in kinds] == ["call-started", "call-ended", "quality"]
    assert [one["seq"] for one in kinds] == [first["seq"] + n for n in (1, 2, 3)]
    assert {one["call"]["id"] for one in kinds} == {id_of(1)}
    assert kinds[2]["legs"][0]["mos"] == 4.4


async def test_a_snapshot_holds_the_calls_that_run(tmp_path: Path) -> None:
    async with served(tmp_path, with_tokens()) as (made, place):
        made.calls.running += [running(1), running(2)]
        async with following(place) as socket:
            calls = (await told(socket))["calls"]
    assert [(one["id"], one["state"]) for one in calls] == [(id_of(2), "active"), (id_of(1), "active")]


async def test_after_a_gap_what_was_missed_is_told_once(tmp_path: Path) -> None:
    async with served(tmp_path, with_tokens()) as (made, place):
        async with following(place) as socket:
            seq = (await told(socket))["seq"]
        await happen(made, 1)
        await happen(made, 2)
        async with following(place, seq) as socket:
            missed = [await told(socket) for _ in range(6)]
            await happen(made, 3)
            assert (await told(socket))["seq"] == seq + 7
    assert [one["seq"] for one in missed] == [seq + n for n in range(1, 7)]


@pytest.mark.parametrize("after", [0, 2**53])
async def test_a_gap_that_is_too_wide_is_a_snapshot(tmp_path: Path, after: int) -> None:
    async with served(tmp_path, with_tokens()) as (_, place), following(place, after) as socket:
        assert (await told(socket))["kind"] == "snapshot"


async def test_a_slow_reader_is_dropped_to_a_snapshot_and_holds_up_nobody(tmp_path: Path) -> None:
    async with served(tmp_path, with_tokens()) as (made, place):
        headers = {"Authorization": f"Bearer {SECRETS[Role.AGENT]}"}
        url = f"ws://{place.address}/api/v1/events"
        async with (
            connect(url, additional_headers=headers, max_queue=1) as slow,
            following(place) as quick,
        ):
            assert (await told(quick))["kind"] == "snapshot"
            assert (await told(slow))["kind"] == "snapshot"
            slow.transport.pause_reading()
            read = 0
            while read < ROOM * 2:
                # Large ones, so that what the system keeps for the slow one is soon full.
                await happen(made, 1, "sip:" + "a" * 10_000)
                for _ in range(3):
                    await told(quick)
                    read += 1
            slow.transport.resume_reading()
            last = made.platform.watch.feed.newest
            kinds: list[dict[str, Any]] = []
            while not kinds or kinds[-1]["seq"] < last:
                kinds.append(await told(slow))
    assert "snapshot" in [one["kind"] for one in kinds]
    assert len(kinds) < read
    numbers = [one["seq"] for one in kinds]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("fields", "status", "kind"),
    [
        ({"Authorization": ""}, 401, "no-session"),
        ({"Authorization": "Bearer nobody's"}, 401, "no-session"),
        ({"Origin": "http://evil.example"}, 403, "foreign-origin"),
        ({"Host": "evil.example"}, 421, "foreign-host"),
    ],
)
async def test_who_may_not_is_told_why(
    tmp_path: Path, fields: dict[str, str], status: int, kind: str
) -> None:
    async with served(tmp_path, with_tokens()) as (_, place):
        headers = {"Authorization": f"Bearer {SECRETS[Role.AGENT]}"} | fields
        asked = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        async with httpx.AsyncClient(base_url=place.url) as client:
            answer = await client.get("/api/v1/events", headers=headers | asked)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:voicecore:{kind}")


async def test_followers_are_bounded(tmp_path: Path) -> None:
    limits = replace(UNHURRIED.limits, followers=1)
    async with served(tmp_path, with_tokens(replace(UNHURRIED, limits=limits))) as (_, place):
        async with following(place) as socket:
            await told(socket)
            with pytest.raises(InvalidStatus) as caught:
                async with following(place):
                    pytest.fail("let in")
        assert caught.value.response.status_code == 503


async def test_who_talks_is_shown_the_door(tmp_path: Path) -> None:
    async with served(tmp_path, with_tokens()) as (_, place), following(place) as socket:
        await told(socket)
        await socket.send("hello")
        with pytest.raises(ConnectionClosed) as caught:
            await told(socket)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1008


async def test_who_logs_out_hears_no_more(tmp_path: Path) -> None:
    async with served(tmp_path) as (made, place), httpx.AsyncClient(base_url=f"{place.url}/api/v1/") as page:
        csrf = (await page.post("session", json={})).json()["csrf"]
        cookie = {"Cookie": f"voicecore_session={page.cookies['voicecore_session']}"}
        async with connect(f"ws://{place.address}/api/v1/events", additional_headers=cookie) as socket:
            await told(socket)
            await page.delete("session", headers={"X-CSRF-Token": csrf})
            await happen(made, 1)
            with pytest.raises(ConnectionClosed) as caught:
                await told(socket)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4401


async def test_followers_do_not_hold_up_the_end(tmp_path: Path) -> None:
    async with asyncio.timeout(20):
        async with served(tmp_path, with_tokens()) as (_, place):
            asked = {"Authorization": f"Bearer {SECRETS[Role.AGENT]}"}
            socket = await connect(f"ws://{place.address}/api/v1/events", additional_headers=asked)
            await told(socket)
        with pytest.raises(ConnectionClosed) as caught:
            await told(socket)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1012
