from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from tests.unit.store.records import START, files, finished
from voicecore.calls.ladder import LABEL, draw, label
from voicecore.ids import CallId
from voicecore.store.records import CallFile, EventRecord, LadderMessage

PHONE, US, PEER = "192.0.2.7:5060", "127.0.0.1:5060", "127.0.0.1:5070"
SDP = b"\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"

GOLDEN = """\
             caller, UDP              VoiceCore              callee, TLS
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

EXPLAINED = """\
             caller, WSS                      VoiceCore
           192.0.2.7:5060          127.0.0.1:5060, 127.0.0.1:5061
                  |                               |
   +0.000         |--------- INVITE (SDP) ------->|
   +0.500         |----- INVITE (SDP), again ---->|
   +0.600         |<========== RTP PCMU =========>|
   +0.600         |                               |  answered leg 1
   +0.610         |<-------- 200 OK (SDP) --------|
   +4.000         |                               |  held \\x1b
   +5.000         |                               |  blind transfer leg 1
   +6.000         |<------------ BYE -------------|
"""


def message(after_ms: int, remote: str, received: bool, text: bytes, local: str = US) -> LadderMessage:
    at = START + timedelta(milliseconds=after_ms)
    return LadderMessage(CallId("a"), after_ms, at, "id", received, local, remote, text)


def event(after_ms: int, kind: str, detail: str) -> EventRecord:
    return EventRecord(CallId("a"), after_ms, START + timedelta(milliseconds=after_ms), kind, detail)


def test_a_call_with_two_legs_is_drawn_with_a_column_for_each_endpoint() -> None:
    ladder = draw(
        [
            message(0, PHONE, True, b"INVITE sip:1000@127.0.0.1 SIP/2.0" + SDP),
            message(2, PHONE, False, b"SIP/2.0 100 Trying\r\n\r\n"),
            message(10, PEER, False, b"INVITE sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS a" + SDP),
            message(500, PEER, True, b"SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/TLS a\r\n\r\n"),
            message(501, PEER, False, b"ACK sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS a\r\n\r\n"),
            message(1250, PHONE, False, b"SIP/2.0 200 OK" + SDP),
            message(1260, PHONE, True, b"ACK sip:1000@127.0.0.1 SIP/2.0\r\n\r\n"),
        ]
    )
    assert ladder == GOLDEN


def test_repeats_are_marked_and_what_explains_the_messages_stands_beside_them() -> None:
    via = b"\r\nVia: SIP/2.0/WSS a"
    invite = b"INVITE sip:1000@127.0.0.1 SIP/2.0" + via + SDP
    ladder = draw(
        [
            message(0, PHONE, True, invite),
            message(500, PHONE, True, invite),
            message(610, PHONE, False, b"SIP/2.0 200 OK" + via + SDP),
            message(6000, PHONE, False, b"BYE sip:a SIP/2.0" + via + b"\r\n\r\n", "127.0.0.1:5061"),
        ],
        events=[
            event(600, "answered", "leg 1"),
            event(700, "prompt", "welcome"),
            event(4000, "held", "\x1b"),
            event(5000, "blind transfer", "leg 1"),
        ],
        legs=[
            replace(finished("a").legs[0], answered=START + timedelta(milliseconds=600)),
            replace(finished("a").legs[0], remote_address="192.0.2.99:5060"),
        ],
    )
    assert ladder == EXPLAINED


def test_two_that_were_called_are_told_apart() -> None:
    ladder = draw(
        [message(0, end, False, b"INVITE sip:a SIP/2.0\r\n\r\n") for end in (PHONE, PEER, "[::1]:1")]
    )
    assert ladder.splitlines()[0].split("  ")[-1].strip() == "callee 3, UDP"
    assert "callee 2, UDP" in ladder


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


@given(files)
def test_any_call_is_drawn_a_line_a_message_without_control_characters(file: CallFile) -> None:
    plain, full = draw(file.ladder), draw(file.ladder, events=file.events, legs=file.legs)
    lines = [*plain.splitlines(), *full.splitlines()]
    assert len(plain.splitlines()) == (len(file.ladder) + 3 if file.ladder else 0)
    assert len(full.splitlines()) >= len(plain.splitlines())
    assert all(line.isprintable() for line in lines)
