"""9000 to 9200: what a technician dials to see whether a line works."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.pjsua2_phone import Pjsua2Phone
from tests.interop.phones.server import Server
from tests.interop.phones.sound import RATE


def test_9000_answers_and_hangs_up(server: Server, tmp_path: Path, speech: Path) -> None:
    with Baresip(tmp_path / "phone", speech) as phone:
        phone.dial(server.uri("9000"))
        phone.wait_for("CALL_ESTABLISHED")
        phone.wait_for("CALL_CLOSED", 2)  # well before the phone's own speech ends


def test_9001_returns_speech(server: Server, tmp_path: Path, speech: Path) -> None:
    with Baresip(tmp_path / "phone", speech) as phone:
        phone.dial(server.uri("9001"))
        phone.wait_for("CALL_CLOSED")  # where its speech ends
        said, heard = sound.read_wav(speech), sound.read_wav(phone.heard())
    speech_itself = sound.section(said, 0.5, 3.5)
    assert sound.likeness(speech_itself, heard) > 0.99
    assert abs(sound.find(speech_itself, heard).gain_db) < 0.2


def test_9002_plays_the_tune_without_a_gap(
    server: Server, tmp_path: Path, speech: Path, rendered: Path
) -> None:
    with Baresip(tmp_path / "phone", speech) as phone:
        phone.dial(server.uri("9002"))
        phone.wait_for("CALL_CLOSED")
        heard = sound.read_wav(phone.heard())
    tune = np.concatenate([sound.read_wav(path) for path in sorted((rendered / "music").rglob("*.wav"))])
    assert sound.find(sound.section(heard, 0.5, 3.5), np.concatenate([tune, tune])).correlation > 0.99


def test_9003_reads_six_digits_back(server: Server, tmp_path: Path, long_speech: Path) -> None:
    digits = "184602"
    with Baresip(tmp_path / "phone", long_speech) as phone:
        phone.dial(server.uri("9003"))
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        phone.send_digits(digits)
        phone.wait_for("CALL_CLOSED", 20)
        heard = sound.read_wav(phone.heard())
    begin = sound.find(server.prompt("you_entered"), heard)
    assert begin.correlation > 0.99
    read_back = heard[round(begin.lag_ms * RATE / 1000) :]
    places = [sound.find(server.prompt(f"digit_{digit}"), read_back) for digit in digits]
    assert min(place.correlation for place in places) > 0.99
    assert [place.lag_ms for place in places] == sorted(place.lag_ms for place in places)


def test_9003_takes_digits_of_pjsua2(server: Server, tmp_path: Path, long_speech: Path) -> None:
    digits = "957316"
    with Pjsua2Phone(tmp_path / "phone", long_speech) as phone:
        phone.dial(server.uri("9003"))
        phone.wait_for_state("CONFIRMED")
        phone.send_digits(digits)
        phone.wait_for_state("DISCONNECTED", 20)
        heard = sound.read_wav(phone.heard())
    places = [sound.find(server.prompt(f"digit_{digit}"), heard) for digit in digits]
    # pjsua2's own jitter buffer may cut into a word where the machine stalls
    alike = sorted(place.correlation for place in places)
    assert alike[0] > 0.7
    assert alike[2] > 0.99
    assert [place.lag_ms for place in places] == sorted(place.lag_ms for place in places)


def test_9200_lets_two_phones_talk(
    server: Server, tmp_path: Path, speech: Path, other_speech: Path, peer_port: int
) -> None:
    with (
        Baresip(tmp_path / "callee", other_speech, answers=True, sip_port=peer_port) as callee,
        Baresip(tmp_path / "caller", speech, user="caller") as caller,
    ):
        caller.dial(server.uri("9200"))
        caller.wait_for("CALL_CLOSED")  # where its speech ends
        callee.wait_for("CALL_CLOSED")
        said, answer = sound.read_wav(speech), sound.read_wav(other_speech)
        to_callee = sound.likeness(sound.section(said, 0.5, 3.5), sound.read_wav(callee.heard()))
        to_caller = sound.likeness(sound.section(answer, 0.5, 3.0), sound.read_wav(caller.heard()))
    assert to_callee > 0.99
    assert to_caller > 0.99


def test_9200_ends_the_call_of_a_callee_who_hangs_up(
    server: Server, tmp_path: Path, speech: Path, long_speech: Path, peer_port: int
) -> None:
    with (
        Baresip(tmp_path / "callee", speech, answers=True, sip_port=peer_port) as callee,
        Baresip(tmp_path / "caller", long_speech, user="caller") as caller,
    ):
        caller.dial(server.uri("9200"))
        callee.wait_for("CALL_CLOSED")
        caller.wait_for("CALL_CLOSED", 2)
