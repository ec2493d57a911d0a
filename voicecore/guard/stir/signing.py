"""Vouching for our own calls: the Identity header field of an INVITE that leaves by a trunk (RFC 8588)."""

from __future__ import annotations

from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from voicecore.errors import UsageError
from voicecore.guard.numbers import Patterns
from voicecore.guard.policy import Source
from voicecore.guard.stir.identity_header import IdentityHeader, is_certificate_url
from voicecore.guard.stir.party import PartyKind, party_of
from voicecore.guard.stir.passport import Attestation, Passport, sign
from voicecore.sip.uri import Uri


def read_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """UsageError unless it is an unencrypted P-256 key: the file is our own."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError("not an unencrypted PEM private key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError("not a P-256 key")
    return key


class Signer:
    """Holds the key. `own_numbers`: patterns of E.164 numbers that are ours."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate_url: str, own_numbers: tuple[str, ...]
    ) -> None:
        if not is_certificate_url(certificate_url):
            raise UsageError("a certificate URL that no verifier would fetch")
        self._key = key
        self._url = certificate_url
        self._own = Patterns(number.removeprefix("+") for number in own_numbers)

    def attestation(self, caller: Uri, source: Source | None) -> Attestation:
        """What we know of a caller; `source` None: a call of our own flows."""
        if source not in (None, Source.ACCOUNT):
            return Attestation.GATEWAY
        party = party_of(caller)
        is_own = party.kind is PartyKind.NUMBER and self._own.match(party.value)
        return Attestation.FULL if is_own else Attestation.PARTIAL

    def identity(
        self, caller: Uri, called: Uri, attestation: Attestation, origid: UUID, wall: float
    ) -> IdentityHeader:
        """The header field's value; From and To must go out as they are given here, and soon."""
        passport = Passport(
            party_of(caller), (party_of(called),), int(wall), self._url, attestation, str(origid)
        )
        signing_input = passport.signing_input()
        token = f"{signing_input.decode('ascii')}.{sign(self._key, signing_input)}"
        return IdentityHeader(token, self._url, "shaken")
