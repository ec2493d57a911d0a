"""In which order codecs are named to one party, by what the other has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecore.calls.one_codec import Counterpart, able_beside, in_order
from voicecore.sdp.codecs import ALL, BROWSER_CODECS, CODECS, G722, G729, OPUS, PCMA, PCMU, Codec
from voicecore.sdp.negotiation import AudioCapabilities

lists = st.lists(st.sampled_from(ALL), min_size=1, unique=True).map(tuple)
others = st.builds(Counterpart, lists, st.sampled_from([10, 20, 30, 60]), st.booleans())


@given(lists, st.none() | others, st.booleans())
def test_nothing_is_added_and_nothing_left_out(
    allowed: tuple[Codec, ...], other: Counterpart | None, as_written: bool
) -> None:
    ordered = in_order(allowed, other, as_written=as_written)
    assert sorted(ordered) == sorted(allowed)
    assert ordered == in_order(allowed, other, as_written=as_written)


@given(lists, others, st.booleans())
def test_what_both_have_comes_first_and_the_rest_keeps_its_order(
    allowed: tuple[Codec, ...], other: Counterpart, as_written: bool
) -> None:
    ordered = in_order(allowed, other, as_written=as_written)
    shared = set(other.codecs[:1] if other.is_settled else other.codecs) & set(allowed)
    assert set(ordered[: len(shared)]) == shared
    assert list(ordered[len(shared) :]) == [codec for codec in allowed if codec not in shared]


@given(lists, others)
def test_an_order_is_not_changed_by_putting_it_in_order_again(
    allowed: tuple[Codec, ...], other: Counterpart
) -> None:
    ordered = in_order(allowed, other)
    assert in_order(ordered, other) == ordered


def test_the_codec_that_is_settled_leads_even_to_who_has_better_ones() -> None:
    settled = Counterpart((PCMA, PCMU, G722), 20, is_settled=True)
    assert in_order(BROWSER_CODECS, settled) == (PCMA, OPUS, G722, PCMU)
    assert in_order((PCMU, G722), settled) == (PCMU, G722)


def test_while_nothing_is_settled_the_others_wish_leads() -> None:
    phone = Counterpart((PCMA, PCMU, G722), 20, is_settled=False)
    browser = Counterpart(BROWSER_CODECS, 20, is_settled=False)
    assert in_order(CODECS, phone) == (PCMA, PCMU, G722, OPUS)
    assert in_order(BROWSER_CODECS, phone) == (PCMA, PCMU, G722, OPUS)
    assert in_order(CODECS, browser) == (OPUS, G722, PCMU, PCMA)
    assert in_order((PCMU, G729), Counterpart((G729, PCMU), 20, is_settled=False)) == (G729, PCMU)


def test_the_list_of_a_trunk_keeps_its_order_among_what_both_have() -> None:
    phone = Counterpart((G722, PCMU, PCMA), 20, is_settled=False)
    assert in_order((OPUS, PCMA, G722), phone, as_written=True) == (PCMA, G722, OPUS)


def test_the_other_partys_packet_time_is_offered() -> None:
    able = AudioCapabilities(CODECS)
    offered = able_beside(able, Counterpart((PCMA,), 30, is_settled=True))
    assert (offered.codecs, offered.packet_time_ms) == ((PCMA, PCMU, G722, OPUS), 30)
    assert able_beside(able, None) is able
