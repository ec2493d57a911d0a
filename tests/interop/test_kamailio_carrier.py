"""Kamailio as carrier: registration by digest, calls both ways, and failover to its second server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.conftest import ALICE
from tests.interop.phones import kamailio, sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.kamailio import PASSWORD, REALM, USER, Kamailio
from tests.interop.phones.ports import free_ports
from tests.interop.phones.server import NUMBERS, Number, Server

pytestmark = pytest.mark.skipif(
    not kamailio.is_installed(), reason="Kamailio is not installed: apt-get install kamailio"
)
FIRST, SECOND = "127.0.0.2", "127.0.0.3"
_TRUNK = """
[[trunk]]
name = "carrier"
servers = [{{ uri = "sip:{first}:{port}" }}, {{ uri = "sip:{second}:{port}", priority = 2 }}]
from_domain = "{realm}"
[trunk.account]
username = "{user}"
secret = "file:{secret}"
[trunk.registration]
aor = "sip:{user}@{realm}"
expires_s = 60
[trunk.inbound]
addresses = ["{first}/32", "{second}/32"]
[trunk.numbers]
country = "DE"
format = "e164"
[trunk.destinations]
allowed = ["+49."]
[trunk.caller_id]
allowed = ["+49301234500"]
default = "+49301234500"
header = "from"
[trunk.health]
interval_s = 5
failures = 1
[fraud.flows]
countries = ["DE"]
"""


@dataclass(frozen=True, slots=True)
class Carrier:
    first: Kamailio
    second: Kamailio
    server: Server
    subscriber_port: int


@pytest.fixture(name="carrier")
def _carrier(tmp_path: Path, rendered: Path, root: Path) -> Iterator[Carrier]:
    port, subscriber = free_ports(4), free_ports(4)
    (tmp_path / "secret").write_text(PASSWORD + "\n", encoding="utf-8")
    trunk = _TRUNK.format(
        first=FIRST, second=SECOND, port=port, realm=REALM, user=USER, secret=tmp_path / "secret"
    )
    numbers = (
        *NUMBERS,
        Number(USER, "diagnostics:echo"),
        Number("9300", "diagnostics:bridge", {"target": "tel:+49891234567"}),
    )
    with (
        Kamailio(tmp_path / "first", FIRST, port, f"127.0.0.1:{subscriber}") as first,
        Kamailio(tmp_path / "second", SECOND, port, f"127.0.0.1:{subscriber}") as second,
        Server(
            tmp_path / "server", rendered, root / "prompts", numbers, settings=trunk, accounts=[ALICE]
        ) as server,
    ):
        yield Carrier(first, second, server, subscriber)


def test_trunk_registers_by_digest_and_is_called(carrier: Carrier, tmp_path: Path, speech: Path) -> None:
    carrier.first.wait_for("PROVED REGISTER")
    time.sleep(0.5)
    with Baresip(tmp_path / "caller", speech, user="caller") as caller:
        caller.dial(f"sip:{USER}@{FIRST}:{carrier.first.port}")
        caller.wait_for("CALL_CLOSED")  # where its speech ends
        said, heard = sound.read_wav(speech), sound.read_wav(caller.heard())
    assert sound.likeness(sound.section(said, 0.5, 3.0), heard) > 0.99
    assert carrier.server.new_calls(0) == [(USER, "caller hung up")]


def test_call_by_trunk_proves_itself_and_fails_over(
    carrier: Carrier, tmp_path: Path, speech: Path, other_speech: Path
) -> None:
    for turn, (server, stopped) in enumerate(((carrier.first, None), (carrier.second, carrier.first))):
        if stopped is not None:
            stopped.stop()
            carrier.server.program.wait_for("trunk server down", 60)
        with (
            Baresip(
                tmp_path / f"callee{turn}",
                other_speech,
                user="49891234567",
                answers=True,
                sip_port=carrier.subscriber_port,
            ) as callee,
            Baresip(tmp_path / f"caller{turn}", speech, user="caller") as caller,
        ):
            caller.dial(carrier.server.uri("9300"))
            caller.wait_for("CALL_CLOSED", 30)  # where its speech ends
            callee.wait_for("CALL_CLOSED")
            said, heard = sound.read_wav(speech), sound.read_wav(callee.heard())
        assert sound.likeness(sound.section(said, 0.5, 3.0), heard) > 0.99
        server.wait_for("PROVED INVITE")
