"""Whether a call's identity holds (RFC 8224, 6.2), in two steps around the fetching of a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from cryptography.x509 import Certificate

from voicecore.errors import PeerError
from voicecore.guard.stir.certificate import (
    UNSUPPORTED_CREDENTIAL,
    Anchors,
    names_host,
    read_chain,
    signing_key,
    tn_auth_list,
)
from voicecore.guard.stir.identity_header import BAD_INFO, IdentityHeader
from voicecore.guard.stir.party import Party, PartyKind, party_of
from voicecore.guard.stir.passport import (
    INVALID_IDENTITY,
    Attestation,
    Passport,
    SignedPassport,
    decode_signature,
    parse_token,
)
from voicecore.guard.stir.settings import StirMode
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr

FRESH_S = 60.0
"""How far a claim's time may be from ours (RFC 8224, 6.2, step 4)."""
STALE_DATE = 403
"""Stale Date (RFC 8224, 6.2.2)."""
USE_IDENTITY = 428
"""Use Identity Header (RFC 8224, 6.2.2)."""
MAX_HEADERS = 8


@dataclass(frozen=True, slots=True)
class Verified:
    """The signature holds, is fresh, and is about this call."""

    origin: Party
    """Who calls: the only name of the caller that was verified."""
    attestation: Attestation | None
    """None: a PASSporT that is not of SHAKEN."""
    origid: str | None


@dataclass(frozen=True, slots=True)
class NoIdentity:
    pass


@dataclass(frozen=True, slots=True)
class Invalid:
    reason: str
    status: int
    """What a verifier that insists answers with: 403, 436, 437 or 438."""


@dataclass(frozen=True, slots=True)
class Claim:
    """All that can be told without the certificate holds; fetch `certificate_url` and ask `verify`."""

    signed: SignedPassport

    @property
    def certificate_url(self) -> str:
        return self.signed.passport.certificate_url


Verdict = Verified | NoIdentity | Invalid


def examine(request: Request, wall: float, *, asserted: bool = False) -> Claim | NoIdentity | Invalid:
    """What the Identity header fields of an INVITE claim. `wall`: POSIX seconds now.

    `asserted`: the peer is trusted with P-Asserted-Identity, so that names the caller in place of From. The PASSporT
    must name the caller that will be shown, and no other.
    """
    try:
        header = _supported(request)
        if header is None:
            return NoIdentity()
        return _claim(header, request, wall, asserted)
    except PeerError as error:
        return Invalid(error.reason, error.status)


def verify(claim: Claim, certificate: bytes | None, anchors: Anchors, wall: float) -> Verified | Invalid:
    """The verdict, given what the URL held; None: it could not be fetched."""
    if certificate is None:
        return Invalid("certificate not to be had", BAD_INFO)
    passport = claim.signed.passport
    try:
        chain = read_chain(certificate)
        anchors.check(chain, wall)
        key = signing_key(chain[0])
        if not _is_authority(chain[0], passport.origin):
            return Invalid("certificate of other numbers", UNSUPPORTED_CREDENTIAL)
    except PeerError as error:
        return Invalid(error.reason, error.status)
    if not claim.signed.is_signed_by(key):
        return Invalid("signature does not fit", INVALID_IDENTITY)
    return Verified(passport.origin, passport.attestation, passport.origid)


def _is_authority(certificate: Certificate, origin: Party) -> bool:
    """RFC 8226: over telephone numbers only by a TNAuthList; over a URI by the name of its host."""
    match origin.kind:
        case PartyKind.NUMBER:
            scope = tn_auth_list(certificate)
            return scope is not None and scope.covers(origin.value)
        case PartyKind.URI:
            return names_host(certificate, origin.value.rpartition("@")[2].removeprefix("sip:"))


