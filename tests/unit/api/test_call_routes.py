"""Lists of calls by page, one call, its ladder."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.calls import ended, id_of, running, sound_of
from tests.unit.api.site import Calls, site
from voicecore.api.call_routes import glances
from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store.records import CallGlance, LadderMessage
from voicecore.testing.memory_store import MemoryStore


async def pages(calls: Calls, kept: MemoryStore, limit: int, active: bool | None) -> list[list[str]]:
    """The ids of all pages."""
    found: list[list[str]] = []
    while True:
        before = CallId(found[-1][-1]) if found else None
        page = [one.call.id for one in await glances(calls, kept, limit, before, active)]
        if not page:
            return found
        found.append([*page])


async def test_calls_are_listed_newest_first_running_ones_among_them(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.kept.files += [ended(1), ended(3), running(2)]
    made.calls.running += [running(2), running(4)]
    async with made.page() as page:
        told = (await page.get("calls")).json()
    assert [(call["id"], call["state"]) for call in told["calls"]] == [
        (id_of(4), "active"),
        (id_of(3), "ended"),
        (id_of(2), "active"),
        (id_of(1), "ended"),
    ]
    assert told["next"] is None
    last = told["calls"][-1]
    assert (last["from"], last["to"], last["direction"]) == ("sip:alice@192.0.2.7", "1000", "inbound")
    assert (last["duration_s"], last["outcome"], last["recordings"]) == (60.0, "caller hung up", 0)


async def test_a_call_that_ended_meanwhile_is_told_as_ended(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.kept.files.append(ended(1))
    made.calls.running.append(running(1))
    async with made.page() as page:
        (told,) = (await page.get("calls")).json()["calls"]
    assert told["state"] == "ended"


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)), st.integers(1, 7))
def test_pages_hold_every_call_once(kept: set[int], live: set[int], limit: int) -> None:
    calls, store = Calls([running(n) for n in live]), MemoryStore()
    store.files += [running(n) if n in live else ended(n) for n in sorted(kept)]
    for active, numbers in ((None, kept | live), (True, live), (False, kept - live)):
        found = asyncio.run(pages(calls, store, limit, active))
        assert [id for page in found for id in page] == [id_of(n) for n in sorted(numbers, reverse=True)]
        assert all(len(page) == limit for page in found[:-1])


async def test_a_page_tells_where_the_next_one_begins(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.kept.files += [ended(n) for n in (1, 2, 3)]
    async with made.page() as page:
        first = (await page.get("calls?limit=2")).json()
        second = (await page.get("calls", params={"limit": 2, "before": first["next"]})).json()
    assert [[call["id"] for call in one["calls"]] for one in (first, second)] == [
        [id_of(3), id_of(2)],
        [id_of(1)],
    ]
    assert (first["next"], second["next"]) == (id_of(2), None)


@pytest.mark.parametrize(
    "asked", ["limit=0", "limit=201", "limit=x", "before=1", "before=" + "u" * 14, "active=maybe"]
)
async def test_a_wrong_page_is_refused(tmp_path: Path, asked: str) -> None:
    async with site(tmp_path).page() as page:
        answer = await page.get(f"calls?{asked}")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:voicecore:invalid-request")
    assert answer.json()["detail"].startswith(f"query.{asked.partition('=')[0]}")


async def test_all_of_a_call_is_told(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.kept.files.append(ended(1, tmp_path))
    size = len(sound_of(made.kept.files[0]))
    async with made.page() as page:
        told = (await page.get(f"calls/{id_of(1)}")).json()
    (leg,), (recording,) = told["legs"], told["recordings"]
    assert (leg["party"], leg["codec"], leg["mos"]) == ("sip:alice@192.0.2.7", "PCMU", 4.4)
    assert leg["loss"] == pytest.approx(1 / 3000)
    assert [step["kind"] for step in told["journal"]] == ["answered", "digit"]
    assert (recording["id"], recording["channels"], recording["duration_s"]) == ("1", 2, 1.0)
    assert recording["size"] == size


async def test_a_running_call_is_told_as_it_stands(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.calls.running.append(running(1))
    async with made.page() as page:
        told = (await page.get(f"calls/{id_of(1)}")).json()
    assert (told["state"], told["ended_at"], told["duration_s"], told["outcome"]) == (
        "active",
        None,
        None,
        None,
    )
    assert (told["legs"][0]["mos"], told["legs"][0]["loss"]) == (None, None)


@pytest.mark.parametrize("path", ["", "/ladder", "/ladder.svg", "/recordings/1", "/recordings/1/peaks"])
async def test_a_call_that_is_not_there_is_said_so(tmp_path: Path, path: str) -> None:
    made = site(tmp_path)
    made.kept.files.append(ended(1))
    async with made.page() as page:
        missing = await page.get(f"calls/{id_of(2)}{path}")
        beginning = await page.get(f"calls/{id_of(1)[:5]}{path}")
    assert (missing.status_code, beginning.status_code) == (404, 422)


async def test_the_ladder_is_told_without_secrets(tmp_path: Path) -> None:
    made = site(tmp_path)
    secret = b'SIP/2.0 401 No\r\nAuthorization: Digest username="a", response="0123456789abcdef"\r\n\r\n\x07'
    file = ended(1)
    first = file.ladder[0]
    again = replace(first, sequence=2)
    answer = LadderMessage(
        first.call, 3, first.at, first.sip_call_id, False, first.local, first.remote, secret
    )
    made.kept.files.append(replace(file, ladder=(first, again, answer)))
    async with made.page() as page:
        told = (await page.get(f"calls/{id_of(1)}/ladder")).json()
        picture = await page.get(f"calls/{id_of(1)}/ladder.svg")
    assert [party["address"] for party in told["parties"]] == ["192.0.2.7:5060", "127.0.0.1:5060"]
    lines = [(one["from"], one["to"], one["line"], one["repeat"]) for one in told["messages"]]
    assert lines == [(0, 1, "INVITE", False), (0, 1, "INVITE", True), (1, 0, "401 No", False)]
    assert "0123456789abcdef" not in told["messages"][2]["raw"]
    assert "\x07" not in told["messages"][2]["raw"]
    assert picture.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(picture.text).tag.endswith("svg")


async def test_markup_in_a_message_does_not_become_part_of_the_picture(tmp_path: Path) -> None:
    made = site(tmp_path)
    file = ended(1)
    text = b"<script>alert(1)</script> sip:a SIP/2.0\r\n\r\n"
    made.kept.files.append(
        replace(file, ladder=(replace(file.ladder[0], text=text, remote='"><svg onload=x:5060'),))
    )
    async with made.page() as page:
        picture = await page.get(f"calls/{id_of(1)}/ladder.svg")
    assert "<script" not in picture.text
    tags = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(picture.text).iter()}
    assert tags <= {"svg", "style", "defs", "clipPath", "rect", "g", "text", "circle"}
    assert "default-src 'none'" in picture.headers["content-security-policy"]


async def test_a_database_that_fails_is_told_as_passing(tmp_path: Path) -> None:
    made = site(tmp_path)

    async def fails(
        limit: int = 50, before: CallId | None = None, *, ended: bool = False
    ) -> list[CallGlance]:
        raise Unavailable("database x: locked")

    made.kept.glances = fails  # type: ignore[method-assign]
    async with made.page() as page:
        answer = await page.get("calls")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:voicecore:unavailable")


async def test_a_fault_of_ours_tells_nothing_of_itself(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.kept.glances = None  # type: ignore[method-assign, assignment]
    async with made.page() as page:
        answer = await page.get("calls")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:voicecore:fault")
    assert "NoneType" not in answer.text
