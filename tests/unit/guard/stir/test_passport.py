from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.guard.stir.party import Party, PartyKind, canonical_number
from voicecore.guard.stir.passport import (
    Attestation,
    Passport,
    decode_signature,
    parse_token,
    sign,
    verifies,
)

ALICE = Party(PartyKind.URI, "sip:alice@example.com")
KEY = ec.derive_private_key(3261, ec.SECP256R1())
SIGNATURE = "A" * 86
HEADER = {"alg": "ES256", "typ": "passport", "x5u": "https://cert.example.org/passport.cer"}
CLAIMS = {"dest": {"uri": ["sip:alice@example.com"]}, "iat": 1471375418, "orig": {"tn": "12155551212"}}


def encoded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(header: object = HEADER, claims: object = CLAIMS, signature: str = SIGNATURE) -> str:
    return f"{encoded(header)}.{encoded(claims)}.{signature}"


def test_header_and_payload_are_the_octets_of_rfc_8225_appendix_a() -> None:
    passport = Passport(Party(PartyKind.NUMBER, "12155551212"), (ALICE,), 1471375418, HEADER["x5u"])
    assert passport.signing_input() == (
        b"eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j"
        b"ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9"
        b".eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI"
        b"6MTQ3MTM3NTQxOCwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19"
    )


def test_the_token_of_rfc_8225_appendix_a_is_read() -> None:
    signature = "VLBCIVDCaeK6M4hLJb6SHQvacAQVvoiiEOWQ_iUkqk79UD81fHQ0E1b3_GluIkba7UWYRM47ZbNFdOJquE35cw"
    passport = Passport(Party(PartyKind.NUMBER, "12155551212"), (ALICE,), 1471375418, HEADER["x5u"])
    signed = parse_token(f"{passport.signing_input().decode()}.{signature}")
    assert signed.passport == passport
    assert signed.signature[:3].hex() == "54b042"


def test_shaken_claims_are_those_of_rfc_8588() -> None:
    origid = "123e4567-e89b-12d3-a456-426655440000"
    header = HEADER | {"ppt": "shaken"}
    claims = {
        "attest": "A",
        "dest": {"tn": ["12155550131"]},
        "iat": 1443208345,
        "orig": {"tn": "12155550121"},
        "origid": origid,
    }
    passport = parse_token(token(header, claims)).passport
    assert (passport.attestation, passport.origid) == (Attestation.FULL, origid)
    header_again, claims_again = passport.signing_input().split(b".")
    compact = {"sort_keys": True, "separators": (",", ":")}
    for value, written in ((header, header_again), (claims, claims_again)):
        text = json.dumps(value, **compact)  # type: ignore[arg-type]
        assert written.decode() == urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_the_signature_of_rfc_7515_appendix_a_3_verifies() -> None:
    x = "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445"
    y = "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad"
    key = ec.EllipticCurvePublicNumbers(int(x, 16), int(y, 16), ec.SECP256R1()).public_key()
    signed = (
        b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog"
        b"Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    )
    signature = decode_signature(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    assert verifies(key, signed, signature)
    assert not verifies(key, signed + b"x", signature)


_BAD_HEADERS = {
    "none": HEADER | {"alg": "none"},
    "hmac": HEADER | {"alg": "HS256"},
    "typ": HEADER | {"typ": "JWT"},
    "crit": HEADER | {"crit": ["exp"]},
    "ppt": HEADER | {"ppt": "div"},
    "url": HEADER | {"x5u": ["https://a"]},
    "list": [HEADER],
}
_BAD_CLAIMS = {
    "iat text": CLAIMS | {"iat": "1471375418"},
    "iat true": CLAIMS | {"iat": True},
    "iat huge": CLAIMS | {"iat": 1 << 60},
    "no orig": {key: value for key, value in CLAIMS.items() if key != "orig"},
    "two orig": CLAIMS | {"orig": {"tn": ["1", "2"]}},
    "no dest": CLAIMS | {"dest": {"tn": []}},
    "many dest": CLAIMS | {"dest": {"tn": ["1"] * 33}},
    "orig no number": CLAIMS | {"orig": {"tn": "alice"}},
    "orig with a line break": CLAIMS | {"orig": {"uri": "sip:a\r\nb"}},
}


@pytest.mark.parametrize("header", _BAD_HEADERS.values(), ids=_BAD_HEADERS.keys())
def test_a_header_that_is_not_ours_is_refused(header: object) -> None:
    with pytest.raises(PeerError) as caught:
        parse_token(token(header))
    assert caught.value.status == 438


@pytest.mark.parametrize("claims", _BAD_CLAIMS.values(), ids=_BAD_CLAIMS.keys())
def test_claims_that_say_nothing_clear_are_refused(claims: object) -> None:
    with pytest.raises(PeerError) as caught:
        parse_token(token(claims=claims))
    assert caught.value.status == 438


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        f"{encoded(HEADER)}.{encoded(CLAIMS)}.",
        token(signature="AAAA"),
        token() + "=",
        token()[:-1] + "B",  # bits that stand for nothing
        f"bnVsbA.{encoded(CLAIMS)}.{SIGNATURE}",
        f"W1tbW1tbW1tb.{encoded(CLAIMS)}.{SIGNATURE}",
        token(HEADER | {"x5u": "https://" + "a" * 9000}),
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(PeerError):
        parse_token(text)


def test_a_name_given_twice_is_refused() -> None:
    twice = urlsafe_b64encode(b'{"alg":"none","alg":"ES256","typ":"passport","x5u":"https://a"}')
    with pytest.raises(PeerError):
        parse_token(f"{twice.decode().rstrip('=')}.{encoded(CLAIMS)}.{SIGNATURE}")


_NUMBERS = st.builds(Party, st.just(PartyKind.NUMBER), st.from_regex(r"[0-9]{1,15}", fullmatch=True))
_URIS = st.builds(Party, st.just(PartyKind.URI), st.from_regex(r"sip:[!-~]{1,30}", fullmatch=True))
_PARTIES = _NUMBERS | _URIS
_PASSPORTS = st.builds(
    Passport,
    _PARTIES,
    st.lists(_PARTIES, min_size=1, max_size=8).map(
        lambda parties: tuple(sorted(parties, key=lambda party: party.kind.value))
    ),
    st.integers(0, 1 << 39),
    st.from_regex(r"https://[!-~]{1,50}", fullmatch=True),
    st.sampled_from(Attestation),
    st.uuids().map(str),
)


@settings(max_examples=40)
@given(_PASSPORTS)
def test_what_we_sign_reads_back_and_verifies(passport: Passport) -> None:
    signing_input = passport.signing_input()
    signed = parse_token(f"{signing_input.decode()}.{sign(KEY, signing_input)}")
    assert signed.passport == passport
    assert signed.is_signed_by(KEY.public_key())


@settings(max_examples=40)
@given(_PASSPORTS, st.data())
def test_a_changed_octet_does_not_verify(passport: Passport, data: st.DataObject) -> None:
    signing_input = bytearray(passport.signing_input())
    signature = decode_signature(sign(KEY, bytes(signing_input)))
    signing_input[data.draw(st.integers(0, len(signing_input) - 1))] ^= data.draw(st.integers(1, 255))
    assert not verifies(KEY.public_key(), bytes(signing_input), signature)


@given(st.text(max_size=80))
def test_a_canonical_number_is_digits_and_stays_what_it_is(text: str) -> None:
    number = canonical_number(text)
    if number is not None:
        assert not number.strip("0123456789*#")
        assert canonical_number(number) == canonical_number("+" + number) == number
