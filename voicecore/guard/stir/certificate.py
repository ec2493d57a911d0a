"""Certificates of signers: the chain to a trusted authority, and the numbers they may sign for (RFC 8226)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import (
    Certificate,
    DNSName,
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    ObjectIdentifier,
    SubjectAlternativeName,
    UnrecognizedExtension,
    UnsupportedGeneralNameType,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from voicecore.errors import PeerError, UsageError

UNSUPPORTED_CREDENTIAL = 437
"""Unsupported Credential (RFC 8224, 6.2.2)."""
UNREADABLE = (
    ValueError,
    TypeError,
    InvalidVersion,
    DuplicateExtension,
    UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)
"""What the library raises for what is no certificate, list or extension."""
MAX_CHAIN_BYTES = 65_536
MAX_CHAIN = 8
MAX_DEPTH = 4
TN_AUTH_LIST = ObjectIdentifier("1.3.6.1.5.5.7.1.26")


@dataclass(frozen=True, slots=True)
class TnAuthList:
    """Which numbers a certificate covers (RFC 8226, 9)."""

    provider_codes: tuple[str, ...] = ()
    """A carrier's: its numbers are known to itself only, so it may sign for any."""
    ranges: tuple[tuple[int, int, int], ...] = ()
    """Digits, first number, and how many from there."""
    numbers: tuple[str, ...] = ()

    def covers(self, number: str) -> bool:
        if self.provider_codes or number in self.numbers:
            return True
        if not (number.isascii() and number.isdigit()):
            return False
        return any(
            len(number) == digits and 0 <= int(number) - first < count for digits, first, count in self.ranges
        )


class Anchors:
    """The authorities that are trusted."""

    def __init__(self, certificates: Sequence[Certificate]) -> None:
        if not certificates:
            raise UsageError("no trust anchor")
        self.certificates = tuple(certificates)
        self._store = Store(list(certificates))

    @classmethod
    def from_pem(cls, pem: bytes) -> Anchors:
        """UsageError when there is no certificate in it: the file is our own."""
        try:
            return cls(load_pem_x509_certificates(pem))
        except ValueError as error:
            raise UsageError("trust anchors that are no PEM certificates") from error

    def check(self, chain: Sequence[Certificate], wall: float) -> tuple[Certificate, ...]:
        """The path from the first certificate to an anchor, all of them valid at `wall`; PeerError (437): none."""
        builder = PolicyBuilder().store(self._store).max_chain_depth(MAX_DEPTH)
        # Signers' certificates name no host and no web usage: the rules of the web do not fit them.
        policy = ExtensionPolicy.permit_all()
        builder = builder.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=policy)
        when = datetime.fromtimestamp(wall, UTC)
        try:
            return tuple(builder.time(when).build_client_verifier().verify(chain[0], list(chain[1:])).chain)
        except (VerificationError, *UNREADABLE):
            raise PeerError("certificate without a trusted chain", UNSUPPORTED_CREDENTIAL) from None


def read_chain(data: bytes) -> tuple[Certificate, ...]:
    """A signer's certificate and those that lead from it to an authority, as fetched: PEM, or one in DER."""
    if len(data) > MAX_CHAIN_BYTES:
        raise PeerError("certificate too long", UNSUPPORTED_CREDENTIAL)
    try:
        is_pem = b"-----BEGIN" in data
        with warnings.catch_warnings():
            # It still reads some wrong ones, as with a serial number below 1 (RFC 5280, 4.1.2.2), and warns.
            warnings.simplefilter("error", CryptographyDeprecationWarning)
            chain = load_pem_x509_certificates(data) if is_pem else [load_der_x509_certificate(data)]
    except (*UNREADABLE, CryptographyDeprecationWarning):
        raise PeerError("certificate not readable", UNSUPPORTED_CREDENTIAL) from None
    if len(chain) > MAX_CHAIN:
        raise PeerError("too many certificates", UNSUPPORTED_CREDENTIAL)
    return tuple(chain)


