"""Sessions and tokens: who is known by what, for how long, and how many."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.site import SECRETS, TOKENS
from voicecore.api.access import Role
from voicecore.api.sessions import Principal, Sessions, Tokens

TTL_S = 100.0


def sessions(room: int = 3) -> Sessions:
    serial = itertools.count()
    return Sessions(lambda length: f"{next(serial):0{length}}", room, TTL_S)


def test_a_session_is_known_by_its_cookie_until_its_time() -> None:
    table = sessions()
    cookie, session = table.open("alice", Role.AGENT, 10.0)
    assert table.find(cookie, 109.9) == session
    assert table.find(cookie, 110.0) is None
    assert table.find(session.id, 10.0) is None
    assert table.find("\ud800", 10.0) is None


def test_a_session_that_ended_is_known_no_more() -> None:
    table = sessions()
    cookie, session = table.open("alice", Role.AGENT, 0.0)
    who = Principal("alice", Role.AGENT, session)
    assert table.holds(who, 0.0)
    table.end(session)
    table.end(session)
    assert table.find(cookie, 0.0) is None
    assert not table.holds(who, 0.0)
    assert table.holds(Principal("board", Role.AGENT), 0.0)


def test_one_too_many_ends_the_one_that_began_first() -> None:
    table = sessions(room=2)
    cookies = [table.open(name, Role.AGENT, 0.0)[0] for name in "abc"]
    assert [table.find(cookie, 0.0) is not None for cookie in cookies] == [False, True, True]


@given(st.lists(st.tuples(st.floats(0, 60), st.booleans())))
def test_there_are_never_more_sessions_than_room(steps: list[tuple[float, bool]]) -> None:
    table, now = sessions(), 0.0
    for later, ends in steps:
        now += later
        cookie, session = table.open("alice", Role.QA, now)
        assert table.find(cookie, now) == session
        if ends:
            table.end(session)
        assert len(table) <= 3


def test_neither_cookie_nor_csrf_token_is_shown() -> None:
    table = sessions()
    cookie, session = table.open("alice", Role.AGENT, 0.0)
    assert cookie not in repr(session)
    assert session.csrf not in repr(Principal("alice", Role.AGENT, session))
    assert all(secret not in repr(TOKENS) for secret in SECRETS.values())


def test_a_token_is_known_by_its_secret_alone() -> None:
    known = Tokens(TOKENS)
    assert [found.role for role in Role if (found := known.find(SECRETS[role]))] == list(Role)
    assert known.find("agent board") is None
    assert known.find("") is None
    assert Tokens(()).find("") is None


def test_phones_belong_to_a_session_or_to_a_token() -> None:
    _, session = sessions().open("alice", Role.AGENT, 0.0)
    assert Principal("alice", Role.AGENT, session).owner != Principal("alice", Role.AGENT).owner
