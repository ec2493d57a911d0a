from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from tests.unit.store.records import START, ladders
from voicecore.cli.ladder import LABEL, draw, label
from voicecore.ids import CallId
from voicecore.store.records import LadderMessage

PHONE, US, PEER = "192.0.2.7:5060", "127.0.0.1:5060", "127.0.0.1:5070"
SDP = b"\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"

GOLDEN = """\
           192.0.2.7:5060          127.0.0.1:5060          127.0.0.1:5070
                  |                       |                       |
   +0.000         |----- INVITE (SDP) --->|                       |
   +0.002         |<----- 100 Trying -----|                       |
   +0.010         |                       |----- INVITE (SDP) --->|
   +0.500         |                       |<--- 486 Busy Here ----|
   +0.501         |                       |--------- ACK -------->|
   +1.250         |<---- 200 OK (SDP) ----|                       |
   +1.260         |--------- ACK -------->|                       |
"""


def message(after_ms: int, remote: str, received: bool, text: bytes) -> LadderMessage:
    at = START + timedelta(milliseconds=after_ms)
    return LadderMessage(CallId("a"), after_ms, at, "id", received, US, remote, text)


def test_a_call_with_two_legs_is_drawn_with_a_column_for_each_endpoint() -> None:
    ladder = draw(
        [
            message(0, PHONE, True, b"INVITE sip:1000@127.0.0.1 SIP/2.0" + SDP),
            message(2, PHONE, False, b"SIP/2.0 100 Trying\r\n\r\n"),
            message(10, PEER, False, b"INVITE sip:peer@127.0.0.1 SIP/2.0" + SDP),
            message(500, PEER, True, b"SIP/2.0 486 Busy Here\r\n\r\n"),
            message(501, PEER, False, b"ACK sip:peer@127.0.0.1 SIP/2.0\r\n\r\n"),
            message(1250, PHONE, False, b"SIP/2.0 200 OK" + SDP),
            message(1260, PHONE, True, b"ACK sip:1000@127.0.0.1 SIP/2.0\r\n\r\n"),
        ]
    )
    assert ladder == GOLDEN


def test_no_message_is_no_ladder() -> None:
    assert draw([]) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "(empty)"),
        (b"\r\n\r\n", "(empty)"),
        (b"OPTIONS sip:a SIP/2.0\r\n\r\n", "OPTIONS"),
        (b"SIP/2.0 200 \x1b[31mOK\r\n\r\n", r"200 \x1b[31mOK"),
        (b"SIP/2.0 200 \xff\r\n\r\n", r"200 \xff"),
    ],
)
def test_a_label_says_what_the_message_is(text: bytes, says: str) -> None:
    assert label(text) == says


def test_a_long_reason_is_shortened() -> None:
    assert label(b"SIP/2.0 400 " + b"x" * 999) == "400 " + "x" * (LABEL - 6) + ".."


@given(ladders)
def test_any_ladder_is_drawn_a_line_a_message_without_control_characters(
    ladder: tuple[LadderMessage, ...],
) -> None:
    lines = draw(ladder).splitlines()
    assert len(lines) == (len(ladder) + 2 if ladder else 0)
    assert all(line.isprintable() for line in lines)
