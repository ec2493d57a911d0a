"""Grammars for pocketsphinx."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecore.speech.recognition.engines.pocketsphinx import jsgf


def test_phrases_are_alternatives() -> None:
    written = jsgf([("sales",), ("no", "thanks"), ("sales",)], repeated=False)
    assert written == "#JSGF V1.0; grammar answers; public <said> = ( sales | no thanks ) ;"


def test_digits_come_one_after_the_other() -> None:
    assert jsgf([("one",), ("two",)], repeated=True).endswith("( one | two ) +;")


@given(st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=3).map(tuple), max_size=5))
def test_nothing_that_is_said_gets_into_the_grammar_as_a_rule(phrases: list[tuple[str, ...]]) -> None:
    inside = jsgf(phrases, repeated=False).partition("( ")[2].rpartition(" )")[0]
    assert set(inside) <= set("abcdefghijklmnopqrstuvwxyz' |")
