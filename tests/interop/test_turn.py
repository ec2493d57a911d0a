"""A browser that may only speak through a TURN server: coturn takes the credentials that our API gives the page."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.interop.conftest import ACCOUNTS
from tests.interop.phones import coturn, sound, web_phone
from tests.interop.phones.coturn import Coturn
from tests.interop.phones.server import Server
from tests.interop.phones.web_phone import WebPhone

SECRET = "of coturn and of us"
ALL_THROUGH_TURN = """
const Any = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Any {
  constructor(settings) { super({ ...settings, iceTransportPolicy: "relay" }); }
};
"""


def test_a_browser_behind_a_hard_firewall_talks_through_turn(
    tmp_path: Path, rendered: Path, root: Path, long_speech: Path
) -> None:
    if (problem := web_phone.missing()) is not None:
        pytest.skip(problem)
    assert coturn.is_installed(), "coturn is not installed: run `make setup`"
    (tmp_path / "turn.secret").write_text(SECRET, encoding="utf-8")
    with Coturn(tmp_path / "turn", SECRET) as turn:
        settings = f'[turn]\nurls = ["{turn.url}"]\nsecret = "file:{tmp_path / "turn.secret"}"\n'
        server = Server(
            tmp_path / "desk", rendered, root / "prompts", accounts=ACCOUNTS, has_page=True, settings=settings
        )
        with (
            server as desk,
            WebPhone(tmp_path / "browser", desk.page, long_speech, before=ALL_THROUGH_TURN) as browser,
        ):
            welcome = desk.prompt("welcome")
            browser.wait_for("Ready")
            before = len(desk.calls())
            browser.call("1000")
            browser.wait_for("In call")
            time.sleep(len(welcome) / sound.RATE + 2)
            browser.press("Hang up")
            browser.wait_for("Ready")
            desk.new_calls(before)
            said = sound.section(sound.read_wav(long_speech), 1.0, 3.0)
            assert web_phone.likeness(said, sound.read_wav(desk.recordings("call")[-1], 0)) > 0.7
        assert turn.wait_for_usage(50) >= 50
