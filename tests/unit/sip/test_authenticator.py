"""Challenges and what comes back: replays, stale nonces, other people's credentials, and names that nobody has."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

import pytest

from voicecore.errors import UsageError
from voicecore.sip.authenticator import (
    Authenticated,
    Authenticator,
    Challenged,
    FailedLogin,
    PasswordHashes,
    Refused,
    Verdict,
)
from voicecore.sip.digest import Challenge, Credentials, answer
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri

REALM, HERE, URI = "example.org", "192.0.2.7", "sip:example.org"
KEY = bytes(range(32))
HASHES = {"alice": PasswordHashes.of("alice", REALM, "wonder")}


def gate(**options: Any) -> Authenticator:
    serial = iter(range(1, 10**6))
    return Authenticator(
        REALM, HASHES.get, key=KEY, random=lambda size: next(serial).to_bytes(size, "big"), **options
    )


def request(*credentials: str, method: str = "REGISTER", name: str = "Authorization") -> Request:
    return Request(method, Uri.parse(URI), Headers([(name, one) for one in credentials]))


def challenges(verdict: Verdict) -> list[Challenge]:
    assert isinstance(verdict, Challenged | Refused)
    return [Challenge.parse(value) for _, value in verdict.fields]


def respond(
    challenge: Challenge,
    *,
    username: str = "alice",
    password: str = "wonder",
    method: str = "REGISTER",
    uri: str = URI,
    count: int = 1,
) -> str:
    return str(
        answer(
            challenge,
            username=username,
            password=password,
            method=method,
            uri=uri,
            cnonce="c",
            nonce_count=count,
        )
    )


def challenged(one: Authenticator, now: float = 0.0, source: str = HERE) -> Challenge:
    return challenges(one.check(request(), now, source))[0]


def test_a_stranger_is_offered_the_stronger_algorithm_first() -> None:
    verdict = gate().check(request(), 0.0, HERE)
    assert isinstance(verdict, Challenged)
    assert (verdict.status, [name for name, _ in verdict.fields]) == (401, ["WWW-Authenticate"] * 2)
    assert [one.algorithm for one in challenges(verdict)] == ["SHA-256", "MD5"]
    assert all(one.qop == ("auth",) and not one.stale for one in challenges(verdict))


@pytest.mark.parametrize("place", [0, 1])
def test_whoever_knows_the_password_is_let_in_by_either(place: int) -> None:
    one = gate()
    challenge = challenges(one.check(request(), 0.0, HERE))[place]
    assert one.check(request(respond(challenge)), 1.0, HERE) == Authenticated("alice")
    assert one.poll() == []


def test_a_proxy_challenge_has_its_own_fields() -> None:
    one = gate()
    verdict = one.check(request(), 0.0, HERE, 407)
    assert isinstance(verdict, Challenged)
    assert (verdict.status, verdict.fields[0][0]) == (407, "Proxy-Authenticate")
    credentials = respond(challenges(verdict)[0], method="INVITE")
    asked = request(credentials, method="INVITE", name="Proxy-Authorization")
    assert one.check(asked, 0.0, HERE, 407) == Authenticated("alice")
    assert isinstance(one.check(asked, 0.0, HERE, 401), Challenged)


def test_credentials_are_good_once() -> None:
    one = gate()
    challenge = challenged(one)
    first = request(respond(challenge))
    assert one.check(first, 0.0, HERE) == Authenticated("alice")
    again = one.check(first, 0.0, HERE)
    assert isinstance(again, Challenged)
    assert again.stale
    assert challenges(again)[0].stale
    assert one.check(request(respond(challenge, count=2)), 0.0, HERE) == Authenticated("alice")
    assert one.poll() == []


def test_credentials_without_qop_are_good_once_for_their_nonce() -> None:
    one = gate()
    old = Challenge(REALM, challenged(one).nonce)
    assert one.check(request(respond(old)), 0.0, HERE) == Authenticated("alice")
    assert isinstance(one.check(request(respond(old, method="REGISTER")), 0.0, HERE), Challenged)


@pytest.mark.parametrize(("now", "source"), [(300.5, HERE), (0.0, "192.0.2.8")])
def test_a_right_password_for_a_nonce_that_is_no_longer_good_is_stale(now: float, source: str) -> None:
    one = gate()
    verdict = one.check(request(respond(challenged(one))), now, source)
    assert isinstance(verdict, Challenged)
    assert verdict.stale
    assert one.check(request(respond(challenges(verdict)[0])), now, source) == Authenticated("alice")
    assert one.poll() == []


def test_a_nonce_of_before_a_restart_is_stale() -> None:
    before = gate()
    after = Authenticator(REALM, HASHES.get, key=bytes(32), random=bytes)
    verdict = after.check(request(respond(challenged(before))), 0.0, HERE)
    assert isinstance(verdict, Challenged)
    assert verdict.stale


@pytest.mark.parametrize(
    "wrong", [{"password": "guess"}, {"username": "mallory"}, {"username": "Alice"}, {"method": "INVITE"}]
)
def test_a_wrong_answer_is_refused_with_a_new_challenge_and_reported(wrong: dict[str, str]) -> None:
    one = gate()
    verdict = one.check(request(respond(challenged(one), **wrong)), 0.0, HERE)  # type: ignore[arg-type]
    assert isinstance(verdict, Refused)
    assert (verdict.status, verdict.reason) == (401, "Unauthorized")
    assert not any(each.stale for each in challenges(verdict))
    assert one.poll() == [FailedLogin(HERE, wrong.get("username", "alice"))]
    assert one.poll() == []


def test_a_failed_login_holds_only_so_much_of_the_name() -> None:
    one = gate()
    one.check(request(respond(challenged(one), username="x" * 2000)), 0.0, HERE)
    assert one.poll() == [FailedLogin(HERE, "x" * 128)]


Count = Callable[[str, str], Counter[str]]


@pytest.fixture(name="count")
def _count(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Runs one attempt and counts the hash operations that the server makes for it."""
    made: Counter[str] = Counter()

    def counted(module: Any, name: str) -> None:
        real = getattr(module, name)

        def wrapper(*arguments: Any, **options: Any) -> Any:
            made[name] += 1
            return real(*arguments, **options)

        monkeypatch.setattr(module, name, wrapper)

    def attempt(username: str, password: str) -> Counter[str]:
        one = gate()
        credentials = respond(challenged(one), username=username, password=password)
        made.clear()
        one.check(request(credentials), 0.0, HERE)
        return made.copy()

    for module, name in ((hashlib, "md5"), (hashlib, "sha256"), (hmac, "digest"), (hmac, "compare_digest")):
        counted(module, name)
    return attempt


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(count: Count) -> None:
    known, unknown = count("alice", "guess"), count("nobody", "guess")
    assert known == unknown
    assert known["sha256"] == 2
    assert known["digest"] == 2


