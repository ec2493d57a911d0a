"""Digest authentication, against the examples of its RFCs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError, UsageError
from voicecore.sip.digest import Challenge, Credentials, answer, secret_hash

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_responses_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = Challenge.parse(RFC_7616.format(algorithm=algorithm))
    credentials = answer(
        challenge,
        username="Mufasa",
        password="Circle of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert credentials.response == response
    ha1 = secret_hash("Mufasa", challenge.realm, "Circle of Life", algorithm)
    assert credentials.proves(ha1, "GET")
    assert not credentials.proves(ha1, "POST")
    assert not credentials.proves(secret_hash("Mufasa", challenge.realm, "wrong", algorithm), "GET")


def test_the_response_of_rfc_2617() -> None:
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop=("auth",))
    credentials = answer(
        challenge,
        username="Mufasa",
        password="Circle Of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="0a4f113b",
    )
    assert credentials.response == "6629fae49393a05397450978507c4ef1"


def test_a_challenge_without_qop_is_answered_the_old_way() -> None:
    credentials = answer(
        Challenge("r", "n"), username="u", password="p", method="REGISTER", uri="sip:a", cnonce="unused"
    )
    assert (credentials.qop, credentials.cnonce) == (None, None)
    assert credentials.proves(secret_hash("u", "r", "p"), "REGISTER")


def test_the_nonce_count_is_part_of_the_proof() -> None:
    challenge = Challenge("r", "n", qop=("auth",))
    credentials = answer(
        challenge, username="u", password="p", method="INVITE", uri="sip:a", cnonce="c", nonce_count=0x1F
    )
    assert "nc=0000001f" in str(credentials)
    replayed = Credentials.parse(str(credentials).replace("nc=0000001f", "nc=00000020"))
    assert not replayed.proves(secret_hash("u", "r", "p"), "INVITE")


@pytest.mark.parametrize("extra", ["algorithm=MD5-sess", 'qop="auth-int"', "algorithm=SHA-512-256"])
def test_what_we_cannot_compute_is_not_answerable(extra: str) -> None:
    challenge = Challenge.parse(f'Digest realm="r", nonce="n", {extra}')
    assert not challenge.is_answerable
    with pytest.raises(UsageError):
        answer(challenge, username="u", password="p", method="INVITE", uri="sip:a", cnonce="c")


def test_credentials_of_an_unknown_algorithm_prove_nothing() -> None:
    credentials = Credentials("u", "r", "n", "sip:a", "0" * 32, algorithm="NONE")
    assert not credentials.proves("", "INVITE")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Basic dTpw",
        "NoOneKnowsThisScheme opaque-data=here",
        'Digest realm="r"',
        'Digest realm="r, nonce="n"',
        'Digest realm="r", nonce="n", nonce="m"',
        'Digest realm="r" nonce="n"',
        'Digest realm="' + "r" * 5000 + '", nonce="n"',
    ],
)
def test_broken_challenges_are_refused(text: str) -> None:
    with pytest.raises(PeerError):
        Challenge.parse(text)


@pytest.mark.parametrize("change", ["nc=1", "nc=zzzzzzzz", "qop=auth"])
def test_broken_credentials_are_refused(change: str) -> None:
    with pytest.raises(PeerError):
        Credentials.parse(f'Digest username="u", realm="r", nonce="n", uri="sip:a", response="00", {change}')


_text = st.text(st.characters(codec="utf-8", min_codepoint=0x20), max_size=20)


@given(_text, _text, st.sampled_from(["MD5", "SHA-256"]), st.booleans(), st.none() | _text)
def test_a_challenge_survives_writing(
    realm: str, nonce: str, algorithm: str, stale: bool, opaque: str | None
) -> None:
    challenge = Challenge(realm, nonce, algorithm, ("auth",), opaque, stale)
    assert Challenge.parse(str(challenge)) == challenge


@given(_text, _text, _text, st.integers(0, 0xFFFFFFFF))
def test_credentials_survive_writing(username: str, realm: str, uri: str, count: int) -> None:
    credentials = Credentials(username, realm, "n", uri, "ab" * 16, "SHA-256", "auth", "c", count, None)
    assert Credentials.parse(str(credentials)) == credentials
