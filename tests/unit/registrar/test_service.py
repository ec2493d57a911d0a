"""What strangers, wrong passwords and other accounts are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.registrar.texts import (
    ACCOUNTS,
    DOMAIN,
    HERE,
    PHONE,
    RULES,
    hop_from,
    register_text,
    request_of,
    values_in,
)
from voicecore.registrar.account import Account
from voicecore.registrar.facts import Registered
from voicecore.registrar.registrar import Registrar, RegistrarAnswer
from voicecore.registrar.service import RegistrarService
from voicecore.sip.authenticator import Authenticator, FailedLogin
from voicecore.sip.digest import Challenge, answer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def service() -> RegistrarService:
    serial = iter(range(1, 10**6))
    gate = Authenticator(
        DOMAIN, ACCOUNTS.hashes, key=bytes(32), random=lambda size: next(serial).to_bytes(size, "big")
    )
    registrar = Registrar(RULES, ACCOUNTS, lambda _: f"binding-{next(serial)}")
    return RegistrarService(registrar, gate, ACCOUNTS, lambda _: NOON)


def attempt(
    one: RegistrarService, *, user: str = "alice", name: str = "alice", password: str = "wonder"
) -> RegistrarAnswer:
    """REGISTER for `user`, challenged, and again with the credentials of `name`."""
    plain = request_of(register_text(HERE, user=user))
    challenge = Challenge.parse(values_in(one.receive(plain, hop_from(PHONE), 0.0), "WWW-Authenticate")[0])
    credentials = answer(
        challenge, username=name, password=password, method="REGISTER", uri=f"sip:{DOMAIN}", cnonce="c"
    )
    text = register_text(HERE, user=user, cseq=2, fields=[f"Authorization: {credentials}"])
    return one.receive(request_of(text), hop_from(PHONE), 0.0)


def test_the_owner_is_registered_and_told_the_time() -> None:
    one = service()
    answered = attempt(one)
    assert answered.status == 200
    assert values_in(answered, "Contact") == [f"{HERE};expires=600"]
    assert values_in(answered, "Date") == ["Mon, 23 Nov 2026 12:00:00 GMT"]
    (fact,) = one.poll()
    assert isinstance(fact, Registered)
    assert one.poll() == []


def test_nobody_registers_without_a_password() -> None:
    one = service()
    for user in ("alice", "nobody"):
        answered = one.receive(request_of(register_text(HERE, user=user)), hop_from(PHONE), 0.0)
        assert (answered.status, answered.keep) == (401, False)
    assert one.poll() == []
    assert len(one.registrar) == 0


def test_an_unknown_account_is_told_what_a_wrong_password_is_told() -> None:
    known, unknown = service(), service()
    answers = [
        attempt(known, user="alice", name="alice", password="guess"),
        attempt(unknown, user="nobody", name="nobody", password="guess"),
    ]
    assert answers[0] == answers[1]
    assert known.poll() == [FailedLogin(PHONE.host, "alice")]
    assert unknown.poll() == [FailedLogin(PHONE.host, "nobody")]


@pytest.mark.parametrize("user", ["bob", "nobody"])
def test_an_account_registers_only_itself_and_learns_nothing_of_others(user: str) -> None:
    one = service()
    assert attempt(one, user=user) == RegistrarAnswer(403, "Forbidden")
    assert len(one.registrar) == 0


def test_what_is_refused_to_all_is_refused_before_the_challenge() -> None:
    one = service()
    elsewhere = request_of(register_text(HERE, uri="sip:elsewhere.org"))
    assert one.receive(elsewhere, hop_from(PHONE), 0.0).status == 404
    required = request_of(register_text(HERE, fields=["Require: nonsense"]))
    assert one.receive(required, hop_from(PHONE), 0.0).status == 420


def test_the_account_of_another_request_is_known_by_its_credentials() -> None:
    one = service()
    plain = request_of(register_text())
    refused = one.authenticate(plain, hop_from(PHONE), 0.0, 407)
    assert isinstance(refused, RegistrarAnswer)
    assert refused.status == 407
    challenge = Challenge.parse(values_in(refused, "Proxy-Authenticate")[0])
    credentials = answer(
        challenge, username="bob", password="builder", method="REGISTER", uri=f"sip:{DOMAIN}", cnonce="c"
    )
    asked = request_of(register_text(fields=[f"Proxy-Authorization: {credentials}"]))
    account = one.authenticate(asked, hop_from(PHONE), 0.0, 407)
    assert isinstance(account, Account)
    assert account.name == "bob"


def test_malformed_credentials_are_refused_with_their_fault() -> None:
    asked = request_of(register_text(HERE, fields=["Authorization: Digest nonsense"]))
    answered = service().receive(asked, hop_from(PHONE), 0.0)
    assert (answered.status, answered.reason) == (400, "Malformed Digest parameters")
