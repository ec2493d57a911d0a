from __future__ import annotations

import resource
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from voicecore import compiled
from voicecore.api.settings import ApiSettings
from voicecore.cli import diagnosis
from voicecore.cli.diagnosis import State
from voicecore.config.api import HttpSettings
from voicecore.config.reader import load
from voicecore.config.recognition import RecognitionSettings
from voicecore.config.settings import Listen, Settings, SpeechSettings, StoreSettings
from voicecore.config.synthesis import HttpSpeechSettings
from voicecore.sip.hop import Address
from voicecore.speech.http_service import HttpService


@pytest.fixture(name="settings")
def _settings() -> Settings:
    """The built-in settings with ten pairs of RTP ports."""
    settings = load(None)
    return replace(settings, media=replace(settings.media, first_port=20_000, last_port=20_019))


def test_a_sip_port_that_is_taken_fails(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        listen = Listen("udp", "127.0.0.1", other.getsockname()[1])
        taken = replace(settings, sip=replace(settings.sip, listen=(listen,)))
        (check,) = diagnosis.sip_ports(taken)
        assert check.state is State.FAIL
        assert check.remedy
    (check,) = diagnosis.sip_ports(taken)
    assert check.state is State.OK


def test_a_port_for_browsers_that_is_taken_fails(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        taken = replace(settings, media=replace(settings.media, browser_port=port, workers=1))
        check = diagnosis.media_engine(taken)
        assert (check.state, check.remedy) == (State.FAIL, "Look at [media]")
    assert diagnosis.media_engine(taken).state is State.OK


def test_a_pair_with_either_port_taken_is_not_free(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        even = port - port % 2
        one = replace(settings, media=replace(settings.media, first_port=even, last_port=even + 1))
        assert diagnosis.rtp_ports(one).state is State.FAIL
    assert diagnosis.rtp_ports(one).state is State.OK


@pytest.mark.parametrize(
    ("limit", "state"), [(120, State.OK), (119, State.WARN), (101, State.FAIL), (10, State.FAIL)]
)
def test_the_file_limit_is_held_against_the_ports(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, limit: int, state: State
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (10, limit))
    check = diagnosis.file_limit(settings)
    assert check.state is state
    assert (check.remedy == "") is (state is State.OK)


def test_a_clock_of_another_age_fails() -> None:
    assert diagnosis.wall_clock(0.0).state is State.FAIL


def test_more_media_threads_than_cores_is_worth_a_warning(settings: Settings) -> None:
    many = replace(settings, media=replace(settings.media, workers=256))
    assert diagnosis.processors(many).state is State.WARN


def test_a_machine_that_cannot_speak_fails(settings: Settings) -> None:
    *_, last = diagnosis.speech(replace(settings, speech=SpeechSettings(())))
    assert last.state is State.FAIL


def test_a_synthesiser_that_is_not_installed_is_a_warning_with_a_remedy(settings: Settings) -> None:
    speech = SpeechSettings(("piper",), Path("/nowhere/bin/python"))
    first, *_ = diagnosis.speech(replace(settings, speech=speech))
    assert first.state is State.WARN
    assert first.remedy


def test_every_synthesiser_that_a_configuration_may_name_can_be_looked_for(settings: Settings) -> None:
    checks = list(diagnosis.speech(settings))
    assert [check.name for check in checks][:3] == ["speech: piper", "speech: flite", "speech: espeak-ng"]


def test_a_web_service_that_speaks_is_connected_to(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/speak"
        service = HttpSpeechSettings(HttpService("cloud", url, ("en",), "anna"))
        speaking = replace(settings, speech=SpeechSettings(("cloud",), services=(service,)))
        (there,) = diagnosis.speech(speaking)
    gone, last = diagnosis.speech(speaking)
    assert (there.name, there.state, there.detail) == ("speech: cloud", State.OK, f"{url} takes connections")
    assert (gone.state, last.state) == (State.WARN, State.FAIL)
    assert gone.remedy == f"Start it, or mend url of [[speech.http]] cloud in {settings.file}"


def test_no_recogniser_is_looked_for_where_none_is_configured(settings: Settings) -> None:
    assert list(diagnosis.recognition(settings)) == []


def test_a_recogniser_that_cannot_work_is_a_warning_since_keys_still_do(settings: Settings) -> None:
    recognition = RecognitionSettings(("vosk",), models={"vosk": {"en": Path("/nowhere")}})
    speech = replace(settings.speech, recognition=recognition)
    first, *_ = diagnosis.recognition(replace(settings, speech=speech))
    assert (first.name, first.state) == ("recognition: vosk", State.WARN)
    assert "keys still work" in first.detail
    assert first.remedy


def test_a_broken_database_fails(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "calls.db").write_text("no database at all, whatever its name says" * 99)
    broken = replace(settings, store=StoreSettings(f"sqlite:///{tmp_path}/calls.db"))
    assert diagnosis.store(broken).state is State.FAIL


def test_a_page_port_that_is_taken_fails_and_no_page_is_no_matter(settings: Settings) -> None:
    assert list(diagnosis.page_port(replace(settings, http=HttpSettings()))) == []
    with socket.create_server(("127.0.0.1", 0)) as other:
        web = HttpSettings(ApiSettings(Address(*other.getsockname())))
        (check,) = diagnosis.page_port(replace(settings, http=web))
        assert (check.state, bool(check.remedy)) == (State.FAIL, True)
    (check,) = diagnosis.page_port(replace(settings, http=web))
    assert check.state is State.OK


@pytest.mark.parametrize(
    ("build", "state", "told"),
    [
        (compiled.Build(compiled.Standing.NONE), State.OK, "Python"),
        (compiled.Build(compiled.Standing.CURRENT, ("one", "two")), State.OK, "compiled: 2 modules"),
        (compiled.Build(compiled.Standing.STALE, ("one",), "one.py"), State.WARN, "one.py"),
    ],
)
def test_it_says_which_build_of_the_control_path_runs(build: compiled.Build, state: State, told: str) -> None:
    check = diagnosis.control_path(build)
    assert check.state is state
    assert told in check.detail
    assert bool(check.remedy) is (state is State.WARN)
