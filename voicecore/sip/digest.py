"""Digest access authentication: challenges, credentials, responses (RFC 7616, RFC 8760). Keeps no nonce."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from voicecore.errors import PeerError, UsageError
from voicecore.sip.grammar import QUOTED, TOKEN, quote, unquote

_MAX_VALUE = 4096
_scheme = re.compile(r"[Dd][Ii][Gg][Ee][Ss][Tt][ \t]++").match
_pair = re.compile(rf'({TOKEN}++)[ \t]*+=[ \t]*+({QUOTED}|[^\s,"]++)[ \t]*+(,[ \t]*+|\Z)', re.DOTALL).match
_digits = re.compile("[0-9a-f]{8}").fullmatch
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}

ALGORITHMS = tuple(_HASHES)
"""What we can compute; the "-sess" variants are not among them."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A WWW-Authenticate or Proxy-Authenticate value (RFC 7616, 3.3)."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: tuple[str, ...] = ()
    opaque: str | None = None
    stale: bool = False

    @classmethod
    def parse(cls, text: str) -> Challenge:
        """Read one challenge; PeerError when it is another scheme, or incomplete."""
        values = _parse_pairs(text)
        return cls(
            _needed(values, "realm"),
            _needed(values, "nonce"),
            values.get("algorithm", "MD5").upper(),
            tuple(item for part in values.get("qop", "").split(",") if (item := part.strip().lower())),
            values.get("opaque"),
            values.get("stale", "").lower() == "true",
        )

    def __str__(self) -> str:
        parts = [f"realm={quote(self.realm)}", f"nonce={quote(self.nonce)}"]
        if self.opaque is not None:
            parts.append(f"opaque={quote(self.opaque)}")
        if self.stale:
            parts.append("stale=true")
        parts.append(f"algorithm={self.algorithm}")
        if self.qop:
            parts.append(f"qop={quote(','.join(self.qop))}")
        return "Digest " + ", ".join(parts)

    @property
    def is_answerable(self) -> bool:
        """Whether `answer` can answer it: known algorithm, and qop "auth" or none (RFC 2069's way)."""
        return self.algorithm in _HASHES and (not self.qop or "auth" in self.qop)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An Authorization or Proxy-Authorization value (RFC 7616, 3.4). `response` is a hash."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str | None = None
    cnonce: str | None = None
    nonce_count: int = 0
    opaque: str | None = None

    @classmethod
    def parse(cls, text: str) -> Credentials:
        """Read credentials; PeerError when they are of another scheme, or incomplete."""
        values = _parse_pairs(text)
        qop = values["qop"].lower() if values.get("qop") else None
        count = values.get("nc", "0" * 8).lower()
        if not _digits(count) or (qop and "cnonce" not in values):
            raise PeerError("Malformed credentials")
        return cls(
            _needed(values, "username"),
            _needed(values, "realm"),
            _needed(values, "nonce"),
            _needed(values, "uri"),
            _needed(values, "response").lower(),
            values.get("algorithm", "MD5").upper(),
            qop,
            values.get("cnonce"),
            int(count, 16),
            values.get("opaque"),
        )

    def __str__(self) -> str:
        named = {"username": self.username, "realm": self.realm, "nonce": self.nonce, "uri": self.uri}
        parts = [f"{name}={quote(value)}" for name, value in named.items()]
        parts += [f"response={quote(self.response)}", f"algorithm={self.algorithm}"]
        if self.qop is not None:
            parts += [f"cnonce={quote(self.cnonce or '')}", f"qop={self.qop}", f"nc={self.nonce_count:08x}"]
        if self.opaque is not None:
            parts.append(f"opaque={quote(self.opaque)}")
        return "Digest " + ", ".join(parts)

    def proves(self, ha1: str, method: str) -> bool:
        """Whether whoever sent these knows the secret behind `ha1`, for this method and `self.uri`.

        The caller checks that the nonce is ours and fresh, `nonce_count` not seen before, `uri` right.
        """
        if self.algorithm not in _HASHES or self.qop not in (None, "auth"):
            return False
        wanted = _response(self, ha1, method)
        return hmac.compare_digest(wanted.encode(), self.response.encode())


def secret_hash(username: str, realm: str, password: str, algorithm: str = "MD5") -> str:
    """HA1 (RFC 7616, 3.4.2): what may be stored in place of the password."""
    return _HASHES[algorithm](f"{username}:{realm}:{password}".encode())


def answer(
    challenge: Challenge,
    *,
    username: str,
    password: str,
    method: str,
    uri: str,
    cnonce: str,
    nonce_count: int = 1,
) -> Credentials:
    """Our credentials for a challenge. UsageError unless `challenge.is_answerable`."""
    if not challenge.is_answerable:
        raise UsageError("a challenge of an unknown algorithm or qop")
    qop = "auth" if challenge.qop else None
    blank = Credentials(
        username,
        challenge.realm,
        challenge.nonce,
        uri,
        "",
        challenge.algorithm,
        qop,
        cnonce if qop else None,
        nonce_count if qop else 0,
        challenge.opaque,
    )
    ha1 = secret_hash(username, challenge.realm, password, challenge.algorithm)
    return replace(blank, response=_response(blank, ha1, method))


def _response(credentials: Credentials, ha1: str, method: str) -> str:
    digest = _HASHES[credentials.algorithm]
    ha2 = digest(f"{method}:{credentials.uri}".encode())
    if credentials.qop is None:
        return digest(f"{ha1}:{credentials.nonce}:{ha2}".encode())
    count = f"{credentials.nonce_count:08x}"
    return digest(f"{ha1}:{credentials.nonce}:{count}:{credentials.cnonce}:{credentials.qop}:{ha2}".encode())


def _parse_pairs(text: str) -> dict[str, str]:
    """The name=value pairs behind "Digest". A repeated name is a fault: readers may differ in it."""
    scheme = _scheme(text)
    if scheme is None or len(text) > _MAX_VALUE:
        raise PeerError("Not Digest authentication")
    values: dict[str, str] = {}
    position = scheme.end()
    while position < len(text):
        match = _pair(text, position)
        if match is None or match[1].lower() in values:
            raise PeerError("Malformed Digest parameters")
        values[match[1].lower()] = unquote(match[2])
        position = match.end()
    return values


def _needed(values: dict[str, str], name: str) -> str:
    if name not in values:
        raise PeerError("Incomplete Digest parameters")
    return values[name]
