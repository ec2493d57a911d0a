from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecore.speech.vocabulary import cover

WORDS = {"twelve", "dollars", "and", "fifty", "cents", "six", "sixty", "ty"}


def test_words_are_found_whatever_stands_between_them() -> None:
    assert cover("Twelve dollars, and fifty-six cents.", WORDS) == [
        *("twelve", "dollars", "and", "fifty", "six", "cents")
    ]


def test_one_missing_word_leaves_the_text_to_the_synthesiser() -> None:
    assert cover("twelve euros", WORDS) == []


def test_a_recording_stands_for_whole_words_only() -> None:
    assert cover("sixty", WORDS) == ["sixty"]
    assert cover("sixty", {"six", "ty"}) == []


def test_chinese_words_are_found_without_spaces_the_longest_first() -> None:
    assert cover("三月五日，星期四", {"三", "月", "三月", "五", "日", "星期四"}) == [
        "三月",
        "五",
        "日",
        "星期四",
    ]


@given(st.text("abc -.", max_size=40), st.frozensets(st.text("abc", min_size=1, max_size=3)))
def test_a_covered_text_is_said_whole(text: str, recorded: frozenset[str]) -> None:
    words = cover(text, recorded)
    assert set(words) <= recorded
    assert not words or "".join(words) == "".join(c for c in text if c.isalpha())
