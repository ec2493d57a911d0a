"""Calls over connections: the phones that we did not write meet TCP and TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.component.transport.certificates import Authority
from tests.interop.phones import sipp, sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.ports import ADDRESS
from tests.interop.phones.server import Server
from tests.interop.test_main_menu import listen


@pytest.fixture(name="tls_server", scope="module")
def _tls_server(
    tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path, authority: Authority
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, rendered, root / "prompts", certificate=authority.issue(ADDRESS)) as running:
        yield running


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_baresip_hears_the_greeting_over_a_connection(
    tls_server: Server, authority: Authority, tmp_path: Path, long_speech: Path, transport: str
) -> None:
    before, welcome = len(tls_server.calls()), tls_server.prompt("welcome")
    with Baresip(tmp_path / "phone", long_speech, ca=authority.ca) as phone:
        phone.dial(tls_server.uri("1000", transport))
        phone.wait_for("CALL_ESTABLISHED")
        listen(welcome)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        heard = sound.read_wav(phone.heard())
    assert sound.find(welcome, heard).correlation > 0.99
    assert tls_server.new_calls(before) == [("1000", "caller hung up")]


@pytest.mark.parametrize("mode", ["t1", "tn"])
def test_sipp_calls_over_tcp(tls_server: Server, tmp_path: Path, mode: str) -> None:
    """One connection for all calls, and one for each."""
    before, said = len(tls_server.calls()), sound.speech_like(2, seed=3)
    outcome = sipp.play(
        "plain_call", tls_server.address, tmp_path / "sipp", number="9001", says=said, calls=5, transport=mode
    )
    assert outcome.status == 0, outcome.report
    assert tls_server.new_calls(before, 5) == [("9001", "caller hung up")] * 5


def test_we_hang_up_over_the_callers_connection(
    tls_server: Server, authority: Authority, tmp_path: Path, long_speech: Path
) -> None:
    with Baresip(tmp_path / "phone", long_speech, ca=authority.ca) as phone:
        phone.dial(tls_server.uri("9000", "tls"))
        phone.wait_for("CALL_ESTABLISHED")
        phone.wait_for("CALL_CLOSED")