def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password() -> None:
    verdicts = []
    for username in ("alice", "nobody"):
        one = gate()
        verdicts.append(
            one.check(request(respond(challenged(one), username=username, password="x")), 0.0, HERE)
        )
    assert verdicts[0] == verdicts[1]


def test_no_password_fits_an_unknown_name() -> None:
    for password in ("", "x", hmac.digest(KEY, b"nobody", "sha256").hex()):
        one = gate()
        verdict = one.check(request(respond(challenged(one), username="", password=password)), 0.0, HERE)
        assert isinstance(verdict, Refused)


def test_credentials_for_another_server_are_refused() -> None:
    one = gate()
    verdict = one.check(request(respond(challenged(one), uri="sip:bank.example.org")), 0.0, HERE)
    assert isinstance(verdict, Refused)
    assert verdict.status == 400


@pytest.mark.parametrize(
    "uri",
    [
        "sip:EXAMPLE.org",
        "sip:example.org;transport=UDP",
        "sip:1000@example.org:5070",
        "sip:192.0.2.1",
        "sip:::1",
    ],
)
def test_credentials_may_name_another_uri_of_ours(uri: str) -> None:
    one = gate(hosts=("192.0.2.1",))
    assert one.check(request(respond(challenged(one), uri=uri)), 0.0, HERE) == Authenticated("alice")


@pytest.mark.parametrize(
    "text",
    [
        "Digest",
        "Digest username=alice",
        'Digest username="alice", realm="example.org"',
    ],
)
def test_malformed_credentials_are_refused_with_400(text: str) -> None:
    verdict = gate().check(request(text), 0.0, HERE)
    assert isinstance(verdict, Refused)
    assert (verdict.status, verdict.fields) == (400, ())


def test_too_many_credentials_are_refused() -> None:
    assert isinstance(gate().check(request(*["Basic x"] * 9), 0.0, HERE), Refused)


@pytest.mark.parametrize(
    "text",
    [
        "Basic YWxpY2U6d29uZGVy",
        'Digest username="alice", realm="elsewhere", nonce="n", uri="sip:x", response="0"',
        'Digest username="alice", realm="example.org", nonce="n", uri="x", response="0", algorithm=MD5-sess',
    ],
)
def test_credentials_that_are_not_for_us_are_no_attempt(text: str) -> None:
    one = gate()
    assert isinstance(one.check(request(text), 0.0, HERE), Challenged)
    assert one.poll() == []


def test_our_credentials_are_found_beside_those_for_others() -> None:
    one = gate()
    other = str(Credentials("alice", "elsewhere", "n", "sip:x", "0"))
    assert one.check(request(other, respond(challenged(one))), 0.0, HERE) == Authenticated("alice")


def test_an_algorithm_that_was_not_offered_is_not_taken() -> None:
    one = gate(algorithms=("SHA-256",))
    nonce = challenged(one).nonce
    weak = respond(Challenge(REALM, nonce, "MD5", ("auth",)))
    assert isinstance(one.check(request(weak), 0.0, HERE), Challenged)


def test_an_account_without_a_hash_of_the_algorithm_is_like_an_unknown_one() -> None:
    md5 = {"alice": PasswordHashes({"MD5": HASHES["alice"].by_algorithm["MD5"]})}
    one = Authenticator(REALM, md5.get, key=KEY, random=bytes)
    assert isinstance(one.check(request(respond(challenged(one))), 0.0, HERE), Refused)


def test_challenges_are_not_remembered_and_nonces_in_use_are_bounded() -> None:
    one = gate(max_nonces=3)
    for number in range(10):
        challenge = challenged(one, float(number))
        assert one.remembered == min(number, 3)
        one.check(request(respond(challenge)), float(number), HERE)


def test_hashes_are_not_shown() -> None:
    assert repr(HASHES["alice"]) == "PasswordHashes(MD5, SHA-256)"


@pytest.mark.parametrize("options", [{"algorithms": ()}, {"algorithms": ("SHA-1",)}, {"key": b"short"}])
def test_what_would_be_unsafe_is_a_bug(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Authenticator(REALM, HASHES.get, **{"key": KEY, "random": bytes, **options})


STATUSES: tuple[Literal[401, 407], ...] = (401, 407)


@pytest.mark.parametrize("status", STATUSES)
def test_a_refusal_keeps_the_status_that_was_asked_for(status: Literal[401, 407]) -> None:
    one = gate()
    name = "Authorization" if status == 401 else "Proxy-Authorization"
    verdict = one.check(request(respond(challenged(one), password="x"), name=name), 0.0, HERE, status)
    assert isinstance(verdict, Refused)
    assert verdict.status == status
