"""What every request meets first: is the name ours, is it a page of ours, who asks, how often, how much."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicecore.api.context import COOKIE, SECURE_COOKIE, Context
from voicecore.api.hosts import Hosts, is_from_elsewhere, is_on_this_machine
from voicecore.api.problem import MEDIA_TYPE, Kind, Problem
from voicecore.api.rates import Purpose
from voicecore.api.sessions import Principal
from voicecore.api.settings import ApiSettings
from voicecore.guard.source import source_key

API = "/api/"
BODY_PATIENCE_S = 10.0
API_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class Edge:
    """Around the application. What it found out stands in the scope's state: `principal` and `is_local`."""

    def __init__(
        self,
        api: ASGIApp,
        page: ASGIApp,
        context: Context,
    ) -> None:
        self._api = api
        self._page = page
        self._context = context
        self._hosts = Hosts(context.settings)
        self._of_api = _headers(context.settings, API_POLICY)
        self._of_page = _headers(context.settings, page_policy(context.platform.site.websocket))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._api(scope, receive, send)
            return
        send = self._with_headers(scope, send)
        try:
            headers = Headers(scope=scope)
            self._check_names(scope, headers)
            self._identify(scope, headers)
            if scope["type"] == "http":
                receive = await self._whole_body(headers, receive)
            # The API answers its problems itself; the page raises them before it answers anything.
            await (self._api if scope["path"].startswith(API) else self._page)(scope, receive, send)
        except Problem as problem:
            await refuse(problem, scope, send)

    # -- who is asked for, and by whose page ------------------------------------------------------
    def _check_names(self, scope: Scope, headers: Headers) -> None:
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._hosts.admits(host):
            detail = (
                "This server has no such name. Add it to [api] hosts, or use the address that it listens on."
            )
            raise Problem(421, Kind.FOREIGN_HOST, detail)
        origin = headers.get("origin")
        if origin is not None and not self._hosts.is_ours(origin, host):
            raise Problem(403, Kind.FOREIGN_ORIGIN, "Pages of other origins may not use this server.")
        if scope["path"].startswith(API) and is_from_elsewhere(headers):
            raise Problem(403, Kind.FOREIGN_ORIGIN, "Pages of other sites may not use this server.")

    # -- who asks, and how often ------------------------------------------------------------------
    def _identify(self, scope: Scope, headers: Headers) -> None:
        host = (scope.get("client") or ("", 0))[0]
        asker = source_key(host)
        principal = self._principal(headers, asker)
        state = scope.setdefault("state", {})
        state["principal"] = principal
        state["asker"] = asker
        state["is_local"] = is_on_this_machine(host, headers)
        self._context.rates.spend(Purpose.REQUEST, asker if principal is None else principal.owner)

    def _principal(self, headers: Headers, asker: str) -> Principal | None:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = self._context.tokens.find(secret.strip())
            if token is not None:
                return Principal(token.name, token.role)
            self._context.rates.spend(Purpose.LOG_IN, asker)
            return None
        now = self._context.platform.clock.now()
        for cookie in cookies_of(headers):
            session = self._context.sessions.find(cookie, now)
            if session is not None:
                return Principal(session.name, session.role, session)
        return None

    # -- how much ---------------------------------------------------------------------------------
    async def _whole_body(self, headers: Headers, receive: Receive) -> Receive:
        """Reads all of the body: none is large, and then no handler waits for a slow one."""
        most = self._context.settings.limits.body
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > most:
            raise _too_large(most)
        body, more = b"", True
        try:
            async with asyncio.timeout(BODY_PATIENCE_S):
                while more:
                    message = await receive()
                    body += message.get("body", b"")
                    more = message.get("more_body", False) and message["type"] == "http.request"
                    if len(body) > most:
                        raise _too_large(most)
        except TimeoutError:
            raise Problem(408, Kind.TOO_SLOW, "The request did not come to its end in time.") from None
        return _replayed(body, receive)

    # -- what every answer carries ----------------------------------------------------------------
    def _with_headers(self, scope: Scope, send: Send) -> Send:
        is_api = scope["path"].startswith(API)
        ours = self._of_api if is_api else self._of_page

        async def sending(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                there = {name.lower() for name, _ in message["headers"]}
                more = [(name, value) for name, value in ours if name not in there]
                if is_api and b"cache-control" not in there:
                    more.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        return sending


def cookies_of(headers: Headers) -> Iterator[str]:
    """Our cookies, of those that a browser shows."""
    for field in headers.getlist("cookie"):
        jar = SimpleCookie()
        try:
            jar.load(field)
        except CookieError:
            continue
        for name in (SECURE_COOKIE, COOKIE):
            if name in jar:
                yield jar[name].value


async def refuse(problem: Problem, scope: Scope, send: Send) -> None:
    """Answers with a problem, also the handshake of a WebSocket."""
    kind = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": problem.kind.value})
            return
        kind = "websocket.http.response"
    length = str(len(problem.body))
    fields = {
        "content-type": MEDIA_TYPE,
        "content-length": length,
        "cache-control": "no-store",
        **problem.headers,
    }
    headers = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    body = b"" if scope.get("method") == "HEAD" else problem.body
    await send({"type": f"{kind}.start", "status": problem.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})


def _too_large(most: int) -> Problem:
    return Problem(413, Kind.TOO_LARGE, f"A body has at most {most} bytes.", {"Connection": "close"})


def _replayed(body: bytes, receive: Receive) -> Receive:
    is_read = False

    async def again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def page_policy(websocket: str | None) -> str:
    """A page of ours loads nothing from elsewhere, is framed by nobody, and connects to us only (CSP 3)."""
    sockets = f" {origin_of(websocket)}" if websocket else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'{sockets}; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    )


def _headers(settings: ApiSettings, policy: str) -> list[tuple[bytes, bytes]]:
    fields = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    }
    if settings.certificate is not None:
        fields["strict-transport-security"] = "max-age=31536000"
    return [(name.encode(), value.encode()) for name, value in fields.items()]


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
