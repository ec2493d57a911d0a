"""Header values of the extensions: what the RFCs show, and any text gives a value that survives writing or a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sip.headers import Headers
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.values import identity, option, refer
from voicecore.sip.values.binding import (
    DEFAULT_EXPIRES,
    Binding,
    bindings_of,
    expires_of,
    min_expires_of,
)
from voicecore.sip.values.diversion import Diversion, HistoryEntry
from voicecore.sip.values.event import Event, Subscription, SubscriptionState
from voicecore.sip.values.reason import Reason
from voicecore.sip.values.refer import ReferTo
from voicecore.sip.values.reliability import RAck, rseq_of
from voicecore.sip.values.replaces import Replaces
from voicecore.sip.values.retry_after import RetryAfter
from voicecore.sip.values.session_timer import Refresher, SessionExpires, min_se_of
from voicecore.sip.values.target_dialog import TargetDialog

PARSERS: list[Callable[[str], Any]] = [
    RAck.parse, SessionExpires.parse, Replaces.parse, ReferTo.parse, Event.parse, SubscriptionState.parse,
    Reason.parse, HistoryEntry.parse, Diversion.parse, Binding.parse, RetryAfter.parse, TargetDialog.parse,
]  # fmt: skip

GOOD: list[tuple[Callable[[str], Any], str]] = [
    (RAck.parse, "776656 1 INVITE"),
    (SessionExpires.parse, "1800;refresher=uac"),
    (SessionExpires.parse, "90"),
    (Replaces.parse, "425928@bobster.example.org;to-tag=7743;from-tag=6472;early-only"),
    (
        ReferTo.parse,
        "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D1%3Bfrom-tag%3D5>",
    ),
    (ReferTo.parse, "<sip:carol@cleveland.example.org;method=SUBSCRIBE>"),
    (Event.parse, "refer;id=93809824"),
    (SubscriptionState.parse, "terminated;reason=noresource;retry-after=5"),
    (SubscriptionState.parse, "active;expires=600000"),
    (Reason.parse, 'SIP;cause=600;text="Busy Everywhere"'),
    (HistoryEntry.parse, "<sip:bob@biloxi.example.com?Reason=SIP%3Bcause%3D302>;rc=1.2;index=1.2.1"),
    (Diversion.parse, '<sip:+19195551002@a>;privacy=off;screen=no;reason="no reply";counter=2'),
    (Binding.parse, '"Mr. Watson" <sip:watson@worcester.example.org>;x;q=0.7;expires=3600'),
    (RetryAfter.parse, "18000;duration=3600"),
    (TargetDialog.parse, "fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544"),
]

_BITS = [
    "1", "0.5", "99999999999", "INVITE", "a", "=", ";", ",", " ", '"', "\\", "<", ">", "<sip:a@b>", "sip:a", "?", "&",
    "%00", "%41", "%", "(", ")", "to-tag", "from-tag=1", ";to-tag=2", "q", "expires", "index", "cause", "text",
    "refresher=uac", "active", "reason", "counter", "duration", "method=X", "*", "\t", "\u0661", "\u00e9", "\x00",
]  # fmt: skip


@pytest.mark.parametrize(("parse", "text"), GOOD)
def test_the_examples_of_the_rfcs_are_read_and_written(parse: Callable[[str], Any], text: str) -> None:
    value = parse(text)
    assert str(value) == text
    assert parse(str(value)) == value


@given(
    st.sampled_from(PARSERS),
    st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_BITS), max_size=12).map("".join)),
)
def test_any_text_gives_a_value_that_survives_writing_or_a_fault(
    parse: Callable[[str], Any], text: str
) -> None:
    try:
        value = parse(text)
    except PeerError:
        return
    assert parse(str(value)) == value


@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 90), st.sampled_from(_BITS)), max_size=3))
def test_good_values_with_something_in_them_survive_writing_or_are_refused(
    good: tuple[Callable[[str], Any], str], inserts: list[tuple[int, str]]
) -> None:
    parse, text = good
    for place, bit in inserts:
        text = text[:place] + bit + text[place:]
    try:
        value = parse(text)
    except PeerError:
        return
    assert parse(str(value)) == value


@given(st.lists(st.sampled_from(_BITS), max_size=12).map("".join))
def test_any_text_in_a_field_that_is_read_by_name_gives_a_value_or_a_fault(text: str) -> None:
    names = (
        "Privacy",
        "Require",
        "Allow",
        "Allow-Events",
        "Expires",
        "Contact",
        "P-Asserted-Identity",
        "RSeq",
    )
    headers = Headers.of(
        *[(name, text) for name in (*names, "Min-SE", "Refer-Sub", "Referred-By", "Min-Expires")]
    )
    reads: list[Callable[[Headers], object]] = [
        identity.privacy_of, identity.asserted_identities_of, option.methods_of, option.packages_of, expires_of,
        bindings_of, rseq_of, min_se_of, refer.refer_sub_of, refer.referred_by_of, min_expires_of,
        lambda headers: option.options_of(headers, "Require"),
    ]  # fmt: skip
    for read in reads:
        try:
            read(headers)
        except PeerError:
            continue


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (RAck.parse, "776656 1"),
        (RAck.parse, "4294967296 1 INVITE"),
        (SessionExpires.parse, "1800;refresher=nobody"),
        (SessionExpires.parse, "-5"),
        (TargetDialog.parse, "a;local-tag=1"),
        (TargetDialog.parse, ";local-tag=1;remote-tag=2"),
        (Replaces.parse, "a;to-tag=1"),
        (Replaces.parse, "a;to-tag=1;to-tag=2;from-tag=3"),
        (ReferTo.parse, "<sip:a@b?Subject=x%0d%0aVia:%20y>"),
        (ReferTo.parse, "<sip:a@b?Sub/ject=x>"),
        (ReferTo.parse, "<sip:a@b?" + "&".join(["a=b"] * 17) + ">"),
        (Event.parse, ""),
        (SubscriptionState.parse, "resting"),
        (Reason.parse, "Q.850;cause=x"),
        (HistoryEntry.parse, "<sip:a@b>"),
        (HistoryEntry.parse, "<sip:a@b>;index=1.x"),
        (Diversion.parse, "<sip:a@b>;counter=many"),
        (Binding.parse, "<sip:a@b>;q=1.5"),
        (RetryAfter.parse, "soon"),
        (RetryAfter.parse, "5 (no end"),
    ],
)
def test_broken_values_are_refused(parse: Callable[[str], Any], text: str) -> None:
    with pytest.raises(PeerError):
        parse(text)


def test_a_session_is_refreshed_by_whom_both_agreed_on() -> None:
    headers = Headers.of(("x", "4000;refresher=UAS"), ("Min-SE", "120"))
    assert SessionExpires.of(headers) == SessionExpires(4000, Refresher.UAS)
    assert min_se_of(headers) == 120
    assert (SessionExpires.of(Headers()), min_se_of(Headers())) == (None, 90)
    assert min_se_of(Headers.of(("Min-SE", "5"))) == 90


def test_reliable_provisional_responses_have_numbers() -> None:
    assert rseq_of(Headers.of(("RSeq", "988789"))) == 988789
    assert rseq_of(Headers()) is None
    assert RAck.of(Headers.of(("RAck", "776656 1 INVITE"))) == RAck(776656, 1, "INVITE")
    assert RAck.of(Headers()) is None


def test_an_attended_transfer_names_the_dialog_that_it_replaces() -> None:
    value = "<sip:dave@denver.example.org?Replaces=12%40a%3Bto-tag%3D1%3Bfrom-tag%3D5&Subject=x>"
    wish = ReferTo.of(Headers.of(("r", value)))
    assert wish.target == Uri("sip", "dave", host="denver.example.org")
    assert (wish.method, wish.fields[1]) == ("INVITE", ("Subject", "x"))
    assert wish.replaces == Replaces("12@a", to_tag="1", from_tag="5")
    assert ReferTo.parse("<sip:a@b>").replaces is None


@pytest.mark.parametrize("fields", [[], [("Refer-To", "<sip:a@b>"), ("Refer-To", "<sip:a@b>")]])
def test_a_refer_has_one_target(fields: list[tuple[str, str]]) -> None:
    with pytest.raises(PeerError):
        ReferTo.of(Headers(fields))


def test_two_dialogs_cannot_be_replaced_by_one() -> None:
    value = "a;to-tag=1;from-tag=2"
    assert Replaces.of(Headers.of(("Replaces", value))) == Replaces("a", "1", "2")
    with pytest.raises(PeerError):
        Replaces.of(Headers.of(("Replaces", value), ("Replaces", value)))


def test_a_refer_makes_a_subscription_unless_it_says_not() -> None:
    assert refer.refer_sub_of(Headers())
    assert not refer.refer_sub_of(Headers.of(("Refer-Sub", "False")))
    referrer = refer.referred_by_of(Headers.of(("b", "<sip:a@b>;cid=x")))
    assert referrer is not None
    assert referrer.parameter("cid") == "x"
    assert refer.referred_by_of(Headers()) is None


def test_an_event_and_the_state_of_its_subscription() -> None:
    headers = Headers.of(
        ("o", "dialog ; id=4"), ("Subscription-State", "Terminated;reason=TIMEOUT;expires=0")
    )
    assert Event.of(headers) == Event("dialog", "4")
    assert SubscriptionState.of(headers) == SubscriptionState(Subscription.TERMINATED, 0, "timeout")
    assert (Event.of(Headers()), SubscriptionState.of(Headers())) == (None, None)


def test_the_history_of_a_call_is_in_the_order_of_the_message() -> None:
    headers = Headers.of(("History-Info", "<sip:a@b>;index=1, <sip:c@d>;index=1.1;rc=1"))
    first, second = HistoryEntry.all_of(headers)
    assert (first.index, first.changed_from) == ((1,), None)
    assert (second.index, second.changed_from, second.address.uri.user) == ((1, 1), "1", "c")


def test_diversions_are_read_latest_first() -> None:
    headers = Headers.of(("Diversion", '<sip:a@b>;reason="Do Not Disturb";privacy=full, <sip:c@d>'))
    latest, original = Diversion.all_of(headers)
    assert (latest.reason, latest.counter, latest.is_private) == ("do not disturb", 1, True)
    assert (original.reason, original.is_private) == ("unknown", False)


def test_two_identities_are_asserted_and_no_more() -> None:
    pair = '"Cullen Jennings" <sip:fluffy@example.com>, tel:+14085264000'
    values = identity.asserted_identities_of(Headers.of(("P-Asserted-Identity", pair)))
    assert [str(value.uri) for value in values] == ["sip:fluffy@example.com", "tel:+14085264000"]
    assert identity.preferred_identities_of(Headers()) == ()
    with pytest.raises(PeerError):
        identity.asserted_identities_of(Headers.of(("P-Asserted-Identity", pair + ", sip:x@y")))


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ("id", True),
        ("Header; user", True),
        ("none", False),
        ("id;none", False),
        ("critical", False),
        ("", False),
    ],
)
def test_privacy_hides_the_caller_when_it_says_so(value: str, hidden: bool) -> None:
    assert identity.hides_caller(identity.privacy_of(Headers.of(("Privacy", value)))) is hidden


def test_every_contact_of_a_register_is_a_binding() -> None:
    headers = Headers.of(
        ("m", "<sip:a@b>;q=0.5;expires=60, <sip:c@d>;expires=soon;reg-id=1"),
        ("Expires", "7200"),
        ("Min-Expires", "60"),
    )
    bindings = bindings_of(headers)
    assert bindings is not None
    assert [(binding.q, binding.expires) for binding in bindings] == [(0.5, 60), (None, DEFAULT_EXPIRES)]
    assert bindings[1].address == NameAddr.parse("<sip:c@d>;reg-id=1")
    assert (expires_of(headers), min_expires_of(headers)) == (7200, 60)
    assert (expires_of(Headers()), min_expires_of(Headers())) == (None, None)
    assert expires_of(Headers.of(("Expires", "never"))) == DEFAULT_EXPIRES


def test_a_star_is_every_binding_and_stands_alone() -> None:
    assert bindings_of(Headers.of(("Contact", "*"))) is None
    assert bindings_of(Headers()) == ()
    with pytest.raises(PeerError):
        bindings_of(Headers.of(("Contact", "*"), ("Contact", "<sip:a@b>")))
    with pytest.raises(PeerError):
        bindings_of(Headers.of(("Contact", ",".join(["<sip:a@b>"] * 101))))


def test_sets_of_options_methods_and_packages() -> None:
    headers = Headers.of(
        ("k", "100rel, Timer"), ("Supported", "replaces"), ("Allow", "INVITE,ACK"), ("u", "refer")
    )
    assert option.options_of(headers, "Supported") == {"100rel", "timer", "replaces"}
    assert option.options_of(headers, "Require") == frozenset()
    assert option.methods_of(headers) == frozenset({"INVITE", "ACK"})
    assert option.methods_of(Headers()) is None
    assert option.packages_of(headers) == {"refer"}


def test_a_comment_in_retry_after_is_passed_over() -> None:
    headers = Headers.of(("Retry-After", "120 (I'm in a (long) meeting);duration=60"))
    assert RetryAfter.of(headers) == RetryAfter(120, 60)
    assert RetryAfter.of(Headers()) is None
