from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.guard.stir.authority import (
    ANY_NUMBER,
    CALLED,
    CALLER,
    NOW,
    ORIGID,
    URL,
    Authority,
    authority,
    invite,
    signed_invite,
)
from voicecore.errors import UsageError
from voicecore.guard.policy import Source
from voicecore.guard.stir.certificate import Anchors
from voicecore.guard.stir.party import Party, PartyKind
from voicecore.guard.stir.passport import Attestation, Passport, sign
from voicecore.guard.stir.settings import StirMode
from voicecore.guard.stir.verification import (
    Claim,
    Invalid,
    NoIdentity,
    Verdict,
    Verified,
    examine,
    refusal,
    verify,
    verstat,
)
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri

AUTHORITY = authority()
NUMBER = Party(PartyKind.NUMBER, "12155550121")
PASSED = Verified(NUMBER, Attestation.FULL, str(ORIGID))


def verdict(
    request: Request, by: Authority = AUTHORITY, wall: float = NOW, *, asserted: bool = False
) -> Verdict:
    match examine(request, wall, asserted=asserted):
        case Claim() as claim:
            assert claim.certificate_url == URL
            return verify(claim, by.pem, by.anchors, wall)
        case other:
            return other


def status(outcome: Verdict) -> int:
    assert isinstance(outcome, Invalid), outcome
    return outcome.status


def date(at: float) -> tuple[str, str]:
    return ("Date", format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True))


def test_a_signed_call_is_verified_with_its_attestation_and_origid() -> None:
    assert verdict(signed_invite(AUTHORITY)) == PASSED
    assert verdict(signed_invite(AUTHORITY, date(NOW + 5))) == PASSED


def test_a_call_without_identity_has_none() -> None:
    assert verdict(invite()) == NoIdentity()


def with_headers(request: Request, headers: Headers) -> Request:
    return Request(request.method, request.uri, headers, request.body)


def test_a_type_that_is_not_supported_is_passed_over() -> None:
    signed = signed_invite(AUTHORITY)
    div = f"aa.bb.cc;info=<{URL}>;alg=ES256;ppt=div"
    headers = invite(("Identity", div)).headers
    assert verdict(with_headers(signed, headers)) == NoIdentity()
    assert verdict(with_headers(signed, signed.headers.adding("Identity", div))) == PASSED


@pytest.mark.parametrize("late", [-61.0, 61.0, 86_400.0])
def test_a_claim_of_another_time_is_stale(late: float) -> None:
    assert status(verdict(signed_invite(AUTHORITY), wall=NOW + late)) == 403


def test_a_date_that_is_not_the_claims_is_stale() -> None:
    assert status(verdict(signed_invite(AUTHORITY, date(NOW - 100)))) == 403
    assert status(verdict(signed_invite(AUTHORITY, ("Date", "yesterday")))) == 438


@pytest.mark.parametrize(
    "request_",
    [
        invite(caller="sip:+12155550122@example.com"),
        invite(called="sip:+12155550132@example.com"),
        invite(caller="sip:alice@example.com"),
    ],
)
def test_the_signature_of_another_call_is_no_use(request_: Request) -> None:
    stolen = signed_invite(AUTHORITY).headers.get("Identity") or ""
    assert status(verdict(with_headers(request_, request_.headers.adding("Identity", stolen)))) == 438


def test_numbers_are_compared_as_digits() -> None:
    identity = signed_invite(AUTHORITY).headers.get("Identity") or ""
    request = invite(
        ("Identity", identity), caller="tel:+1-215-555-0121", called="sip:12155550131@other.example"
    )
    assert verdict(request) == PASSED


def test_the_caller_is_p_asserted_identity_only_where_the_peer_is_trusted_with_it() -> None:
    asserted = ("P-Asserted-Identity", f"<{CALLER}>")
    identity = ("Identity", signed_invite(AUTHORITY).headers.get("Identity") or "")
    request = invite(asserted, identity, caller="sip:+19995550000@example.com")
    assert verdict(request, asserted=True) == PASSED
    assert status(verdict(request, asserted=False)) == 438
    bank = invite(("P-Asserted-Identity", "<sip:+19995550000@example.com>"), identity)
    assert status(verdict(bank, asserted=True)) == 438


def test_a_changed_claim_does_not_fit_its_signature() -> None:
    header = signed_invite(AUTHORITY).headers.get("Identity") or ""
    token, _, rest = header.partition(";")
    head, _, signature = token.split(".")
    claims = {
        "attest": "A",
        "dest": {"tn": ["12155550131"]},
        "iat": int(NOW) + 1,
        "orig": {"tn": "12155550121"},
    }
    forged = urlsafe_b64encode(json.dumps(claims | {"origid": "x"}).encode()).decode().rstrip("=")
    assert status(verdict(invite(("Identity", f"{head}.{forged}.{signature};{rest}")))) == 438


