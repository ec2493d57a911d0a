"""Phones with different lists are led to one codec, and their packets pass as they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.pjsua2_phone import Pjsua2Phone
from tests.interop.phones.server import Server

A_SECOND = 50
"""Packets."""


@pytest.mark.parametrize(
    ("calling", "called", "found"),
    [("PCMA,PCMU", "PCMU", "PCMU"), ("opus,PCMU,PCMA", "PCMA", "PCMA"), ("PCMA,PCMU", "PCMU,PCMA", None)],
)
def test_baresip_is_answered_with_the_codec_of_whom_it_calls(
    server: Server,
    peer_port: int,
    tmp_path: Path,
    speech: Path,
    other_speech: Path,
    calling: str,
    called: str,
    found: str | None,
) -> None:
    before = len(server.calls())
    with (
        Baresip(tmp_path / "callee", other_speech, answers=True, codec=called, sip_port=peer_port) as callee,
        Baresip(tmp_path / "caller", speech, user="caller", codec=calling) as caller,
    ):
        caller.dial(server.uri("9200"))
        caller.wait_for("CALL_CLOSED")  # where its speech ends
        callee.wait_for("CALL_CLOSED")
        said = sound.section(sound.read_wav(speech), 1.5, 3.5)
        assert sound.find(said, sound.read_wav(callee.heard())).correlation > 0.99
        answer = sound.section(sound.read_wav(other_speech), 0.5, 3.0)
        assert sound.find(answer, sound.read_wav(caller.heard())).correlation > 0.99
    assert server.new_calls(before) == [("9200", "caller hung up")]
    first, second = server.codecs()
    assert first == second
    assert found in (None, first)
    assert min(server.relayed()) > 2 * A_SECOND


def test_pjsua2_is_offered_the_codec_of_who_calls_it(
    server: Server, peer_port: int, tmp_path: Path, speech: Path, long_speech: Path
) -> None:
    before = len(server.calls())
    with (
        Pjsua2Phone(
            tmp_path / "callee", long_speech, answers=True, codec="PCM", sip_port=peer_port
        ) as callee,
        Baresip(tmp_path / "caller", speech, user="caller", codec="PCMA,PCMU") as caller,
    ):
        caller.dial(server.uri("9200"))
        caller.wait_for("CALL_CLOSED")
        callee.wait_for_state("DISCONNECTED")
    assert server.new_calls(before) == [("9200", "caller hung up")]
    assert server.codecs() == ["PCMA", "PCMA"]
    assert min(server.relayed()) > 2 * A_SECOND
