"""JsSIP in Chromium registers over WebSocket (RFC 7118), is called there, and is refused with a wrong password."""

from __future__ import annotations

from pathlib import Path

from tests.interop.conftest import ALICE, DAVE
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.jssip import JsSip
from tests.interop.phones.server import Server


def test_jssip_registers_over_websocket_and_is_called(
    office: Server, tmp_path: Path, script: Path, speech: Path
) -> None:
    with (
        JsSip(
            tmp_path / "browser",
            script,
            websocket=office.websocket,
            uri=f"sip:{DAVE.name}@{office.address}",
            password=DAVE.password,
        ) as dave,
        Baresip(tmp_path / "alice", speech, registration=office.registration(ALICE)) as alice,
    ):
        contacts = dave.wait_for("registered")["contacts"]
        assert any("transport=ws" in contact for contact in contacts)
        assert all(f'pub-gruu="sip:{DAVE.name}@' in contact for contact in contacts)
        assert all("temp-gruu=" in contact for contact in contacts)
        alice.dial(office.uri(DAVE.number))
        assert dave.wait_for("called")["from"] == ALICE.number
        assert "486" in str(alice.wait_for("CALL_CLOSED")["param"])


def test_jssip_with_a_wrong_password_is_refused(office: Server, tmp_path: Path, script: Path) -> None:
    with JsSip(
        tmp_path / "browser",
        script,
        websocket=office.websocket,
        uri=f"sip:{DAVE.name}@{office.address}",
        password="guessed",
    ) as dave:
        assert dave.wait_for("failed")["cause"] == "Authentication Error"
