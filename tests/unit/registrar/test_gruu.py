"""GRUUs (RFC 5627): which Contacts get them, whom they name, and how long."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.registrar.texts import (
    ACCOUNTS,
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
)
from voicecore.registrar.gruu import TemporaryGruus, instance_key, public_gruu
from voicecore.registrar.registrar import Registrar, RegistrarAnswer
from voicecore.sip.hop import Address
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri

URN = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
INSTANCE = f'+sip.instance="<{URN}>"'
OTHER = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-00a0c91e6bf6>"'
GRUU = ["Supported: gruu"]
OUTBOUND = ["Supported: gruu, outbound"]


def gruus_in(answer: RegistrarAnswer, index: int = 0) -> tuple[Uri, Uri]:
    """The public and the temporary GRUU of one Contact."""
    contact = NameAddr.parse(contacts_in(answer)[index])
    public, temporary = (contact.parameter(name) for name in ("pub-gruu", "temp-gruu"))
    assert public, "it has none"
    assert temporary, "it has only a public one"
    return Uri.parse(public.strip('"')), Uri.parse(temporary.strip('"'))


def users(desk: Desk, gruu: Uri) -> list[str]:
    """The users of the contacts that a GRUU leads to, the newest first."""
    instance = desk.registrar.instance_of(gruu)
    assert instance is not None, "it is not valid"
    return [binding.contact.uri.user or "" for binding in instance.bindings]


def test_5_2_an_instance_that_supports_it_is_given_both() -> None:
    desk = Desk()
    answer = desk.register(f"{HERE};{INSTANCE}", fields=GRUU)
    public, temporary = gruus_in(answer)
    assert str(public) == f"sip:alice@{DOMAIN};gr={URN}"
    assert re.fullmatch(rf"sip:[A-Za-z0-9_-]{{20,}}@{re.escape(DOMAIN)};gr", str(temporary))
    assert "gruu" in dict(answer.headers)["Supported"]
    assert users(desk, public) == users(desk, temporary) == ["alice"]


@pytest.mark.parametrize(("contact", "fields"), [(HERE, GRUU), (f"{HERE};{INSTANCE}", [])])
def test_5_2_without_an_instance_or_the_option_tag_there_is_none(contact: str, fields: list[str]) -> None:
    (contact,) = contacts_in(Desk().register(contact, fields=fields))
    assert "gruu" not in contact


def test_5_2_another_phone_is_told_of_the_gruu_of_the_first() -> None:
    desk = Desk()
    desk.register(f"{HERE};{INSTANCE}")
    answer = desk.register("<sip:2@192.0.2.8>", call_id="phone-2", fields=GRUU)
    told = [contact for contact in contacts_in(answer) if "pub-gruu" in contact]
    assert len(told) == 1
    assert URN in told[0]


def test_3_1_2_temporary_ones_differ_each_time_and_look_alike() -> None:
    desk = Desk()
    made = [gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))[1].user or "" for _ in range(8)]
    made.append(gruus_in(desk.register("<sip:b@192.0.2.8>;" + OTHER, user="bob", fields=GRUU))[1].user or "")
    assert len(set(made)) == 9
    # Tenures of the test's registrar are numbered, those of a real one have one length.
    assert {len(user) for user in made[:8]} == {len(made[0])}
    assert not any("alice" in user or "bob" in user for user in made)


def test_5_1_earlier_temporary_ones_stay_valid_while_the_call_id_is_the_same() -> None:
    desk = Desk()
    _, first = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    desk.now += 300
    _, second = gruus_in(desk.register(f"<sip:moved@192.0.2.7>;{INSTANCE}", fields=GRUU))
    assert users(desk, first) == users(desk, second) == ["moved", "alice"]
    desk.register(f"{HERE};{INSTANCE};expires=0", fields=GRUU)
    assert users(desk, first) == ["moved"]


def test_5_1_another_call_id_ends_all_temporary_ones_and_no_public_one() -> None:
    desk = Desk()
    public, first = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    again, second = gruus_in(desk.register(f"{HERE};{INSTANCE}", call_id="after-a-restart", fields=GRUU))
    assert desk.registrar.instance_of(first) is None
    assert again == public
    assert users(desk, public) == users(desk, second) == ["alice"]


def test_5_1_another_call_id_ends_them_also_where_the_old_contact_is_still_bound() -> None:
    desk = Desk()
    _, first = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    desk.now += 1
    answer = desk.register(f"<sip:new@192.0.2.7>;{INSTANCE}", call_id="after-a-restart", fields=GRUU)
    assert len(contacts_in(answer)) == 2
    assert desk.registrar.instance_of(first) is None
    assert users(desk, gruus_in(answer)[0]) == ["new", "alice"]


def test_5_1_flows_have_call_ids_of_their_own() -> None:
    desk = Desk()
    one = desk.register(f"{HERE};reg-id=1;{INSTANCE}", call_id="flow-1", fields=OUTBOUND)
    desk.now += 1
    two = desk.register(f"<sip:2@192.0.2.7>;reg-id=2;{INSTANCE}", call_id="flow-2", fields=OUTBOUND)
    desk.now += 1
    desk.register(f"{HERE};reg-id=1;{INSTANCE}", call_id="flow-1", fields=OUTBOUND)
    assert users(desk, gruus_in(one)[1]) == users(desk, gruus_in(two)[1]) == ["alice", "2"]
    desk.register(f"{HERE};reg-id=1;{INSTANCE}", call_id="flow-1b", fields=OUTBOUND)
    assert desk.registrar.instance_of(gruus_in(two)[1]) is None


@pytest.mark.parametrize("ends", ["removed", "all removed", "expired"])
def test_5_3_an_instance_that_is_gone_keeps_only_its_public_one(ends: str) -> None:
    desk = Desk()
    public, temporary = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    match ends:
        case "removed":
            desk.register(f"{HERE};{INSTANCE};expires=0")
        case "all removed":
            desk.register("*", expires=0)
        case _:
            desk.now += 600
            desk.registrar.handle_timer(desk.now)
    assert desk.registrar.instance_of(temporary) is None
    assert users(desk, public) == []
    # It comes back with the same Call-ID: what was given out before stays void.
    again, fresh = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    assert desk.registrar.instance_of(temporary) is None
    assert again == public
    assert users(desk, fresh) == ["alice"]


def test_6_1_each_leads_to_its_own_phone_alone() -> None:
    desk = Desk()
    public, temporary = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    answer = desk.register(f"<sip:2@192.0.2.8>;{OTHER}", call_id="phone-2", fields=GRUU)
    contacts = [NameAddr.parse(contact).uri.user for contact in contacts_in(answer)]
    second, _ = gruus_in(answer, contacts.index("2"))
    assert users(desk, public) == users(desk, temporary) == ["alice"]
    assert users(desk, second) == ["2"]


@pytest.mark.parametrize(
    "text",
    [
        f"sip:nobody@{DOMAIN};gr={URN}",
        f"sip:alice@elsewhere.example;gr={URN}",
        f"sip:alice@{DOMAIN};gr",
        f"sip:bm9ib2R5IG1hZGUgdGhpcyBhbmQgaXQgaXMgbG9uZyBlbm91Z2g@{DOMAIN};gr",
        f"sip:%C3%A4%00@{DOMAIN};gr",
        f"sip:{DOMAIN};gr",
        f"sip:alice@{DOMAIN}",
    ],
)
def test_6_1_what_is_no_gruu_of_ours_names_nobody(text: str) -> None:
    desk = Desk()
    desk.register(f"{HERE};{INSTANCE}", fields=GRUU)
    assert desk.registrar.instance_of(Uri.parse(text)) is None


def test_a_forged_or_changed_temporary_one_names_nobody() -> None:
    desk = Desk()
    _, real = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    user = real.user or ""
    for place in range(len(user) - 1):  # the last character may hold unused bits
        changed = user[:place] + ("A" if user[place] != "A" else "B") + user[place + 1 :]
        assert desk.registrar.instance_of(real._replace(user=changed)) is None
    stranger = TemporaryGruus(bytes(32), lambda length: "x" * length)
    assert desk.registrar.instance_of(stranger.make(Uri.parse(ALICE), "binding-1")) is None


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_any_user_part_is_read_or_is_nobodys(user: str) -> None:
    assert TemporaryGruus(bytes(32), str).tenure_of(user) is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60))
def test_a_public_gruu_of_any_instance_reads_back(name: str) -> None:
    made = public_gruu(Uri.parse(ALICE), name)
    assert instance_key(Uri.parse(str(made)).parameter("gr") or "") == instance_key(name)


@pytest.mark.parametrize(
    "number", ["sip:1001@example.org", f"sip:alice@{SERVER.host}", "sips:alice@example.org"]
)
def test_who_registers_by_number_or_at_another_host_gets_its_own_name_there(number: str) -> None:
    desk = Desk()
    public, temporary = gruus_in(desk.register(f"{HERE};{INSTANCE}", to=f"<{number}>", fields=GRUU))
    asked = Uri.parse(number)
    assert (public.scheme, public.user, public.host) == (asked.scheme, "alice", asked.host)
    assert (temporary.scheme, temporary.host) == (asked.scheme, asked.host)
    assert users(desk, public) == users(desk, temporary) == ["alice"]


def test_the_case_of_an_instance_does_not_matter() -> None:
    desk = Desk()
    desk.register(f"{HERE};{INSTANCE.upper().replace('+SIP.INSTANCE', '+sip.instance')}", fields=GRUU)
    assert users(desk, Uri.parse(f"sip:alice@{DOMAIN};gr={URN}")) == ["alice"]


def test_parameters_that_only_we_write_are_not_taken_from_a_phone() -> None:
    desk = Desk()
    lie = 'pub-gruu="sip:bob@example.org;gr=urn:x";temp-gruu="sip:x@example.org;gr"'
    (contact,) = contacts_in(desk.register(f"{HERE};{lie}", fields=GRUU))
    assert "gruu" not in contact
    answer = desk.register(f"{HERE};{INSTANCE};{lie}", fields=GRUU)
    assert contacts_in(answer)[0].count("pub-gruu") == 1
    assert "bob" not in contacts_in(answer)[0]


@pytest.mark.parametrize(
    "contact", [f"<sip:alice@{DOMAIN};gr={URN}>", f"<sip:alice@{DOMAIN}>", f"<sip:x@{DOMAIN};gr>"]
)
def test_5_1_an_instance_whose_contact_leads_back_to_the_account_is_refused(contact: str) -> None:
    assert Desk().register(f"{contact};{INSTANCE}", fields=GRUU).status == 403


def test_nobody_registers_at_a_gruu() -> None:
    desk = Desk()
    public, temporary = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    for gruu in (public, temporary):
        assert desk.register(HERE, to=f"<{gruu}>").status == 404


def test_the_option_may_be_required() -> None:
    answer = Desk().register(f"{HERE};{INSTANCE}", fields=["Require: gruu"])
    assert answer.status == 200
    gruus_in(answer)


def test_one_key_reads_what_another_registrar_with_it_made() -> None:
    desk = Desk()
    desk.registrar.seal_with(bytes(32))
    public, temporary = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    (binding,) = desk.alice()
    later = Registrar(RULES, ACCOUNTS, lambda length: "z" * length)
    later.restore([binding], desk.now)
    assert later.instance_of(public) is not None
    assert later.instance_of(temporary) is None
    later.seal_with(bytes(32))
    found = later.instance_of(temporary)
    assert found is not None
    assert [one.id for one in found.bindings] == [binding.id]
    request = request_of(register_text(f"{HERE};{INSTANCE}", cseq=9, fields=GRUU))
    later.register(request, hop_from(PHONE), desk.now + 1)
    assert later.instance_of(temporary) is not None


def test_an_account_that_is_gone_has_no_gruus() -> None:
    desk = Desk()
    public, temporary = gruus_in(desk.register(f"{HERE};{INSTANCE}", fields=GRUU))
    account = desk.registrar.account_of(public)
    assert account is not None
    assert account.name == "alice"
    desk.registrar.forget(account)
    assert desk.registrar.account_of(temporary) is None


def test_a_host_of_ipv6_stays_in_brackets() -> None:
    rules = replace(RULES, domains=("2001:db8::1",))
    desk = Desk(rules)
    aor = "sip:alice@[2001:db8::1]"
    answer = desk.register(
        f"{HERE};{INSTANCE}",
        uri="sip:[2001:db8::1]",
        to=f"<{aor}>",
        source=Address("2001:db8::7", 5060),
        fields=GRUU,
    )
    public, temporary = gruus_in(answer)
    assert str(public) == f"{aor};gr={URN}"
    assert users(desk, temporary) == ["alice"]
