"""The table [web]."""

from __future__ import annotations

import pytest

from voicecore.config.machine import faults
from voicecore.config.reading import settings_of
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.config.web import WebSettings, web_rules
from voicecore.errors import ConfigError
from voicecore.ivr.web.rules import WebRules


def parse(text: str) -> Settings:
    return settings_of(Source.parse(text, "a.toml"))


def test_without_the_table_nobody_is_asked() -> None:
    assert parse("").web == WebSettings()
    assert web_rules(WebSettings()) == WebRules()


def test_every_setting_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "12345")
    monkeypatch.setenv("SECRET", "6789")
    settings = parse("""
        [web]
        allow = ["https://app.example.com/ivr/", "http://127.0.0.1:8000"]
        timeout_s = 2
        twilio_token = "env:TOKEN"
        secret = "env:SECRET"
        recordings = "https://pbx.example.com"
    """)
    bases = ("https://app.example.com/ivr/", "http://127.0.0.1:8000")
    assert web_rules(settings.web) == WebRules(bases, 2.0, "12345", "6789", "https://pbx.example.com")
    assert "12345" not in repr(web_rules(settings.web))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('allow = ["app.example.com"]', "is no beginning of a URL"),
        ("allow = [1]", "is no beginning of a URL"),
        ("timeout_s = 0", "not a number from 0.1 to 60"),
        ('secret = "hunter2"', "names no place"),
        ('recordings = "here"', "is no URL"),
        ("allows = []", "is not a known key"),
    ],
)
def test_what_is_wrong_is_told(line: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(f"[web]\n{line}\n")
    (fault,) = raised.value.faults
    assert problem in fault.problem
    assert fault.line == 2
    assert "hunter2" not in str(fault)


def test_a_secret_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)
    source = Source.parse('[web]\nsecret = "env:NOT_THERE"\n', "a.toml")
    found = [fault for fault in faults(settings_of(source), source) if fault.key == "web.secret"]
    assert [fault.problem for fault in found] == [
        "there is no environment variable NOT_THERE, or it is empty"
    ]
