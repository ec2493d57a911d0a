"""Proves the measuring tools: with nothing of ours between them, the phones hear each other."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from tests.interop.phones import sipp, sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.pjsua2_phone import Pjsua2Phone


def test_baresip_hears_baresip(tmp_path: Path, speech: Path, other_speech: Path) -> None:
    with (
        Baresip(tmp_path / "callee", other_speech, answers=True) as callee,
        Baresip(tmp_path / "caller", speech, user="caller") as caller,
    ):
        caller.dial(callee.uri)
        caller.wait_for("CALL_ESTABLISHED")
        caller.send_digits("159")
        caller.wait_for("CALL_CLOSED")  # where its speech ends
        callee.wait_for("CALL_CLOSED")
        said, heard = sound.read_wav(speech), sound.read_wav(callee.heard())
        assert callee.digits == "159"
        assert sound.find(sound.section(said, 1.5, 3.5), heard).correlation > 0.99
        answer = sound.section(sound.read_wav(other_speech), 0.5, 3.0)
        assert sound.find(answer, sound.read_wav(caller.heard())).correlation > 0.99


def test_pjsua2_and_baresip_hear_each_other(tmp_path: Path, speech: Path, other_speech: Path) -> None:
    with (
        Baresip(tmp_path / "callee", speech, answers=True) as callee,
        Pjsua2Phone(tmp_path / "caller", other_speech) as caller,
    ):
        caller.dial(callee.uri)
        caller.wait_for_state("CONFIRMED")
        callee.send_digits("27")
        caller.send_digits("*#0")
        caller.wait_for_state("DISCONNECTED")
        callee.wait_for("CALL_CLOSED")
        assert (caller.digits, callee.digits) == ("27", "*#0")
        said = sound.section(sound.read_wav(other_speech), 2.0, 3.5)
        assert sound.find(said, sound.read_wav(callee.heard())).correlation > 0.99
        parts = sound.find_parts(
            sound.section(sound.read_wav(speech), 1.0, 3.5), sound.read_wav(caller.heard())
        )
        assert median(part.correlation for part in parts) > 0.99


def test_baresip_hears_sipp(tmp_path: Path, other_speech: Path) -> None:
    said = sound.speech_like(4, seed=3)
    with Baresip(tmp_path / "callee", other_speech, answers=True, codec="PCMA") as callee:
        target = callee.uri.partition("@")[2]
        outcome = sipp.play("plain_call", target, tmp_path / "sipp", number="peer", says=said)
        assert outcome.status == 0, outcome.report
        callee.wait_for("CALL_CLOSED")
        assert sound.find(sound.section(said, 0, 2.5), sound.read_wav(callee.heard())).correlation > 0.99


@pytest.mark.parametrize("scenario", ["lost_ack", "late_cancel", "repeated_invite"])
def test_scenario_goes_through_with_a_known_good_phone(
    tmp_path: Path, other_speech: Path, scenario: str
) -> None:
    with Baresip(tmp_path / "callee", other_speech, answers=True, codec="PCMA") as callee:
        outcome = sipp.play(scenario, callee.uri.partition("@")[2], tmp_path / "sipp", number="peer")
        assert outcome.status == 0, outcome.report
        assert outcome.responses(200, "INVITE")


def test_scenario_of_a_caller_who_gives_up_goes_through(tmp_path: Path, other_speech: Path) -> None:
    with Baresip(tmp_path / "callee", other_speech, codec="PCMA") as callee:
        outcome = sipp.play("cancelled", callee.uri.partition("@")[2], tmp_path / "sipp", number="peer")
        assert outcome.status == 0, outcome.report


def test_wrong_answer_fails_the_scenario(tmp_path: Path, other_speech: Path) -> None:
    with Baresip(tmp_path / "callee", other_speech, answers=True, codec="PCMA") as callee:
        outcome = sipp.play("truncated_body", callee.uri.partition("@")[2], tmp_path / "sipp", number="peer")
        assert outcome.status != 0  # baresip takes what a strict peer answers with 400
