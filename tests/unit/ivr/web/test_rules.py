"""Which servers flows may ask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import Unavailable
from voicecore.ivr.web.rules import WebRules, is_base, shown

RULES = WebRules(("https://app.example.com/ivr/", "http://127.0.0.1:8000"))


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/ivr/start",
        "https://APP.example.com:443/ivr/start?a=1",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/anything",
    ],
)
def test_what_is_below_a_base_may_be_asked(url: str) -> None:
    assert RULES.may_ask(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example.com/ivr/start",
        "https://app.example.com/other",
        "https://app.example.com/ivr/../other",
        "https://app.example.com/ivr/%2e%2e/other",
        "https://app.example.com/ivr/..%2fother",
        "https://app.example.com:8443/ivr/start",
        "https://app.example.com.evil.net/ivr/start",
        "https://app.example.com@evil.net/ivr/start",
        "https://evil.net/#https://app.example.com/ivr/",
        "https://app.example.com\\@evil.net/ivr/",
        "https://app.example.com/ivr/a b",
        "https://app.example.com/ivr/\r\nHost: evil",
        "http://127.0.0.1:80/",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_else_may_be_asked(url: str) -> None:
    assert not RULES.may_ask(url)
    with pytest.raises(Unavailable):
        RULES.resolved(url)


def test_without_a_base_nobody_is_asked() -> None:
    assert not WebRules().may_ask("http://127.0.0.1/")


def test_a_relative_url_is_seen_from_its_document() -> None:
    assert (
        RULES.resolved("next?a=1", "https://app.example.com/ivr/start")
        == "https://app.example.com/ivr/next?a=1"
    )
    with pytest.raises(Unavailable):
        RULES.resolved("/next", "https://app.example.com/ivr/start")
    with pytest.raises(Unavailable):
        RULES.resolved("//evil.net/ivr/", "https://app.example.com/ivr/start")


@given(st.text(max_size=60))
def test_whatever_is_asked_for_stays_below_the_base(text: str) -> None:
    try:
        found = RULES.resolved(text, "https://app.example.com/ivr/start")
    except Unavailable:
        return
    assert found.lower().startswith(
        ("https://app.example.com/ivr/", "https://app.example.com:443/ivr/", "http://127")
    )


def test_a_base_is_a_url_without_query() -> None:
    assert is_base("https://app.example.com/ivr")
    assert not any(
        map(is_base, ["app.example.com", "https://app.example.com/?a=1", "ftp://a/", "https:///x"])
    )


def test_a_shown_url_does_not_tell_its_query() -> None:
    assert shown("https://app.example.com/ivr?From=%2B441632#x") == "https://app.example.com/ivr"
