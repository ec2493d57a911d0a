"""PASSporT: the signed claim of who calls whom (RFC 8225), with SHAKEN's attestation (RFC 8588). ES256 only."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeGuard

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from voicecore.errors import PeerError
from voicecore.guard.stir.party import Party, PartyKind, canonical_number

MAX_TOKEN = 8192
MAX_DESTINATIONS = 32
INVALID_IDENTITY = 438
"""Invalid Identity Header (RFC 8224, 6.2.2)."""

_base64url = re.compile(r"[A-Za-z0-9_\-]*+").fullmatch
_HALF = 32


class Attestation(Enum):
    """What the signer knows of the caller (RFC 8588, 4)."""

    FULL = "A"
    """It knows the caller and that the number is his."""
    PARTIAL = "B"
    """It knows the caller."""
    GATEWAY = "C"
    """It knows only where the call came in."""


@dataclass(frozen=True, slots=True)
class Passport:
    """The claims. With an attestation it is of the type "shaken", and has an `origid`."""

    origin: Party
    destinations: tuple[Party, ...]
    issued_at: int
    """POSIX seconds."""
    certificate_url: str
    attestation: Attestation | None = None
    origid: str | None = None

    def signing_input(self) -> bytes:
        """Header and payload, encoded, as the signature covers them: keys in order, no space (RFC 8225, 9)."""
        header: dict[str, object] = {"alg": "ES256", "typ": "passport", "x5u": self.certificate_url}
        claims: dict[str, object] = {
            "dest": {
                kind.value: values
                for kind in PartyKind
                if (values := [one.value for one in self.destinations if one.kind is kind])
            },
            "iat": self.issued_at,
            "orig": {self.origin.kind.value: self.origin.value},
        }
        if self.attestation is not None:
            header["ppt"] = "shaken"
            claims |= {"attest": self.attestation.value, "origid": self.origid}
        return b".".join((_encode(_canonical_json(header)), _encode(_canonical_json(claims))))


@dataclass(frozen=True, slots=True)
class SignedPassport:
    passport: Passport
    signing_input: bytes
    """As it was received: it is verified over these bytes, and no others."""
    signature: bytes

    def is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        return verifies(key, self.signing_input, self.signature)


def parse_token(token: str) -> SignedPassport:
    """Read a PASSporT in full form, without judging it. PeerError (438) says what is wrong with it."""
    if len(token) > MAX_TOKEN:
        raise PeerError("PASSporT too long", INVALID_IDENTITY)
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise PeerError("PASSporT not of three parts", INVALID_IDENTITY)
    header, claims = _object(_decode(parts[0])), _object(_decode(parts[1]))
    signing_input = f"{parts[0]}.{parts[1]}".encode("ascii")
    return SignedPassport(_passport(header, claims), signing_input, decode_signature(parts[2]))


def decode_signature(text: str) -> bytes:
    """The 64 octets of an ES256 signature (RFC 7518, 3.4)."""
    signature = _decode(text)
    if len(signature) != 2 * _HALF:
        raise PeerError("PASSporT signature not of 64 octets", INVALID_IDENTITY)
    return signature


def sign(key: ec.EllipticCurvePrivateKey, signing_input: bytes) -> str:
    """The signature, encoded. Deterministic (RFC 6979), so that no bad dice can leak the key."""
    der = key.sign(signing_input, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return _encode(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")).decode("ascii")


def verifies(key: ec.EllipticCurvePublicKey, signing_input: bytes, signature: bytes) -> bool:
    der = encode_dss_signature(
        int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    )
    try:
        key.verify(der, signing_input, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _passport(header: dict[str, object], claims: dict[str, object]) -> Passport:
    url, kind = header.get("x5u"), header.get("ppt")
    if header.get("alg") != "ES256" or header.get("typ") != "passport" or "crit" in header:
        raise PeerError("PASSporT header not of ES256", INVALID_IDENTITY)
    if not _is_plain(url, MAX_TOKEN) or kind not in (None, "shaken"):
        raise PeerError("PASSporT header not supported", INVALID_IDENTITY)
    issued_at = claims.get("iat")
    if not isinstance(issued_at, int) or isinstance(issued_at, bool) or not 0 <= issued_at < 1 << 40:
        raise PeerError("PASSporT without iat", INVALID_IDENTITY)
    origins, destinations = _parties(claims.get("orig")), _parties(claims.get("dest"))
    if len(origins) != 1 or not 0 < len(destinations) <= MAX_DESTINATIONS:
        raise PeerError("PASSporT without one origin and a destination", INVALID_IDENTITY)
    if kind is None:
        return Passport(origins[0], destinations, issued_at, url)
    attest, origid = claims.get("attest"), claims.get("origid")
    if attest not in ("A", "B", "C") or not _is_plain(origid, 128):
        raise PeerError("PASSporT without attest and origid", INVALID_IDENTITY)
    return Passport(origins[0], destinations, issued_at, url, Attestation(attest), origid)


def _parties(value: object) -> tuple[Party, ...]:
    found: list[Party] = []
    for kind in PartyKind:
        values = value.get(kind.value, []) if isinstance(value, dict) else []
        for one in values if isinstance(values, list) else [values]:
            name = canonical_number(one) if kind is PartyKind.NUMBER and isinstance(one, str) else one
            if not _is_plain(name):
                raise PeerError("PASSporT with a malformed party", INVALID_IDENTITY)
            found.append(Party(kind, name))
    return tuple(found)


def _is_plain(value: object, most: int = 256) -> TypeGuard[str]:
    """Whether it is a text that may be shown, compared and logged: printable ASCII, not too long."""
    return isinstance(value, str) and 0 < len(value) <= most and value.isascii() and value.isprintable()


def _canonical_json(value: dict[str, object]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode(text: str) -> bytes:
    if not _base64url(text):
        raise PeerError("PASSporT not in base64url", INVALID_IDENTITY)
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise PeerError("PASSporT not in base64url", INVALID_IDENTITY) from None
    if _encode(data).decode("ascii") != text:
        # Bits that stand for nothing would let one signature be written in several ways.
        raise PeerError("PASSporT not in base64url", INVALID_IDENTITY)
    return data


def _object(data: bytes) -> dict[str, object]:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise PeerError("PASSporT not of JSON", INVALID_IDENTITY) from None
    if not isinstance(value, dict):
        raise PeerError("PASSporT not of JSON objects", INVALID_IDENTITY)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name twice: readers may differ in which counts")
    return members


def _refuse(constant: str) -> object:
    raise ValueError(constant)
