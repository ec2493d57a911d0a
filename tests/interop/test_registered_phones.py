"""Phones of other makers register by digest, are called by their number, call, and transfer each other."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest

from tests.component.transport.certificates import Authority
from tests.interop.conftest import ALICE, BOB, CAROL
from tests.interop.phones import sipp, sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.baresip5 import Baresip5
from tests.interop.phones.pjsua2_phone import Pjsua2Phone
from tests.interop.phones.program import ProgramError
from tests.interop.phones.server import Server
from tests.interop.phones.sound import RATE


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_registered_baresip_is_called_by_another(
    office: Server, authority: Authority, tmp_path: Path, speech: Path, other_speech: Path, transport: str
) -> None:
    before = len(office.calls())
    with (
        Baresip(
            tmp_path / "bob",
            other_speech,
            answers=True,
            ca=authority.ca,
            registration=office.registration(BOB, transport),
        ) as bob,
        Baresip(
            tmp_path / "alice", speech, ca=authority.ca, registration=office.registration(ALICE, transport)
        ) as alice,
    ):
        alice.dial(office.uri(BOB.number, transport))
        alice.wait_for("CALL_CLOSED")  # where its speech ends
        bob.wait_for("CALL_CLOSED")
        said, answer = sound.read_wav(speech), sound.read_wav(other_speech)
        to_bob = sound.likeness(sound.section(said, 0.5, 3.5), sound.read_wav(bob.heard()))
        to_alice = sound.likeness(sound.section(answer, 0.5, 3.0), sound.read_wav(alice.heard()))
    assert to_bob > 0.95
    assert to_alice > 0.95
    assert office.new_calls(before) == [(BOB.number, "caller hung up")]


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_sipp_registers_and_calls_with_a_password(
    office: Server, tmp_path: Path, speech: Path, transport: str
) -> None:
    before = len(office.calls())
    with Baresip(tmp_path / "bob", speech, answers=True, registration=office.registration(BOB)):
        outcome = sipp.play(
            "proven_caller", office.address, tmp_path / "sipp", number=BOB.number, transport=transport
        )
    assert outcome.status == 0, outcome.report
    assert office.new_calls(before) == [(BOB.number, "caller hung up")]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_registered_pjsua2_is_called_by_baresip(
    office: Server, tmp_path: Path, speech: Path, long_speech: Path, transport: str
) -> None:
    with (
        Pjsua2Phone(
            tmp_path / "bob", long_speech, answers=True, registration=office.registration(BOB, transport)
        ) as bob,
        Baresip(tmp_path / "alice", speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(BOB.number))
        alice.wait_for("CALL_CLOSED")
        bob.wait_for_state("DISCONNECTED")
        heard = sound.read_wav(bob.heard())
    assert sound.likeness(sound.section(sound.read_wav(speech), 1.0, 3.0), heard) > 0.9


def test_registered_pjsua2_transfers_its_caller_to_a_number(
    office: Server, tmp_path: Path, other_speech: Path, long_speech: Path
) -> None:
    """Blind: the caller then hears what the number plays, here itself."""
    with (
        Pjsua2Phone(
            tmp_path / "bob", long_speech, answers=True, registration=office.registration(BOB)
        ) as bob,
        Baresip(tmp_path / "alice", other_speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(BOB.number))
        bob.wait_for_media("active")
        time.sleep(1)
        bob.transfer(office.uri("9001"))
        assert bob.wait_for_transfer() == 200
        bob.wait_for_state("DISCONNECTED")
        alice.wait_for("CALL_CLOSED")  # where its speech ends
        said, heard = sound.read_wav(other_speech), sound.read_wav(alice.heard())
    assert sound.likeness(sound.section(said, 4.0, 7.0), heard) > 0.99


def test_registered_pjsua2_joins_its_two_parties(
    office: Server, tmp_path: Path, other_speech: Path, long_speech: Path
) -> None:
    """Attended: REFER with Replaces; caller and third party talk to each other."""
    with (
        Pjsua2Phone(
            tmp_path / "bob", long_speech, answers=True, registration=office.registration(BOB)
        ) as bob,
        Baresip(
            tmp_path / "carol", other_speech, answers=True, registration=office.registration(CAROL)
        ) as carol,
        Baresip(tmp_path / "alice", long_speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(BOB.number))
        bob.wait_for_state("CONFIRMED")
        bob.hold()
        bob.wait_for_media("active", "we hold")
        bob.dial(office.uri(CAROL.number))
        carol.wait_for("CALL_ESTABLISHED")
        bob.wait_for_media("active", "we hold", "active")
        time.sleep(1)
        bob.join_calls()
        assert bob.wait_for_transfer() == 200
        carol.wait_for("CALL_CLOSED")  # where its speech ends
        alice.wait_for("CALL_CLOSED")
        answer = sound.section(sound.read_wav(other_speech), 4.0, 7.0)
        to_alice = sound.likeness(answer, sound.read_wav(alice.heard()))
        to_carol = sound.level_db(sound.section(sound.read_wav(carol.heard()), 4.0, 7.0))
    assert to_alice > 0.99
    assert to_carol > -40


def test_registered_baresip_joins_its_two_parties(
    office: Server, tmp_path: Path, other_speech: Path, long_speech: Path
) -> None:
    """Attended, by REFER with Replaces; baresip holds both calls before that."""
    with (
        Baresip5(tmp_path / "bob", long_speech, answers=True, registration=office.registration(BOB)) as bob,
        Baresip(
            tmp_path / "carol", other_speech, answers=True, registration=office.registration(CAROL)
        ) as carol,
        Baresip(tmp_path / "alice", long_speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(BOB.number))
        bob.wait_for_call("established", 1)
        bob.hold()
        bob.dial(office.uri(CAROL.number))
        bob.wait_for_call("established", 2)
        time.sleep(1)
        bob.join_calls()
        assert bob.wait_for_transfer()
        bob.wait_for_call("closed", 1)
        bob.wait_for_call("closed", 2)
        carol.wait_for("CALL_CLOSED")  # where its speech ends
        alice.wait_for("CALL_CLOSED")
        answer = sound.section(sound.read_wav(other_speech), 4.0, 7.0)
        to_alice = sound.likeness(answer, sound.read_wav(alice.heard()))
        to_carol = sound.level_db(sound.section(sound.read_wav(carol.heard()), 4.0, 7.0))
    assert to_alice > 0.99
    assert to_carol > -40


@pytest.mark.parametrize("to_phone", [False, True])
def test_registered_baresip_transfers_its_caller(
    office: Server, tmp_path: Path, other_speech: Path, long_speech: Path, speech: Path, to_phone: bool
) -> None:
    """Blind, to a number of ours that returns speech, and to a third phone."""
    with (
        Baresip(tmp_path / "bob", long_speech, answers=True, registration=office.registration(BOB)) as bob,
        Baresip(tmp_path / "carol", speech, answers=True, registration=office.registration(CAROL)) as carol,
        Baresip(tmp_path / "alice", other_speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(BOB.number))
        bob.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        bob.transfer(office.uri(CAROL.number if to_phone else "9001"))
        bob.wait_for("CALL_CLOSED")
        alice.wait_for("CALL_CLOSED")  # where its speech or that of carol ends
        expected, heard = sound.read_wav(other_speech), sound.read_wav(alice.heard())
        if to_phone:
            carol.wait_for("CALL_CLOSED")
            expected = np.concatenate([np.zeros(4 * RATE), sound.read_wav(speech)])
    assert sound.likeness(sound.section(expected, 4.5, 7.0), heard) > 0.99


def test_baresip_holds_and_comes_back(office: Server, tmp_path: Path, long_speech: Path) -> None:
    """Our recording has a hole where it held, and it gets our audio again after that."""
    with Baresip(tmp_path / "alice", long_speech, registration=office.registration(ALICE)) as alice:
        alice.dial(office.uri("1000"))
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(1.5)
        alice.hold()
        time.sleep(1.5)
        alice.resume()
        alice.wait_for_packets(300)  # 75 before it held; its recording of what it hears ends there
        alice.hang_up()
        alice.wait_for("CALL_CLOSED")
    said, heard = sound.read_wav(long_speech), sound.read_wav(office.recordings("call")[-1], channel=0)
    assert sound.likeness(sound.section(said, 4.0, 7.0), heard) > 0.95
    assert sound.find(sound.section(said, 2.0, 2.6), heard).correlation < 0.5


def test_wrong_password_is_refused(office: Server, tmp_path: Path, speech: Path) -> None:
    wrong = dataclasses.replace(office.registration(ALICE), password="guessed")
    with (
        pytest.raises(ProgramError, match=r"401|403"),
        Baresip(tmp_path / "phone", speech, registration=wrong),
    ):
        pass
