"""The server's side of Digest: challenges, and judges what comes back (RFC 3261, 22; RFC 7616; RFC 8760).

Whoever is unknown gets the same answers as somebody known, for the same work.
"""

from __future__ import annotations

import hmac
import re
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from voicecore.errors import PeerError, UsageError
from voicecore.sip.digest import ALGORITHMS, Challenge, Credentials, secret_hash
from voicecore.sip.headers import Field
from voicecore.sip.message import Request
from voicecore.sip.nonce import NonceCounts, NonceMint
from voicecore.sip.reason import reason_phrase
from voicecore.sip.uri import Uri

NONCE_LIFETIME = 300.0
"""Seconds. A phone that answers later is told `stale=true` and tries again by itself."""
MAX_NONCES = 100_000
"""Nonces in use at a time; above, the oldest become stale."""
_MAX_CREDENTIALS = 8
_MAX_NAME = 128
_MAX_FAILURES = 1000
"""Not polled yet; the oldest go first."""
_knows_only_md5 = re.compile(r"baresip v?[01]\.").match
"""User-Agents that take a challenge with an algorithm unknown to them for an error, and never answer another."""
_FIELDS: dict[int, tuple[str, str]] = {
    401: ("Authorization", "WWW-Authenticate"),
    407: ("Proxy-Authorization", "Proxy-Authenticate"),
}

ChallengeStatus = Literal[401, 407]


@dataclass(frozen=True, slots=True, repr=False)
class PasswordHashes:
    """What is kept in place of a password: HA1 (RFC 7616, 3.4.2) by algorithm. It is as secret as the password."""

    by_algorithm: Mapping[str, str]

    @classmethod
    def of(cls, username: str, realm: str, password: str) -> PasswordHashes:
        return cls({name: secret_hash(username, realm, password, name) for name in ALGORITHMS})

    def __repr__(self) -> str:
        return f"PasswordHashes({', '.join(self.by_algorithm)})"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The request comes from somebody who knows the password of `account`."""

    account: str


@dataclass(frozen=True, slots=True)
class Challenged:
    """Answer with this. Nothing is remembered of it: the nonce proves itself."""

    status: int
    fields: tuple[Field, ...]
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Answer with this. A wrong password and a name that nobody has get the same."""

    status: int
    reason: str
    fields: tuple[Field, ...] = ()


Verdict = Authenticated | Challenged | Refused


@dataclass(frozen=True, slots=True)
class FailedLogin:
    """Somebody at `source` claimed to be `account` (their word, at most 128 characters) and could not prove it.

    `answered_nonce`: with a nonce that we gave to this very address, so whoever it is receives there.
    """

    source: str
    account: str
    answered_nonce: bool = True


