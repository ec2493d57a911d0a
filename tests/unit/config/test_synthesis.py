"""[speech] synthesisers and [[speech.http]]."""

from __future__ import annotations

import pytest

from voicecore.app.voices import PROGRAMS, named
from voicecore.config.reading import settings_of
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.config.synthesis import SYNTHESISERS, secret_faults, service_of
from voicecore.errors import ConfigError
from voicecore.speech.http_service import HttpService

CLOUD = """
[speech]
synthesisers = ["cloud", "flite"]
[[speech.http]]
name = "cloud"
url = "https://tts.example.com/speak"
languages = ["en", "ZH-tw"]
voice = "anna"
"""


def parse(text: str) -> Settings:
    return settings_of(Source.parse(text, "a.toml"))


def faults_of(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigError) as raised:
        parse(text)
    return [(fault.line, fault.key, fault.problem) for fault in raised.value.faults]


def test_a_service_stands_among_the_synthesisers() -> None:
    speech = parse(CLOUD).speech
    assert speech.synthesisers == ("cloud", "flite")
    (one,) = speech.services
    assert service_of(one) == HttpService(
        "cloud", "https://tts.example.com/speak", ("en", "zh-TW"), "anna", first_byte_s=3.0, timeout_s=15.0
    )
    assert [engine.name for engine in named(parse(CLOUD))] == ["cloud", "flite"]


def test_everything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS", "s3cret")
    more = 'secret = "env:TTS"\nformat = "pcm16"\nrate = 24000\nfirst_byte_s = 1.5\ntimeout_s = 8\n'
    service = service_of(parse(CLOUD + more).speech.services[0])
    assert (service.token, service.pcm_rate, service.first_byte_s, service.timeout_s) == (
        "s3cret",
        24000,
        1.5,
        8,
    )


def test_a_service_may_be_asked_by_web_socket() -> None:
    more = 'format = "pcm16"\nrate = 16000\n'
    (one,) = parse(CLOUD.replace("https:", "wss:") + more).speech.services
    assert one.service.is_web_socket


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "problem"),
    [
        ('"cloud", "flite"', '"flite"', 5, "name", "cloud is not among the synthesisers"),
        ('name = "cloud"', 'name = "Cloud 9"', 5, "name", "'Cloud 9' is no name"),
        ('name = "cloud"', 'name = "flite"', 5, "name", "'flite' is there already"),
        ('name = "cloud"\n', "", 4, "name", "is missing"),
        ("https://tts.example.com/speak", "ftp://tts.example.com", 6, "url", "is no URL"),
        ("https://tts.example.com/speak", "https://user:pass@tts.example.com", 6, "url", "is no URL"),
        ("https://tts.example.com/speak", "https://tts.example.com/?text=1", 6, "url", "is no URL"),
        ('"en", "ZH-tw"', '"English!"', 7, "languages", "'English!' is no language tag"),
        ('"en", "ZH-tw"', "", 7, "languages", "has no language"),
        ('voice = "anna"', 'voice = "a b"', 8, "voice", "'a b' is no voice"),
        ('voice = "anna"', 'voice = "anna"\nformat = "mp3"', 9, "format", "'mp3' is none of wav, pcm16"),
        ('voice = "anna"', 'voice = "anna"\nformat = "pcm16"', 4, "rate", "is missing"),
        ("https://tts.example.com/speak", "ws://tts.example.com/speak", 4, "format", "is not for WebSocket"),
        ('voice = "anna"', 'voice = "anna"\nrate = 8000', 9, "rate", "is told by a WAV file itself"),
        ('voice = "anna"', 'voice = "anna"\nsecret = "s3cret"', 9, "secret", "names no place"),
        ('voice = "anna"', 'voice = "anna"\ntimeout_s = 0', 9, "timeout_s", "not a number from"),
        ('voice = "anna"', 'voice = "anna"\nvolume = 3', 9, "volume", "is not a known key"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(
    old: str, new: str, line: int, key: str, problem: str
) -> None:
    found = faults_of(CLOUD.replace(old, new))
    assert any(
        (at, where) == (line, f"speech.http[1].{key}") and problem in what for at, where, what in found
    )
    assert "s3cret" not in str(found)


def test_a_name_that_nobody_has_is_told() -> None:
    (fault,) = faults_of('[speech]\nsynthesisers = ["cloud"]')
    assert fault == (2, "speech.synthesisers", "the text 'cloud' is none of piper, flite, espeak-ng")


def test_a_single_table_is_told_how_to_be_one_of_several() -> None:
    with pytest.raises(ConfigError, match=r"a\.toml:1: speech\.http: .*Write each as \[\[speech\.http\]\]"):
        parse('[speech.http]\nname = "cloud"')


def test_a_secret_is_not_sent_in_the_clear() -> None:
    secret = CLOUD.replace("https://tts.example.com", "http://{host}") + 'secret = "env:TTS"\n'
    (fault,) = faults_of(secret.format(host="tts.example.com"))
    assert fault == (6, "speech.http[1].url", "would show the secret to everybody on the way")
    for host in ("localhost", "127.0.0.1:5000", "[::1]:5000"):
        assert parse(secret.format(host=host)).speech.services


def test_a_secret_that_cannot_be_had_is_told_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TTS", raising=False)
    monkeypatch.setenv("BELL", "a\x07b")
    for name, problem in (("TTS", "no environment variable TTS"), ("BELL", "control character")):
        source = Source.parse(f'{CLOUD}secret = "env:{name}"\n', "a.toml")
        (fault,) = secret_faults(settings_of(source).speech.services, source)
        assert (fault.file, fault.line, fault.key) == ("a.toml", 9, "speech.http[1].secret")
        assert problem in fault.problem


def test_every_program_that_can_be_named_is_known() -> None:
    assert set(SYNTHESISERS) == set(PROGRAMS)
