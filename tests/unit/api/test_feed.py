"""Events: a reader misses none, or knows that it did."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.calls import ended, running
from voicecore.api.feed import EventFeed, Kind
from voicecore.api.views import glance_of

AT = datetime(2026, 11, 23, tzinfo=UTC)
CALL = glance_of(running(1))


@given(st.lists(st.one_of(st.none(), st.integers(0, 3))), st.integers(1, 10))
def test_a_reader_gets_every_event_in_order_or_a_snapshot(steps: list[int | None], room: int) -> None:
    """None is an event; a number is one of four readers, which reads all that there is for it."""
    feed = EventFeed(1000, room)
    places = [1000] * 4
    for step in steps:
        if step is None:
            feed.add(Kind.CHANGED, AT, CALL)
            continue
        events = feed.after(places[step])
        behind = feed.newest - places[step]
        if events is None:
            assert behind > room
            places[step] = feed.snapshot(AT, []).seq
        else:
            assert [one.seq for one in events] == list(range(places[step] + 1, feed.newest + 1))
            places[step] += len(events)
        assert places[step] == feed.newest


@pytest.mark.parametrize("seq", [0, 999, 1004, 2**60])
def test_a_number_that_is_none_of_ours_starts_anew(seq: int) -> None:
    feed = EventFeed(1000)
    for _ in range(3):
        feed.add(Kind.STARTED, AT, CALL)
    assert feed.after(seq) is None
    assert [one.seq for one in feed.after(1000) or []] == [1001, 1002, 1003]


def test_a_message_has_the_fields_of_its_kind() -> None:
    feed = EventFeed(0)
    feed.add(Kind.ENDED, AT, CALL)
    feed.add(Kind.QUALITY, AT, CALL, ended(1).legs)
    first, second = feed.after(0) or []
    assert '"calls"' not in first.text
    assert '"legs"' not in first.text
    assert '"mos":4.4' in second.text
    snapshot = feed.snapshot(AT, [CALL]).text
    assert '"kind":"snapshot","seq":2,' in snapshot
    assert '"call":' not in snapshot
    assert '"from":"sip:alice@192.0.2.7"' in snapshot