class Authenticator:
    """One realm.

    >>> from voicecore.sip.headers import Headers
    >>> hashes = PasswordHashes.of("alice", "example.com", "secret")
    >>> gate = Authenticator("example.com", {"alice": hashes}.get, key=bytes(32), random=bytes)
    >>> request = Request("REGISTER", Uri.parse("sip:example.com"), Headers())
    >>> gate.check(request, now=0.0, source="192.0.2.7").status
    401
    """

    def __init__(
        self,
        realm: str,
        find: Callable[[str], PasswordHashes | None],
        *,
        key: bytes,
        random: Callable[[int], bytes],
        algorithms: tuple[str, ...] = ("SHA-256", "MD5"),
        hosts: Collection[str] = (),
        nonce_lifetime: float = NONCE_LIFETIME,
        max_nonces: int = MAX_NONCES,
    ) -> None:
        """`find` knows the hashes of a user name. `algorithms` are offered in this order (RFC 8760, 2.4).

        `hosts` are names and addresses of ours, beside that of the Request-URI, for which credentials may be made.
        `key` is unguessable, at least 32 bytes; whoever shares it takes each other's nonces. `random` gives
        that many unguessable bytes.
        """
        if not algorithms or not set(algorithms) <= set(ALGORITHMS):
            raise UsageError(f"algorithms are some of {', '.join(ALGORITHMS)}")
        if len(key) < 32:
            raise UsageError("the key of nonces has at least 32 bytes")
        self._realm = realm
        self._find = find
        self._algorithms = algorithms
        self._hosts = frozenset(hosts)
        self._mint = NonceMint(realm, key, random, nonce_lifetime)
        self._counts = NonceCounts(max_nonces, nonce_lifetime)
        # Nobody can know a response to it: it is what unknown names are measured against.
        self._nobody = PasswordHashes.of("", realm, hmac.digest(key, b"nobody", "sha256").hex())
        self._failures: deque[FailedLogin] = deque(maxlen=_MAX_FAILURES)

    def check(self, request: Request, now: float, source: str, status: ChallengeStatus = 401) -> Verdict:
        """Judge a request from the address `source`; a nonce is good only for the address that asked for it.

        `status` 401 reads Authorization, as a registrar and an end point do, 407 Proxy-Authorization.
        """
        try:
            credentials = self._credentials(request, status)
        except PeerError as error:
            return Refused(400, error.reason)
        if credentials is None:
            return self._challenge(request, status, source, now)
        proven = self._proves(credentials, request.method)
        issued = self._mint.issued(credentials.nonce, source, now)
        if not proven:
            name = credentials.username[:_MAX_NAME]
            self._failures.append(FailedLogin(source, name, answered_nonce=issued is not None))
            challenge = self._challenge(request, status, source, now)
            return Refused(challenge.status, reason_phrase(challenge.status), challenge.fields)
        if issued is None or not self._counts.use(credentials.nonce, issued, credentials.nonce_count, now):
            # The password is right: the phone may answer a new nonce without asking its user (RFC 7616, 3.3).
            return self._challenge(request, status, source, now, stale=True)
        return Authenticated(credentials.username)

    def poll(self) -> list[FailedLogin]:
        """What `guard` has to know; each is told once."""
        failures = list(self._failures)
        self._failures.clear()
        return failures

    @property
    def remembered(self) -> int:
        """How many nonces are kept against replay."""
        return len(self._counts)

    def _credentials(self, request: Request, status: int) -> Credentials | None:
        """Those for our realm, in an algorithm that we offered; PeerError when they are malformed."""
        values = request.headers.all(_FIELDS[status][0])
        if len(values) > _MAX_CREDENTIALS:
            raise PeerError("Too many credentials")
        for value in values:
            if value[:6].lower() != "digest":
                continue
            credentials = Credentials.parse(value)
            if credentials.realm == self._realm and credentials.algorithm in self._algorithms:
                self._check_uri(credentials, request)
                return credentials
        return None

    def _check_uri(self, credentials: Credentials, request: Request) -> None:
        # RFC 3261, 22.4 (8): the two URIs may differ, and phones sign that of the registrar for whatever they call.
        # A response that was made for another server is relayed from there.
        try:
            host = Uri.parse(credentials.uri).host
        except PeerError:
            return  # it names no server, so none was meant; SIPp writes addresses of IPv6 without brackets
        if host != request.uri.host and host not in self._hosts:
            raise PeerError("Credentials for another server")

    def _proves(self, credentials: Credentials, method: str) -> bool:
        found = self._find(credentials.username)
        hashes = (found or self._nobody).by_algorithm
        ha1 = hashes.get(credentials.algorithm) or self._nobody.by_algorithm[credentials.algorithm]
        return credentials.proves(ha1, method) and found is not None

    def _offered(self, request: Request) -> tuple[str, ...]:
        """Who says that it is such a phone gains nothing: MD5 is offered to everybody, beside better ones."""
        if "MD5" in self._algorithms and _knows_only_md5(request.headers.get("User-Agent") or ""):
            return ("MD5",)
        return self._algorithms

    def _challenge(
        self, request: Request, status: int, source: str, now: float, *, stale: bool = False
    ) -> Challenged:
        nonce, name = self._mint.make(source, now), _FIELDS[status][1]
        challenges = [
            Challenge(self._realm, nonce, algorithm, ("auth",), stale=stale)
            for algorithm in self._offered(request)
        ]
        return Challenged(status, tuple([(name, str(one)) for one in challenges]), stale)
