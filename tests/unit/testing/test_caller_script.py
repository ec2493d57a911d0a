from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.testing.caller_script import (
    PATIENCE,
    At,
    CallerScript,
    Deed,
    Ends,
    HangUp,
    Hears,
    Line,
    Meets,
    Press,
    Reaction,
    Refused,
    Says,
    ScriptError,
    Silence,
    parse_script,
    script_text,
)

_seconds = st.integers(0, 99_999_000).map(lambda ms: ms / 1000)
_name = st.from_regex(r"[A-Za-z0-9_.-]+", fullmatch=True)
_words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)
_actions = st.one_of(
    st.builds(Hears, _name, st.just(False), _seconds),
    st.builds(Hears, _words, st.just(True), _seconds),
    st.builds(Press, st.text("0123456789*#ABCD", min_size=1, max_size=64)),
    st.builds(Silence, _seconds),
    st.builds(At, _seconds),
    st.builds(Says, _words),
    st.just(HangUp()),
    st.builds(Ends, _seconds),
    st.builds(Refused, st.integers(300, 699)),
)
_keys = st.text("0123456789*#ABCD", min_size=1, max_size=64)
_deeds = st.lists(st.builds(Deed, _seconds, st.builds(Press, _keys) | st.builds(Says, _words)), max_size=3)
_meets = st.builds(
    Meets,
    _words,
    st.sampled_from(Reaction),
    _seconds,
    st.none() | _seconds,
    does=_deeds.map(tuple),
) | st.builds(Meets, _words, st.just(Reaction.REJECTS), _seconds, st.none() | _seconds, st.integers(300, 699))
_lines = st.lists(_actions.map(lambda action: Line(0, action)), max_size=6).map(tuple)
scripts = st.builds(CallerScript, _lines, st.lists(_meets, max_size=3).map(tuple))


@given(scripts)
def test_a_script_that_is_written_is_read_back(script: CallerScript) -> None:
    assert parse_script(script_text(script)) == script


@given(
    st.text() | st.lists(st.sampled_from(["hears", "press", "1", '"', "within", "\n", " ", "9"])).map("".join)
)
def test_any_text_is_a_script_or_names_the_line_that_is_none(text: str) -> None:
    fault = None
    try:
        parse_script(text, "file")
    except ScriptError as error:
        fault = error
    if fault is not None:
        assert 1 <= fault.line <= text.count("\n") + 1
        assert str(fault).startswith(f"file:{fault.line}: ")


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ("hears\n", 1, "hears main_menu"),
        ("# a comment\n\npres 1", 3, "press"),
        ("press 1 2", 1, "press 31#"),
        ("silence soon", 1, "silence 2.5"),
        ("says operator", 1, 'says "to the operator"'),
        ("refused 200", 1, "refused 486"),
        ("hangup\nmeets tel:1 busy", 2, "at the top"),
    ],
)
def test_a_fault_names_its_line_and_what_to_write(text: str, line: int, remedy: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_script(text)
    assert caught.value.line == line
    assert remedy in caught.value.problem


def test_spaces_and_comments_do_not_matter() -> None:
    script = parse_script("\n  # a caller\n  hears\tmain_menu   within 5  \r\n\r\npress 1\n")
    assert [one.action for one in script.lines] == [Hears("main_menu", within=5.0), Press("1")]
    assert [one.number for one in script.lines] == [3, 5]


def test_patience_is_a_minute_unless_a_line_says_otherwise() -> None:
    assert parse_script("ends").lines[0].action == Ends(PATIENCE)
