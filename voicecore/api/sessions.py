"""Who has logged in: sessions in memory, known by the cookie that a browser shows. Pure, bounded, expiring."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from voicecore.api.access import Role
from voicecore.api.settings import Token, digest_of

_RANDOM = 43
"""Characters of six bits each: 258 bits."""


@dataclass(frozen=True, slots=True)
class Session:
    """`until` is an instant. `csrf` is what a page of ours shows beside the cookie when it changes something."""

    id: str
    name: str
    role: Role
    csrf: str = field(repr=False)
    until: float


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `session` None: it showed a token with this very request, and no page can make a browser do that."""

    name: str
    role: Role
    session: Session | None = None

    @property
    def owner(self) -> str:
        """What phones are given out to, and rates are counted by."""
        return f"token {self.name}" if self.session is None else f"session {self.session.id}"


class Sessions:
    """One more than `room` ends the one that began first. All live equally long."""

    def __init__(self, token: Callable[[int], str], room: int, lifetime_s: float) -> None:
        """`token` gives that many unguessable characters."""
        self._token = token
        self._room = room
        self._lifetime_s = lifetime_s
        self._by_cookie: OrderedDict[bytes, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_cookie)

    def open(self, name: str, role: Role, now: float) -> tuple[str, Session]:
        """A new session, with the cookie that stands for it; the cookie itself is not kept."""
        self._expire(now)
        if len(self._by_cookie) >= self._room:
            self._by_cookie.popitem(last=False)
        cookie = self._token(_RANDOM)
        session = Session(self._token(16), name, role, self._token(_RANDOM), now + self._lifetime_s)
        self._by_cookie[digest_of(cookie)] = session
        return cookie, session

    def find(self, cookie: str, now: float) -> Session | None:
        session = self._by_cookie.get(digest_of(cookie))
        return session if session is not None and session.until > now else None

    def end(self, session: Session) -> None:
        for digest, other in self._by_cookie.items():
            if other.id == session.id:
                del self._by_cookie[digest]
                return

    def _expire(self, now: float) -> None:
        while self._by_cookie and next(iter(self._by_cookie.values())).until <= now:
            self._by_cookie.popitem(last=False)


class Tokens:
    """The configured ones."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens

    def __len__(self) -> int:
        return len(self._tokens)

    def find(self, secret: str) -> Token | None:
        """In the same time whoever it is."""
        digest, found = digest_of(secret), None
        for token in self._tokens:
            if hmac.compare_digest(token.digest, digest):
                found = token
        return found
