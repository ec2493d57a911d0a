"""What all of the API shares."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.api.ports import Platform
from voicecore.api.rates import RequestRates
from voicecore.api.sessions import Sessions, Tokens
from voicecore.api.settings import ApiSettings

COOKIE, SECURE_COOKIE = "voicecore_session", "__Host-voicecore_session"
"""The second one over TLS: browsers take it from nobody but us (RFC 6265bis, 4.1.3.2)."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who runs, who is logged in, and how often each may ask."""

    platform: Platform
    settings: ApiSettings
    sessions: Sessions
    tokens: Tokens
    rates: RequestRates
