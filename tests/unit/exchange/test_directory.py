from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenario.exchange.office import ACCOUNTS, NUMBER, TRUNK
from voicecore.calls.destination import Denied, PickUp, ToFlow, ToParty
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.exchange.directory import ExchangeDirectory
from voicecore.guard.guard import Guard
from voicecore.guard.settings import GuardSettings
from voicecore.registrar.account import Account, Accounts
from voicecore.sip.uri import Uri

ALICE, BOB = Party(PartyKind.ACCOUNT, "alice"), Party(PartyKind.ACCOUNT, "bob")
LOCAL, CARRIER = Party(PartyKind.LOCAL), Party(PartyKind.TRUNK, TRUNK.name)
NUMBERS = NumberTable(
    [NumberEntry("1000", "a:b"), NumberEntry("+4989123450", "c:d"), NumberEntry("08.", "e:f")]
)


class Known:
    """What a directory asks of phones."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._accounts = Accounts(accounts)

    def account(self, user: str) -> Account | None:
        return self._accounts.find(user)


def directory(*public: str) -> ExchangeDirectory:
    guard = Guard(GuardSettings(public=public))
    return ExchangeDirectory(
        NUMBERS,
        Known(ACCOUNTS),  # type: ignore[arg-type]
        [TRUNK],
        guard,
        lambda name, number: name == "alice" and number.startswith("+49"),
    )


def leads(user: str, who: Party, *public: str) -> str:
    match directory(*public).find(Uri("sip", user, host="192.0.2.1"), who, 0.0):
        case ToFlow(entry):
            return entry.flow
        case ToParty(target):
            return target
        case PickUp():
            return "picked up"
        case Denied(status, _):
            return str(status)


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        # whom it leads to: alice, bob, this machine, the carrier, a stranger
        ("1000", ("a:b", "a:b", "a:b", "a:b", "404")),
        ("1002", ("phone:bob", "phone:bob", "404", "phone:bob", "404")),
        ("carol", ("phone:carol", "phone:carol", "404", "phone:carol", "404")),
        (NUMBER, (f"tel:{NUMBER}", "404", "404", "404", "404")),
        ("030123456", ("tel:030123456", "404", "404", "404", "404")),
        ("004989123450", ("tel:004989123450", "404", "404", "c:d", "404")),
        ("0899", ("e:f", "e:f", "e:f", "e:f", "404")),
        ("", ("404", "404", "404", "404", "404")),
        (
            f"{NUMBER};trunk=carrier",
            (f"tel:{NUMBER}", "404", "404", "404", "404"),
        ),  # parameters choose nothing
        ("phone:bob", ("404", "404", "404", "404", "404")),
    ],
)
def test_where_a_number_leads(dialled: str, expected: tuple[str, ...]) -> None:
    assert tuple(leads(dialled, who) for who in (ALICE, BOB, LOCAL, CARRIER, STRANGER)) == expected


def test_public_numbers_are_everybodys_and_no_more_than_that() -> None:
    assert leads("1000", STRANGER, "1000") == "a:b"
    assert leads("0899", STRANGER, "1000") == "404"
    for dialled in ("1002", "alice", NUMBER):
        assert leads(dialled, STRANGER, ".", "+.") == "404"


@given(st.text(max_size=40), st.sampled_from([STRANGER, LOCAL, CARRIER, BOB]), st.booleans())
def test_whatever_is_dialled_only_who_may_reaches_a_trunk(dialled: str, who: Party, is_open: bool) -> None:
    assert not leads(dialled, who, *((".", "+.") if is_open else ())).startswith("tel:")
