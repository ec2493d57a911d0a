"""A platform for the API that lives in memory, and clients of it without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from tests.unit.store.sealing import KEYS
from voicecore.api.access import Role
from voicecore.api.application import application
from voicecore.api.call_watch import CallState, CallWatch
from voicecore.api.ports import Number, Platform, SiteFacts
from voicecore.api.settings import ApiSettings, Token, digest_of
from voicecore.clock import Clock
from voicecore.errors import Unavailable
from voicecore.exchange.guest_phones import GuestCredentials
from voicecore.guard.settings import Rate
from voicecore.ids import CallId, TokenSource
from voicecore.media.admission import Standing
from voicecore.sip.hop import Address
from voicecore.store.records import CallFile, CallGlance
from voicecore.testing.memory_store import MemoryStore
from voicecore.testing.virtual_loop import VirtualTimeLoop

URL = "http://127.0.0.1:8080"
API = f"{URL}/api/v1"
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.9"
SECRETS = {role: f"{role.value}-secret-of-the-tests" for role in Role}
TOKENS = tuple(Token(f"{role.value} board", role, digest_of(secret)) for role, secret in SECRETS.items())
PLENTY = Rate(1e6, 1e6)
SETTINGS = ApiSettings(Address("127.0.0.1", 8080))
UNHURRIED = replace(SETTINGS, limits=replace(SETTINGS.limits, requests=PLENTY, logins=PLENTY, phones=PLENTY))


@dataclass
class Calls:
    """Calls that run."""

    running: list[CallFile] = field(default_factory=list)
    measured: list[CallId] = field(default_factory=list)
    standing: Standing = field(default_factory=lambda: Standing(most=100, legs=2))

    def __len__(self) -> int:
        return len(self.running)

    def glances(self) -> Sequence[CallGlance]:
        return [_glance(file) for file in self.running]

    def state(self, call: CallId) -> CallState | None:
        glance = self.glance(call)
        return None if glance is None else CallState.of(glance)

    def glance(self, call: CallId) -> CallGlance | None:
        return next((_glance(file) for file in self.running if file.call.id == call), None)

    def file(self, call: CallId) -> CallFile | None:
        return next((file for file in self.running if file.call.id == call), None)

    def measure(self, call: CallId) -> None:
        self.measured.append(call)


def _glance(file: CallFile) -> CallGlance:
    return CallGlance(file.call, file.legs[0].side if file.legs else None, len(file.recordings))


@dataclass
class Phones:
    """What was given to whom; `room` at most."""

    clock: Clock
    room: int = 100
    given: list[tuple[str, str]] = field(default_factory=list)

    def issue(self, owner: str, ttl_s: float, again: str | None = None) -> GuestCredentials:
        if len(self.given) >= self.room:
            raise Unavailable("every short-lived account is in use")
        name = again if again is not None and (owner, again) in self.given else f"web-{len(self.given)}"
        self.given.append((owner, name))
        return GuestCredentials(
            name, f"sip:{name}@127.0.0.1", "a password", "voicecore", self.clock.now() + ttl_s
        )

    def withdraw(self, owner: str) -> None:
        self.given = [one for one in self.given if one[0] != owner]


@dataclass
class Site:
    """The application with what stands behind it."""

    app: ASGIApp
    platform: Platform
    calls: Calls
    kept: MemoryStore
    phones: Phones
    folder: Path

    def client(self, address: str = HERE, **fields: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 50_000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=API, headers=fields)

    def bearer(self, role: Role) -> httpx.AsyncClient:
        return self.client(ELSEWHERE, Authorization=f"Bearer {SECRETS[role]}")

    @asynccontextmanager
    async def page(self, token: str | None = None, address: str = HERE) -> AsyncIterator[httpx.AsyncClient]:
        """A browser's page that has logged in, and sends the CSRF token."""
        async with self.client(address, Origin=URL) as client:
            answer = await client.post("session", json={} if token is None else {"token": token})
            answer.raise_for_status()
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
            yield client


def site(
    folder: Path,
    settings: ApiSettings = UNHURRIED,
    *,
    websocket: str | None = "ws://127.0.0.1:8088",
    clock: Clock | None = None,
) -> Site:
    """Recordings are in `folder`, and the page's files in `folder / "dist"`."""
    if clock is None:
        loop = asyncio.get_running_loop()
        clock = loop.clock() if isinstance(loop, VirtualTimeLoop) else Clock(loop.time)
    numbers = (Number("1000", "ivr_apps.main_menu:main", None), Number("0800.", "flows:sales", "zh"))
    facts = SiteFacts("0.1.0", ("en", "zh"), numbers, "127.0.0.1", websocket, folder, KEYS)
    calls, kept, phones, watch = Calls(), MemoryStore(), Phones(clock), CallWatch(clock)
    watch.connect(calls, lambda sip_call_id: CallId(sip_call_id))
    platform = Platform(clock, facts, phones, calls, watch, kept, TokenSource(), lambda: calls.standing)
    return Site(application(platform, settings, folder / "dist"), platform, calls, kept, phones, folder)


def with_tokens(settings: ApiSettings = UNHURRIED) -> ApiSettings:
    return replace(settings, tokens=TOKENS)
