"""The table role by call: what each role is answered, and that no route stands outside of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.api.calls import ended
from tests.unit.api.site import ELSEWHERE, SECRETS, Site, site, with_tokens
from voicecore.api.access import OPEN, RIGHTS, Operation, Role, may

A, Q, S, D = Role.AGENT, Role.QA, Role.SUPERVISOR, Role.ADMIN
TABLE: dict[Operation, tuple[str, str, set[Role]]] = {
    Operation.READ_SESSION: ("GET", "session", {A, Q, S, D}),
    Operation.CONFIGURATION: ("GET", "configuration", {A, Q, S, D}),
    Operation.PHONE: ("POST", "phone-credentials", {A, S, D}),
    Operation.CALLS: ("GET", "calls", {A, Q, S, D}),
    Operation.CALL: ("GET", "calls/{call}", {A, Q, S, D}),
    Operation.RECORDING: ("GET", "calls/{call}/recordings/1", {Q, S, D}),
    Operation.PEAKS: ("GET", "calls/{call}/recordings/1/peaks", {Q, S, D}),
    Operation.LADDER: ("GET", "calls/{call}/ladder", {D}),
    Operation.LADDER_PICTURE: ("GET", "calls/{call}/ladder.svg", {D}),
    Operation.LOG_OUT: ("DELETE", "session", {A, Q, S, D}),
}
"""Every operation over HTTP that is not open, who may, and how it is asked."""


def with_a_call(folder: Path) -> tuple[Site, str]:
    made = site(folder, with_tokens())
    made.kept.files.append(ended(1, folder))
    return made, made.kept.files[0].call.id


@pytest.mark.parametrize("operation", TABLE)
@pytest.mark.parametrize("role", Role)
async def test_each_role_may_what_the_table_says(tmp_path: Path, operation: Operation, role: Role) -> None:
    method, path, allowed = TABLE[operation]
    assert may(role, operation) is (role in allowed)
    made, call = with_a_call(tmp_path)
    body: dict[str, str] | None = {} if method == "POST" else None
    async with made.bearer(role) as client:
        by_token = await client.request(method, path.format(call=call), json=body)
    async with made.page(SECRETS[role], ELSEWHERE) as client:
        by_cookie = await client.request(method, path.format(call=call), json=body)
    for answer in (by_token, by_cookie):
        if role in allowed:
            assert answer.is_success, answer.text
        else:
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:voicecore:not-allowed")


@pytest.mark.parametrize("operation", TABLE)
@pytest.mark.parametrize("address", ["127.0.0.1", ELSEWHERE])
async def test_nobody_may_anything(tmp_path: Path, operation: Operation, address: str) -> None:
    method, path, _ = TABLE[operation]
    made, call = with_a_call(tmp_path)
    async with made.client(address) as client:
        answer = await client.request(method, path.format(call=call))
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:voicecore:no-session")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_every_operation_is_in_the_table_and_every_route_is_an_operation(tmp_path: Path) -> None:
    assert set(RIGHTS) | OPEN == set(Operation)
    assert set(TABLE) | OPEN | {Operation.EVENTS} == set(Operation)
    async with site(tmp_path).client() as client:
        document = (await client.get("openapi.json")).json()
    told = {one["operationId"] for path in document["paths"].values() for one in path.values()}
    assert told == {one.value for one in Operation} - {Operation.EVENTS.value}
