"""What we show a carrier, and what we believe of one."""

from __future__ import annotations

import pytest

from voicecore.sip.headers import Field, Headers
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri
from voicecore.trunks.caller_id import ANONYMOUS, Caller, CallerId, caller_of, shown
from voicecore.trunks.trunk import CallerIdRules, IdentityHeader, NumberFormat, NumberRules, Outgoing

RULES = NumberRules("DE", NumberFormat.E164)
ASSERTED, PREFERRED = IdentityHeader.ASSERTED, IdentityHeader.PREFERRED


def outgoing(header: IdentityHeader = IdentityHeader.FROM, *, trusted: bool = False) -> Outgoing:
    rules = CallerIdRules(("+493012345XX",), "+49301234500", header, trusted=trusted)
    return Outgoing("us.example", RULES, caller_id=rules)


def invite(*fields: Field) -> Request:
    return Request("INVITE", Uri.parse("sip:1@us.example"), Headers(fields))


def test_an_allowed_number_is_shown_as_the_carrier_writes_it() -> None:
    made = shown(CallerId("+49301234512", "Sales"), outgoing())
    assert str(made.from_) == "<sip:49301234512@us.example>"
    assert made.headers == ()


def test_a_name_is_shown_beside_an_allowed_number_where_the_rules_say_so() -> None:
    rules = CallerIdRules(("+493012345XX",), "+49301234500", names=True)
    named = Outgoing("us.example", RULES, caller_id=rules)
    for number, told in (("+49301234512", '"Sales" <sip:49301234512@us.example>'), ("+4930999999", None)):
        made = shown(CallerId(number, "Sales"), named)
        assert str(made.from_) == (told or "<sip:49301234500@us.example>")


@pytest.mark.parametrize("number", ["+4930999999", None, "112"])
def test_any_other_becomes_the_default(number: str | None) -> None:
    made = shown(CallerId(number, "The President"), outgoing())
    assert str(made.from_) == "<sip:49301234500@us.example>"


@pytest.mark.parametrize(
    ("header", "trusted", "name"),
    [
        (ASSERTED, True, "P-Asserted-Identity"),
        (ASSERTED, False, "P-Asserted-Identity"),
        (PREFERRED, False, "P-Preferred-Identity"),
    ],
)
def test_an_identity_stands_in_its_header_field(header: IdentityHeader, trusted: bool, name: str) -> None:
    made = shown(CallerId("+49301234512"), outgoing(header, trusted=trusted))
    assert made.headers == ((name, "<sip:49301234512@us.example>"),)


def test_an_anonymous_call_tells_the_number_only_within_the_trust_domain() -> None:
    wish = CallerId("+49301234512", "Sales", anonymous=True)
    hidden = shown(wish, outgoing(ASSERTED))
    assert (hidden.from_, hidden.headers) == (ANONYMOUS, (("Privacy", "id"),))
    trusted = shown(wish, outgoing(ASSERTED, trusted=True))
    assert trusted.from_ == ANONYMOUS
    assert [name for name, _ in trusted.headers] == ["Privacy", "P-Asserted-Identity"]


def test_a_trunk_can_be_anonymous_always() -> None:
    rules = Outgoing("us.example", RULES, caller_id=CallerIdRules(("+.",), anonymous=True))
    assert shown(CallerId("+49301234512"), rules).from_ == ANONYMOUS


def test_without_any_number_there_is_no_user() -> None:
    made = shown(CallerId(), Outgoing("us.example", caller_id=CallerIdRules(header=ASSERTED)))
    assert str(made.from_) == "<sip:us.example>"
    assert made.headers == ()


FROM: Field = ("From", '"Eve" <sip:030999999@carrier.example>;tag=a')


def test_an_asserted_identity_counts_only_under_trust() -> None:
    request = invite(FROM, ("P-Asserted-Identity", '"Bob" <tel:+4930123456;npdi>, <sip:b@c.example>'))
    assert caller_of(request, RULES, trusted=True) == Caller("+4930123456", "Bob", asserted=True)
    assert caller_of(request, RULES, trusted=False) == Caller("+4930999999", "Eve")


@pytest.mark.parametrize("value", ["<<nonsense", "<mailto:bob@c.example>"])
def test_an_asserted_identity_that_cannot_be_used_is_passed_over(value: str) -> None:
    request = invite(FROM, ("P-Asserted-Identity", value))
    assert caller_of(request, RULES, trusted=True) == Caller("+4930999999", "Eve")


@pytest.mark.parametrize("privacy", ["id", "user;critical", "header", "{}"])
def test_a_private_number_is_marked(privacy: str) -> None:
    request = invite(FROM, ("Privacy", privacy))
    assert caller_of(request, RULES, trusted=True) == Caller("+4930999999", "Eve", private=True)
    assert not caller_of(invite(FROM, ("Privacy", "none")), RULES, trusted=True).private


@pytest.mark.parametrize(
    "value", ['"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a', "<sip:carrier.example>;tag=a"]
)
def test_a_withheld_number_is_none(value: str) -> None:
    assert caller_of(invite(("From", value)), RULES, trusted=False) == Caller(None, "", private=True)
