"""TURN credentials: the example of the draft's form, and what a server checks."""

from __future__ import annotations

import base64
import hashlib
import hmac

from voicecore.api.turn import turn_credentials


def test_a_server_with_the_secret_computes_the_same() -> None:
    made = turn_credentials("north", "alice", 1_700_000_000)
    assert made.username == "1700000000:alice"
    expected = hmac.new(b"north", made.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(made.credential) == expected


def test_a_name_cannot_forge_another_end() -> None:
    assert turn_credentials("north", "9999999999:mallory", 5).username == "5:9999999999.mallory"


def test_a_username_holds_nothing_that_coturn_refuses() -> None:
    assert turn_credentials("north", 'this machine\'s "admin"', 5).username == "5:this.machine.s.admin."
