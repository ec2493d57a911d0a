"""What the API asks of the rest of the platform. `app` gives the real ones, tests their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from voicecore.api.call_watch import CallWatch, LiveCalls
from voicecore.clock import Clock
from voicecore.exchange.guest_phones import GuestCredentials
from voicecore.media.admission import Standing
from voicecore.store.recording_keys import NO_KEYS, RecordingKeys
from voicecore.store.store import CallLister


class PhoneDesk(Protocol):
    """Gives out short-lived phone credentials."""

    def issue(self, owner: str, ttl_s: float, again: str | None = None) -> GuestCredentials:
        """New ones, or a new password for the account `again` that this owner has. Raises Unavailable."""

    def withdraw(self, owner: str) -> None:
        """What this owner was given is void."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a flow answers; `match` may be a pattern. `language` None: the site's."""

    match: str
    flow: str
    language: str | None


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a page has to know of the site."""

    version: str
    languages: tuple[str, ...]
    numbers: tuple[Number, ...]
    domain: str
    """Of addresses-of-record."""
    websocket: str | None
    """Where browsers find SIP over WebSocket; None: nowhere."""
    recordings: Path
    """The folder that all recordings are in."""
    recording_keys: RecordingKeys = NO_KEYS
    """Those that sealed ones are opened with."""


@dataclass(frozen=True, slots=True)
class Platform:
    clock: Clock
    site: SiteFacts
    phones: PhoneDesk
    live: LiveCalls
    watch: CallWatch
    kept: CallLister
    token: Callable[[int], str]
    """Gives that many unguessable characters."""
    standing: Callable[[], Standing] = Standing
    """How much more the media engine takes."""