def test_a_certificate_that_cannot_be_fetched_is_bad_info() -> None:
    claim = examine(signed_invite(AUTHORITY), NOW)
    assert isinstance(claim, Claim)
    assert status(verify(claim, None, AUTHORITY.anchors, NOW)) == 436


@pytest.mark.parametrize(
    "by",
    [
        replace(AUTHORITY, anchors=authority().anchors),  # trusted by nobody here
        replace(AUTHORITY, pem=b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"),
        replace(AUTHORITY, pem=b""),
        replace(AUTHORITY, pem=AUTHORITY.pem * 9),
        replace(AUTHORITY, pem=b"\0" * 70_000),
        authority(scope=None),
        authority(scope=bytes.fromhex("300fa20d160b") + b"12155550122"),  # another number
        authority(scope=b"\x30\x05junk!"),
        authority(valid=timedelta(seconds=-1)),
    ],
    ids=[
        "chain",
        "no pem",
        "empty",
        "too many",
        "too long",
        "no scope",
        "other scope",
        "bad scope",
        "expired",
    ],
)
def test_a_certificate_that_does_not_do_is_an_unsupported_credential(by: Authority) -> None:
    assert status(verdict(signed_invite(by), by)) == 437


def test_a_certificate_of_another_curve_is_an_unsupported_credential() -> None:
    other = authority(curve=ec.SECP384R1())
    assert status(verdict(signed_invite(AUTHORITY), other)) == 437


def test_a_certificate_of_the_number_itself_does() -> None:
    by = authority(scope=bytes.fromhex("300fa20d160b") + b"12155550121")
    assert verdict(signed_invite(by), by) == PASSED


def test_another_key_than_the_certificates_is_found() -> None:
    other = authority()
    assert status(verdict(signed_invite(AUTHORITY), other)) == 438


def compact(caller: str, by: Authority) -> tuple[str, str]:
    origin = Party(PartyKind.NUMBER, "12155550121") if "+" in caller else Party(PartyKind.URI, caller)
    passport = Passport(origin, (Party(PartyKind.NUMBER, "12155550131"),), int(NOW), URL)
    return "Identity", f"..{sign(by.key, passport.signing_input())};info=<{URL}>;alg=ES256"


def test_the_compact_form_is_put_together_from_the_request() -> None:
    header = compact(CALLER, AUTHORITY)
    assert verdict(invite(header, date(NOW))) == Verified(NUMBER, None, None)
    assert status(verdict(invite(header, date(NOW + 1)))) == 438
    assert status(verdict(invite(header))) == 438
    assert status(verdict(invite((header[0], header[1] + ";ppt=shaken"), date(NOW)))) == 438


def test_a_uri_is_vouched_for_by_its_own_host_only() -> None:
    for hosts, expected in ((["example.com"], True), (["example.net"], False), ([], False)):
        by = authority(ANY_NUMBER, hosts=hosts)
        request = invite(compact("sip:alice@example.com", by), date(NOW), caller="sip:alice@example.com")
        assert isinstance(verdict(request, by), Verified) is expected


def test_only_require_refuses_and_it_uses_the_standards_codes() -> None:
    outcomes: list[Verdict] = [PASSED, NoIdentity(), Invalid("x", 403), Invalid("x", 436), Invalid("x", 437)]
    assert [refusal(one, StirMode.REQUIRE) for one in outcomes] == [
        None,
        (428, "Use Identity Header"),
        (403, "Stale Date"),
        (436, "Bad Identity Info"),
        (437, "Unsupported Credential"),
    ]
    assert {refusal(one, mode) for one in outcomes for mode in (StirMode.OFF, StirMode.VERIFY)} == {None}


def test_the_tag_says_what_the_identity_is_worth() -> None:
    assert verstat(PASSED) == "TN-Validation-Passed"
    assert verstat(NoIdentity()) == "No-TN-Validation"
    assert verstat(Invalid("x", 438)) == "TN-Validation-Failed"


def test_our_own_number_is_attested_in_full_and_what_passes_through_as_a_gateway() -> None:
    signer = AUTHORITY.signer(own_numbers=("+1215555.",))
    ours, other = Uri.parse(CALLER), Uri.parse("sip:+4930123@example.com")
    assert signer.attestation(ours, Source.ACCOUNT) is Attestation.FULL
    assert signer.attestation(ours, None) is Attestation.FULL
    assert signer.attestation(other, Source.ACCOUNT) is Attestation.PARTIAL
    assert signer.attestation(ours, Source.TRUNK) is Attestation.GATEWAY
    assert signer.attestation(Uri.parse(CALLED), Source.STRANGER) is Attestation.GATEWAY


def test_anchors_that_are_none_are_our_own_mistake() -> None:
    with pytest.raises(UsageError):
        Anchors.from_pem(b"nothing")
