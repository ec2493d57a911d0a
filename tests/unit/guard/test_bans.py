from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.guard.bans import BanList, Banned, Unbanned
from voicecore.guard.evidence import WEIGHTS, Evidence, is_scanner
from voicecore.guard.settings import BanSettings
from voicecore.guard.source import source_key

HOST = "198.51.100.7"


def ban(bans: BanList, now: float, host: str = HOST) -> float:
    """Bans by proved evidence and says for how long."""
    bans.note(Evidence.SCANNER, host, now, reached=True)
    [fact] = [fact for fact in bans.poll() if isinstance(fact, Banned)]
    return fact.until - now


def test_five_failed_logins_ban_and_four_do_not() -> None:
    bans = BanList(BanSettings())
    for _ in range(4):
        bans.note(Evidence.FAILED_LOGIN, HOST, 0.0, reached=True)
    assert bans.poll() == []
    bans.note(Evidence.FAILED_LOGIN, HOST, 1.0, reached=True)
    assert bans.poll() == [Banned(source_key(HOST), 61.0, Evidence.FAILED_LOGIN)]
    assert bans.is_banned(source_key(HOST), 60.9)
    assert not bans.is_banned(source_key(HOST), 61.0)


def test_evidence_leaks_away() -> None:
    bans = BanList(BanSettings())
    for when in range(0, 10_000, 150):
        bans.note(Evidence.FAILED_LOGIN, HOST, float(when), reached=True)
    assert bans.poll() == []


def test_each_ban_is_four_times_as_long_up_to_a_day() -> None:
    bans, now, lengths = BanList(BanSettings()), 0.0, []
    for _ in range(8):
        lengths.append(ban(bans, now))
        now += lengths[-1]
    assert lengths == [60, 240, 960, 3840, 15_360, 61_440, 86_400, 86_400]


def test_a_quiet_day_forgets_earlier_bans() -> None:
    bans = BanList(BanSettings())
    ban(bans, 0.0)
    bans.handle_timer(60.0)
    assert ban(bans, 61.0 + 86_400.0) == 60


def test_the_end_of_a_ban_is_told_at_its_time() -> None:
    bans = BanList(BanSettings())
    ban(bans, 5.0)
    assert bans.next_timer() == 65.0
    bans.handle_timer(64.0)
    assert bans.poll() == []
    bans.handle_timer(65.0)
    assert bans.poll() == [Unbanned(source_key(HOST))]
    assert bans.next_timer() is None
    assert bans.is_empty


def test_an_operator_ends_a_ban_and_nothing_is_held_against_the_source() -> None:
    bans = BanList(BanSettings())
    ban(bans, 0.0)
    bans.unban(HOST)
    assert bans.poll() == [Unbanned(source_key(HOST))]
    assert bans.next_timer() is None
    assert ban(bans, 1.0) == 60


def test_the_whole_64_of_an_ipv6_source_is_banned_and_its_neighbour_is_not() -> None:
    bans = BanList(BanSettings())
    ban(bans, 0.0, "2001:db8:0:1::5")
    assert bans.is_banned(source_key("2001:db8:0:1:ffff::9"), 1.0)
    assert not bans.is_banned(source_key("2001:db8:0:2::5"), 1.0)


def test_a_mapped_ipv4_address_is_the_ipv4_address() -> None:
    bans = BanList(BanSettings(never=(ip_network("203.0.113.0/24"),)))
    ban(bans, 0.0, f"::ffff:{HOST}")
    assert bans.is_banned(source_key(HOST), 1.0)
    assert bans.is_protected("::ffff:203.0.113.9")


def test_bans_by_forgeable_evidence_do_not_grow() -> None:
    bans, now = BanList(BanSettings()), 0.0
    for _ in range(20):
        while not (facts := [fact for fact in bans.poll() if isinstance(fact, Banned)]):
            bans.note(Evidence.SCANNER, HOST, now, reached=False)
        assert facts[0].until - now == 60
        now = facts[0].until


