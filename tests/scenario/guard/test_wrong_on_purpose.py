"""Configurations made wrong on purpose: none of them lets a stranger reach a trunk."""

from __future__ import annotations

from itertools import product

import pytest

from voicecore.guard.guard import Guard
from voicecore.guard.policy import REACH, Destination, Method, Place, Reaction, Source
from voicecore.guard.settings import GuardSettings, PolicySettings, Strangers
from voicecore.sip.hop import Address, Hop

OURS = Address("192.0.2.1", 5060)
STRANGER = Hop("UDP", OURS, Address("198.51.100.66", 5060))
NEIGHBOUR = Hop("UDP", Address("127.0.0.1", 5060), Address("127.0.0.1", 5999))


def every_guard() -> list[Guard]:
    """Every choice that the policy offers, with public numbers from none to all there are."""
    choices = product(Strangers, (403, 404), (False, True), (False, True), ((), ("1000",), (".", "+.", "X.")))
    return [
        Guard(GuardSettings(policy=PolicySettings(strangers, status, options, loopback), public=public))
        for strangers, status, options, loopback, public in choices
    ]


def named(value: object) -> str | None:
    if not isinstance(value, Guard):
        return None
    policy = value.settings.policy
    chosen = [name for name in ("strangers_options", "loopback_calls") if getattr(policy, name)]
    return " ".join([policy.strangers.value, str(policy.refusal_status), *chosen, *value.settings.public])


def ways_in(guard: Guard, source: Source, dialled: str) -> set[Destination]:
    """Everything that a request of that source leads to, by any method, at any place."""
    reached: set[Destination] = set()
    for method, within in product(Method, (False, True)):
        place = guard.place(dialled, within=within)
        if guard.decide(method.value, source, place) is not Reaction.ADMIT:
            continue
        if method in (Method.INVITE, Method.REFER) or place is Place.PUBLIC:
            reached |= REACH[source]
    return reached


@pytest.mark.parametrize("guard", every_guard(), ids=named)
def test_no_settings_lead_a_stranger_to_a_trunk(guard: Guard) -> None:
    source = guard.classify(STRANGER, 0.0)
    assert source is Source.STRANGER
    for dialled in ("+4930123456", "1000", "00441234", "", "x" * 500):
        assert ways_in(guard, source, dialled) <= {Destination.PUBLIC_NUMBER}


@pytest.mark.parametrize("guard", every_guard(), ids=named)
def test_no_settings_lead_this_machine_to_a_trunk(guard: Guard) -> None:
    source = guard.classify(NEIGHBOUR, 0.0)
    assert Destination.TRUNK not in ways_in(guard, source, "+4930123456")


def test_with_loopback_calls_off_this_machine_is_a_stranger() -> None:
    guard = Guard(GuardSettings(policy=PolicySettings(loopback_calls=False)))
    assert guard.classify(NEIGHBOUR, 0.0) is Source.STRANGER


def test_a_registered_address_alone_is_no_login() -> None:
    guard = Guard(GuardSettings())
    source = guard.classify(STRANGER, 0.0, registered=True)
    assert guard.decide("INVITE", source, guard.place("+4930123456", within=False)) is Reaction.CHALLENGE
    assert Destination.TRUNK not in REACH[source]
