from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.speech.language.kinds import KINDS
from voicecore.speech.template import Placeholder, parse_template


def test_texts_and_placeholders_alternate() -> None:
    parts = parse_template("You have {n:count:message|messages}, {name}.").parts
    assert parts == (
        "You have ",
        Placeholder("n", "count", "message|messages"),
        ", ",
        Placeholder("name"),
        ".",
    )


def test_doubled_braces_are_braces() -> None:
    assert parse_template("a {{b}} c").parts == ("a {b} c",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a { b", "lone {"),
        ("a } b", "lone }"),
        ("{}", "a name is"),
        ("{Name}", "a name is"),
        ("{a b}", "a name is"),
        ("{a:monney}", "kinds are"),
        ("{a::x}", "kinds are"),
        ("{n:count}", "second colon"),
        ("{n:plural:|}", "second colon"),
        ("{d:date:short}", "only colloquial, no-year, weekday"),
        ("{n:number:x}", "nothing may stand"),
    ],
)
def test_a_wrong_placeholder_is_told(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        parse_template(text)


@given(st.text("{}:a|,1 ", max_size=60) | st.text(max_size=60))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        parts = parse_template(text).parts
    except UsageError:
        return
    for one, other in pairwise(parts):
        assert not (isinstance(one, str) and isinstance(other, str))
    assert all(part.kind in {*KINDS, ""} for part in parts if isinstance(part, Placeholder))


@given(st.text("ab{} ", max_size=30))
def test_braces_written_twice_come_back_once(text: str) -> None:
    parts = parse_template(text.replace("{", "{{").replace("}", "}}")).parts
    assert parts == ((text,) if text else ())
