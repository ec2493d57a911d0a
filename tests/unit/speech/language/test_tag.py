from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.speech.language.tag import canonical, lookup


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("EN-us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("sl-ROZAJ", "sl-rozaj"),
    ],
)
def test_tags_are_written_one_way(tag: str, expected: str) -> None:
    assert canonical(tag) == expected


@pytest.mark.parametrize("tag", ["", "e", "../etc", "zh_TW", "zh-", "en/us", "en\n", "中文"])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(UsageError):
        canonical(tag)


@given(st.from_regex(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", fullmatch=True))
def test_writing_a_tag_the_usual_way_twice_changes_nothing(tag: str) -> None:
    assert canonical(canonical(tag)) == canonical(tag)


@given(st.text(max_size=30))
def test_any_text_is_a_tag_or_refused(text: str) -> None:
    try:
        tags = lookup(text)
    except UsageError:
        return
    assert tags[0].lower() == text.lower()
    assert all(longer.startswith(shorter + "-") for longer, shorter in pairwise(tags))
