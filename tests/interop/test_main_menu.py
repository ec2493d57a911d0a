"""1000 as callers meet it: the greeting arrives as it was rendered, and a key leads to its branch."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

from tests.interop.phones import sipp, sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.pjsua2_phone import Pjsua2Phone
from tests.interop.phones.server import Server
from tests.interop.phones.sound import RATE, Samples


def listen(*heard: Samples, more_s: float = 1.0) -> None:
    """Real time goes by, as long as these sounds last and a little longer."""
    time.sleep(sum(map(len, heard)) / RATE + more_s)


@pytest.mark.parametrize(("codec", "like"), [("PCMU", 0.99), ("opus", 0.9)])
def test_baresip_hears_the_greeting_and_gets_the_branch_of_key_1(
    server: Server, tmp_path: Path, long_speech: Path, codec: str, like: float
) -> None:
    welcome, music_intro = server.prompt("welcome"), server.prompt("music_intro")
    with Baresip(tmp_path / "phone", long_speech, codec=codec) as phone:
        phone.dial(server.uri("1000"))
        phone.wait_for("CALL_ESTABLISHED")
        listen(welcome)
        phone.send_digits("1")
        listen(music_intro)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        heard = sound.read_wav(phone.heard())
    greeting, branch = sound.find(welcome, heard), sound.find(music_intro, heard)
    assert greeting.correlation > like
    assert branch.correlation > like
    assert greeting.lag_ms < 500
    assert branch.lag_ms > greeting.lag_ms + len(welcome) * 1000 / RATE


@pytest.mark.parametrize(("codec", "like"), [("PCMU", 0.99), ("G722", 0.95)])
def test_pjsua2_hears_the_greeting_and_gets_the_branch_of_key_1(
    server: Server, tmp_path: Path, long_speech: Path, codec: str, like: float
) -> None:
    welcome, music_intro = server.prompt("welcome"), server.prompt("music_intro")
    before = len(server.calls())
    with Pjsua2Phone(tmp_path / "phone", long_speech, codec=codec) as phone:
        phone.dial(server.uri("1000"))
        phone.wait_for_state("CONFIRMED")
        listen(welcome)
        phone.send_digits("1")
        listen(music_intro)
        phone.hang_up()
        phone.wait_for_state("DISCONNECTED")
        heard = sound.read_wav(phone.heard())
    for prompt in (welcome, music_intro):
        assert median(part.correlation for part in sound.find_parts(prompt, heard)) > like
    server.new_calls(before)
    assert server.codecs() == [codec]


def test_sipp_is_heard_in_its_own_codec(server: Server, tmp_path: Path) -> None:
    said, before = sound.speech_like(4, seed=3), len(server.calls())
    outcome = sipp.play("plain_call", server.address, tmp_path / "sipp", number="1000", says=said)
    assert outcome.status == 0, outcome.report
    server.new_calls(before)
    heard = sound.read_wav(server.recordings("call")[-1], channel=0)
    assert sound.find(sound.section(said, 0, 2.5), heard).correlation > 0.99


def test_wrong_key_is_told_and_the_menu_comes_again(
    server: Server, tmp_path: Path, long_speech: Path
) -> None:
    welcome, invalid, menu = (server.prompt(name) for name in ("welcome", "invalid_choice", "main_menu"))
    with Baresip(tmp_path / "phone", long_speech) as phone:
        phone.dial(server.uri("1000"))
        phone.wait_for("CALL_ESTABLISHED")
        listen(welcome)
        phone.send_digits("7")
        listen(invalid, sound.section(menu, 0, 2))
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        heard = sound.read_wav(phone.heard())
    told = sound.find(invalid, heard)
    assert told.correlation > 0.99
    after = heard[round(told.lag_ms * RATE / 1000) + len(invalid) :]
    assert sound.find(sound.section(menu, 0, 1.5), after).correlation > 0.99


def test_message_is_recorded_and_ends_with_the_pound_key(
    server: Server, tmp_path: Path, long_speech: Path
) -> None:
    welcome, leave, saved = (server.prompt(name) for name in ("welcome", "leave_message", "message_saved"))
    with Baresip(tmp_path / "phone", long_speech) as phone:
        phone.dial(server.uri("1000"))
        phone.wait_for("CALL_ESTABLISHED")
        listen(welcome)
        phone.send_digits("3")
        listen(leave, more_s=3.5)
        phone.send_digits("#")
        listen(saved)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        heard, said = sound.read_wav(phone.heard()), sound.read_wav(phone.said())
    assert sound.find(saved, heard).correlation > 0.99
    message = sound.read_wav(server.recordings("message")[-1])
    assert 2 < len(message) / RATE < 5
    assert sound.likeness(sound.section(message, 0.5, 2.0), said) > 0.99


def test_operator_is_called_and_talks_with_the_caller(
    server: Server, tmp_path: Path, long_speech: Path, other_speech: Path, peer_port: int
) -> None:
    welcome, connecting = server.prompt("welcome"), server.prompt("operator_connecting")
    with (
        Baresip(tmp_path / "operator", other_speech, answers=True, sip_port=peer_port) as operator,
        Baresip(tmp_path / "phone", long_speech, user="caller") as phone,
    ):
        phone.dial(server.uri("1001"))
        phone.wait_for("CALL_ESTABLISHED")
        listen(welcome)
        phone.send_digits("0")
        operator.wait_for("CALL_ESTABLISHED", len(connecting) / RATE + 5)
        listen(more_s=3.0)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        operator.wait_for("CALL_CLOSED")
        answer = sound.section(sound.read_wav(other_speech), 0.5, 2.5)
        assert sound.likeness(answer, sound.read_wav(phone.heard())) > 0.99
        said = sound.section(sound.read_wav(operator.heard()), 0.5, 2.5)
        assert sound.likeness(said, sound.read_wav(phone.said())) > 0.99


def test_stereo_recording_holds_both_sides_aligned(server: Server, tmp_path: Path) -> None:
    welcome, before = server.prompt("welcome"), len(server.calls())
    outcome = sipp.play("echoing_caller", server.address, tmp_path / "sipp", echoes=True)
    assert outcome.status == 0, outcome.report
    server.new_calls(before)
    file = server.recordings("call")[-1]
    caller, platform = (sound.find(welcome, sound.read_wav(file, channel)) for channel in (0, 1))
    assert caller.correlation > 0.99
    assert platform.correlation > 0.99
    # The caller returns each packet as it comes, so both sides said the same at the same time.
    assert abs(caller.lag_ms - platform.lag_ms) <= 40
    assert abs(caller.gain_db - platform.gain_db) < 0.2
