from __future__ import annotations

import pytest

from tests.scenario.exchange.office import TRUNK, outgoing, trunk
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.calls.reception import CONNECT
from voicecore.exchange.reception import ExchangeReception
from voicecore.sip.call_options import DEFAULT
from voicecore.sip.call_options import Use as Option
from voicecore.sip.headers import Headers
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri
from voicecore.trunks.trunk import SessionPolicy, Trunk, Use

ALICE, CARRIER, LOCAL = (
    Party(PartyKind.ACCOUNT, "alice"),
    Party(PartyKind.TRUNK, TRUNK.name),
    Party(PartyKind.LOCAL),
)
HOP = Hop("UDP", Address("192.0.2.1", 5060), Address("192.0.2.7", 5060))


def reception(agreed: Trunk = TRUNK) -> ExchangeReception:
    """What it needs of directory, phones, books and watching has its own tests."""
    return ExchangeReception(
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        [agreed],
        None,  # type: ignore[arg-type]
        lambda: 0.0,
        "192.0.2.1",
        None,
        None,  # type: ignore[arg-type]
    )


def request(caller: str, *fields: tuple[str, str], method: str = "INVITE") -> Request:
    headers = Headers.of(("From", f"<{caller}>;tag=1"), ("To", "<sip:1000@192.0.2.1>"), *fields)
    return Request(method, Uri.parse("sip:1000@192.0.2.1"), headers)


@pytest.mark.parametrize(
    ("claimed", "who", "shown"),
    [
        ("sip:bob@192.0.2.1", ALICE, "sip:alice@192.0.2.1"),
        ("sip:030123456@carrier.example", CARRIER, "sip:+4930123456@192.0.2.1"),
        ("sip:anonymous@anonymous.invalid", CARRIER, "sip:anonymous@192.0.2.1"),
        ("sip:x@203.0.113.66", STRANGER, "sip:x@203.0.113.66"),
        ("sip:alice@192.0.2.1", STRANGER, "sip:anonymous@anonymous.invalid"),
        ("sip:tester@127.0.0.1", LOCAL, "sip:tester@127.0.0.1"),
    ],
)
def test_who_calls_is_what_was_proved(claimed: str, who: Party, shown: str) -> None:
    assert reception().caller(request(claimed), who) == shown


def test_only_a_trusted_carrier_is_believed_what_it_asserts() -> None:
    call = request("sip:+4930555@carrier.example", ("P-Asserted-Identity", "<sip:+4930777@carrier.example>"))
    trusted = reception(trunk(outgoing=outgoing(trusted=True)))
    assert (reception().is_trusted(CARRIER), trusted.is_trusted(CARRIER)) == (False, True)
    assert not trusted.is_trusted(ALICE)
    assert reception().caller(call, CARRIER) == "sip:+4930555@192.0.2.1"
    assert trusted.caller(call, CARRIER) == "sip:+4930777@192.0.2.1"


def test_the_extensions_of_a_call_are_those_of_its_trunk() -> None:
    agreed = reception(trunk(session=SessionPolicy(session_timer=Use.OFF)))
    assert agreed.options(CARRIER).timer is Option.OFF
    assert agreed.options(ALICE) == DEFAULT


def test_only_strangers_may_not_transfer() -> None:
    assert [reception().may_transfer(who) for who in (ALICE, CARRIER, LOCAL, STRANGER)] == [
        True,
        True,
        True,
        False,
    ]


def test_whom_a_phone_dialled_is_rung_by_the_connecting_flow() -> None:
    entry = reception().connecting("1002", "phone:bob")
    assert (entry.match, entry.flow, dict(entry.args)) == ("1002", CONNECT, {"target": "phone:bob"})
