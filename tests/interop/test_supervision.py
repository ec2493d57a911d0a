"""A supervisor at a call of two phones; who hears whom is what the phones recorded."""

from __future__ import annotations

import time
from pathlib import Path

from tests.interop.conftest import ALICE, BOB, CAROL
from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.server import Server

IN_A_MIX = 0.5
"""Likeness of one of two voices to both together: about 0.7."""
NOWHERE = 0.3


def test_a_supervisor_hears_both_and_is_heard_by_the_coached_alone(
    office: Server, tmp_path: Path, other_speech: Path, long_speech: Path
) -> None:
    bobs = tmp_path / "bobs.wav"
    sound.write_wav(bobs, sound.speech_like(30, seed=5))
    with (
        Baresip(tmp_path / "bob", bobs, answers=True, registration=office.registration(BOB)) as bob,
        Baresip(tmp_path / "alice", long_speech, registration=office.registration(ALICE)) as alice,
        Baresip(tmp_path / "carol", other_speech, registration=office.registration(CAROL)) as carol,
    ):
        alice.dial(office.uri(BOB.number))
        bob.wait_for("CALL_ESTABLISHED")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        carol.dial(office.uri("9301"))
        carol.wait_for("CALL_CLOSED")  # where its speech ends
        alice.hang_up()
        bob.wait_for("CALL_CLOSED")
        heard = {phone: sound.read_wav(phone.heard()) for phone in (alice, bob, carol)}
    whispered = sound.section(sound.read_wav(other_speech), 3.0, 6.0)
    assert sound.find(whispered, heard[alice]).correlation > IN_A_MIX
    assert sound.find(whispered, heard[bob]).correlation < NOWHERE
    for path in (long_speech, bobs):
        # Said after the supervisor came, whenever in these seconds that was.
        said = sound.section(sound.read_wav(path), 5.0, 7.0)
        assert sound.find(said, heard[carol]).correlation > IN_A_MIX
