from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.speech.sentence import SHORTEST, sentences

FIRST = "Your engineer comes on Thursday between nine and eleven."
SECOND = "Please keep the way to the meter free until then!"
THIRD = "Would you like a message half an hour before?"


def test_a_long_text_is_taken_apart_at_its_sentences() -> None:
    assert sentences(f"{FIRST} {SECOND}\n{THIRD}") == [FIRST, SECOND, THIRD]


def test_chinese_sentences_need_no_blank_between_them() -> None:
    first, second = (
        "您的工程师将于星期四上午九点到十一点之间到达。",
        "在此之前，请保持通往电表的道路畅通无阻！",
    )
    assert sentences(first + second) == [first, second]


def test_a_short_text_stays_whole() -> None:
    assert sentences("Hello. One moment. Goodbye.") == ["Hello. One moment. Goodbye."]


def test_short_sentences_are_said_together() -> None:
    parts = sentences("Goodbye. " * 40 + "No.")
    assert len(parts) > 1
    assert all(len(part) >= SHORTEST - 1 for part in parts)


@pytest.mark.parametrize(
    "text", ["with Dr. Smith", "at St. Anne's", "i.e. tomorrow", "room No. 5", "at 3.50 dollars"]
)
def test_what_only_looks_like_an_end_is_none(text: str) -> None:
    long = f"You have been given an appointment for the whole of the morning {text}, as you asked for by telephone."
    assert sentences(long) == [long]


@given(st.text(st.sampled_from("aB .!?\"'。！？”5\n"), max_size=600))
def test_nothing_is_lost_and_nothing_is_said_twice(text: str) -> None:
    parts = sentences(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(parts) or not text.strip()
