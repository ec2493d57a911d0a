from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.scenario.exchange.office import ACCOUNTS, TRUNK
from tests.unit.registrar.texts import register_text
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.exchange.gate import ExchangeGate, Surroundings
from voicecore.guard.guard import Guard
from voicecore.guard.rates import Load
from voicecore.guard.settings import (
    GuardSettings,
    OverloadSettings,
    PolicySettings,
    Rate,
    RateSettings,
    Strangers,
)
from voicecore.registrar.account import Accounts
from voicecore.sip.authenticator import Authenticator, FailedLogin
from voicecore.sip.digest import Challenge, answer
from voicecore.sip.gate import Ignore, LetIn, TurnAway
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Request
from voicecore.sip.parser import parse_datagram
from voicecore.testing.sip_text import request_text
from voicecore.trunks.board import TrunkBoard

OURS = Address("192.0.2.1", 5060)
STRANGE = Hop("UDP", OURS, Address("203.0.113.66", 5060))
PHONE = Hop("UDP", OURS, Address("192.0.2.7", 5060))
CARRIER = Hop("UDP", OURS, Address("198.51.100.10", 5060))
HERE = Hop("UDP", OURS, Address("127.0.0.1", 5070))
CALM = Load(0.0, 0, 0, True)
BUSY = Load(9.0, 0, 0, True)


class Registered:
    """Phones, of which one is registered at `PHONE`."""

    def __len__(self) -> int:
        return len(ACCOUNTS)

    def is_registered_at(self, hop: Hop) -> bool:
        return hop == PHONE

    def is_guest(self, name: str) -> bool:
        return name == "carol"


@dataclass
class Made:
    gate: ExchangeGate
    guard: Guard
    touched: int = 0

    def judge(self, method: str, hop: Hop, *fields: str, user: str = "1000") -> object:
        uri = f"sip:{user}@192.0.2.1"
        text = request_text(method, hop.remote, OURS, uri=uri, fields=fields)
        if method == "REGISTER":
            text = register_text("<sip:alice@192.0.2.7>", source=hop.remote, fields=fields)
        request = parse_datagram(text)
        assert isinstance(request, Request)
        return self.gate.judge(request, hop, 0.0)


def made(settings: GuardSettings | None = None, *, load: Load = CALM) -> Made:
    guard = Guard(settings or GuardSettings())
    accounts = Accounts(ACCOUNTS)
    authenticator = Authenticator("voicecore", accounts.hashes, key=bytes(32), random=bytes)
    board = TrunkBoard([TRUNK], {}, 0.0, random=lambda: 0.5, token=lambda n: "t" * n)
    around = Surroundings(lambda hop: (), lambda: load, lambda number: number == "1000", {})
    gate = ExchangeGate(guard, board, Registered(), authenticator, around, lambda: None)  # type: ignore[arg-type]
    return Made(gate, guard)


def credentials(told: object, user: str, password: str, *, method: str = "INVITE") -> str:
    assert isinstance(told, TurnAway)
    challenge = Challenge.parse(told.fields[0][1])
    uri = "sip:1000@192.0.2.1"
    made = answer(
        challenge, username=user, password=password, method=method, uri=uri, cnonce="c", nonce_count=1
    )
    return f"Authorization: {made}"


def outcome(verdict: object) -> object:
    """A status, a party, or None for no answer."""
    match verdict:
        case TurnAway(status):
            return status
        case LetIn(who):
            return who
        case _:
            return None


