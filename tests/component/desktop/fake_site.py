"""The built page with an API and a SIP server that are only answers: no socket is opened."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request, Route, WebSocketRoute

from tests.component.desktop.sip_peer import SipPeer
from voicecore.api.edge import page_policy

ADDRESS = "http://127.0.0.1:8080"
SIP = "ws://127.0.0.1:8088/"
CALLS: list[dict[str, Any]] = [
    {
        "id": "c1",
        "direction": "inbound",
        "from": "sip:web-1@127.0.0.1",
        "to": "1000",
        "state": "ended",
        "started_at": "2026-11-20T08:00:00Z",
        "answered_at": "2026-11-20T08:00:01Z",
        "ended_at": "2026-11-20T08:01:06Z",
        "duration_s": 65.0,
        "outcome": "caller hung up",
        "status": 200,
        "flow": "ivr_apps.main_menu:main",
        "recordings": 1,
    },
    {
        "id": "c2",
        "direction": "inbound",
        "from": "sip:2001@127.0.0.1",
        "to": "web-1",
        "state": "active",
        "started_at": "2026-11-20T08:05:00Z",
        "answered_at": None,
        "ended_at": None,
        "duration_s": None,
        "outcome": None,
        "status": None,
        "flow": None,
        "recordings": 0,
    },
]
DETAIL = {
    **CALLS[0],
    "legs": [
        {
            "id": "1",
            "direction": "inbound",
            "party": "sip:web-1@127.0.0.1",
            "address": "127.0.0.1:40000",
            "codec": "PCMU",
            "started_at": "2026-11-20T08:00:00Z",
            "answered_at": "2026-11-20T08:00:01Z",
            "ended_at": "2026-11-20T08:01:06Z",
            "status": 200,
            "reason": "the peer hung up",
            "mos": 4.3,
            "loss": 0.012,
            "jitter_ms": 3.4,
            "round_trip_ms": 1.0,
            "remote_mos": None,
            "remote_r_factor": None,
            "packets_received": 3250,
            "packets_sent": 3250,
            "packets_relayed": 0,
            "relayed": None,
        }
    ],
    "journal": [{"at": "2026-11-20T08:00:01Z", "kind": "answered", "detail": ""}],
    "recordings": [
        {
            "id": "r1",
            "leg": "1",
            "channels": 2,
            "started_at": "2026-11-20T08:00:01Z",
            "duration_s": 65.0,
            "lost_ms": 0,
            "size": 1000,
            "marks": [],
        }
    ],
}
LADDER = {
    "parties": [
        {"role": "caller, WS", "address": "127.0.0.1:40000"},
        {"role": "voicecore", "address": "127.0.0.1:8088"},
    ],
    "messages": [
        {
            "at": "2026-11-20T08:00:00Z",
            "from": 0,
            "to": 1,
            "line": "INVITE sip:1000@127.0.0.1",
            "repeat": False,
            "raw": "INVITE sip:1000@127.0.0.1 SIP/2.0\r\nCall-ID: 1\r\n",
        },
        {
            "at": "2026-11-20T08:00:01Z",
            "from": 1,
            "to": 0,
            "line": "SIP/2.0 200 OK",
            "repeat": False,
            "raw": "SIP/2.0 200 OK\r\nCall-ID: 1\r\n",
        },
    ],
}
PEAKS = {"duration_s": 65.0, "channels": [[0.1, 0.6, 0.3] * 200, [0.4, 0.2, 0.7] * 200]}
CONFIGURATION = {
    "version": "0.1.0",
    "languages": ["en"],
    "numbers": [{"number": "1000", "flow": "ivr_apps.main_menu:main", "language": "en"}],
    "sip": {"websocket": SIP, "domain": "127.0.0.1"},
    "ice_servers": [],
}
CREDENTIALS = {
    "account": "web-1",
    "uri": "sip:web-1@127.0.0.1",
    "password": "once",
    "display_name": "Web phone",
    "realm": "voicecore",
    "websocket": SIP,
    "expires_at": "2099-01-01T00:00:00Z",
}


SESSION = {"role": "admin", "name": "", "csrf": "c", "expires_at": "2099-01-01T00:00:00Z"}


@dataclass
class FakeSite:
    """What a browser context is served, and what it asked for."""

    dist: Path
    token: str | None = None
    """What has to be given to sign in; None: nothing."""
    peers: list[SipPeer] = field(default_factory=list)
    """One for each SIP connection, the latest last."""
    asked: list[Request] = field(default_factory=list)
    _events: list[WebSocketRoute] = field(default_factory=list)
    _sip_sockets: list[WebSocketRoute] = field(default_factory=list)
    _signed_in: bool = False

    def serve(self, context: BrowserContext) -> None:
        context.route("**/*", self._answer)
        context.route_web_socket(SIP, self._sip)
        context.route_web_socket(f"{ADDRESS.replace('http', 'ws')}/api/v1/events*", self._follow)

    @property
    def peer(self) -> SipPeer:
        return self.peers[-1]

    def tell(self, event: dict[str, Any]) -> None:
        """An event of the server, to every page that follows."""
        for socket in self._events:
            socket.send(json.dumps(event))

    def drop_sip(self) -> None:
        """The SIP connection is cut, as by a change of network."""
        self._sip_sockets[-1].close()

    def _sip(self, socket: WebSocketRoute) -> None:
        peer = SipPeer(socket.send)
        self.peers.append(peer)
        self._sip_sockets.append(socket)
        socket.on_message(lambda text: peer.hear(text if isinstance(text, str) else text.decode()))

    def _follow(self, socket: WebSocketRoute) -> None:
        self._events.append(socket)
        socket.send(json.dumps({"kind": "snapshot", "seq": 1, "calls": [CALLS[1]]}))

    def _answer(self, route: Route, request: Request) -> None:
        self.asked.append(request)
        path = urlsplit(request.url).path
        if path.startswith("/api/v1/"):
            self._answer_api(route, request.method, path.removeprefix("/api/v1"), request)
            return
        file = self.dist / ("index.html" if path == "/" else path.lstrip("/"))
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"Content-Type": kind, "Content-Security-Policy": page_policy(SIP)}
        route.fulfill(status=200, headers=headers, body=file.read_bytes())

    def _answer_api(self, route: Route, method: str, path: str, request: Request) -> None:
        match method, path:
            case "GET", "/session":
                _problem(route, 401)
            case "POST", "/session":
                self._sign_in(route, request)
            case _ if not self._signed_in:
                _problem(route, 401)
            case "GET", "/configuration":
                route.fulfill(json=CONFIGURATION)
            case "POST", "/phone-credentials":
                route.fulfill(status=201, json=CREDENTIALS)
            case "GET", "/calls":
                route.fulfill(json={"calls": CALLS, "next": None})
            case "GET", "/calls/c1":
                route.fulfill(json=DETAIL)
            case "GET", "/calls/c1/ladder":
                route.fulfill(json=LADDER)
            case "GET", "/calls/c1/recordings/r1/peaks":
                route.fulfill(json=PEAKS)
            case _:
                _problem(route, 404)

    def _sign_in(self, route: Route, request: Request) -> None:
        given = (request.post_data_json or {}).get("token")
        self._signed_in = given == self.token
        if self._signed_in:
            route.fulfill(json=SESSION)
        else:
            _problem(route, 401)


def _problem(route: Route, status: int) -> None:
    body = {"type": "about:blank", "title": "No", "status": status, "detail": "No"}
    route.fulfill(status=status, json=body, headers={"Content-Type": "application/problem+json"})


def open_page(page: Page) -> None:
    page.goto(ADDRESS)
