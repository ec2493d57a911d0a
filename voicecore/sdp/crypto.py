"""SRTP keys in SDP (RFC 4568; suites of RFC 6188 and RFC 7714). What the keys encrypt is the media engine's.

No key shows itself in a text of ours other than the a=crypto line itself.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from voicecore.errors import Unavailable

PLAIN = "RTP/AVP"
SECURE = "RTP/SAVP"
_WITH_FEEDBACK = {PLAIN: "RTP/AVPF", SECURE: "RTP/SAVPF"}
"""RFC 4585, RFC 5124: the feedback is the peer's wish; we send none."""
MAX_TAG_DIGITS = 9
MAX_LIFETIME = 1 << 48
"""Packets under one key (RFC 3711, 9.2)."""
MAX_MKI_OCTETS = 128


class Srtp(Enum):
    """What we want of SRTP."""

    __hash__ = object.__hash__  # that of `Enum` is written in Python

    OFF = "off"
    """RTP only; who offers RTP/SAVP alone is refused."""
    ACCEPT = "accept"
    """SRTP where the peer offers it; our own offers are plain."""
    OFFER = "offer"
    """Our own offers are RTP/AVP with keys beside: a peer that knows no SRTP answers without."""
    REQUIRE = "require"
    """RTP/SAVP, and nothing plain in either direction."""


class KeyWay(Enum):
    """How two sides come to keys of SRTP."""

    SDES = "sdes"
    """They stand in SDP (RFC 4568): whoever reads the signalling has them."""
    DTLS = "dtls"
    """A handshake on the media path makes them; SDP only tells the certificates' fingerprints (RFC 5763)."""


def is_plain(protocol: str) -> bool:
    """Whether an m-line of this protocol needs no keys."""
    return protocol.upper() in (PLAIN, _WITH_FEEDBACK[PLAIN])


def is_secure(protocol: str) -> bool:
    """Whether it needs keys, wherever they come from."""
    return protocol.upper() in (SECURE, _WITH_FEEDBACK[SECURE])


class Suite(NamedTuple):
    """A crypto suite: its name, and the octets of key and salt together."""

    name: str
    octets: int


SUITES = (
    Suite("AEAD_AES_256_GCM", 44),
    Suite("AEAD_AES_128_GCM", 28),
    Suite("AES_256_CM_HMAC_SHA1_80", 46),
    Suite("AES_CM_128_HMAC_SHA1_80", 30),
    Suite("AES_256_CM_HMAC_SHA1_32", 46),
    Suite("AES_CM_128_HMAC_SHA1_32", 30),
)
"""Strongest first: our offers list them so."""

_BY_NAME = {suite.name: suite for suite in SUITES}