def refusal(verdict: Verdict, mode: StirMode) -> tuple[int, str] | None:
    """Status and reason phrase of RFC 8224, 6.2.2 when the call must not be taken; else None."""
    if mode is not StirMode.REQUIRE:
        return None
    match verdict:
        case Verified():
            return None
        case NoIdentity():
            return USE_IDENTITY, _PHRASES[USE_IDENTITY]
        case Invalid(_, status):
            return status, _PHRASES.get(status, "Invalid Identity Header")


_PHRASES = {
    USE_IDENTITY: "Use Identity Header",
    STALE_DATE: "Stale Date",
    BAD_INFO: "Bad Identity Info",
    UNSUPPORTED_CREDENTIAL: "Unsupported Credential",
    INVALID_IDENTITY: "Invalid Identity Header",
}


def verstat(verdict: Verdict) -> str:
    """The value of the `verstat` parameter (3GPP TS 24.229, 7.2A.20)."""
    match verdict:
        case Verified():
            return "TN-Validation-Passed"
        case NoIdentity():
            return "No-TN-Validation"
        case Invalid():
            return "TN-Validation-Failed"


def described(verdict: Verdict) -> str:
    """For a call's journal: the verdict, what the signer attests (RFC 8588, 4), or what is wrong."""
    match verdict:
        case Verified(_, attestation):
            attested = "" if attestation is None else f", attestation {attestation.value}"
            return f"{verstat(verdict)}{attested}"
        case NoIdentity():
            return verstat(verdict)
        case Invalid(reason):
            return f"{verstat(verdict)}: {reason}"


def _supported(request: Request) -> IdentityHeader | None:
    """SHAKEN's before a plain one; other types (div, rph ...) say other things and are passed over."""
    values = request.headers.all("Identity")
    if len(values) > MAX_HEADERS:
        raise PeerError("too many Identity header fields", INVALID_IDENTITY)
    headers = [IdentityHeader.parse(value) for value in values]
    found = {header.ppt: header for header in reversed(headers)}
    return found.get("shaken") or found.get(None)


def _claim(header: IdentityHeader, request: Request, wall: float, asserted: bool) -> Claim:
    caller, date = _caller(request, asserted), _date(request)
    if header.is_compact:
        if date is None or header.ppt is not None:
            # The compact form takes its iat from Date; attest and origid could be taken from nowhere.
            raise PeerError("compact form without Date, or of SHAKEN", INVALID_IDENTITY)
        passport = Passport(caller, (party_of(request.to.uri),), int(date), header.info)
        signature = decode_signature(header.signature)
        signed = SignedPassport(passport, passport.signing_input(), signature)
    else:
        signed = parse_token(header.token)
        _compare(signed.passport, header, request, caller)
    issued_at = signed.passport.issued_at
    if abs(wall - issued_at) > FRESH_S or (date is not None and abs(date - issued_at) > FRESH_S):
        raise PeerError("stale date", STALE_DATE)
    return Claim(signed)


def _compare(passport: Passport, header: IdentityHeader, request: Request, caller: Party) -> None:
    if passport.certificate_url != header.info:
        raise PeerError("x5u is not info", INVALID_IDENTITY)
    if (passport.attestation is not None) != (header.ppt == "shaken"):
        raise PeerError("ppt is not that of the PASSporT", INVALID_IDENTITY)
    if passport.origin != caller:
        raise PeerError("another caller was signed", INVALID_IDENTITY)
    called = {party_of(request.to.uri), party_of(request.uri)}
    if called.isdisjoint(passport.destinations):
        raise PeerError("another destination was signed", INVALID_IDENTITY)


def _caller(request: Request, asserted: bool) -> Party:
    value = request.headers.get("P-Asserted-Identity") if asserted else None
    return party_of((request.from_ if value is None else NameAddr.parse(value)).uri)


def _date(request: Request) -> float | None:
    value = request.headers.get("Date")
    if value is None:
        return None
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError, IndexError, TypeError):
        raise PeerError("malformed Date", INVALID_IDENTITY) from None
