"""Phones over IPv6 and IPv4 at one server: each hears the other, and itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.ports import ADDRESS, ADDRESS_6, free_ports, has_ipv6
from tests.interop.phones.server import NUMBERS, Number, Server

pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


@pytest.fixture(scope="module")
def callee_port() -> int:
    return free_ports(4)


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path, callee_port: int
) -> Iterator[Server]:
    numbers = (
        *NUMBERS,
        Number("9204", "diagnostics:bridge", {"target": f"sip:peer@{ADDRESS}:{callee_port}"}),
    )
    folder = tmp_path_factory.mktemp("both")
    with Server(folder, rendered, root / "prompts", numbers, other_address=ADDRESS_6) as running:
        yield running


def test_a_phone_over_ipv6_hears_itself(both: Server, tmp_path: Path, speech: Path) -> None:
    with Baresip(tmp_path / "phone", speech, address=ADDRESS_6) as phone:
        phone.dial(both.uri_at("9001", ADDRESS_6))
        phone.wait_for("CALL_CLOSED")  # where its speech ends
        said, heard = sound.read_wav(speech), sound.read_wav(phone.heard())
    assert sound.likeness(sound.section(said, 0.5, 3.5), heard) > 0.99


def test_a_caller_over_ipv6_and_a_callee_over_ipv4_hear_each_other(
    both: Server, tmp_path: Path, speech: Path, other_speech: Path, callee_port: int
) -> None:
    with (
        Baresip(tmp_path / "callee", other_speech, answers=True, sip_port=callee_port) as callee,
        Baresip(tmp_path / "caller", speech, user="caller", address=ADDRESS_6) as caller,
    ):
        caller.dial(both.uri_at("9204", ADDRESS_6))
        caller.wait_for("CALL_CLOSED")  # where its speech ends
        callee.wait_for("CALL_CLOSED")
        said, answer = sound.read_wav(speech), sound.read_wav(other_speech)
        to_callee = sound.likeness(sound.section(said, 0.5, 3.5), sound.read_wav(callee.heard()))
        to_caller = sound.likeness(sound.section(answer, 0.5, 3.0), sound.read_wav(caller.heard()))
    assert to_callee > 0.99
    assert to_caller > 0.99
