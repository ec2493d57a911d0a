"""An authority for tests: a root, one certificate below it, and requests that are signed with its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from voicecore.guard.stir.certificate import TN_AUTH_LIST, Anchors
from voicecore.guard.stir.passport import Attestation
from voicecore.guard.stir.signing import Signer
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri

NOW = 1_795_400_000.0
URL = "https://cert.example.org/shaken.pem"
ORIGID = UUID("123e4567-e89b-12d3-a456-426655440000")
CALLER, CALLED = "sip:+12155550121@example.com;user=phone", "sip:+12155550131@example.net;user=phone"
ANY_NUMBER = bytes.fromhex("3008a0061604") + b"709J"


@dataclass(frozen=True)
class Authority:
    """`pem` is what the certificate's URL holds."""

    key: ec.EllipticCurvePrivateKey
    pem: bytes
    anchors: Anchors
    root_key: ec.EllipticCurvePrivateKey

    def signer(self, own_numbers: tuple[str, ...] = ("+1215555.",)) -> Signer:
        return Signer(self.key, URL, own_numbers)


def authority(
    scope: bytes | None = ANY_NUMBER,
    *,
    valid: timedelta = timedelta(days=1),
    curve: ec.EllipticCurve | None = None,
    hosts: Sequence[str] = (),
    points: Sequence[str] = (),
) -> Authority:
    """`scope` is the DER of the TNAuthList, None: the certificate has none. `points`: where its revocation list is."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(curve or ec.SECP256R1())
    root_name, began = _name("Root"), datetime.fromtimestamp(NOW, UTC) - timedelta(days=1)
    root = _certificate(root_name, root_name, root_key, began, timedelta(days=365))
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    root = root.add_extension(_usage(signs_certificates=True), critical=True)
    ski = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = root.add_extension(ski, critical=False)
    leaf = _certificate(_name("SHAKEN"), root_name, key, began, timedelta(days=1) + valid)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf = leaf.add_extension(issuer, critical=False)
    leaf = leaf.add_extension(_usage(signs_certificates=False), critical=True)
    if scope is not None:
        leaf = leaf.add_extension(x509.UnrecognizedExtension(TN_AUTH_LIST, scope), critical=False)
    if hosts:
        leaf = leaf.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(h) for h in hosts]), critical=False
        )
    if points:
        names = [x509.UniformResourceIdentifier(url) for url in points]
        listed = [x509.DistributionPoint(names, None, None, None)]
        leaf = leaf.add_extension(x509.CRLDistributionPoints(listed), critical=False)
    anchors = Anchors([root.sign(root_key, hashes.SHA256())])
    return Authority(key, leaf.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM), anchors, root_key)


def revocation_list(
    by: Authority,
    *revoked: x509.Certificate,
    key: ec.EllipticCurvePrivateKey | None = None,
    issuer: str = "Root",
    began: float = NOW - 3600.0,
    lasts: timedelta | None = timedelta(days=7),
    names_issuers: bool = False,
) -> bytes:
    """What the authority says of certificates; `names_issuers`: each entry says of whom it is."""
    start = datetime.fromtimestamp(began, UTC)
    made = x509.CertificateRevocationListBuilder().issuer_name(_name(issuer)).last_update(start)
    made = made.next_update(start + (lasts or timedelta(days=7)))
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(start)
        if names_issuers:
            of = x509.CertificateIssuer([x509.DirectoryName(one.issuer)])
            entry = entry.add_extension(of, critical=True)
        made = made.add_revoked_certificate(entry.build())
    return made.sign(key or by.root_key, hashes.SHA256()).public_bytes(Encoding.DER)


def invite(*headers: tuple[str, str], caller: str = CALLER, called: str = CALLED) -> Request:
    """An INVITE with these further header fields."""
    fields = (("From", f"<{caller}>;tag=1"), ("To", f"<{called}>"), *headers)
    return Request("INVITE", Uri.parse(called), Headers.of(*fields))


def signed_invite(by: Authority, *headers: tuple[str, str], at: float = NOW) -> Request:
    """One that is attested in full, for the caller and the called of `invite`."""
    identity = by.signer().identity(Uri.parse(CALLER), Uri.parse(CALLED), Attestation.FULL, ORIGID, at)
    return invite(("Identity", str(identity)), *headers)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    began: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    return builder.not_valid_before(began).not_valid_after(began + lasts)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
