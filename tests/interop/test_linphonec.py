"""linphonec registers, calls with digits, and is called."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.interop.conftest import ALICE, BOB
from tests.interop.phones import linphonec, sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.linphonec import Linphonec
from tests.interop.phones.server import Server

pytestmark = pytest.mark.skipif(
    not linphonec.is_installed(), reason="linphonec is not installed: apt-get install linphone-cli"
)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_linphonec_registers_and_its_digits_are_read_back(
    office: Server, tmp_path: Path, transport: str
) -> None:
    before, digits = len(office.calls()), "184602"
    with Linphonec(tmp_path / "phone", office.registration(ALICE, transport)) as phone:
        phone.dial(office.uri("9003", transport))
        phone.wait_for("Media streams established")
        time.sleep(1)
        phone.send_digits(digits)
        phone.wait_for(r"Call \d+ with .* ended", 20)
        heard = sound.read_wav(phone.heard())
    places = [sound.find(office.prompt(f"digit_{digit}"), heard) for digit in digits]
    # its own jitter buffer may cut once into a word
    assert sorted(place.correlation for place in places)[1] > 0.9
    assert office.new_calls(before) == [("9003", "platform hung up")]
    assert office.codecs() == ["opus"]  # the first that it offers


def test_registered_linphonec_is_called(office: Server, tmp_path: Path, speech: Path) -> None:
    with (
        Linphonec(tmp_path / "bob", office.registration(BOB), answers=True) as bob,
        Baresip(tmp_path / "alice", speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(BOB.number))
        alice.wait_for("CALL_CLOSED")  # where its speech ends
        bob.wait_for(r"Call \d+ with .* ended")
        heard = sound.read_wav(bob.heard())
    assert sound.likeness(sound.section(sound.read_wav(speech), 1.0, 3.0), heard) > 0.9
