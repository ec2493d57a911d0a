"""docs/api.md: each of its commands and its snippet is run against a server, its tables are those of the code."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.component.api.test_server import served as in_this_loop
from tests.component.api.thread import served
from tests.unit.api.calls import ended, id_of
from tests.unit.api.site import SECRETS, UNHURRIED, Site, with_tokens
from tests.unit.docs.blocks import Block, blocks_of
from voicecore.api.access import Operation, Role, may
from voicecore.config.api import WebSettings
from voicecore.config.reading import settings_of
from voicecore.config.source import Source

ADDRESS = "http://127.0.0.1:8080"


def blocks(root: Path, tag: str) -> list[Block]:
    return [block for block in blocks_of(root / "docs" / "api.md", root) if block.tag == tag]


@pytest.fixture
def urls(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Of a server without tokens, and of one with them."""

    def prepare(made: Site) -> None:
        made.kept.files.append(ended(1, tmp_path))

    with served(tmp_path, UNHURRIED, prepare) as plain, served(tmp_path, with_tokens(), prepare) as guarded:
        yield plain, guarded


def test_each_command_of_the_page_succeeds(root: Path, tmp_path: Path, urls: tuple[str, str]) -> None:
    plain, guarded = urls
    environment = {**os.environ, "CALL": id_of(1), "WALLBOARD_TOKEN": SECRETS[Role.SUPERVISOR]}
    of_readme = [block for block in blocks_of(root / "README.md", root) if block.text.startswith("curl ")]
    assert of_readme
    for block in (*of_readme, *blocks(root, "sh")):
        url = guarded if "Bearer" in block.text else plain
        done = subprocess.run(
            ["sh", "-euc", block.text.replace(ADDRESS, url)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}: {done.stdout}{done.stderr}"
    assert (tmp_path / "call.wav").read_bytes()[:4] == b"RIFF"
    assert (tmp_path / "ladder.svg").read_text().startswith("<svg")


@pytest.mark.real_time
async def test_the_snippet_follows_the_events(root: Path, tmp_path: Path) -> None:
    (block,) = blocks(root, "python")
    printed: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
    written: dict[str, Any] = {"print": lambda seq, kind: printed.put_nowait((seq, kind))}
    exec(compile(block.text, str(block), "exec"), written)
    async with in_this_loop(tmp_path, with_tokens()) as (made, place), asyncio.TaskGroup() as group:
        url = f"ws://{place.address}/api/v1/events"
        following = group.create_task(written["follow"](url, SECRETS[Role.AGENT]))
        async with asyncio.timeout(20):
            assert await printed.get() == (made.platform.watch.feed.newest, "snapshot")
        following.cancel()


def test_the_pages_configurations_are_right(root: Path) -> None:
    web = [settings_of(Source.parse(block.text, "a.toml")).web for block in blocks(root, "toml")]
    assert [one.api is not None for one in web] == [True, True, False]
    assert web[1].tokens[0].role is Role.SUPERVISOR
    assert web[2].turn is not None


def test_the_page_names_every_key_with_its_default(root: Path) -> None:
    page = (root / "docs" / "api.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    api = settings_of(Source.parse('[api]\nlisten = "127.0.0.1:8080"', "a.toml")).web.api
    assert api is not None
    defaults = {
        "session_s": api.session_s,
        "phone_ttl_s": api.phone_ttl_s,
        "phones": WebSettings().phones,
        "requests_per_s": round(api.limits.requests.per_s),
        "logins_per_minute": round(api.limits.logins.per_s * 60),
        "phones_per_minute": round(api.limits.phones.per_s * 60),
        "sessions": api.limits.sessions,
        "followers": api.limits.followers,
        "listen": "none",
        "hosts": "none",
        "certificate": "none",
        "websocket": "the first",
    }
    for key, default in defaults.items():
        (row,) = [line for line in rows if f"`{key}`" in line.split("|")[1]]
        assert str(default) in row.split("|")[3], key


def test_the_table_of_roles_is_the_one_that_is_asked(root: Path) -> None:
    page = (root / "docs" / "api.md").read_text(encoding="utf-8")
    columns = (
        (Operation.READ_SESSION, Operation.CONFIGURATION, Operation.CALLS, Operation.CALL, Operation.EVENTS),
        (Operation.PHONE,),
        (Operation.RECORDING, Operation.PEAKS),
        (Operation.LADDER, Operation.LADDER_PICTURE),
    )
    for role in Role:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{role.value}` |")]
        told = [cell.strip() == "yes" for cell in row.split("|")[2:6]]
        for is_allowed, operations in zip(told, columns, strict=True):
            assert {may(role, one) for one in operations} == {is_allowed}
