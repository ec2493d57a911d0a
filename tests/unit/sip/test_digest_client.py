"""Challenges of a peer to us: which is answered, how often, and for whom."""

from __future__ import annotations

import pytest

from voicecore.sip.digest import Challenge, Credentials, secret_hash
from voicecore.sip.digest_client import Account, DigestClient
from voicecore.sip.headers import Field, Headers
from voicecore.sip.message import Response
from voicecore.sip.uri import Uri

TARGET = Uri.parse("sip:carrier.example")


def client(realm: str | None = None, *hosts: str) -> DigestClient:
    return DigestClient(Account("alice", "wonderland", realm, frozenset(hosts)), "t".ljust)


def challenged(
    *challenges: Challenge | str, status: int = 401, cseq: int = 1, method: str = "REGISTER"
) -> Response:
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    fields: list[Field] = [("Call-ID", "c"), ("CSeq", f"{cseq} {method}")]
    return Response(status, "", Headers([*fields, *((name, str(one)) for one in challenges)]))


def challenge(
    nonce: str = "n", algorithm: str = "MD5", *, stale: bool = False, realm: str = "r"
) -> Challenge:
    return Challenge(realm, nonce, algorithm, ("auth",), stale=stale)


def credentials(field: Field | None) -> Credentials:
    assert field is not None
    return Credentials.parse(field[1])


@pytest.mark.parametrize(("status", "header"), [(401, "Authorization"), (407, "Proxy-Authorization")])
def test_the_answer_proves_the_password_and_goes_where_it_was_asked_for(status: int, header: str) -> None:
    field = client().answer(challenged(challenge(), status=status), "REGISTER", TARGET)
    assert field is not None
    assert field[0] == header
    made = credentials(field)
    assert made.proves(secret_hash("alice", "r", "wonderland"), "REGISTER")
    assert (made.uri, made.nonce_count) == ("sip:carrier.example", 1)


def test_the_strongest_challenge_is_answered() -> None:
    response = challenged(
        challenge("weak"), challenge("strong", "SHA-256"), challenge("unknown", "SHA-512-256"), "Basic x"
    )
    assert credentials(client().answer(response, "REGISTER", TARGET)).nonce == "strong"


@pytest.mark.parametrize(
    "response",
    [
        challenged(),
        challenged("Basic realm=r"),
        challenged("Digest nonsense"),
        challenged(challenge("n", "SHA-512-256")),
        Response(403, "", Headers([("WWW-Authenticate", str(challenge()))])),
    ],
)
def test_what_cannot_be_answered_is_not(response: Response) -> None:
    assert client().answer(response, "REGISTER", TARGET) is None


def test_another_realm_or_host_gets_nothing() -> None:
    assert client("r").answer(challenged(challenge()), "REGISTER", TARGET) is not None
    assert client("ours").answer(challenged(challenge()), "REGISTER", TARGET) is None
    assert client(None, "carrier.example").answer(challenged(challenge()), "REGISTER", TARGET) is not None
    stranger = Uri.parse("sip:192.0.2.66")
    assert client(None, "carrier.example").answer(challenged(challenge()), "REGISTER", stranger) is None


def test_within_a_dialog_the_host_that_it_went_to_counts() -> None:
    remote = Uri.parse("sip:b@192.0.2.66")
    ours = client(None, "carrier.example")
    assert ours.answer(challenged(challenge()), "BYE", remote, sent_to="carrier.example") is not None
    assert (
        client(None, "carrier.example").answer(challenged(challenge()), "BYE", TARGET, sent_to="192.0.2.66")
        is None
    )


def test_a_wrong_password_is_tried_once() -> None:
    ours = client()
    assert ours.answer(challenged(challenge("a")), "REGISTER", TARGET) is not None
    assert ours.answer(challenged(challenge("b"), cseq=2), "REGISTER", TARGET) is None
    assert ours.proactive("REGISTER", TARGET) is None


def test_an_expired_nonce_gets_one_more_try_and_no_third() -> None:
    ours = client()
    assert ours.answer(challenged(challenge("a")), "REGISTER", TARGET) is not None
    stale = [challenged(challenge(f"s{cseq}", stale=True), cseq=cseq) for cseq in (2, 3)]
    assert credentials(ours.answer(stale[0], "REGISTER", TARGET)).nonce == "s2"
    assert ours.answer(stale[1], "REGISTER", TARGET) is None


def test_a_later_request_is_answered_again() -> None:
    ours = client()
    ours.answer(challenged(challenge("a")), "REGISTER", TARGET)
    assert ours.answer(challenged(challenge("b"), cseq=3), "REGISTER", TARGET) is not None


def test_the_next_request_is_sent_with_credentials_and_a_higher_count() -> None:
    ours = client()
    ours.answer(challenged(challenge("a"), status=407), "REGISTER", TARGET)
    field = ours.proactive("OPTIONS", TARGET)
    made = credentials(field)
    assert field is not None
    assert field[0] == "Proxy-Authorization"
    assert (made.nonce, made.nonce_count) == ("a", 2)
    assert made.proves(secret_hash("alice", "r", "wonderland"), "OPTIONS")
    assert ours.proactive("OPTIONS", Uri.parse("sip:elsewhere.example")) is None


def test_the_password_is_not_in_the_repr() -> None:
    assert "wonderland" not in repr(Account("alice", "wonderland"))