@pytest.mark.parametrize("evidence", Evidence)
@given(threshold=st.floats(1.0, 1000.0))
def test_one_forged_packet_bans_nobody(evidence: Evidence, threshold: float) -> None:
    bans = BanList(BanSettings(threshold=threshold))
    bans.note(evidence, HOST, 0.0, reached=False)
    assert bans.poll() == []


def test_a_trunk_that_is_added_later_is_freed() -> None:
    bans = BanList(BanSettings())
    ban(bans, 0.0)
    bans.protect([ip_network("198.51.100.0/24")])
    assert bans.poll() == [Unbanned(source_key(HOST))]
    bans.note(Evidence.SCANNER, HOST, 1.0, reached=True)
    assert bans.poll() == []


_HOSTS = st.sampled_from([f"198.51.100.{n}" for n in range(40)] + [f"2001:db8:0:{n}::1" for n in range(9)])
_NOTES = st.lists(
    st.tuples(_HOSTS, st.sampled_from(Evidence), st.booleans(), st.floats(0.0, 500.0)), max_size=200
)


@settings(max_examples=60)
@given(_NOTES)
def test_whatever_comes_memory_is_bounded_trunks_stay_and_every_ban_ends(
    notes: list[tuple[str, Evidence, bool, float]],
) -> None:
    bans = BanList(BanSettings(most_sources=10))
    bans.protect([ip_network("198.51.100.0/29"), ip_network("2001:db8::/64")])
    now, banned = 0.0, set()
    for host, evidence, reached, passed in notes:
        now += passed
        bans.handle_timer(now)
        bans.note(evidence, host, now, reached=reached)
        for fact in bans.poll():
            match fact:
                case Banned(source, until):
                    assert source not in banned
                    assert not bans.is_protected(source.partition("/")[0])
                    assert 59.999 <= until - now <= 86_400.001
                    banned.add(source)
                case Unbanned(source):
                    banned.remove(source)
        assert {source for source, _ in bans.bans()} == banned
        assert max(bans.census().values()) <= 10
    while (timer := bans.next_timer()) is not None:
        bans.handle_timer(timer)
    assert {fact.source for fact in bans.poll()} == banned
    assert bans.is_empty


def test_a_flood_of_forged_sources_does_not_wash_out_a_busy_suspect() -> None:
    bans = BanList(BanSettings(most_sources=100))
    for number in range(4):
        bans.note(Evidence.FAILED_LOGIN, HOST, 0.0, reached=True)
        for forged in range(90):
            bans.note(Evidence.MALFORMED, f"203.0.{number}.{forged}", 0.0, reached=False)
    bans.note(Evidence.FAILED_LOGIN, HOST, 0.0, reached=True)
    assert [fact.source for fact in bans.poll()] == [source_key(HOST)]


def test_when_bans_run_out_of_room_the_one_that_ends_first_makes_way() -> None:
    bans = BanList(BanSettings(most_sources=2))
    ban(bans, 0.0)
    ban(bans, 60.0)  # until 300
    ban(bans, 61.0, "203.0.113.1")  # until 121
    ban(bans, 62.0, "203.0.113.2")  # until 122
    assert [source for source, _ in bans.bans()] == [source_key(HOST), source_key("203.0.113.2")]


def test_every_kind_of_evidence_weighs_something() -> None:
    assert set(WEIGHTS) == set(Evidence)
    assert min(WEIGHTS.values()) > 0


@given(st.text(max_size=300))
def test_a_scanner_is_known_whatever_follows_its_name(text: str) -> None:
    assert is_scanner(f"sipcli/{text}")


@pytest.mark.parametrize("name", ["Taiwar Phone 3", "nmapper-desk-7", "Linphone/5.2", "PJSUA v2.14", ""])
def test_a_name_that_only_holds_a_scanners_is_no_scanner(name: str) -> None:
    assert not is_scanner(name)
