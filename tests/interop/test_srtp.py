"""SRTP with keys in SDP (SDES): what foreign phones heard, and that nothing plain slips in where it is required."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.pjsua2_phone import Pjsua2Phone
from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.server import NUMBERS, Number, Server

SHA1_80, SHA1_32, SHA1_80_256 = (
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
    "AES_256_CM_HMAC_SHA1_80",
)
TALK_S = 6.0


@pytest.fixture(scope="module")
def callee_port() -> int:
    """Where the phone listens that 9200 connects to."""
    return free_ports(4)


@pytest.fixture(scope="module")
def strict(
    tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path, callee_port: int
) -> Iterator[Server]:
    """A server that speaks nothing but SRTP."""
    target = {"target": f"sip:peer@{ADDRESS}:{callee_port}"}
    numbers = (*NUMBERS, Number("9200", "diagnostics:bridge", target))
    folder = tmp_path_factory.mktemp("strict")
    with Server(folder, rendered, root / "prompts", numbers, srtp="require") as running:
        yield running


def test_baresip_to_baresip_each_leg_with_keys_of_its_own(
    strict: Server, tmp_path: Path, long_speech: Path, other_speech: Path, callee_port: int
) -> None:
    with (
        Baresip(
            tmp_path / "callee", other_speech, answers=True, sip_port=callee_port, srtp="srtp-mand"
        ) as callee,
        Baresip(tmp_path / "caller", long_speech, user="caller", srtp="srtp-mand") as caller,
    ):
        caller.dial(strict.uri("9200"))
        callee.wait_for("CALL_ESTABLISHED")
        time.sleep(TALK_S)
        caller.hang_up()
        caller.wait_for("CALL_CLOSED")
        callee.wait_for("CALL_CLOSED")
        heard_by_caller, heard_by_callee = (sound.read_wav(phone.heard()) for phone in (caller, callee))
        said_by_caller, said_by_callee = (sound.read_wav(phone.said()) for phone in (caller, callee))
    assert sound.find(sound.section(said_by_callee, 1, 4), heard_by_caller).correlation > 0.99
    assert sound.likeness(sound.section(heard_by_callee, 1, 4), said_by_caller) > 0.99


def test_pjsua2_is_called_with_our_offer_and_both_hear(
    strict: Server, tmp_path: Path, long_speech: Path, other_speech: Path, callee_port: int
) -> None:
    suites = (SHA1_80_256, SHA1_80)
    with (
        Pjsua2Phone(
            tmp_path / "callee", other_speech, answers=True, sip_port=callee_port, srtp=suites
        ) as callee,
        Baresip(tmp_path / "caller", long_speech, user="caller", srtp="srtp-mand") as caller,
    ):
        caller.dial(strict.uri("9200"))
        callee.wait_for_state("CONFIRMED")
        time.sleep(TALK_S)
        caller.hang_up()
        caller.wait_for("CALL_CLOSED")
        callee.wait_for_state("DISCONNECTED")
        said = sound.read_wav(caller.said())
        heard_by_caller, heard_by_callee = sound.read_wav(caller.heard()), sound.read_wav(callee.heard())
    spoken = sound.read_wav(other_speech)
    assert sound.find(sound.section(spoken, 1, 4), heard_by_caller).correlation > 0.99
    parts = sound.find_parts(sound.section(said, 2, 4), heard_by_callee)
    assert median(part.correlation for part in parts) > 0.99


@pytest.mark.parametrize("suite", [SHA1_80, SHA1_32, SHA1_80_256])
def test_pjsua2_hears_itself_under_each_of_its_suites(
    strict: Server, tmp_path: Path, long_speech: Path, suite: str
) -> None:
    with Pjsua2Phone(tmp_path / "phone", long_speech, srtp=[suite]) as phone:
        phone.dial(strict.uri("9001"))
        phone.wait_for_state("CONFIRMED")
        time.sleep(4)
        phone.hang_up()
        phone.wait_for_state("DISCONNECTED")
        heard = sound.read_wav(phone.heard())
    spoken = sound.section(sound.read_wav(long_speech), 0.5, 2.5)
    parts = sound.find_parts(spoken, heard)
    assert median(part.correlation for part in parts) > 0.99


def test_a_server_that_only_accepts_answers_who_insists(server: Server, tmp_path: Path, speech: Path) -> None:
    tone = server.prompt("welcome")
    with Baresip(tmp_path / "phone", speech, srtp="srtp-mand") as phone:
        phone.dial(server.uri("1000"))
        phone.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        heard = sound.read_wav(phone.heard())
    assert sound.find(sound.section(tone, 0, 2), heard).correlation > 0.99


def test_who_speaks_plain_rtp_is_refused_where_srtp_is_required(
    strict: Server, tmp_path: Path, speech: Path
) -> None:
    with Baresip(tmp_path / "phone", speech) as phone:
        phone.dial(strict.uri("9001"))
        closed = phone.wait_for("CALL_CLOSED")
    assert "488" in str(closed.get("param"))


def test_no_key_is_found_in_anything_that_the_server_wrote(
    strict: Server, tmp_path: Path, speech: Path
) -> None:
    before = len(strict.calls())
    with Baresip(tmp_path / "phone", speech, srtp="srtp-mand") as phone:
        phone.dial(strict.uri("9001"))
        phone.wait_for("CALL_ESTABLISHED")
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
    strict.new_calls(before)
    written = [path.read_bytes() for path in strict.folder.rglob("*") if path.is_file()]
    written.append("\n".join(strict.program.lines).encode())
    assert any(b"a=crypto" in text for text in written)
    for text in written:
        assert not re.search(rb"inline:[^*]", text)
