"""pjsua2 in calls with us: reliable provisional responses, UPDATE, hold both ways, transfer both ways."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np

from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.lossy_network import LossyNetwork
from tests.interop.phones.pjsua2_phone import Pjsua2Phone
from tests.interop.phones.server import Server
from tests.interop.phones.sound import Samples


def parts_heard(said: Samples, heard: Samples) -> float:
    """The share of a sound's parts that were heard as they were said, whatever a jitter buffer did between them."""
    parts = sound.find_parts(said, heard)
    return float(np.mean([part.correlation > 0.99 for part in parts]))


def music(rendered: Path) -> Samples:
    """The tunes on hold, as one who listens on and on hears them."""
    tunes = [sound.read_wav(path) for path in sorted((rendered / "music").rglob("*.wav"))]
    return np.concatenate([*tunes, *tunes])


def test_pjsua2_that_demands_100rel_hears_early_media(
    server: Server, tmp_path: Path, long_speech: Path, rendered: Path
) -> None:
    with Pjsua2Phone(tmp_path / "phone", long_speech, reliable=True) as phone:
        phone.dial(server.uri("9211"))
        phone.wait_for_state("EARLY")
        phone.wait_for_state("CONFIRMED")
        time.sleep(1)
        phone.hang_up()
        phone.wait_for_state("DISCONNECTED")
        (invite,) = phone.messages("TX", "INVITE ")
        assert re.search(r"^Require:.*100rel", invite, re.MULTILINE)
        (early,) = phone.messages("RX", "SIP/2.0 183")
        rseq = re.search(r"^RSeq: *(\d+)", early, re.MULTILINE)
        assert rseq is not None
        (prack,) = phone.messages("TX", "PRACK ")
        assert re.search(rf"^RAck: *{rseq[1]} ", prack, re.MULTILINE)
        heard = sound.read_wav(phone.heard())
    assert parts_heard(sound.section(heard, 0.4, 1.6), music(rendered)) > 0.6


def test_pjsua2_that_demands_100rel_is_called(
    server: Server, tmp_path: Path, speech: Path, long_speech: Path, peer_port: int
) -> None:
    before = len(server.calls())
    with (
        Pjsua2Phone(
            tmp_path / "callee", long_speech, answers=True, reliable=True, sip_port=peer_port
        ) as callee,
        Baresip(tmp_path / "caller", speech, user="caller") as caller,
    ):
        caller.dial(server.uri("9200"))
        caller.wait_for("CALL_CLOSED")  # where its speech ends
        callee.wait_for_state("DISCONNECTED")
        (prack,) = callee.messages("RX", "PRACK ")
        assert re.search(r"^RAck: *\d+ \d+ INVITE", prack, re.MULTILINE)
        heard = sound.read_wav(callee.heard())
    assert parts_heard(sound.section(sound.read_wav(speech), 1.0, 3.5), heard) > 0.6
    assert server.new_calls(before) == [("9200", "caller hung up")]


def test_update_of_pjsua2_is_answered(server: Server, tmp_path: Path, long_speech: Path) -> None:
    with Pjsua2Phone(tmp_path / "phone", long_speech) as phone:
        phone.dial(server.uri("9001"))
        phone.wait_for_state("CONFIRMED")
        time.sleep(0.5)
        phone.update()
        time.sleep(2)
        phone.hang_up()
        phone.wait_for_state("DISCONNECTED")
        heard = sound.read_wav(phone.heard())
        (update,) = phone.messages("TX", "UPDATE ")
        assert "m=audio" in update
        cseq = re.search(r"^CSeq: *(\d+ UPDATE)", update, re.MULTILINE)
        assert cseq is not None
        (answer,) = [text for text in phone.messages("RX", "SIP/2.0 200") if cseq[1] in text]
        assert "m=audio" in answer
    assert parts_heard(sound.section(sound.read_wav(long_speech), 1.0, 2.0), heard) > 0.4


def test_pjsua2_holds_us_and_comes_back(server: Server, tmp_path: Path, long_speech: Path) -> None:
    before = len(server.calls())
    with Pjsua2Phone(tmp_path / "phone", long_speech) as phone:
        phone.dial(server.uri("9001"))
        phone.wait_for_media("active")
        time.sleep(1)
        phone.hold()
        phone.wait_for_media("active", "we hold")
        time.sleep(1)
        phone.resume()
        phone.wait_for_media("active", "we hold", "active")
        time.sleep(4)
        phone.hang_up()
        phone.wait_for_state("DISCONNECTED")
        directions = re.findall(
            r"^a=(sendrecv|sendonly|recvonly|inactive)$",
            "\n".join(text for text in phone.messages("RX", "SIP/2.0 200") if " INVITE" in text),
            re.MULTILINE,
        )
        heard = sound.read_wav(phone.heard())
    assert "recvonly" in directions
    assert parts_heard(sound.section(sound.read_wav(long_speech), 3.0, 4.2), heard) > 0.6
    assert server.new_calls(before) == [("9001", "caller hung up")]


def test_we_hold_pjsua2_and_come_back(
    server: Server, tmp_path: Path, long_speech: Path, rendered: Path
) -> None:
    with Pjsua2Phone(tmp_path / "phone", long_speech) as phone:
        phone.dial(server.uri("9212"))
        phone.wait_for_media("active", "on hold", "active")
        time.sleep(3)
        phone.hang_up()
        phone.wait_for_state("DISCONNECTED")
        heard = sound.read_wav(phone.heard())
    assert parts_heard(sound.section(heard, 1.4, 2.6), music(rendered)) > 0.6
    said = sound.read_wav(long_speech)
    assert max(parts_heard(sound.section(said, begin, begin + 1.2), heard) for begin in (3.5, 4.0, 4.5)) > 0.6


def test_pjsua2_repeats_what_a_network_loses(server: Server, tmp_path: Path, long_speech: Path) -> None:
    before = len(server.calls())
    with (
        LossyNetwork(server.address, loses={"SIP/2.0 200": 1, "INVITE ": 1}, delay_s=0.1) as network,
        Pjsua2Phone(tmp_path / "phone", long_speech) as phone,
    ):
        phone.dial(f"sip:9000@{network.address}")
        phone.wait_for_state("CONFIRMED")
        phone.wait_for_state("DISCONNECTED")
    assert len(network.lost) == 2
    assert server.new_calls(before) == [("9000", "platform hung up")]


def test_pjsua2_goes_where_we_send_it(
    server: Server, tmp_path: Path, long_speech: Path, other_speech: Path, peer_port: int
) -> None:
    """We ask by REFER, it tells by NOTIFY, and talks to the new party without us."""
    before = len(server.calls())
    with (
        Baresip(tmp_path / "target", other_speech, answers=True, sip_port=peer_port) as target,
        Pjsua2Phone(tmp_path / "phone", long_speech) as phone,
    ):
        phone.dial(server.uri("9214"))
        target.wait_for("CALL_ESTABLISHED")
        target.wait_for("CALL_CLOSED")  # where its speech ends
        assert [text for text in phone.messages("TX", "NOTIFY ") if "SIP/2.0 200" in text]
        (refer,) = phone.messages("RX", "REFER ")
        assert f"Refer-To: <sip:peer@127.0.0.1:{peer_port}>" in refer
        heard = sound.read_wav(target.heard())
    assert sound.level_db(heard) > -40
    assert len(server.new_calls(before)) == 1
