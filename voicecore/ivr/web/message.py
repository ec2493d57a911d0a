"""Requests and replies as values, and how a server knows that a request is ours. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urljoin

from voicecore.errors import Unavailable
from voicecore.ivr.web.rules import WebRules

MAX_TEXT = 65_536
"""Octets of a document."""
MAX_SOUND = 10 * 1024 * 1024
"""Octets of a sound file."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class WebRequest:
    """`limit` is how many octets the reply may have."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    limit: int = MAX_TEXT


@dataclass(frozen=True, slots=True)
class WebReply:
    """`url` is whom the reply came from, after redirects."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    """By names in lower case."""
    url: str = ""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def redirected_to(self) -> str | None:
        """Where else to ask, as a whole URL."""
        location = (self.headers or {}).get("location")
        return urljoin(self.url, location) if self.status in REDIRECTS and location else None


class Web(Protocol):
    """What carries requests. Two exist: the client with sockets, and the simulated one of `voicecore.testing`."""

    @property
    def rules(self) -> WebRules: ...

    async def send(self, request: WebRequest) -> WebReply:
        """The reply, whatever its status; a redirect is not followed. Raises Unavailable where none comes."""
        ...


class NoWeb:
    """Where no server is configured, none is asked."""

    rules = WebRules()

    async def send(self, request: WebRequest) -> WebReply:
        raise Unavailable("no web server may be asked")


def form_request(
    url: str, method: str, fields: Mapping[str, str], rules: WebRules, limit: int = MAX_TEXT
) -> WebRequest:
    """A form in the body of a POST, or in the query of a GET, signed as Twilio does."""
    if method == "GET":
        whole = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}" if fields else url
        return WebRequest("GET", whole, _signed(rules, whole, {}), limit=limit)
    headers = (("Content-Type", "application/x-www-form-urlencoded"), *_signed(rules, url, fields))
    return WebRequest("POST", url, headers, urlencode(fields).encode(), limit)


def json_request(url: str, payload: object, rules: WebRules, at: float) -> WebRequest:
    """JSON in the body of a POST. `at` (POSIX seconds) is part of the signature, so that a copy grows old."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = [("Content-Type", "application/json")]
    if rules.secret:
        headers.append(("X-VoiceCore-Signature", json_signature(rules.secret, int(at), body)))
    return WebRequest("POST", url, tuple(headers), body)


def twilio_signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature: the URL, and the fields of the body, each name and value, in the order of names.

    >>> twilio_signature("12345", "https://example.com/myapp.php?foo=1&bar=2", {"Digits": "1234", "To": "+18005551212",
    ...     "From": "+14158675310", "Caller": "+14158675310", "CallSid": "CA1234567890ABCDE"})
    'L/OH5YylLD5NRKLltdqwSvS0BnU='
    """
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def json_signature(secret: str, at: int, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 over the seconds, a dot, and the body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _signed(rules: WebRules, url: str, fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if not rules.twilio_token:
        return ()
    return (("X-Twilio-Signature", twilio_signature(rules.twilio_token, url, fields)),)
