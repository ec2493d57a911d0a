"""What every request meets first: names, pages, bodies, headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from tests.unit.api.site import ELSEWHERE, SECRETS, SETTINGS, UNHURRIED, URL, Site, site, with_tokens
from voicecore.api.access import Role
from voicecore.api.edge import BODY_PATIENCE_S
from voicecore.sip.hop import Address


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/api/v1/session", "/assets/a.js"])
async def test_a_name_that_points_here_from_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    """DNS rebinding: the browser thinks that it talks to evil.example, at our address."""
    async with site(tmp_path).client(Host="evil.example:8080") as client:
        answer = await client.get(f"{URL}{path}")
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:voicecore:foreign-host")


async def test_pages_of_others_are_refused(tmp_path: Path) -> None:
    made = site(tmp_path)
    for fields in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        async with made.client(**fields) as client:
            answer = await client.post("session", json={})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:voicecore:foreign-origin")
        assert "set-cookie" not in answer.headers


async def test_a_link_of_another_site_opens_the_page(tmp_path: Path) -> None:
    async with site(tmp_path).client(**{"Sec-Fetch-Site": "cross-site"}) as client:
        assert (await client.get(f"{URL}/")).status_code == 200


async def test_a_body_is_bounded(tmp_path: Path) -> None:
    async with site(tmp_path).client() as client:
        most = SETTINGS.limits.body
        token = '{"token": "' + "x" * most + '"}'
        told = await client.post("session", content=token, headers={"Content-Type": "application/json"})

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(most // 1000 + 2):
                yield b" " * 1000

        streamed = await client.post("session", content=pieces())
    assert (told.status_code, streamed.status_code) == (413, 413)
    assert told.json()["type"] == "urn:voicecore:too-large"


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    sent: list[Message] = []

    async def nothing() -> Message:
        await asyncio.sleep(BODY_PATIENCE_S * 10)
        raise AssertionError("waited for too long")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/session",
        "headers": [(b"host", b"127.0.0.1"), (b"content-length", b"2")],
        "client": ("127.0.0.1", 1),
        "query_string": b"",
    }
    await site(tmp_path).app(scope, nothing, send)
    assert sent[0]["status"] == 408


async def test_a_page_without_the_csrf_token_changes_nothing(tmp_path: Path) -> None:
    made = site(tmp_path)
    async with made.page() as page:
        csrf = page.headers.pop("X-CSRF-Token")
        for shown in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": csrf[:-1]}, {"X-CSRF-Token": "é"}):
            headers = httpx.Headers(shown, encoding="utf-8")
            answer = await page.post("phone-credentials", json={}, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:voicecore:no-csrf-token")
        assert made.phones.given == []
        assert (await page.get("calls")).status_code == 200


async def test_a_bearer_token_needs_no_csrf_token(tmp_path: Path) -> None:
    async with site(tmp_path, with_tokens()).bearer(Role.AGENT) as client:
        assert (await client.post("phone-credentials", json={})).status_code == 201


async def test_the_cookie_is_for_nobody_but_us(tmp_path: Path) -> None:
    async with site(tmp_path).client(Origin=URL) as client:
        cookie = (await client.post("session", json={})).headers["set-cookie"]
    name, *rules = cookie.split("; ")
    assert name.startswith("voicecore_session=")
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Max-Age=43200"} <= set(rules)


@pytest.mark.parametrize("origin", ["https://desk.example.org", "https://127.0.0.1:8080"])
async def test_the_cookie_of_an_encrypted_page_is_secure(tmp_path: Path, origin: str) -> None:
    settings = replace(with_tokens(), hosts=("desk.example.org",))
    async with site(tmp_path, settings).client(Host=origin[8:], Origin=origin) as client:
        answer = await client.post("session", json={"token": SECRETS[Role.QA]})
    assert answer.headers["set-cookie"].startswith("__Host-voicecore_session=")
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/api/v1/calls", "/api/v1/nothing", "/nothing"])
async def test_every_answer_carries_the_headers(tmp_path: Path, path: str) -> None:
    async with site(tmp_path).client() as client:
        headers = (await client.get(f"{URL}{path}")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] in ("no-store", "no-cache")


async def test_a_page_connects_to_us_and_our_websocket_only(tmp_path: Path) -> None:
    policies = {}
    for websocket in ("wss://sip.example.org:8443/sip?a", None):
        async with site(tmp_path, websocket=websocket).client() as client:
            policies[websocket] = (await client.get(f"{URL}/")).headers["content-security-policy"]
    with_one, without = policies.values()
    assert "connect-src 'self' wss://sip.example.org:8443;" in with_one
    assert "connect-src 'self';" in without
    assert "script-src 'self';" in with_one


async def test_encryption_is_asked_for_again(tmp_path: Path) -> None:
    settings = replace(UNHURRIED, certificate=Path("a.pem"), key=Path("a.key"))
    async with site(tmp_path, settings).client() as client:
        assert "strict-transport-security" in (await client.get("health")).headers
    async with site(tmp_path).client() as client:
        assert "strict-transport-security" not in (await client.get("health")).headers


async def test_a_stranger_gets_no_phone(tmp_path: Path) -> None:
    """From another machine, or through a proxy of this one, nobody logs in without a token."""
    open_to_all = replace(UNHURRIED, listen=Address("0.0.0.0", 8080))
    made = site(tmp_path, open_to_all)
    for address, fields in ((ELSEWHERE, {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.9"})):
        async with made.client(address, **fields) as client:
            assert (await client.post("session", json={})).status_code == 401
            assert (await client.post("phone-credentials", json={})).status_code == 401
    assert made.phones.given == []


async def test_where_there_are_tokens_this_machine_needs_one_too(tmp_path: Path) -> None:
    async with site(tmp_path, with_tokens()).client() as client:
        assert (await client.post("session", json={})).status_code == 401


async def test_nonsense_in_cookies_and_authorization_is_nobody(tmp_path: Path) -> None:
    made: Site = site(tmp_path)
    for fields in (
        {"Cookie": "voicecore_session"},
        {"Cookie": 'voicecore_session="\\'},
        {"Cookie": "a=b; voicecore_session=x; voicecore_session=y"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": ""},
    ):
        async with made.client(**fields) as client:
            assert (await client.get("calls")).status_code == 401