@dataclass(frozen=True, slots=True)
class Crypto:
    """One a=crypto line: how its writer encrypts what it sends. `identifier` is the MKI of its packets."""

    tag: int
    suite: Suite
    key: bytes = field(repr=False)
    identifier: bytes = b""

    def __str__(self) -> str:
        """The value of the attribute; only for keys of ours, which have no MKI and no lifetime."""
        return f"{self.tag} {self.suite.name} inline:{base64.b64encode(self.key).decode()}"


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What two a=crypto lines agreed. Each side encrypts with its own key; octets are the key, then the salt."""

    suite: str
    local: bytes = field(repr=False)
    remote: bytes = field(repr=False)
    remote_identifier: bytes = b""


def parse_crypto(value: str) -> Crypto | None:
    """Read one a=crypto; None for what we do not know, cannot do or cannot read (RFC 4568, 5.1.2: it is passed over).

    Taken: one key, with or without lifetime and MKI; WSH, which only advises. Everything else that changes what is
    sent (KDR, UNENCRYPTED_SRTP and its like, FEC_ORDER) is not.
    """
    match value.split():
        case [tag, name, keys, *parameters] if all(map(_is_harmless, parameters)):
            suite = _BY_NAME.get(name.upper())
        case _:
            return None
    if suite is None or not _is_number(tag) or len(tag) > MAX_TAG_DIGITS:
        return None
    method, _, rest = keys.partition(":")
    if method.lower() != "inline" or ";" in rest:
        return None
    text, *attached = rest.split("|")
    key, identifier = _decode(text, suite.octets), _read_attached(attached)
    return None if key is None or identifier is None else Crypto(int(tag), suite, key, identifier)


def _is_harmless(parameter: str) -> bool:
    # RFC 4568, 6.3.6 and 6.3.7: a parameter whose name begins with "-" may be ignored.
    return parameter.upper().startswith("WSH=") or parameter.startswith("-")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _decode(text: str, octets: int) -> bytes | None:
    """Some phones leave the padding out."""
    if not text.isascii() or len(text) > 2 * octets:
        return None
    try:
        key = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except binascii.Error:
        return None
    return key if len(key) == octets else None


def _read_attached(attached: list[str]) -> bytes | None:
    """The MKI behind `|lifetime|MKI:length`, of which both may be missing; None when it cannot be."""
    match attached:
        case []:
            return b""
        case [one]:
            return _read_identifier(one) if ":" in one else _after_lifetime(one, b"")
        case [lifetime, identifier]:
            return _after_lifetime(lifetime, _read_identifier(identifier))
        case _:
            return None


def _after_lifetime(text: str, result: bytes | None) -> bytes | None:
    """Whoever has the key counts its packets; we only look that the number can be meant."""
    digits = text.removeprefix("2^")
    if not _is_number(digits) or len(digits) > 15:
        return None
    if digits is not text:
        return result if int(digits) <= 48 else None
    return result if 1 <= int(digits) <= MAX_LIFETIME else None


def _read_identifier(text: str) -> bytes | None:
    value, _, length = text.partition(":")
    if not (_is_number(value) and _is_number(length)) or len(length) > 3 or len(value) > 3 * MAX_MKI_OCTETS:
        return None
    if not 1 <= int(length) <= MAX_MKI_OCTETS or int(value) >= 1 << 8 * int(length):
        return None
    return int(value).to_bytes(int(length))


class Pair(NamedTuple):
    """The two lines that agree on one suite."""

    ours: Crypto
    theirs: Crypto

    @property
    def keys(self) -> SrtpKeys:
        return SrtpKeys(self.ours.suite.name, self.ours.key, self.theirs.key, self.theirs.identifier)


class KeyExchange:
    """Our half of SDES for one leg. Nothing is settled before `settle`: a refused description changes nothing.

    Our key stays as long as the suite does, so that a re-INVITE of the peer, even with a new key of its own, makes no
    gap; with another suite, or after a time without SRTP, it is a new one, because a key must not begin anew.
    """

    def __init__(
        self,
        wanted: Srtp,
        suites: Iterable[Suite] = SUITES,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._wanted = wanted
        self._suites = {suite.name: suite for suite in suites} if wanted is not Srtp.OFF else {}
        self._random = random
        self._settled: Crypto | None = None
        self._offered: tuple[Crypto, ...] = ()

    @property
    def is_settled(self) -> bool:
        return self._settled is not None

    def offer(self) -> tuple[str, tuple[Crypto, ...]]:
        """The protocol of our m-line and its keys: the one that holds, else one for each suite.

        Raises Unavailable where SRTP is required and there is no suite to offer.
        """
        if self._settled is not None:
            self._offered = (self._settled,)
        elif self._wanted in (Srtp.OFFER, Srtp.REQUIRE):
            self._offered = tuple(
                Crypto(tag, suite, self._random(suite.octets))
                for tag, suite in enumerate(self._suites.values(), 1)
            )
        else:
            self._offered = ()
        if not self._offered and self._wanted is Srtp.REQUIRE:
            raise Unavailable("SRTP is required, and no key may be offered on this way")
        is_secure = self._settled is not None or self._wanted is Srtp.REQUIRE
        return SECURE if is_secure and self._offered else PLAIN, self._offered

    def answer(self, offered: Iterable[str]) -> Pair | None:
        """For the values of a=crypto in an offer: the first that we can do (RFC 4568, 5.1.2: the peer's best)."""
        for theirs in map(parse_crypto, offered):
            if theirs is None or theirs.suite.name not in self._suites:
                continue
            kept = self._settled
            key = kept.key if kept and kept.suite == theirs.suite else self._random(theirs.suite.octets)
            return Pair(Crypto(theirs.tag, theirs.suite, key), theirs)
        return None

    def match_answer(self, answered: Iterable[str]) -> Pair | None:
        """For the values in an answer; None when it names none that we offered."""
        offered = {(ours.tag, ours.suite): ours for ours in self._offered}
        for theirs in map(parse_crypto, answered):
            if theirs is not None and (ours := offered.get((theirs.tag, theirs.suite))):
                return Pair(ours, theirs)
        return None

    def settle(self, pair: Pair | None) -> None:
        """What was agreed: our key of it holds from now on. None: there is no SRTP."""
        self._settled = None if pair is None else pair.ours
