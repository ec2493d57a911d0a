"""RFC 3263 and RFC 2782, against DNS in a dictionary."""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sip.server_location import (
    MAX_CANDIDATES,
    Answer,
    Candidate,
    Means,
    Naptr,
    Query,
    Questions,
    RecordType,
    Srv,
    locate,
    weighted_order,
)
from voicecore.sip.uri import Uri

NAPTR, SRV = RecordType.NAPTR, RecordType.SRV
A: Final = RecordType.A
AAAA: Final = RecordType.AAAA
V4 = Means(addresses=(A,))
Zone = dict[tuple[RecordType, str], Answer]

EXAMPLE: Zone = {  # the records of RFC 3263, 4.1 and 4.2, with addresses
    (NAPTR, "example.com"): Answer(
        naptr=(
            Naptr(50, 50, "SIPS+D2T", "_sips._tcp.example.com"),
            Naptr(90, 50, "SIP+D2T", "_sip._tcp.example.com"),
            Naptr(100, 50, "SIP+D2U", "_sip._udp.example.com"),
        )
    ),
    (SRV, "_sips._tcp.example.com"): Answer(srv=(Srv(0, 1, 5061, "secure.example.com"),)),
    (SRV, "_sip._tcp.example.com"): Answer(
        srv=(Srv(0, 1, 5060, "server1.example.com"), Srv(1, 2, 5062, "server2.example.com"))
    ),
    (A, "secure.example.com"): Answer(addresses=("192.0.2.1",)),
    (A, "server1.example.com"): Answer(addresses=("192.0.2.2", "192.0.2.3")),
    (A, "server2.example.com"): Answer(addresses=("192.0.2.4",)),
    (A, "example.com"): Answer(addresses=("192.0.2.9",)),
    (AAAA, "example.com"): Answer(addresses=("2001:db8::9",)),
}


def servers(
    text: str, zone: Zone, means: Means = V4, seed: int = 0
) -> tuple[tuple[Candidate, ...], list[Query]]:
    """The candidates, and the questions in the order in which they were asked."""
    uri, answers, asked = Uri.parse(text), dict[Query, Answer](), list[Query]()
    lots = random.Random(seed)
    for _ in range(4):
        found = locate(uri, answers, means, lots.random)
        if not isinstance(found, Questions):
            return found, asked
        assert not found.queries & answers.keys(), "asked twice"
        asked += sorted(found.queries, key=str)
        answers |= {query: zone.get(query, Answer()) for query in found.queries}
    raise AssertionError("more than three rounds of questions")


@pytest.mark.parametrize(
    ("text", "candidate"),
    [
        ("sip:a@192.0.2.5", Candidate("UDP", "192.0.2.5", "192.0.2.5", 5060)),
        ("sip:a@192.0.2.5:5080;transport=tcp", Candidate("TCP", "192.0.2.5", "192.0.2.5", 5080)),
        ("sips:a@192.0.2.5", Candidate("TLS", "192.0.2.5", "192.0.2.5", 5061, "192.0.2.5")),
        ("sips:a@192.0.2.5;transport=tcp", Candidate("TLS", "192.0.2.5", "192.0.2.5", 5061, "192.0.2.5")),
        ("sip:a@x.example;maddr=192.0.2.6", Candidate("UDP", "192.0.2.6", "192.0.2.6", 5060)),
    ],
)
def test_a_numeric_address_needs_no_question(text: str, candidate: Candidate) -> None:
    assert servers(text, {}) == ((candidate,), [])


def test_naptr_picks_the_transport_and_srv_the_server() -> None:
    found, asked = servers("sip:a@example.com", EXAMPLE)
    assert found == (Candidate("TLS", "secure.example.com", "192.0.2.1", 5061, "example.com"),)
    assert asked == [
        Query(NAPTR, "example.com"),
        Query(SRV, "_sips._tcp.example.com"),
        Query(A, "secure.example.com"),
    ]


def test_a_transport_that_we_lack_is_passed_over() -> None:
    found, _ = servers("sip:a@example.com", EXAMPLE, Means(("UDP", "TCP"), (A,)))
    assert [(one.transport, one.address, one.port) for one in found] == [
        ("TCP", "192.0.2.2", 5060),
        ("TCP", "192.0.2.3", 5060),
        ("TCP", "192.0.2.4", 5062),
    ]


def test_a_sips_uri_takes_only_secure_services() -> None:
    zone = {
        **EXAMPLE,
        (NAPTR, "example.com"): Answer(naptr=(Naptr(1, 1, "SIP+D2U", "_sip._udp.example.com"),)),
    }
    found, _ = servers("sips:a@example.com", zone)
    assert {one.transport for one in found} == {"TLS"}
    assert servers("sips:a@example.com", zone, Means(("UDP", "TCP"), (A,)))[0] == ()


def test_a_named_transport_needs_no_naptr() -> None:
    _, asked = servers("sip:a@example.com;transport=tcp", EXAMPLE)
    assert asked[0] == Query(SRV, "_sip._tcp.example.com")


