"""DTLS-SRTP without ICE: what foreign phones heard, whoever offered and whoever began the handshake."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phones import sound
from tests.interop.phones.baresip5 import Baresip5
from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.server import NUMBERS, Number, Server

TALK_S = 4.0
CLEAR = 0.6
"""Likeness: what a wrong key makes of speech has none, and a machine that stalls takes some."""


@pytest.fixture(scope="module")
def callee_port() -> int:
    """Where the phone listens that 9200 connects to."""
    return free_ports(4)


@pytest.fixture(scope="module")
def strict(
    tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path, callee_port: int
) -> Iterator[Server]:
    """A server that speaks nothing but SRTP, and offers it with DTLS."""
    target = {"target": f"sip:peer@{ADDRESS}:{callee_port}"}
    numbers = (*NUMBERS, Number("9200", "diagnostics:bridge", target))
    folder = tmp_path_factory.mktemp("dtls")
    with Server(
        folder, rendered, root / "prompts", numbers, srtp="require", srtp_keys=["dtls", "sdes"]
    ) as running:
        yield running


def test_baresip_calls_with_dtls_and_hears_itself(server: Server, tmp_path: Path, long_speech: Path) -> None:
    """At a server whose settings are the default ones."""
    with Baresip5(tmp_path / "phone", long_speech, mediaenc="dtls_srtp") as phone:
        phone.dial(server.uri("9001"))
        phone.wait_for("established")
        time.sleep(TALK_S)
        phone.hang_up()
        phone.wait_for("closed")
        heard = sound.read_wav(phone.heard())
    spoken = sound.section(sound.read_wav(long_speech), 0.5, 2.5)
    assert sound.likeness(spoken, heard) > CLEAR


def test_baresip_to_baresip_each_leg_with_a_handshake_of_its_own(
    strict: Server, tmp_path: Path, long_speech: Path, other_speech: Path, callee_port: int
) -> None:
    with (
        Baresip5(
            tmp_path / "callee", other_speech, answers=True, sip_port=callee_port, mediaenc="dtls_srtp"
        ) as callee,
        Baresip5(tmp_path / "caller", long_speech, mediaenc="dtls_srtp") as caller,
    ):
        caller.dial(strict.uri("9200"))
        callee.wait_for("established")
        time.sleep(TALK_S)
        caller.hang_up()
        caller.wait_for("closed")
        callee.wait_for("closed")
        heard_by_caller, heard_by_callee = (sound.read_wav(phone.heard()) for phone in (caller, callee))
    for says, heard in ((other_speech, heard_by_caller), (long_speech, heard_by_callee)):
        spoken = sound.section(sound.read_wav(says), 1, 2.5)
        assert sound.likeness(spoken, heard) > CLEAR


def test_baresip_with_keys_in_sdp_is_welcome_too(strict: Server, tmp_path: Path, long_speech: Path) -> None:
    with Baresip5(tmp_path / "phone", long_speech, mediaenc="srtp-mand") as phone:
        phone.dial(strict.uri("9001"))
        phone.wait_for("established")
        time.sleep(TALK_S)
        phone.hang_up()
        phone.wait_for("closed")
        heard = sound.read_wav(phone.heard())
    spoken = sound.section(sound.read_wav(long_speech), 0.5, 2.5)
    assert sound.likeness(spoken, heard) > CLEAR
