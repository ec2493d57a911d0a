from __future__ import annotations

import random
from ipaddress import ip_network

import pytest

from tests.unit.guard.hops import hop_from
from voicecore.guard.bans import Banned
from voicecore.guard.evidence import Evidence
from voicecore.guard.guard import Guard
from voicecore.guard.policy import Place, Reaction, Source
from voicecore.guard.rates import Admit, Drop, Load, Refuse
from voicecore.guard.settings import BanSettings, GuardSettings, Rate, RateSettings
from voicecore.sip.hop import Transport

HOST = "198.51.100.7"


def limited(packets_per_s: int = 5) -> Guard:
    rates = RateSettings(packets_per_s=packets_per_s, most_sources=50)
    return Guard(GuardSettings(bans=BanSettings(most_sources=50), rates=rates))


def test_a_banned_source_is_not_looked_at() -> None:
    guard = Guard(GuardSettings())
    hop = hop_from(HOST, "TCP")
    assert guard.admits(hop, 0.0)
    guard.note(Evidence.SCANNER, hop, 0.0)
    assert not guard.admits(hop_from(HOST, port=9), 1.0)
    assert guard.admits(hop_from("198.51.100.8"), 1.0)
    assert guard.classify(hop, 1.0, trunk=True) is Source.BANNED
    assert guard.next_timer() == 60.0
    guard.handle_timer(60.0)
    assert guard.admits(hop, 60.0)


def test_packets_above_the_rate_are_not_looked_at_until_the_second_is_over() -> None:
    guard = limited(5)
    assert [guard.admits(hop_from(HOST), 0.5) for _ in range(7)] == [True] * 5 + [False] * 2
    assert guard.admits(hop_from("198.51.100.8"), 0.6)
    assert guard.admits(hop_from(HOST), 1.5)


def test_a_flood_over_a_connection_bans() -> None:
    guard = limited(5)
    for second in range(3):
        for _ in range(50):
            guard.admits(hop_from(HOST, "TCP"), float(second))
    assert [fact.why for fact in guard.poll() if isinstance(fact, Banned)] == [Evidence.FLOOD]


def test_a_trunk_may_send_as_much_as_it_likes() -> None:
    guard = limited(5)
    guard.protect([ip_network("198.51.100.0/24")])
    assert all(guard.admits(hop_from(HOST), 0.5) for _ in range(100))
    for _ in range(100):
        guard.note(Evidence.SCANNER, hop_from(HOST, "TLS"), 0.5)
    assert guard.poll() == []


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_forged_packets_do_not_shut_out_a_registered_phone(transport: Transport) -> None:
    guard = Guard(GuardSettings())
    for _ in range(1000):
        guard.note(Evidence.SCANNER, hop_from(HOST, transport), 0.0, registered=True)
    assert guard.admits(hop_from(HOST), 0.1) is (transport == "UDP")


def test_a_registered_phone_that_guesses_passwords_is_banned() -> None:
    guard = Guard(GuardSettings())
    for _ in range(5):
        guard.note(Evidence.FAILED_LOGIN, hop_from(HOST), 0.0, answered_nonce=True, registered=True)
    assert not guard.admits(hop_from(HOST), 0.1)


def test_a_source_is_what_it_has_shown() -> None:
    guard = Guard(GuardSettings())
    stranger, neighbour = hop_from(HOST), hop_from("127.0.0.1")
    assert guard.classify(stranger, 0.0) is Source.STRANGER
    assert guard.classify(stranger, 0.0, registered=True) is Source.KNOWN
    assert guard.classify(stranger, 0.0, registered=True, account=True) is Source.ACCOUNT
    assert guard.classify(stranger, 0.0, trunk=True) is Source.TRUNK
    assert guard.classify(neighbour, 0.0) is Source.LOCAL
    assert guard.classify(neighbour, 0.0, account=True) is Source.ACCOUNT


def test_a_public_number_is_told_by_its_pattern() -> None:
    guard = Guard(GuardSettings(public=("1000", "08XX", "7.")))
    public = ["1000", "0812", "70", "7abc"]
    assert {guard.place(number, within=False) for number in public} == {Place.PUBLIC}
    others = ["1001", "081", "08123", "7", "", "1000\n", "٠٨١٢"]
    assert {guard.place(number, within=False) for number in others} == {Place.OUTSIDE}
    assert guard.place("1000", within=True) is Place.WITHIN
    assert guard.decide("INVITE", Source.STRANGER, Place.PUBLIC) is Reaction.ADMIT


def test_a_strangers_excess_of_requests_is_dropped_and_held_against_it() -> None:
    guard = Guard(GuardSettings(rates=RateSettings(by_method=(("REGISTER", Rate(1.0, 2.0)),))))
    hop = hop_from(HOST, "TCP")
    decisions = [guard.paces("REGISTER", Source.STRANGER, hop, 0.0) for _ in range(5)]
    assert decisions == [Admit()] * 2 + [Drop(is_own_excess=True)] * 3
    assert not guard.admits(hop, 0.0)


@pytest.mark.parametrize("source", [Source.STRANGER, Source.KNOWN, Source.ACCOUNT])
def test_networks_that_are_never_banned_are_held_to_no_rate_by_source(source: Source) -> None:
    rates = RateSettings(by_method=(("REGISTER", Rate(1.0, 2.0)),))
    guard = Guard(GuardSettings(bans=BanSettings(never=(ip_network("198.51.100.0/24"),)), rates=rates))
    assert {guard.paces("REGISTER", source, hop_from(HOST), 0.0) for _ in range(50)} == {Admit()}
    elsewhere = hop_from("203.0.113.7")
    assert Admit() not in [guard.paces("REGISTER", source, elsewhere, 0.0) for _ in range(5)][2:]


def test_a_stranger_pays_for_no_excess_of_others() -> None:
    guard = Guard(GuardSettings(rates=RateSettings(strangers=Rate(1.0, 1.0))))
    for number in range(200):
        guard.paces("INVITE", Source.STRANGER, hop_from(f"203.0.113.{number}", "TCP"), 0.0)
    assert guard.census()["suspects"] == 0


def test_a_full_engine_refuses_calls() -> None:
    guard = Guard(GuardSettings())
    assert guard.bears(Load(0.0, 0, 0, engine_admits=True), 0.0) == Admit()
    assert isinstance(guard.bears(Load(0.0, 0, 0, engine_admits=False), 0.0), Refuse)


def test_memory_is_flat_under_a_flood_of_forged_sources() -> None:
    guard, dice = limited(), random.Random(3261)
    for number in range(5000):
        hop = hop_from(f"203.0.{dice.randrange(256)}.{dice.randrange(256)}")
        if guard.admits(hop, number / 1000):
            guard.paces("REGISTER", Source.STRANGER, hop, number / 1000)
            guard.note(dice.choice(list(Evidence)), hop, number / 1000)
        assert max(guard.census().values()) <= 51
