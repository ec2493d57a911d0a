"""Bindings by RFC 3261, 10.3: what a REGISTER changes, what it may not, and what the answer lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.registrar.texts import (
    ALICE,
    DOMAIN,
    HERE,
    PHONE,
    RULES,
    SERVER,
    Desk,
    contacts_in,
    hop_from,
    register_text,
    request_of,
    values_in,
)
from voicecore.errors import UsageError
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.change import MAX_CALL_ID, MAX_USER_AGENT
from voicecore.registrar.facts import Expired, Refreshed, Registered, Removal, Unregistered
from voicecore.registrar.rules import RegistrarRules
from voicecore.registrar.wish import MAX_CONTACT
from voicecore.sip.authenticator import PasswordHashes
from voicecore.sip.hop import Address
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri

OFFICE, HOME = "<sip:alice@192.0.2.8>", "<sip:alice@192.0.2.9>"


def test_a_contact_is_bound_for_as_long_as_it_asks() -> None:
    desk = Desk()
    answer = desk.register(f"{HERE};expires=120", fields=["User-Agent: Desk Phone"])
    assert (answer.status, contacts_in(answer)) == (200, [f"{HERE};expires=120"])
    (binding,) = desk.alice()
    assert (binding.aor, str(binding.target)) == (ALICE, "sip:alice@192.0.2.7")
    assert (binding.flow.hop, binding.origin.user_agent) == (hop_from(PHONE), "Desk Phone")
    assert desk.registrar.poll() == [Registered(binding)]
    assert desk.registrar.next_timer() == 220.0
    assert answer.keep


@pytest.mark.parametrize(
    ("parameter", "expires", "granted"),
    [
        ("", None, 600),
        ("", 300, 300),
        (";expires=90", 300, 90),
        (";expires=99999999", None, 1800),
        (";expires=soon", None, 1800),
        (";expires=4294967296999", None, 1800),
        ("", "never", 1800),
        (";expires", 300, 1800),
    ],
)
def test_the_contact_says_how_long_before_the_header_and_the_default(
    parameter: str, expires: int | str | None, granted: int
) -> None:
    desk = Desk()
    answer = desk.register(f"{HERE}{parameter}", expires=expires)
    assert contacts_in(answer) == [f"{HERE};expires={granted}"]


def test_an_interval_too_brief_is_refused_with_the_least() -> None:
    desk = Desk()
    answer = desk.register(HERE, expires=59)
    assert (answer.status, answer.reason) == (423, "Interval Too Brief")
    assert values_in(answer, "Min-Expires") == ["60"]
    assert desk.alice() == []
    assert not answer.keep


def test_one_brief_contact_of_two_refuses_both() -> None:
    desk = Desk()
    assert desk.register(HERE, f"{OFFICE};expires=5").status == 423
    assert desk.alice() == []
    assert desk.registrar.poll() == []


def test_the_answer_lists_every_binding_with_what_remains() -> None:
    desk = Desk()
    desk.register(HERE, expires=600)
    desk.now += 99.5
    answer = desk.register(f"{OFFICE};q=0.5", call_id="phone-2", expires=300)
    assert contacts_in(answer) == [f"{HERE};expires=501", f"{OFFICE};q=0.5;expires=300"]


def test_without_a_contact_the_bindings_are_only_listed() -> None:
    desk = Desk()
    desk.register(HERE)
    desk.registrar.poll()
    assert contacts_in(desk.register(call_id="other")) == [f"{HERE};expires=600"]
    assert desk.registrar.poll() == []


def test_a_refresh_keeps_the_binding_and_tells_what_was_before() -> None:
    desk = Desk()
    desk.register(HERE)
    (before,) = desk.alice()
    desk.registrar.poll()
    desk.now += 300
    desk.register(HERE)
    (binding,) = desk.alice()
    assert desk.registrar.poll() == [Refreshed(binding, before)]
    assert (binding.id, binding.lease.registered) == (before.id, before.lease.registered)
    assert binding.lease.expires == desk.now + 600


def test_contacts_are_compared_as_uris_and_not_as_texts() -> None:
    desk = Desk()
    desk.register("<sip:%61lice@HOST.example.org;Transport=TCP>")
    desk.register('"Alice" <sip:alice@host.example.org;transport=tcp;new=1>;q=0.1')
    assert len(desk.alice()) == 1
    desk.register("<sip:alice@host.example.org:5060;transport=tcp>")
    assert len(desk.alice()) == 2


def test_expires_zero_removes_one_binding() -> None:
    desk = Desk()
    desk.register(HERE, OFFICE)
    here, office = desk.alice()
    desk.registrar.poll()
    answer = desk.register(f"{HERE};expires=0")
    assert contacts_in(answer) == [f"{OFFICE};expires=600"]
    assert desk.registrar.poll() == [Unregistered(here, Removal.PHONE)]
    assert desk.alice() == [office]


def test_removing_what_is_not_bound_changes_nothing() -> None:
    desk = Desk()
    assert desk.register(f"{HERE};expires=0").status == 200
    assert desk.registrar.poll() == []


def test_a_star_removes_everything() -> None:
    desk = Desk()
    desk.register(HERE, OFFICE)
    assert contacts_in(desk.register("*", expires=0)) == []
    assert len(desk.registrar) == 0
    assert desk.registrar.next_timer() is None


@pytest.mark.parametrize("expires", [None, 60, "x"])
def test_a_star_needs_an_expires_of_zero(expires: int | str | None) -> None:
    desk = Desk()
    desk.register(HERE)
    assert desk.register("*", expires=expires).status == 400
    assert len(desk.alice()) == 1


def test_a_star_stands_alone() -> None:
    desk = Desk()
    desk.register(HERE)
    star = request_of(register_text("*", expires=0, cseq=2))
    # The parser refuses it from the wire: it is put together by hand.
    both = Request(star.method, star.uri, star.headers.adding("Contact", HERE))
    assert desk.registrar.register(both, hop_from(PHONE), desk.now).status == 400
    assert len(desk.alice()) == 1


@pytest.mark.parametrize("contact", [HERE, f"{HERE};expires=0"])
@pytest.mark.parametrize("cseq", [4, 5])
def test_what_comes_late_in_a_call_id_is_aborted(contact: str, cseq: int) -> None:
    desk = Desk()
    desk.register(HERE, cseq=5)
    (before,) = desk.alice()
    assert desk.register(contact, cseq=cseq).status == 500
    assert desk.alice() == [before]


def test_a_late_star_is_aborted_as_a_whole() -> None:
    desk = Desk()
    desk.register(OFFICE, call_id="phone-2", cseq=1)
    desk.register(HERE, cseq=5)
    assert desk.register("*", expires=0, cseq=5).status == 500
    assert len(desk.alice()) == 2
    assert desk.register("*", expires=0, cseq=6).status == 200
    assert desk.alice() == []


def test_another_call_id_needs_no_higher_number() -> None:
    desk = Desk()
    desk.register(HERE, cseq=900)
    assert desk.register(HERE, call_id="after-a-restart", cseq=1).status == 200
    assert desk.alice()[0].origin.cseq == 1


def test_one_late_contact_of_two_changes_neither() -> None:
    desk = Desk()
    desk.register(HERE, cseq=5)
    desk.registrar.poll()
    assert desk.register(OFFICE, HERE, cseq=5).status == 500
    assert [str(one.contact) for one in desk.alice()] == [HERE]
    assert desk.registrar.poll() == []


def test_the_same_contact_twice_is_refused() -> None:
    desk = Desk()
    assert desk.register(HERE, HERE).status == 400
    assert desk.alice() == []


def test_lookup_prefers_q_and_then_who_was_heard_of_last() -> None:
    desk = Desk()
    for number, q in enumerate(("0.5", "1.0", "0.5", "1.5", "x")):
        desk.now += 1
        desk.register(f"<sip:{number}@192.0.2.7>;q={q}", call_id=str(number))
    assert [one.contact.uri.user for one in desk.alice()] == ["4", "3", "1", "2", "0"]


def test_a_binding_that_is_not_refreshed_expires() -> None:
    desk = Desk()
    desk.register(HERE, expires=60)
    (binding,) = desk.alice()
    desk.registrar.poll()
    desk.now += 60
    assert desk.alice() == []
    assert desk.registrar.bindings(desk.now) == []
    desk.registrar.handle_timer(desk.now)
    assert desk.registrar.poll() == [Expired(binding)]
    assert desk.registrar.next_timer() is None


def test_an_old_timer_does_not_end_a_refreshed_binding() -> None:
    desk = Desk()
    desk.register(HERE, expires=60)
    desk.now += 59
    desk.register(HERE, expires=600)
    desk.now += 1
    desk.registrar.handle_timer(desk.now)
    assert len(desk.alice()) == 1


def test_one_contact_too_many_crowds_out_the_one_heard_of_longest_ago() -> None:
    desk = Desk(replace(RULES, max_contacts=2))
    for number in range(3):
        desk.now += 1
        answer = desk.register(f"<sip:{number}@192.0.2.7>", call_id=str(number))
        assert answer.status == 200
    assert [one.contact.uri.user for one in desk.alice()] == ["2", "1"]
    (gone,) = [fact for fact in desk.registrar.poll() if isinstance(fact, Unregistered)]
    assert (gone.binding.contact.uri.user, gone.why) == ("0", Removal.CROWDED_OUT)


def test_more_contacts_than_there_is_room_for_are_refused() -> None:
    desk = Desk(replace(RULES, max_contacts=2))
    assert desk.register(*(f"<sip:{n}@192.0.2.7>" for n in range(3))).status == 403
    assert desk.alice() == []


@pytest.mark.parametrize(
    "contact", ["<tel:+441632960000>", "<sip:a@" + "b" * MAX_CONTACT + ">", "<mailto:alice@example.org>"]
)
def test_a_contact_that_we_cannot_call_is_refused(contact: str) -> None:
    desk = Desk()
    assert desk.register(contact).status == 400
    assert desk.alice() == []


@pytest.mark.parametrize(
    "to", ["<sip:1001@example.org>", "<sip:alice@192.0.2.1:5060>", "sip:alice@Example.ORG"]
)
def test_numbers_and_domains_lead_to_the_same_bindings(to: str) -> None:
    desk = Desk()
    assert desk.register(HERE, to=to).status == 200
    assert [one.aor for one in desk.alice()] == [ALICE]


@pytest.mark.parametrize("to", ["<sip:nobody@example.org>", "<sip:alice@elsewhere.org>", "<tel:1001>"])
def test_an_address_of_record_that_is_not_ours_is_not_found(to: str) -> None:
    assert Desk().register(HERE, to=to).status == 404


def test_a_request_for_another_domain_is_not_found() -> None:
    assert Desk().register(HERE, uri="sip:elsewhere.org").status == 404


def test_a_required_extension_that_we_lack_is_named() -> None:
    answer = Desk().register(HERE, fields=["Require: path, pref, Outbound", "Require: gruu, timer"])
    assert answer.status == 420
    assert values_in(answer, "Unsupported") == ["pref", "timer"]


def test_what_may_not_stand_in_a_request_uri_is_left_out_of_the_target() -> None:
    desk = Desk()
    desk.register("<sip:alice@192.0.2.7;method=BYE;x=1?Replaces=1>")
    assert str(desk.alice()[0].target) == "sip:alice@192.0.2.7;x=1"


@pytest.mark.parametrize(
    ("contact", "source", "expected"),
    [
        (HERE, PHONE, False),
        ("<sip:alice@10.0.0.7:5062>", PHONE, True),
        ("<sip:alice@x7df.invalid>", PHONE, True),
        ("<sip:alice@[2001:DB8:0::1]>", Address("2001:db8::1", 5060), False),
    ],
)
def test_a_phone_behind_a_nat_is_known_by_where_it_wrote_from(
    contact: str, source: Address, expected: bool
) -> None:
    desk = Desk()
    desk.register(contact, source=source)
    (binding,) = desk.alice()
    assert binding.is_behind_nat is expected
    assert binding.flow.hop.remote == source


def test_what_is_kept_of_a_request_is_bounded() -> None:
    desk = Desk()
    assert desk.register(HERE, call_id="x" * (MAX_CALL_ID + 1)).status == 400
    assert desk.register(HERE, fields=[f"User-Agent: {'x' * 5000}"]).status == 200
    assert len(desk.alice()[0].origin.user_agent) == MAX_USER_AGENT


def test_other_accounts_are_not_touched() -> None:
    desk = Desk()
    desk.register(HERE)
    desk.register(HOME, user="bob", call_id="bob")
    desk.register("*", user="bob", call_id="bob", expires=0)
    assert len(desk.alice()) == 1


def test_a_uri_of_ours_names_its_account() -> None:
    registrar = Desk().registrar
    for text, name in (("sip:1001@192.0.2.1", "alice"), ("sips:alice@example.org", "alice")):
        account = registrar.account_of(Uri.parse(text))
        assert account is not None
        assert account.name == name
        assert registrar.aor_of(account) == ALICE
    assert registrar.account_of(Uri.parse(f"sip:{DOMAIN}")) is None
    assert SERVER.host == "192.0.2.1"


def test_rules_that_contradict_each_other_are_a_bug() -> None:
    for wrong in (
        RegistrarRules,
        lambda domains: RegistrarRules(domains, min_expires_s=3601, max_expires_s=7200),
        lambda domains: RegistrarRules(domains, default_expires_s=7200),
    ):
        with pytest.raises(UsageError):
            wrong(() if wrong is RegistrarRules else (DOMAIN,))


def test_two_accounts_of_one_number_are_a_bug() -> None:
    hashes = PasswordHashes({})
    with pytest.raises(UsageError):
        Accounts([Account("alice", hashes, ("1",)), Account("bob", hashes, ("1",))])
    assert len(Accounts([Account("1", hashes, ("1",))])) == 1
