"""Who has logged in: sessions in memory, known by the cookie that a browser shows. Pure, bounded, expiring."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from voicecore.api.access import Role
from voicecore.api.settings import Token, digest_of

_RANDOM, _ID = 43, 16
"""Characters of six bits each: 258 bits, and 96."""


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
        self._cookies: dict[bytes, str] = {}
        self._by_id: OrderedDict[str, tuple[Session, bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_id)

    def open(self, name: str, role: Role, now: float) -> tuple[str, Session]:
        """A new session, with the cookie that stands for it; the cookie itself is not kept."""
        self._expire(now)
        if len(self._by_id) >= self._room:
            self._end_first()
        cookie = self._token(_RANDOM)
        session = Session(self._token(_ID), name, role, self._token(_RANDOM), now + self._lifetime_s)
        digest = digest_of(cookie)
        self._cookies[digest] = session.id
        self._by_id[session.id] = session, digest
        return cookie, session

    def find(self, cookie: str, now: float) -> Session | None:
        id = self._cookies.get(digest_of(cookie))
        if id is None:
            return None
        session, _ = self._by_id[id]
        return session if session.until > now else None

    def holds(self, principal: Principal, now: float) -> bool:
        """Whether somebody who was let in still would be."""
        session = principal.session
        return session is None or (session.id in self._by_id and session.until > now)

    def end(self, session: Session) -> None:
        """Nothing happens where it has ended."""
        _, digest = self._by_id.pop(session.id, (None, b""))
        self._cookies.pop(digest, None)

    def _expire(self, now: float) -> None:
        while self._by_id and next(iter(self._by_id.values()))[0].until <= now:
            self._end_first()

    def _end_first(self) -> None:
        _, (_, digest) = self._by_id.popitem(last=False)
        self._cookies.pop(digest, None)


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
