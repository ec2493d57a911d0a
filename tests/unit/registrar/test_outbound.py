"""Flows that the phone opened (RFC 5626), proxies between us (RFC 3327), and connections that close."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.registrar.texts import (
    ACCOUNTS,
    ALICE,
    HERE,
    PHONE,
    RULES,
    Desk,
    contacts_in,
    hop_from,
    values_in,
)
from voicecore.registrar.binding import Aor, Binding
from voicecore.registrar.facts import Expired, Refreshed, Registered, Removal, Unregistered
from voicecore.registrar.registrar import MAX_PATH, Registrar
from voicecore.sip.hop import Address, Transport

INSTANCE = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'
SUPPORTED = "Supported: path, outbound"
NEW = Address("192.0.2.7", 40_001)


def flow(contact: str = HERE, reg_id: int | str = 1, instance: str = INSTANCE) -> str:
    return f"{contact};reg-id={reg_id};{instance}"


def test_a_new_flow_replaces_the_old_one_whatever_its_contact() -> None:
    desk = Desk()
    desk.register(flow(), fields=[SUPPORTED], transport="TCP")
    (before,) = desk.alice()
    desk.registrar.poll()
    desk.register(
        flow("<sip:alice@10.1.1.1>"), fields=[SUPPORTED], transport="TCP", source=NEW, call_id="rebooted"
    )
    (binding,) = desk.alice()
    assert desk.registrar.poll() == [Refreshed(binding, before)]
    assert binding.flow.hop == hop_from(NEW, "TCP")
    assert str(binding.target) == "sip:alice@10.1.1.1"


def test_each_reg_id_of_an_instance_is_a_binding_of_its_own() -> None:
    desk = Desk()
    desk.register(flow(reg_id=1), fields=[SUPPORTED])
    desk.register(flow(reg_id=2), fields=[SUPPORTED], call_id="phone-2")
    assert [one.flow.reg_id for one in desk.alice()] == [1, 2]


def test_a_flow_and_a_plain_contact_of_one_uri_are_two_bindings() -> None:
    desk = Desk()
    desk.register(flow(), fields=[SUPPORTED])
    desk.register(HERE, call_id="plain")
    assert len(desk.alice()) == 2
    desk.register(f"{HERE};expires=0", call_id="plain")
    assert [one.flow.reg_id for one in desk.alice()] == [1]


def test_the_phone_learns_that_outbound_is_used_and_how_often_to_show_life() -> None:
    answer = Desk().register(flow(), fields=[SUPPORTED])
    assert values_in(answer, "Require") == ["outbound"]
    assert values_in(answer, "Flow-Timer") == ["120"]
    assert contacts_in(answer) == [f"{HERE};reg-id=1;{INSTANCE};expires=600"]


def test_without_support_outbound_is_not_required_of_the_phone() -> None:
    desk = Desk()
    answer = desk.register(flow())
    assert (values_in(answer, "Require"), values_in(answer, "Flow-Timer")) == ([], [])
    assert desk.alice()[0].flow.reg_id == 1


@pytest.mark.parametrize(
    "contact",
    [f"{HERE};reg-id=1", flow(reg_id=0), flow(reg_id="x"), flow(reg_id=2**31), f"{HERE};{INSTANCE}"],
)
def test_without_instance_or_a_right_reg_id_the_uri_names_the_binding(contact: str) -> None:
    desk = Desk()
    answer = desk.register(contact, fields=[SUPPORTED])
    assert values_in(answer, "Require") == []
    assert not desk.alice()[0].flow.is_outbound
    desk.register(HERE)
    assert len(desk.alice()) == 1


def test_two_flows_in_one_request_are_refused() -> None:
    desk = Desk()
    assert desk.register(flow(reg_id=1), flow(reg_id=2), fields=[SUPPORTED]).status == 400
    assert desk.alice() == []
    assert desk.register(flow(reg_id=1), f"{flow(reg_id=2)};expires=0", fields=[SUPPORTED]).status == 200


PATH = "Path: <sip:home.example.org;lr>, <sip:edge.example.org;lr{}>"


@pytest.mark.parametrize(
    ("fields", "status"), [((), 439), ((PATH.format(""),), 439), ((PATH.format(";ob"),), 200)]
)
def test_behind_a_proxy_its_neighbour_must_keep_the_flow(fields: tuple[str, ...], status: int) -> None:
    desk = Desk()
    answer = desk.register(flow(), fields=[SUPPORTED, *fields], vias=2)
    assert answer.status == status
    assert len(desk.alice()) == (status == 200)
    if status == 439:
        assert answer.reason == "First Hop Lacks Outbound Support"


def test_a_path_is_kept_and_shown_to_the_phone() -> None:
    desk = Desk()
    answer = desk.register(HERE, fields=["Supported: path", PATH.format("")], vias=2)
    assert values_in(answer, "Path") == ["<sip:home.example.org;lr>", "<sip:edge.example.org;lr>"]
    assert desk.alice()[0].flow.path == ("<sip:home.example.org;lr>", "<sip:edge.example.org;lr>")
    assert not desk.alice()[0].is_behind_nat


def test_a_path_that_the_phone_knows_nothing_of_is_refused() -> None:
    desk = Desk()
    answer = desk.register(HERE, fields=[PATH.format("")])
    assert (answer.status, values_in(answer, "Unsupported")) == (420, ["path"])
    assert desk.alice() == []


@pytest.mark.parametrize("path", ["<tel:1>", "<sip:a", f"<sip:{'a' * MAX_PATH}>"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    assert Desk().register(HERE, fields=["Supported: path", f"Path: {path}"]).status == 400


@pytest.mark.parametrize(
    ("contact", "transport", "source"),
    [
        (flow(), "TCP", PHONE),
        ("<sip:x@u8f3.invalid;transport=ws>", "WSS", PHONE),
        ("<sip:alice@10.0.0.7;transport=tcp>", "TCP", PHONE),
    ],
)
def test_a_phone_that_only_its_connection_reaches_goes_with_it(
    contact: str, transport: Transport, source: Address
) -> None:
    desk = Desk()
    desk.register(contact, fields=[SUPPORTED], transport=transport, source=source)
    (binding,) = desk.alice()
    desk.registrar.poll()
    desk.registrar.connection_closed(transport, Address(source.host, 9))
    desk.registrar.connection_closed("UDP", source)
    assert desk.registrar.poll() == []
    desk.registrar.connection_closed(transport, source)
    assert desk.registrar.poll() == [Unregistered(binding, Removal.CONNECTION_CLOSED)]
    assert desk.alice() == []


def test_a_phone_that_listens_is_reached_at_its_contact_after_its_connection_closed() -> None:
    desk = Desk()
    desk.register("<sip:alice@192.0.2.7:5070;transport=tcp>", transport="TCP", source=NEW)
    (before,) = desk.alice()
    desk.registrar.poll()
    desk.registrar.connection_closed("TCP", NEW)
    (binding,) = desk.alice()
    assert binding.flow.hop == hop_from(Address("192.0.2.7", 5070), "TCP")
    assert desk.registrar.poll() == [Refreshed(binding, before)]
    desk.registrar.connection_closed("TCP", NEW)
    assert desk.registrar.poll() == []


def test_a_phone_that_came_back_over_another_connection_outlives_the_old_one() -> None:
    desk = Desk()
    desk.register(flow(), fields=[SUPPORTED], transport="TCP")
    desk.register(flow(), fields=[SUPPORTED], transport="TCP", source=NEW)
    desk.registrar.connection_closed("TCP", PHONE)
    assert [one.flow.hop.remote for one in desk.alice()] == [NEW]


def test_a_proxys_connection_may_close_without_harm() -> None:
    desk = Desk()
    fields = [SUPPORTED, PATH.format(";ob")]
    desk.register(flow(), fields=fields, vias=2, transport="TCP")
    desk.registrar.connection_closed("TCP", PHONE)
    assert len(desk.alice()) == 1


def restored(bindings: list[Binding], now: float) -> Registrar:
    registrar = Registrar(RULES, ACCOUNTS, str)
    registrar.restore(bindings, now)
    return registrar


def test_a_restart_keeps_what_can_be_reached_without_a_connection() -> None:
    desk = Desk()
    desk.register(HERE, call_id="udp")
    desk.register(flow(), fields=[SUPPORTED], transport="TLS", call_id="tls")
    desk.register("<sip:1@192.0.2.7>", call_id="short", expires=60)
    kept = desk.registrar.bindings(desk.now)
    after = restored(kept, desk.now + 60)
    assert [str(one.contact) for one in after.lookup(ALICE, desk.now + 60)] == [HERE]
    assert [(type(fact), fact.binding.origin.call_id) for fact in after.poll()] == [
        (Unregistered, "tls"),
        (Expired, "short"),
    ]
    assert after.next_timer() == desk.now + 600


def test_a_restart_forgets_phones_of_accounts_that_are_gone() -> None:
    desk = Desk()
    desk.register(HERE, user="bob")
    (fact,) = desk.registrar.poll()
    assert isinstance(fact, Registered)
    stranger = replace(fact.binding, aor=Aor("sip:carol@example.org"))
    after = restored([stranger], desk.now)
    assert after.poll() == [Unregistered(stranger, Removal.NO_ACCOUNT)]
    assert len(after) == 0
