from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from tests.scenario.exchange.office import NUMBER, PLENTY, TRUNK, trunk
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.calls.route import NotPermitted, Purpose
from voicecore.errors import Unavailable
from voicecore.exchange.books import Books, fraud_settings_with, payer_of
from voicecore.guard.fraud import Payer, PayerKind
from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings, Limits
from voicecore.guard.ledger import Ledger
from voicecore.guard.settings import Rate
from voicecore.ids import LegId
from voicecore.testing.simulated_site import account
from voicecore.trunks.board import TrunkBoard
from voicecore.trunks.limits import Direction
from voicecore.trunks.trunk import Capacity, Trunk

ALICE = Payer(PayerKind.ACCOUNT, "alice")
SERVER = TRUNK.servers[0].uri
ANYWHERE = FraudSettings(accounts=Allowance(Destinations(allow=(".", "+.")), PLENTY))


class Desk:
    """Books over one trunk, at a time that the test sets."""

    def __init__(self, settings: FraudSettings = ANYWHERE, over: Trunk = TRUNK) -> None:
        self.now = 0.0
        self.board = TrunkBoard([over], {}, 0.0, random=lambda: 0.5, token=lambda n: "t" * n)
        self.books = Books(
            Ledger(settings, 0.0),
            self.board,
            lambda: self.now,
            lambda: datetime(2026, 1, 5, 9, tzinfo=UTC),
            lambda: None,
        )

    def lines(self) -> tuple[int, int]:
        status = self.board.status(lambda at: datetime(2026, 1, 5, tzinfo=UTC))[0]
        return status.inbound, status.outbound


def test_an_account_pays_for_what_it_dials_and_a_flow_for_what_it_dials_itself() -> None:
    alice = Party(PartyKind.ACCOUNT, "alice")
    assert payer_of(Purpose("sip:x@y", "a:b", alice)) == ALICE
    for party in (STRANGER, Party(PartyKind.TRUNK, "carrier"), Party(PartyKind.LOCAL)):
        assert payer_of(Purpose("sip:x@y", "a:b", party)) == Payer(PayerKind.FLOW, "a:b")
        assert payer_of(Purpose("sip:x@y", None, party)) is None


def test_without_a_payer_nothing_leaves() -> None:
    desk = Desk()
    with pytest.raises(NotPermitted):
        desk.books.outbound(LegId(1), None, TRUNK.name, SERVER, NUMBER)
    assert desk.lines() == (0, 0)


def test_what_an_account_may_not_call_takes_no_line() -> None:
    desk = Desk(FraudSettings())
    with pytest.raises(NotPermitted) as refused:
        desk.books.outbound(LegId(1), ALICE, TRUNK.name, SERVER, NUMBER)
    assert refused.value.status == 403
    assert desk.lines() == (0, 0)


def test_a_leg_takes_a_line_until_it_is_over() -> None:
    desk = Desk()
    permit = desk.books.outbound(LegId(1), ALICE, TRUNK.name, SERVER, NUMBER)
    permit.begun(lambda: None)
    assert desk.lines() == (0, 1)
    permit.answered()
    permit.over(200)
    assert desk.lines() == (0, 0)


def test_a_full_trunk_is_no_matter_of_leave() -> None:
    desk = Desk(over=trunk(capacity=Capacity(inbound=1, outbound=0)))
    with pytest.raises(Unavailable):
        desk.books.outbound(LegId(1), ALICE, TRUNK.name, SERVER, NUMBER)
    inbound = desk.books.inbound(TRUNK.name)
    with pytest.raises(Unavailable):
        desk.books.inbound(TRUNK.name)
    inbound.over(503)
    assert desk.board.admit(TRUNK.name, Direction.INBOUND, 0.0) is None


def test_a_leg_that_sent_nothing_says_nothing_of_the_server() -> None:
    desk = Desk()
    for number, status in ((1, None), (2, None), (3, None)):
        desk.books.outbound(LegId(number), ALICE, TRUNK.name, SERVER, NUMBER).over(status)
    assert desk.board.choose(TRUNK.name)[0].uri == SERVER
    for number in (4, 5):
        desk.books.outbound(LegId(number), ALICE, TRUNK.name, SERVER, NUMBER).over(503)
    assert desk.board.choose(TRUNK.name)[0].uri != SERVER


def test_legs_are_hung_up_when_the_money_is_gone() -> None:
    poor = Allowance(Destinations(allow=("+.",)), Limits(Rate(10.0, 10.0), 5, spend=1.0))
    desk = Desk(FraudSettings(accounts=poor, prices=MappingProxyType({"+49": 1.0})))
    ended: list[str] = []
    permit = desk.books.outbound(LegId(1), ALICE, TRUNK.name, SERVER, NUMBER)
    permit.begun(lambda: ended.append("hung up"))
    permit.answered()
    due = desk.books.next_timer()
    assert due == pytest.approx(60.0)
    desk.now = 60.0
    desk.books.handle_timer(60.0)
    assert ended == ["hung up"]
    permit.over(200)
    assert desk.lines() == (0, 0)


# -- an account's own patterns ----------------------------------------------------------------------
def test_an_accounts_own_patterns_count_in_place_of_everybodys_but_not_of_what_is_denied() -> None:
    everybody = Allowance(Destinations(allow=("+43.",), deny=("+4915.",)), PLENTY)
    settings = fraud_settings_with(FraudSettings(accounts=everybody), [account("alice", allow=["+49."])])
    desk = Desk(settings)
    reached = [
        desk.books.may_call("alice", number) for number in (NUMBER, "+4366412345678", "+4915112345678")
    ]
    assert reached == [True, False, False]
    assert desk.books.may_call("bob", "+4366412345678")


def test_an_accounts_own_patterns_join_those_of_its_entry() -> None:
    own = Allowance(Destinations(allow=("+43.",)), replace(PLENTY, concurrent=7))
    settings = FraudSettings(account=MappingProxyType({"alice": own}))
    joined = fraud_settings_with(settings, [account("alice", allow=["+49."]), account("bob")])
    assert joined.account["alice"].destinations.allow == ("+43.", "+49.")
    assert joined.account["alice"].limits.concurrent == 7
    assert "bob" not in joined.account


def test_emergency_numbers_are_everybodys() -> None:
    assert Desk(FraudSettings(always=("112",))).books.may_call("bob", "112")
