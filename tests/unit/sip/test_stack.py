"""The stack's own edges: misuse, lookups, and bytes of any kind."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import DialogId, InviteId, InviteReceived, PeerFault, Transmit
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.testing.sip_network import SDP
from voicecore.testing.sip_text import request_text, response_text

PEER, OURS = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
HOP = Hop("UDP", OURS, PEER)
INVITE = request_text("INVITE", PEER, OURS, fields=["Content-Type: application/sdp"], body=SDP)


def new_stack() -> Stack:
    count = itertools.count()
    return Stack(StackSettings("test"), token=lambda n: f"{next(count):0{n}d}")


def invited() -> tuple[Stack, InviteId]:
    stack = new_stack()
    stack.receive(INVITE, HOP, 0.0)
    (received,) = [output for output in stack.poll() if isinstance(output, InviteReceived)]
    return stack, received.invite


@pytest.mark.parametrize("status", [0, 99, 100, 700])
def test_a_status_that_is_none_is_misuse(status: int) -> None:
    stack, invite = invited()
    with pytest.raises(UsageError):
        stack.respond(invite, status, 0.0)


def test_an_invite_that_never_was_is_misuse() -> None:
    stack, invite = invited()
    unknown = InviteId(invite + 1)
    for use in (lambda: stack.respond(unknown, 200, 0.0), lambda: stack.dialog_of(unknown)):
        with pytest.raises(UsageError):
            use()
    with pytest.raises(UsageError):
        stack.call_id(unknown)


def test_a_second_final_response_is_a_lost_race() -> None:
    stack, invite = invited()
    assert stack.respond(invite, 200, 0.0)
    assert not stack.respond(invite, 486, 0.1)
    assert not stack.respond(invite, 180, 0.1)


def test_the_call_id_is_known_by_invite_and_by_dialog() -> None:
    stack, invite = invited()
    assert stack.call_id(invite) == "test-call"
    assert stack.dialog_of(invite).remote_tag == "far"
    assert stack.call_id(DialogId("x", "y", "z")) == "x"


def test_a_response_carries_the_headers_and_the_reason_of_its_maker() -> None:
    stack, invite = invited()
    stack.respond(invite, 488, 0.0, reason="No Codec", headers=[("warning", '304 x "no codec"')])
    (sent,) = [output for output in stack.poll() if isinstance(output, Transmit)]
    assert sent.data.startswith(b"SIP/2.0 488 No Codec\r\n")
    assert b'\r\nWarning: 304 x "no codec"\r\n' in sent.data
    assert b"Contact:" not in sent.data


def test_a_client_of_the_old_standard_is_known_without_a_magic_cookie() -> None:
    stack = new_stack()
    old = request_text("INVITE", PEER, OURS, branch="1")
    other = request_text("INVITE", PEER, OURS, branch="1", call_id="another")
    for data in (old, old, other):
        stack.receive(data, HOP, 0.0)
    assert len([output for output in stack.poll() if isinstance(output, InviteReceived)]) == 2


@given(st.binary(max_size=300))
def test_any_bytes_are_noted_and_leave_nothing_behind(data: bytes) -> None:
    stack = new_stack()
    stack.receive(data, HOP, 0.0)
    assert any(isinstance(output, PeerFault) for output in stack.poll())
    assert not any(stack.census())


@given(
    st.sampled_from(
        [INVITE, request_text("BYE", PEER, OURS, to_tag="x"), response_text(INVITE, 200, to_tag="t")]
    ),
    st.integers(0, 500),
    st.binary(min_size=1, max_size=4),
)
def test_a_message_with_a_few_other_bytes_never_raises(message: bytes, at: int, patch: bytes) -> None:
    stack = new_stack()
    stack.receive(message[:at] + patch + message[at + len(patch) :], HOP, 0.0)
    assert stack.poll()
