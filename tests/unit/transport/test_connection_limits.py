from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.transport.connection_limits import (
    Admitted,
    ConnectionLimits,
    ConnectionTable,
    ConnectionWatch,
    HandshakePace,
    Overdue,
    Refused,
)

LIMITS = ConnectionLimits(
    handshake_s=10, first_message_s=30, message_s=5, idle_s=600, pong_s=10, connections=3, per_source=2,
    buffered_in_all=100,
)  # fmt: skip


def established(*, is_ours: bool = False) -> ConnectionWatch:
    watch = ConnectionWatch(LIMITS, 0, is_ours=is_ours)
    watch.established(1)
    return watch


def ends(watch: ConnectionWatch) -> tuple[float, Overdue | None]:
    """When the watch wants to be woken next, and what it says then."""
    due = watch.next_timer()
    assert watch.handle_timer(due - 0.001) is None
    return due, watch.handle_timer(due)


def test_a_handshake_has_its_time() -> None:
    assert ends(ConnectionWatch(LIMITS, 0, is_ours=False)) == (10, Overdue.HANDSHAKE)


def test_a_peer_has_to_say_something() -> None:
    assert ends(established()) == (31, Overdue.FIRST_MESSAGE)


def test_keep_alives_are_no_first_message() -> None:
    watch = established()
    watch.alive(30)
    assert ends(watch) == (31, Overdue.FIRST_MESSAGE)


def test_a_connection_of_ours_may_wait_for_our_next_message() -> None:
    assert ends(established(is_ours=True)) == (601, Overdue.IDLE)


def test_the_time_of_a_message_runs_from_its_first_octet() -> None:
    watch = established()
    for now in (2, 3, 4):
        watch.received(now, messages=0, is_partway=True)
    assert ends(watch) == (7, Overdue.MESSAGE)


def test_a_message_that_is_complete_starts_the_idle_time() -> None:
    watch = established()
    watch.received(2, messages=0, is_partway=True)
    watch.received(3, messages=1, is_partway=False)
    assert ends(watch) == (603, Overdue.IDLE)


def test_each_message_has_a_time_of_its_own() -> None:
    watch = established()
    watch.received(2, messages=0, is_partway=True)
    watch.received(6, messages=1, is_partway=True)
    assert ends(watch) == (11, Overdue.MESSAGE)


def test_half_a_line_end_that_becomes_whole_is_no_message() -> None:
    watch = established()
    watch.received(2, messages=1, is_partway=True)
    watch.received(3, messages=0, is_partway=False)
    assert ends(watch) == (602, Overdue.IDLE)


def test_keep_alives_put_the_idle_time_off() -> None:
    watch = established()
    watch.received(2, messages=1, is_partway=False)
    watch.alive(500)
    assert ends(watch) == (1100, Overdue.IDLE)


def test_a_held_connection_may_be_silent() -> None:
    watch = established()
    watch.received(2, messages=1, is_partway=False)
    watch.hold(4000)
    watch.alive(10)
    assert ends(watch) == (4000, Overdue.IDLE)


def test_a_ping_wants_its_answer_however_often_it_is_repeated() -> None:
    watch = established(is_ours=True)
    watch.pinged(20)
    watch.pinged(25)
    assert ends(watch) == (30, Overdue.PONG)
    watch.ponged(26)
    assert ends(watch) == (626, Overdue.IDLE)


def test_handshakes_are_paced_in_all_and_by_source() -> None:
    pace = HandshakePace(ConnectionLimits(handshakes=3, handshakes_per_source=2))
    assert [pace.allows(source, 5.1) for source in ("a", "a", "a", "b", "c")] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert not pace.allows("c", 5.9)
    assert pace.allows("c", 6.0)


def full() -> ConnectionTable[str]:
    table: ConnectionTable[str] = ConnectionTable(LIMITS)
    for id in ("a", "b", "c"):
        assert table.admit(id, f"source of {id}", 0) == Admitted()
    return table


def test_the_oldest_that_brought_nothing_makes_room() -> None:
    table = full()
    table.active("a", 0)
    assert table.admit("d", "source of d", 1) == Admitted(instead_of="b")
    assert (len(table), table.waiting) == (3, 2)


def test_then_the_one_that_is_silent_the_longest_makes_room() -> None:
    table = full()
    for now, id in enumerate("abca"):
        table.active(id, now)
    assert isinstance(table.admit("d", "source of d", 50), Refused)
    assert table.admit("d", "source of d", 62) == Admitted(instead_of="b")


def test_held_connections_and_ours_never_make_room() -> None:
    table: ConnectionTable[str] = ConnectionTable(LIMITS)
    table.admit("a", "x", 0)
    table.active("a", 0)
    table.hold("a", 5000)
    assert table.add_ours("b", "y")
    assert table.add_ours("c", "y")
    assert not table.add_ours("d", "z")
    assert isinstance(table.admit("e", "z", 4999), Refused)
    assert table.admit("e", "z", 5000) == Admitted(instead_of="a")


def test_a_source_is_bounded_until_its_connections_end() -> None:
    table: ConnectionTable[str] = ConnectionTable(LIMITS)
    table.admit("a", "x", 0)
    table.admit("b", "x", 0)
    assert isinstance(table.admit("c", "x", 0), Refused)
    table.remove("a")
    table.remove("a")
    assert table.admit("c", "x", 0) == Admitted()


def test_all_parts_of_messages_together_are_bounded() -> None:
    table = full()
    assert table.holds_back("a", 60)
    assert table.holds_back("b", 40)
    assert not table.holds_back("c", 1)
    table.remove("a")
    assert table.buffered == 41
    assert table.holds_back("c", 0)


_steps = st.lists(
    st.tuples(st.sampled_from(["admit", "ours", "active", "hold", "buffer", "remove"]), st.integers(0, 9)),
    max_size=60,
)


@given(_steps)
def test_whatever_happens_the_bounds_hold(steps: list[tuple[str, int]]) -> None:
    table: ConnectionTable[int] = ConnectionTable(LIMITS)
    there: dict[int, str] = {}
    for now, (step, id) in enumerate(steps):
        source = f"source {id % 3}"
        match step:
            case "admit" if id not in there:
                outcome = table.admit(id, source, now * 40)
                if isinstance(outcome, Admitted):
                    there.pop(outcome.instead_of, None) if outcome.instead_of is not None else None
                    there[id] = source
            case "ours" if id not in there and table.add_ours(id, source):
                there[id] = source
            case "active":
                table.active(id, now * 40)
            case "hold":
                table.hold(id, now * 40 + 100)
            case "buffer":
                table.holds_back(id, now)
            case "remove":
                table.remove(id)
                there.pop(id, None)
        assert len(table) == len(there) <= LIMITS.connections
    for id in list(there):
        table.remove(id)
    assert (len(table), table.buffered, table.waiting) == (0, 0, 0)


@pytest.mark.parametrize("now", [0.0, 5.0])
def test_a_refused_newcomer_leaves_no_trace(now: float) -> None:
    table: ConnectionTable[str] = ConnectionTable(LIMITS)
    table.admit("a", "x", now)
    table.admit("b", "x", now)
    table.admit("c", "x", now)
    assert len(table) == 2
    assert table.holds_back("c", 50)
    assert table.buffered == 0