def test_without_naptr_srv_is_asked_for_each_transport_of_the_scheme() -> None:
    zone = {key: value for key, value in EXAMPLE.items() if key[0] is not NAPTR}
    found, asked = servers("sip:a@example.com", zone)
    assert [query for query in asked if query.type is SRV] == [
        Query(SRV, "_sip._tcp.example.com"),
        Query(SRV, "_sip._udp.example.com"),
    ]
    assert [one.transport for one in found] == ["TCP", "TCP", "TCP"]
    found, asked = servers("sips:a@example.com", zone)
    assert [query for query in asked if query.type is SRV] == [Query(SRV, "_sips._tcp.example.com")]
    assert [one.transport for one in found] == ["TLS"]


def test_an_explicit_port_asks_for_addresses_only() -> None:
    found, asked = servers("sip:a@example.com:5070", EXAMPLE)
    assert found == (Candidate("UDP", "example.com", "192.0.2.9", 5070),)
    assert asked == [Query(A, "example.com")]


def test_without_srv_the_name_itself_is_the_server() -> None:
    zone: Zone = {(A, "example.com"): Answer(addresses=("192.0.2.9",))}
    assert servers("sip:a@example.com", zone)[0] == (Candidate("UDP", "example.com", "192.0.2.9", 5060),)
    assert servers("sips:a@example.com", zone)[0] == (
        Candidate("TLS", "example.com", "192.0.2.9", 5061, "example.com"),
    )


def test_addresses_come_in_the_order_of_our_preference() -> None:
    found, _ = servers("sip:example.com:5060", EXAMPLE, Means(addresses=(AAAA, A)))
    assert [one.address for one in found] == ["2001:db8::9", "192.0.2.9"]
    found, _ = servers("sip:example.com:5060", EXAMPLE, Means(addresses=(A, AAAA)))
    assert [one.address for one in found] == ["192.0.2.9", "2001:db8::9"]


def test_a_service_that_is_decidedly_not_there_has_no_fallback() -> None:
    # RFC 2782: a target of "." says so.
    zone: Zone = {
        (SRV, "_sip._udp.example.com"): Answer(srv=(Srv(0, 0, 0, ""),)),
        (A, "example.com"): Answer(addresses=("192.0.2.9",)),
    }
    assert servers("sip:a@example.com;transport=udp", zone)[0] == ()


def test_the_number_of_candidates_is_bounded() -> None:
    many = Answer(addresses=tuple(f"192.0.2.{last}" for last in range(255)))
    assert len(servers("sip:a@example.com:5060", {(A, "example.com"): many})[0]) == MAX_CANDIDATES


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tel:+49301234", "not a SIP URI"),
        ("sip:a@example.com;transport=sctp", "unknown transport"),
        ("sips:a@example.com;transport=udp", "sips URI over UDP"),
    ],
)
def test_what_cannot_be_sent_to_is_refused(text: str, says: str) -> None:
    with pytest.raises(PeerError, match=says):
        servers(text, {})


def test_equal_weights_share_equally() -> None:
    lots = random.Random(1)
    first = Counter(weighted_order("ab", lambda _: (0, 1), lots.random)[0] for _ in range(4000))
    assert abs(first["a"] - 2000) < 200


@settings(max_examples=25)
@given(st.lists(st.integers(1, 100), min_size=1, max_size=5), st.integers())
def test_the_choice_converges_to_the_weights(weights: list[int], seed: int) -> None:
    lots, rounds = random.Random(seed), 3000
    items = [*enumerate(weights)]
    first = Counter(weighted_order(items, lambda item: (0, item[1]), lots.random)[0] for _ in range(rounds))
    for item in items:
        assert abs(first[item] / rounds - item[1] / sum(weights)) < 0.07


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 65535)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_every_item_is_there_once_and_priorities_rise(
    places: list[tuple[int, int]], lots: random.Random
) -> None:
    items = [*enumerate(places)]
    ordered = weighted_order(items, lambda item: item[1], lots.random)
    assert sorted(ordered) == items
    assert [item[1][0] for item in ordered] == sorted(priority for priority, _ in places)


_names = st.sampled_from(["example.com", "a.example.com", "b.example.com", "192.0.2.77"])
_records = st.builds(
    Answer,
    naptr=st.lists(
        st.builds(
            Naptr,
            st.integers(0, 2),
            st.integers(0, 2),
            st.sampled_from(["SIP+D2U", "sip+d2t", "SIPS+D2T", "E2U+sip"]),
            _names,
        ),
        max_size=3,
    ).map(tuple),
    srv=st.lists(
        st.builds(Srv, st.integers(0, 2), st.integers(0, 5), st.integers(0, 65535), _names), max_size=3
    ).map(tuple),
    addresses=st.lists(st.sampled_from(["192.0.2.1", "192.0.2.2"]), max_size=3).map(tuple),
)


@given(
    st.sampled_from(["sip:example.com", "sips:example.com", "sip:example.com;transport=tcp"]),
    st.fixed_dictionaries(dict.fromkeys(RecordType, _records)),
    st.integers(),
)
def test_whatever_dns_says_the_search_ends_with_servers_that_we_can_reach(
    text: str, by_kind: dict[RecordType, Answer], seed: int
) -> None:
    class Everywhere(dict[tuple[RecordType, str], Answer]):
        def get(self, key: tuple[RecordType, str], default: object = None) -> Answer:
            return by_kind[key[0]]

    found, _ = servers(text, Everywhere(), V4, seed)
    assert len(set(found)) == len(found) <= MAX_CANDIDATES
    if text.startswith("sips"):
        assert {one.transport for one in found} <= {"TLS"}