def signing_key(certificate: Certificate) -> ec.EllipticCurvePublicKey:
    """The key, if it is one of ES256."""
    try:
        key = certificate.public_key()
    except UNREADABLE as error:  # or a curve that nobody supports
        raise PeerError("certificate of an unknown key", UNSUPPORTED_CREDENTIAL) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PeerError("certificate not of P-256", UNSUPPORTED_CREDENTIAL)
    return key


def tn_auth_list(certificate: Certificate) -> TnAuthList | None:
    """None when the certificate has none."""
    try:
        value = certificate.extensions.get_extension_for_oid(TN_AUTH_LIST).value
    except ExtensionNotFound:
        return None
    except UNREADABLE as error:
        raise PeerError("certificate extensions not readable", UNSUPPORTED_CREDENTIAL) from error
    if not isinstance(value, UnrecognizedExtension):
        raise PeerError("TNAuthList not readable", UNSUPPORTED_CREDENTIAL)
    return parse_tn_auth_list(value.value)


def names_host(certificate: Certificate, host: str) -> bool:
    """Whether it is the certificate of that host or domain: what authority over its URIs takes (RFC 8224, 6.2)."""
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ExtensionNotFound, *UNREADABLE):
        return False
    return host.lower() in (name.lower() for name in names.get_values_for_type(DNSName))


class _Tag(IntEnum):
    INTEGER = 0x02
    IA5_STRING = 0x16
    SEQUENCE = 0x30
    PROVIDER_CODE = 0xA0
    RANGE = 0xA1
    ONE = 0xA2


def parse_tn_auth_list(der: bytes) -> TnAuthList:
    """Read the extension's value (RFC 8226, 9: explicit tags). PeerError (437) says what is wrong."""
    outer = list(_elements(der))
    if len(outer) != 1 or outer[0][0] != _Tag.SEQUENCE:
        raise _malformed()
    codes, ranges, numbers = list[str](), list[tuple[int, int, int]](), list[str]()
    for tag, content in _elements(outer[0][1]):
        inner = list(_elements(content))
        match tag, inner:
            case (_Tag.PROVIDER_CODE, [(_Tag.IA5_STRING, code)]):
                codes.append(_ascii(code))
            case (_Tag.RANGE, [(_Tag.SEQUENCE, parts)]):
                ranges.append(_range(list(_elements(parts))))
            case (_Tag.ONE, [(_Tag.IA5_STRING, number)]):
                numbers.append(_number(number))
            case _:
                raise _malformed()
    return TnAuthList(tuple(codes), tuple(ranges), tuple(numbers))


def _range(parts: list[tuple[int, bytes]]) -> tuple[int, int, int]:
    match parts:
        case [(_Tag.IA5_STRING, start), (_Tag.INTEGER, count)] if 0 < len(count) <= 8:
            first = _number(start)
            if first.isdigit():
                return len(first), int(first), int.from_bytes(count, "big", signed=True)
    raise _malformed()


def _number(data: bytes) -> str:
    """RFC 8226, 9: 1 to 15 of 0123456789#*."""
    number = _ascii(data)
    if not 0 < len(number) <= 15 or number.strip("0123456789#*"):
        raise _malformed()
    return number


def _ascii(data: bytes) -> str:
    if not data or not data.isascii():
        raise _malformed()
    return data.decode("ascii")


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each DER element, one after the other."""
    position = 0
    while position < len(data):
        if position + 2 > len(data):
            raise _malformed()
        tag, length = data[position], data[position + 1]
        position += 2
        if length >= 0x80:
            octets = length & 0x7F
            length = int.from_bytes(data[position : position + octets], "big")
            position += octets
            if not 1 <= octets <= 3 or length < 0x80:
                raise _malformed()
        if position + length > len(data):
            raise _malformed()
        yield tag, data[position : position + length]
        position += length


def _malformed() -> PeerError:
    return PeerError("malformed TNAuthList", UNSUPPORTED_CREDENTIAL)
