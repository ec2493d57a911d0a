"""The page at `/`: built or not, and what browsers keep of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.api.site import URL, site


def build(folder: Path) -> None:
    assets = folder / "dist" / "assets"
    assets.mkdir(parents=True)
    (folder / "dist" / "index.html").write_text("<!doctype html><title>Desk</title>" + " " * 2000)
    (folder / "dist" / "icon.svg").write_text("<svg/>")
    (assets / "index-BX3kq9_1.js").write_text("//" + "x" * 5000)
    (assets / "plain.js").write_text("//")
    (folder / "secret.txt").write_text("secret")


async def test_without_a_built_page_it_is_said_how_to_build_it(tmp_path: Path) -> None:
    async with site(tmp_path).client() as client:
        answer, head = await client.get(f"{URL}/"), await client.head(f"{URL}/")
    assert (answer.status_code, head.status_code, head.text) == (200, 200, "")
    for words in ("make run", "not built", "尚未生成", "尚未產生"):
        assert words in answer.text
    assert "<script" not in answer.text


async def test_a_built_page_is_served_and_asked_for_each_time(tmp_path: Path) -> None:
    made = site(tmp_path)
    build(tmp_path)
    async with made.client() as client:
        answer = await client.get(f"{URL}/")
        same = await client.get(f"{URL}/", headers={"If-None-Match": answer.headers["etag"]})
        icon = await client.get(f"{URL}/icon.svg")
    assert "<title>Desk</title>" in answer.text
    assert {answer.headers["cache-control"], icon.headers["cache-control"]} == {"no-cache"}
    assert same.status_code == 304


async def test_what_has_its_content_in_its_name_is_kept_for_ever(tmp_path: Path) -> None:
    build(tmp_path)
    async with site(tmp_path).client() as client:
        hashed = await client.get(f"{URL}/assets/index-BX3kq9_1.js")
        plain = await client.get(f"{URL}/assets/plain.js")
        missing = await client.get(f"{URL}/assets/index-XXXXXXXX.js")
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["content-encoding"] == "gzip"
    assert plain.headers["cache-control"] == "no-cache"
    assert missing.status_code == 404
    assert "immutable" not in missing.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "//etc/passwd"]
)
async def test_nothing_outside_of_the_page_is_served(tmp_path: Path, path: str) -> None:
    build(tmp_path)
    async with site(tmp_path).client() as client:
        answer = await client.get(f"{URL}{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize("is_built", [True, False])
async def test_a_page_takes_nothing(tmp_path: Path, is_built: bool) -> None:
    if is_built:
        build(tmp_path)
    async with site(tmp_path).client() as client:
        answer = await client.post(f"{URL}/")
    assert (answer.status_code, answer.json()["type"]) == (405, "urn:voicecore:no-such-method")
