"""Answers the digest challenges of one peer to us (RFC 3261, 22; RFC 7616; RFC 8760). No I/O."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple

from voicecore.errors import PeerError
from voicecore.sip.destination import is_ip_literal
from voicecore.sip.digest import Challenge, answer
from voicecore.sip.headers import Field
from voicecore.sip.message import Response
from voicecore.sip.uri import Uri

MAX_REMEMBERED = 1024
"""Requests whose challenges are remembered; the oldest are forgotten first."""

_STRENGTH = {"SHA-256": 1, "MD5": 0}
_HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


@dataclass(frozen=True, slots=True)
class Account:
    """A user name and password, and who may see what is computed from them.

    `realm` None is any realm. `hosts` (in lower case) and `networks` are where a Request-URI may point that is
    answered for: a call's far end that challenges a BYE or re-INVITE, with what the carrier asked it, would get
    credentials for the carrier. Neither given means anywhere. A password never stands in a repr.
    """

    username: str
    password: str = field(repr=False)
    realm: str | None = None
    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def may_reach(self, host: str) -> bool:
        if host in self.hosts or not (self.hosts or self.networks):
            return True
        if not is_ip_literal(host):
            return False
        address = ip_address(host)
        return any(address in network for network in self.networks)


class _Tried(NamedTuple):
    """The last challenge of a request that was answered, and how many before it."""

    cseq: int
    times: int


@dataclass(slots=True)
class _Session:
    """A challenge that the peer took, for the next request (RFC 7616, 3.6)."""

    challenge: Challenge
    header: str
    host: str
    count: int = 0


class DigestClient:
    """One account of ours at one peer. It serves every request there: the nonce count is kept across them.

    What is sent again with credentials must carry the next CSeq (RFC 3261, 22.2): by that a second refusal is
    told from a new request. A request is answered for once, and once more where the nonce had only expired.
    """

    def __init__(self, account: Account, token: Callable[[int], str]) -> None:
        """`token(n)` makes `n` random URL-safe characters."""
        self._account = account
        self._token = token
        self._session: _Session | None = None
        self._tried: OrderedDict[tuple[str, str], _Tried] = OrderedDict()

    def answer(self, response: Response, method: str, uri: str, body: bytes, now: float) -> Field | None:
        """The header field with which to send the request again, or None: there is nothing more to try.

        `uri` is the Request-URI. Challenges of the peer that we cannot read are passed over. An `Answerer`:
        what an answer does not need (`body`, since auth-int is not answered, and `now`) is not looked at.
        """
        headers = _HEADERS.get(response.status)
        if headers is None or not self._account.may_reach(_host(uri)):
            return None
        asked, answered = headers
        realm = self._account.realm
        usable = [one for one in _challenges(response, asked) if realm in (None, one.realm)]
        if not usable:
            return None
        challenge = max(usable, key=lambda one: _STRENGTH[one.algorithm])
        if not self._may_try(response, method, challenge):
            self._session = None
            return None
        self._session = _Session(challenge, answered, _host(uri))
        return self._credentials(self._session, method, uri)

    def proactive(self, method: str, uri: str) -> Field | None:
        """Credentials from the last challenge, for a request to the same host that was not challenged yet."""
        session = self._session
        if session is None or session.host != _host(uri):
            return None
        return self._credentials(session, method, uri)

    def _may_try(self, response: Response, method: str, challenge: Challenge) -> bool:
        request = (response.call_id, method)
        number = response.cseq.number
        before = self._tried.pop(request, None)
        times = before.times if before is not None and number == before.cseq + 1 else 0
        if times > 1 or (times == 1 and not challenge.stale):
            return False
        self._tried[request] = _Tried(number, times + 1)
        if len(self._tried) > MAX_REMEMBERED:
            self._tried.popitem(last=False)
        return True

    def _credentials(self, session: _Session, method: str, uri: str) -> Field:
        session.count += 1
        credentials = answer(
            session.challenge,
            username=self._account.username,
            password=self._account.password,
            method=method,
            uri=uri,
            cnonce=self._token(16),
            nonce_count=session.count,
        )
        return session.header, str(credentials)


def _host(uri: str) -> str:
    return Uri.parse(uri).host


def _challenges(response: Response, header: str) -> Iterator[Challenge]:
    for value in response.headers.all(header):
        try:
            challenge = Challenge.parse(value)
        except PeerError:
            continue
        if challenge.is_answerable and challenge.algorithm in _STRENGTH:
            yield challenge