@pytest.mark.parametrize(
    ("method", "strange", "phone", "carrier", "here"),
    [
        ("INVITE", 401, 401, "trunk carrier", "local"),
        ("REGISTER", "stranger", "stranger", 403, "stranger"),
        ("SUBSCRIBE", 401, 401, 403, 401),
        ("MESSAGE", 401, 401, 403, 401),
        ("REFER", 401, 401, 403, 401),
        ("OPTIONS", None, "stranger", "trunk carrier", "local"),
        ("BYE", None, "stranger", "trunk carrier", "local"),
        ("NOTIFY", None, "stranger", "trunk carrier", "local"),
    ],
)
def test_what_each_source_meets(
    method: str, strange: object, phone: object, carrier: object, here: object
) -> None:
    met = [outcome(made().judge(method, hop)) for hop in (STRANGE, PHONE, CARRIER, HERE)]
    assert [str(one) if isinstance(one, Party) else one for one in met] == [strange, phone, carrier, here]


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE"])
def test_a_stranger_whose_program_says_that_it_scans_is_told_nothing(method: str) -> None:
    assert isinstance(made().judge(method, STRANGE, "User-Agent: friendly-scanner"), Ignore)
    assert isinstance(made().judge(method, CARRIER, "User-Agent: friendly-scanner"), LetIn | TurnAway)


def test_a_password_makes_an_account() -> None:
    one = made()
    told = one.judge("INVITE", PHONE)
    found = outcome(one.judge("INVITE", PHONE, credentials(told, "alice", "alice")))
    assert found == Party(PartyKind.ACCOUNT, "alice")


def test_a_short_lived_password_makes_a_guest() -> None:
    one = made()
    told = one.judge("INVITE", PHONE)
    assert outcome(one.judge("INVITE", PHONE, credentials(told, "carol", "carol"))) == Party(
        PartyKind.GUEST, "carol"
    )


def test_a_wrong_password_is_evidence_in_full_only_with_a_nonce_of_ours() -> None:
    for nonce_is_ours, banned in ((True, True), (False, False)):
        one = made()
        for _ in range(5):
            one.gate.login_failed(FailedLogin(STRANGE.remote.host, "alice", nonce_is_ours), STRANGE, 0.0)
        assert isinstance(one.judge("INVITE", STRANGE), Ignore) is banned


def test_a_busy_machine_takes_no_call_but_answers_what_is_none() -> None:
    one = made(GuardSettings(overload=OverloadSettings(lateness_s=1.0)), load=BUSY)
    refused = one.judge("INVITE", CARRIER)
    assert isinstance(refused, TurnAway)
    assert (refused.status, refused.fields[0][0]) == (503, "Retry-After")
    assert outcome(one.judge("OPTIONS", CARRIER)) == Party(PartyKind.TRUNK, "carrier")


def test_who_asks_too_often_is_told_503_and_a_stranger_nothing() -> None:
    slow = RateSettings(by_method=(("INVITE", Rate(0.1, 1.0)),))
    for hop, then in ((PHONE, 503), (STRANGE, None)):
        one = made(GuardSettings(rates=slow))
        assert outcome(one.judge("INVITE", hop)) == 401
        assert outcome(one.judge("INVITE", hop)) == then


def test_only_who_is_known_is_told_of_its_nonsense() -> None:
    gate = made().gate
    assert [gate.answers_malformed(hop, 0.0) for hop in (STRANGE, PHONE, CARRIER, HERE)] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("strangers", [Strangers.REFUSE, Strangers.SILENCE])
def test_credentials_change_nothing_where_strangers_are_not_challenged(strangers: Strangers) -> None:
    one = made(GuardSettings(policy=PolicySettings(strangers)))
    lies = ("Authorization: Basic x", "Authorization: Digest =", "Proxy-Authorization: Digest a=b")
    plain = outcome(one.judge("INVITE", STRANGE))
    assert [outcome(one.judge("INVITE", STRANGE, lie)) for lie in lies] == [plain] * 3


def test_a_stranger_calls_a_public_number_as_a_stranger_whatever_it_shows() -> None:
    one = made(GuardSettings(public=("1000",)))
    assert outcome(one.judge("INVITE", STRANGE)) == STRANGER
    elsewhere = 'Authorization: Digest username="a", realm="x", nonce="n", uri="sip:x", response="r"'
    assert outcome(one.judge("INVITE", STRANGE, elsewhere)) == STRANGER
