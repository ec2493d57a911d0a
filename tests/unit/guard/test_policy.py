"""The table as a whole: method x source x place, under every combination of settings."""

from __future__ import annotations

from itertools import product

import pytest

from voicecore.guard.policy import REACH, Destination, Method, Place, Policy, Reaction, Source
from voicecore.guard.settings import PolicySettings, Strangers

DEFAULT = Policy(PolicySettings())
EVERY_POLICY = [
    Policy(PolicySettings(strangers, status, options, loopback))
    for strangers, status, options, loopback in product(Strangers, (403, 404), (False, True), (False, True))
]
OF_PHONES = {
    Method.INVITE,
    Method.REGISTER,
    Method.SUBSCRIBE,
    Method.MESSAGE,
    Method.REFER,
    Method.OPTIONS,
}
CASES = list(product(Method, Source, Place))


def admitted(policy: Policy, source: Source, place: Place) -> set[Method]:
    return {method for method in Method if policy.decide(method, source, place) is Reaction.ADMIT}


def test_every_case_is_in_the_table() -> None:
    assert set(DEFAULT.table) == set(CASES)


def test_nothing_is_admitted_from_a_banned_source() -> None:
    assert {DEFAULT.decide(method, Source.BANNED, place) for method, place in product(Method, Place)} == {
        Reaction.DROP
    }


def test_outside_of_dialogs_this_is_all_that_is_admitted() -> None:
    assert {source: admitted(DEFAULT, source, Place.OUTSIDE) for source in Source} == {
        Source.TRUNK: {Method.INVITE, Method.OPTIONS},
        Source.ACCOUNT: OF_PHONES,
        Source.GUEST: OF_PHONES,
        Source.KNOWN: {Method.OPTIONS},
        Source.LOCAL: {Method.INVITE, Method.OPTIONS},
        Source.STRANGER: set(),
        Source.BANNED: set(),
    }


def test_a_public_number_is_the_only_thing_that_it_opens() -> None:
    for source in Source:
        more = admitted(DEFAULT, source, Place.PUBLIC) - admitted(DEFAULT, source, Place.OUTSIDE)
        assert more == ({Method.INVITE} if source in (Source.KNOWN, Source.STRANGER) else set())


@pytest.mark.parametrize("place", [Place.OUTSIDE, Place.PUBLIC])
def test_an_ack_that_fits_nothing_is_never_answered(place: Place) -> None:
    assert {DEFAULT.decide(Method.ACK, source, place) for source in Source} == {Reaction.DROP}


def test_ack_and_cancel_that_fit_are_admitted_from_all_but_the_banned() -> None:
    for method, source in product((Method.ACK, Method.CANCEL), set(Source) - {Source.BANNED}):
        assert DEFAULT.decide(method, source, Place.WITHIN) is Reaction.ADMIT


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_a_stranger_and_a_registered_address_differ_in_no_login(policy: Policy) -> None:
    """A REGISTER or INVITE from nowhere meets one reaction: nothing in the table knows who exists."""
    tried = (Method.INVITE, Method.REGISTER, Method.SUBSCRIBE, Method.MESSAGE, Method.REFER)
    assert len({policy.decide(method, Source.STRANGER, Place.OUTSIDE) for method in tried}) == 1


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_no_settings_admit_more_of_a_stranger_than_options_and_a_public_call(policy: Policy) -> None:
    assert admitted(policy, Source.STRANGER, Place.OUTSIDE) <= {Method.OPTIONS}
    assert admitted(policy, Source.STRANGER, Place.PUBLIC) <= {Method.OPTIONS, Method.INVITE}
    assert policy.decide(Method.REFER, Source.STRANGER, Place.WITHIN) is Reaction.REFUSE


@pytest.mark.parametrize("source", [Source.TRUNK, Source.ACCOUNT, Source.GUEST, Source.KNOWN, Source.LOCAL])
def test_publish_is_refused_without_asking_for_a_password(source: Source) -> None:
    assert DEFAULT.decide(Method.PUBLISH, source, Place.OUTSIDE) is Reaction.RULE


def test_silence_answers_a_stranger_nothing() -> None:
    silent = Policy(PolicySettings(strangers=Strangers.SILENCE))
    assert {silent.decide(method, Source.STRANGER, Place.OUTSIDE) for method in Method} == {Reaction.DROP}


def test_only_an_account_reaches_a_trunk() -> None:
    assert [source for source in Source if Destination.TRUNK in REACH[source]] == [Source.ACCOUNT]


def test_a_method_is_known_by_its_exact_name() -> None:
    assert Method.of("INVITE") is Method.INVITE
    assert Method.of("invite") is Method.OTHER
    assert Method.of("any other") is Method.OTHER
