"""The fuzz target's invariant, held for texts that hypothesis and a seeded mutator make."""

from __future__ import annotations

import random
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.identity_header import check
from voicecore.guard.stir.identity_header import IdentityHeader
from voicecore.guard.stir.party import Party, PartyKind
from voicecore.guard.stir.passport import Attestation, Passport, sign

URL = "https://cert.example.org/passport.cer"
_CALLED = (Party(PartyKind.NUMBER, "12155550131"),)
_PASSPORT = Passport(
    Party(PartyKind.NUMBER, "12155550121"), _CALLED, 1_443_208_345, URL, Attestation.FULL, "o"
)
_INPUT = _PASSPORT.signing_input()
_KEY = ec.derive_private_key(8224, ec.SECP256R1())
HEADER = str(IdentityHeader(f"{_INPUT.decode()}.{sign(_KEY, _INPUT)}", URL, "shaken")).encode()
_BITS = [bytes([value]) for value in b'"\\<>;,=.@:- \t\r\n\x00\x7f\xff_A'] + [b"..", b";ppt=div", b"\xc2\x85"]


def test_the_seed_is_good() -> None:
    check(HEADER)
    assert IdentityHeader.parse(HEADER.decode()).ppt == "shaken"


@given(st.binary(max_size=300))
def test_any_bytes_hold_the_invariant(data: bytes) -> None:
    check(data)


@settings(max_examples=300)
@given(st.binary(max_size=120), st.binary(max_size=120))
def test_any_json_hold_the_invariant(header: bytes, claims: bytes) -> None:
    parts = [urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims, bytes(64))]
    check(b".".join(parts) + f";info=<{URL}>;ppt=shaken".encode())


def test_two_thousand_mutations_hold_the_invariant() -> None:
    dice = random.Random(8224)
    for _ in range(2000):
        text = bytearray(HEADER)
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(text))
            text[start : start + dice.choice([0, 1, 1, 5, 40])] = dice.choice(_BITS)
        check(bytes(text))


def test_two_thousand_mutations_of_the_claims_hold_the_invariant() -> None:
    dice = random.Random(8225)
    claims = b'{"attest":"A","dest":{"tn":["12155550131"]},"iat":1443208345,"orig":{"tn":"12155550121"},"origid":"o"}'
    head = HEADER.partition(b".")[0]
    for _ in range(2000):
        text = bytearray(claims)
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(text))
            text[start : start + dice.choice([0, 1, 1, 5])] = dice.choice(
                [*_BITS, b"[", b"{", b"}", b"1e9", b"null"]
            )
        payload = urlsafe_b64encode(bytes(text)).rstrip(b"=")
        check(b".".join((head, payload, b"A" * 86)) + f";info=<{URL}>;alg=ES256;ppt=shaken".encode())
