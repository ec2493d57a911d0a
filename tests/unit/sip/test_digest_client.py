"""Challenges of a peer to us: which is answered, how often, and for whom."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from voicecore.sip.digest import Challenge, Credentials, secret_hash
from voicecore.sip.digest_client import Account, DigestClient
from voicecore.sip.headers import Field, Headers
from voicecore.sip.message import Response

TARGET = "sip:carrier.example"


class Client(DigestClient):
    """With what its answers do not need filled in."""

    def respond(self, response: Response, method: str = "REGISTER", uri: str = TARGET) -> Field | None:
        return self.answer(response, method, uri, b"", 0.0)


def client(realm: str | None = None, *hosts: str, network: str | None = None) -> Client:
    networks = () if network is None else (ip_network(network),)
    return Client(Account("alice", "wonderland", realm, frozenset(hosts), networks), "t".ljust)


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
    field = client().respond(challenged(challenge(), status=status))
    assert field is not None
    assert field[0] == header
    made = credentials(field)
    assert made.proves(secret_hash("alice", "r", "wonderland"), "REGISTER")
    assert (made.uri, made.nonce_count) == ("sip:carrier.example", 1)


def test_the_strongest_challenge_is_answered() -> None:
    response = challenged(
        challenge("weak"), challenge("strong", "SHA-256"), challenge("unknown", "SHA-512-256"), "Basic x"
    )
    assert credentials(client().respond(response)).nonce == "strong"


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
    assert client().respond(response) is None


def test_another_realm_gets_nothing() -> None:
    assert client("r").respond(challenged(challenge())) is not None
    assert client("ours").respond(challenged(challenge())) is None


@pytest.mark.parametrize(
    ("uri", "answered"),
    [
        ("sip:1@carrier.example", True),
        ("sip:1@198.51.100.7:5080", True),
        ("sip:1@[2001:db8::1]", False),
        ("sip:1@192.0.2.66", False),
        ("sip:1@evil.example", False),
    ],
)
def test_a_far_end_elsewhere_gets_nothing(uri: str, answered: bool) -> None:
    ours = client(None, "carrier.example", network="198.51.100.0/24")
    assert (ours.respond(challenged(challenge()), "BYE", uri) is not None) is answered


def test_a_wrong_password_is_tried_once() -> None:
    ours = client()
    assert ours.respond(challenged(challenge("a"))) is not None
    assert ours.respond(challenged(challenge("b"), cseq=2)) is None
    assert ours.proactive("REGISTER", TARGET) is None


def test_an_expired_nonce_gets_one_more_try_and_no_third() -> None:
    ours = client()
    assert ours.respond(challenged(challenge("a"))) is not None
    stale = [challenged(challenge(f"s{cseq}", stale=True), cseq=cseq) for cseq in (2, 3)]
    assert credentials(ours.respond(stale[0])).nonce == "s2"
    assert ours.respond(stale[1]) is None


def test_a_later_request_is_answered_again() -> None:
    ours = client()
    ours.respond(challenged(challenge("a")))
    assert ours.respond(challenged(challenge("b"), cseq=3)) is not None


def test_the_next_request_is_sent_with_credentials_and_a_higher_count() -> None:
    ours = client()
    ours.respond(challenged(challenge("a"), status=407))
    field = ours.proactive("OPTIONS", TARGET)
    made = credentials(field)
    assert field is not None
    assert field[0] == "Proxy-Authorization"
    assert (made.nonce, made.nonce_count) == ("a", 2)
    assert made.proves(secret_hash("alice", "r", "wonderland"), "OPTIONS")
    assert ours.proactive("OPTIONS", "sip:elsewhere.example") is None


def test_the_password_is_not_in_the_repr() -> None:
    assert "wonderland" not in repr(Account("alice", "wonderland"))
