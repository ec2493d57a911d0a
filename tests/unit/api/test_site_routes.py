"""Health, sessions, configuration and phone credentials."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.api.calls import running
from tests.unit.api.site import ELSEWHERE, SECRETS, UNHURRIED, site, with_tokens
from voicecore.api.access import Role
from voicecore.api.settings import TurnSettings
from voicecore.media.admission import Standing
from voicecore.testing.virtual_loop import DAY_ONE


async def test_health_is_told_to_everybody(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.calls.running += [running(1), running(2)]
    async with made.client(ELSEWHERE) as client:
        answer = await client.get("health")
    assert answer.json() == {
        "status": "ok",
        "version": "0.1.0",
        "uptime_s": 0.0,
        "calls": 2,
        "room": 98,
    }


async def test_health_says_when_nothing_more_is_taken(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.calls.standing = Standing(refuses=True, most=100, legs=2)
    async with made.client(ELSEWHERE) as client:
        told = (await client.get("health")).json()
    assert (told["status"], told["room"]) == ("full", 0)


async def test_whoever_is_on_this_machine_is_admin_where_there_are_no_tokens(tmp_path: Path) -> None:
    async with site(tmp_path).page() as page:
        told = (await page.get("session")).json()
    assert (told["role"], told["name"], told["csrf"]) == (
        "admin",
        "this machine",
        page.headers["X-CSRF-Token"],
    )
    assert (datetime.fromisoformat(told["expires_at"]) - DAY_ONE).total_seconds() == 12 * 3600


@pytest.mark.parametrize("role", Role)
async def test_a_token_gives_its_role(tmp_path: Path, role: Role) -> None:
    made = site(tmp_path, with_tokens())
    async with made.page(SECRETS[role], ELSEWHERE) as page, made.bearer(role) as client:
        by_page, by_token = (await page.get("session")).json(), (await client.get("session")).json()
    assert (by_page["role"], by_page["name"]) == (role.value, f"{role.value} board")
    assert by_token == {"role": role.value, "name": f"{role.value} board", "csrf": "", "expires_at": None}


async def test_a_wrong_token_is_told_as_nobodys(tmp_path: Path) -> None:
    async with site(tmp_path, with_tokens()).client(ELSEWHERE) as client:
        answer = await client.post("session", json={"token": "nobody's"})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:voicecore:wrong-token")


async def test_after_logging_out_neither_cookie_nor_phones_are_good(tmp_path: Path) -> None:
    made = site(tmp_path)
    async with made.page() as page:
        await page.post("phone-credentials", json={})
        assert len(made.phones.given) == 1
        cookie = page.cookies["voicecore_session"]
        assert (await page.delete("session")).status_code == 204
        assert "voicecore_session" not in page.cookies
    async with made.client(Cookie=f"voicecore_session={cookie}") as client:
        assert (await client.get("session")).status_code == 401
    assert made.phones.given == []


async def test_the_configuration_is_what_a_page_needs(tmp_path: Path) -> None:
    async with site(tmp_path).page() as page:
        told = (await page.get("configuration")).json()
    assert told == {
        "version": "0.1.0",
        "languages": ["en", "zh"],
        "numbers": [
            {"number": "1000", "flow": "ivr_apps.main_menu:main", "language": "en"},
            {"number": "0800.", "flow": "flows:sales", "language": "zh"},
        ],
        "sip": {"websocket": "ws://127.0.0.1:8088", "domain": "127.0.0.1"},
        "ice_servers": [],
    }


async def test_a_turn_server_gets_credentials_that_it_can_compute(tmp_path: Path) -> None:
    turn = TurnSettings(("turn:turn.example.org:3478?transport=udp",), "north", 3600)
    async with site(tmp_path, replace(UNHURRIED, turn=turn)).page() as page:
        (server,) = (await page.get("configuration")).json()["ice_servers"]
    assert server["urls"] == ["turn:turn.example.org:3478?transport=udp"]
    assert server["username"] == f"{int(DAY_ONE.timestamp()) + 3600}:this.machine"
    expected = hmac.new(b"north", server["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(server["credential"]) == expected


async def test_phone_credentials_end_after_the_configured_time(tmp_path: Path) -> None:
    async with site(tmp_path, replace(UNHURRIED, phone_ttl_s=120)).page() as page:
        answer = await page.post("phone-credentials", json={})
    assert answer.status_code == 201
    told = answer.json()
    assert (datetime.fromisoformat(told.pop("expires_at")) - DAY_ONE).total_seconds() == 120
    assert told == {
        "account": "web-0",
        "uri": "sip:web-0@127.0.0.1",
        "password": "a password",
        "display_name": "this machine",
        "realm": "voicecore",
        "websocket": "ws://127.0.0.1:8088",
    }


async def test_a_session_renews_its_own_phone_and_no_others(tmp_path: Path) -> None:
    made = site(tmp_path)
    async with made.page() as page, made.page() as other:
        account = (await page.post("phone-credentials", json={})).json()["account"]
        again = await page.post("phone-credentials", json={"account": account})
        stranger = await other.post("phone-credentials", json={"account": account})
    assert again.json()["account"] == account
    assert stranger.json()["account"] != account


async def test_where_all_phones_are_in_use_it_is_said_so(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.phones.room = 0
    async with made.page() as page:
        answer = await page.post("phone-credentials", json={})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:voicecore:unavailable")
    assert answer.headers["Retry-After"] == "5"


async def test_without_a_websocket_it_is_said_what_to_add(tmp_path: Path) -> None:
    async with site(tmp_path, websocket=None).page() as page:
        answer = await page.post("phone-credentials", json={})
    assert answer.status_code == 503
    assert "[sip] listen" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [("", "body"), ("{", "body"), ("[]", "body"), ('{"token": 5}', "body.token"), ('{"tokem": "s3cret"}', "body.tokem"),
     ('{"token": "\\ud800s3cret"}', "body")],
)  # fmt: skip
async def test_what_is_wrong_with_a_body_is_said_without_repeating_it(
    tmp_path: Path, body: str, field: str
) -> None:
    async with site(tmp_path).client() as client:
        answer = await client.post("session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (401, 422)
    assert "s3cret" not in answer.text
    if answer.status_code == 422:
        assert answer.json()["detail"].startswith(field)


async def test_a_path_or_method_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    async with site(tmp_path).client() as client:
        missing, wrong = await client.get("nothing"), await client.put("health")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:voicecore:not-found")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "urn:voicecore:no-such-method")
    assert wrong.headers["Allow"] == "GET"
