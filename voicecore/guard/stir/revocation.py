"""Certificate revocation lists (RFC 5280, 5): read, trusted, and asked about a certificate. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import (
    Certificate,
    CertificateIssuer,
    CertificateRevocationList,
    CRLDistributionPoints,
    DirectoryName,
    ExtensionNotFound,
    KeyUsage,
    Name,
    RevokedCertificate,
    UniformResourceIdentifier,
    load_der_x509_crl,
    load_pem_x509_crl,
)

from voicecore.errors import PeerError
from voicecore.guard.stir.certificate import UNSUPPORTED_CREDENTIAL
from voicecore.guard.stir.identity_header import is_certificate_url

MAX_POINTS = 2
"""Of the places that a certificate names for its list, so many are asked."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """Whose certificates of which numbers are good no more. One list may be of several issuers (RFC 5280, 5.3.3)."""

    signed: CertificateRevocationList
    until: float
    """POSIX seconds: when the next one is due."""

    def holds(self, certificate: Certificate) -> bool:
        """Raises PeerError (437) where the list names the number and cannot be read further."""
        number = certificate.serial_number
        # Looked up first: to go through a long list takes tens of milliseconds, and this a few microseconds.
        if self.signed.get_revoked_certificate_by_serial_number(number) is None:
            return False
        try:
            return (certificate.issuer, number) in _entries(self.signed)
        except ValueError:
            raise _bad("revocation list not readable") from None


def read_list(data: bytes, signers: Iterable[Certificate], wall: float) -> RevocationList:
    """PEM or DER, signed by one of `signers` and valid at `wall`. PeerError (437) says what is wrong."""
    try:
        found = load_pem_x509_crl(data) if b"-----BEGIN" in data else load_der_x509_crl(data)
        began, ends = found.last_update_utc, found.next_update_utc
        if not any(_is_by(found, signer) for signer in signers):
            raise _bad("revocation list of nobody that is trusted")
        when = datetime.fromtimestamp(wall, UTC)
        if ends is None or not began <= when < ends:
            raise _bad("revocation list that is not of now")
        return RevocationList(found, ends.timestamp())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _bad("revocation list not readable") from None


def points_of(certificate: Certificate) -> tuple[str, ...]:
    """Where a certificate says that its list is, as far as that may be fetched."""
    try:
        points = certificate.extensions.get_extension_for_class(CRLDistributionPoints).value
    except (ExtensionNotFound, ValueError):
        return ()
    names = [name for point in points for name in point.full_name or ()]
    urls = [name.value for name in names if isinstance(name, UniformResourceIdentifier)]
    return tuple(filter(is_certificate_url, urls))[:MAX_POINTS]


def _is_by(found: CertificateRevocationList, signer: Certificate) -> bool:
    if signer.subject != found.issuer or not _may_sign_lists(signer):
        return False
    key = signer.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) and found.is_signature_valid(key)


def _may_sign_lists(signer: Certificate) -> bool:
    """RFC 5280, 6.3.3 (f): where a certificate says what its key is for, this must be among it."""
    try:
        return signer.extensions.get_extension_for_class(KeyUsage).value.crl_sign
    except ExtensionNotFound:
        return True


def _entries(found: CertificateRevocationList) -> frozenset[tuple[Name, int]]:
    """RFC 5280, 5.3.3: an entry is of the issuer that it names, or that the one before it was of."""
    issuer, entries = found.issuer, set[tuple[Name, int]]()
    for entry in found:
        issuer = _issuer_of(entry) or issuer
        entries.add((issuer, entry.serial_number))
    return frozenset(entries)


def _issuer_of(entry: RevokedCertificate) -> Name | None:
    try:
        names: Sequence[object] = list(entry.extensions.get_extension_for_class(CertificateIssuer).value)
    except ExtensionNotFound:
        return None
    return next((name.value for name in names if isinstance(name, DirectoryName)), None)


def _bad(why: str) -> PeerError:
    return PeerError(why, UNSUPPORTED_CREDENTIAL)
